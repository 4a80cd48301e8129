// Follows something that is under way to its end, within a bounded wait.
import * as z from 'zod';
import { Failure } from '../../src/errors.ts';
import { commonTool, unpublished } from '../../src/tool.ts';
import { program, scripId, trustpagerId } from '../inputs.ts';

export default commonTool({
  name: 'watch_run',
  title: 'Watch a run',
  words: {
    what: 'Wait for something under way to end and say how it ended: a Scrip fan-out (automation_id), a TrustPager run (run_id), or a call that was pending or unknown (intent_id).',
    when: 'Use it after a trigger, and instead of repeating a call.',
    not: 'Past firings at Scrip are in scrip_list_runs. Past runs at TrustPager are in trustpager_list_runs.',
    touches: 'Free: finds out by reading, sends nothing.',
    next: 'Not over within wait_s: call it again to go on.',
  },
  toolset: 'core',
  view: 'run',
  input: z.strictObject({
    automation_id: scripId('Scrip automation UUID.').optional(),
    program_id: program,
    run_id: trustpagerId('TrustPager run id.').optional(),
    intent_id: z
      .string()
      .refine(value => /^[0-9a-f]{32}$/.test(value), 'must be 32 hexadecimal characters')
      .optional()
      .describe('From the result of a call.'),
    since: z.string().max(200).optional().describe('From the answer before, to notice a stall.'),
    wait_s: z.int().min(0).max(40).default(30).describe('Seconds, 0 to 40; default 30.'),
  }),
  output: z.object({
    state: z.enum(['ended', 'failed', 'under_way', 'stalled', 'not_started']),
    status: unpublished(z.string().optional()),
    processed: z.number().optional(),
    total: z.number().optional(),
    intent_id: unpublished(z.string().optional()),
    run_id: unpublished(z.string().optional()),
    automation_id: unpublished(z.string().optional()),
    connection: unpublished(z.string().optional()),
  }),
  async read({ automation_id, program_id, run_id, intent_id, since, wait_s }, use) {
    const named = [automation_id, run_id, intent_id].filter(Boolean).length;
    if (named !== 1)
      throw new Failure(
        'not_sent',
        'invalid_input',
        `Name exactly one of automation_id, run_id and intent_id; ${named} were given.`,
        {
          next: 'For a Scrip fan-out give automation_id, for a TrustPager run run_id, for an open call intent_id.',
        },
      );
    return use.watch(
      intent_id ? { intent_id } : run_id ? { run_id } : { automation_id: automation_id ?? '', program_id, since },
      wait_s,
    );
  },
});
