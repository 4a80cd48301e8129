// Shows one TrustPager run with the outcome of each action.
import * as z from 'zod';
import { readTool } from '../../src/tool.ts';
import { trustpagerId } from '../inputs.ts';
import { runFields, runLines, runOutput, runVerdict } from '../trustpager.ts';

export default readTool({
  name: 'trustpager_get_run',
  title: 'Get a TrustPager run',
  words: {
    what: 'Read one TrustPager run: its status, what fired it, and what each action did or why it failed.',
    when: 'Use it to see what went out, or what must be retried with trustpager_execute_action.',
    not: 'To wait for one that is still running use watch_run.',
    touches: 'Free; only reads.',
  },
  vendor: 'trustpager',
  toolset: 'core',
  input: z.strictObject({ run_id: trustpagerId('Run id, from trustpager_list_runs or a trigger’s result.') }),
  output: runOutput,
  async read({ run_id }, use) {
    const run = await use.reader.getRun(run_id);
    return { headline: runVerdict(run), fields: runFields(run), lines: runLines(run, use.now()) };
  },
});
