// Creates a Scrip automation. There is no "create switched off": every kind is live at once, and `immediate` fires at once.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { parseAutomation } from '../../src/vendors/scrip/automation.ts';
import { createAutomation } from '../../src/vendors/scrip/requests.ts';
import { createChecks } from '../../src/vendors/scrip/rules.ts';
import { quote } from '../../src/vendors/text.ts';
import type { JsonObject } from '../../src/vendors/types.ts';
import { object, program, scripId, text } from '../inputs.ts';
import { previewLines } from '../schedule.ts';
import { audience, automationFields, automationOutput, free, reached } from '../scrip.ts';
import { madeId } from '../undo.ts';
import { present } from '../words.ts';

export default writeTool({
  name: 'scrip_create_automation',
  title: 'Create a Scrip automation',
  words: {
    what: 'Create a Scrip automation: when (trigger_type) and for whom (scope) it makes an event for the program’s rules.',
    when: 'Use it when scrip_list_automations shows none that does this.',
    not: 'To change one use scrip_update_automation; scope and trigger_type never change. immediate and participant_state need scope participants.',
    touches: 'Live at once; immediate fires for every matching participant on creation. A person confirms first.',
    next: 'Preview with plan_call.',
  },
  vendor: 'scrip',
  toolset: 'core',
  effects: ['arm', 'run'],
  input: z.strictObject({
    program_id: program,
    name: text('Unique in the program.', 255),
    event_name: text('Event type; rules match it.', 255),
    scope: z.enum(['program', 'participants']).describe('One event, or one per matching participant.'),
    trigger_type: z.enum(['cron', 'one_time', 'immediate', 'participant_state']),
    cron_expression: text('cron only: five fields, such as "0 9 * * 1"; zone in timezone.', 200).optional(),
    timezone: text('IANA zone; default UTC.', 64).optional(),
    trigger_at: text('one_time only: RFC 3339, such as "2027-03-01T09:00:00Z".', 40).optional(),
    schedule_type: z
      .enum(['ATTRIBUTE_DATE', 'INTERVAL', 'CRON', 'THRESHOLD'])
      .optional()
      .describe('participant_state only.'),
    schedule_config: object('participant_state only.').optional(),
    description: text().optional(),
    participant_filter: text('participants only: CEL, such as "vip" in participant.tags; default everyone.').optional(),
    guard_condition: text('CEL, at firing; false skips the participant.').optional(),
    participant_id: scripId('program × one_time only: who gets the event.').optional(),
    payload: object('Merged into the event; avoid the key type.').optional(),
  }),
  output: automationOutput,
  // What fires needs the trigger capability, whichever endpoint it goes through.
  needs: ({ trigger_type }) =>
    trigger_type === 'immediate' ? ['automations:write', 'automations:trigger'] : ['automations:write'],
  async draft(input, use) {
    const { program_id, trigger_type, cron_expression, timezone, trigger_at, schedule_type, schedule_config, ...rest } =
      input;
    const programId = await use.program(program_id);
    const trigger = present({
      type: trigger_type,
      cron_expression,
      timezone,
      trigger_at,
      schedule_type,
      schedule_config,
    }) as JsonObject;
    const body = { ...present(rest), trigger } as JsonObject;
    const fires = trigger_type === 'immediate';
    const checks = await createChecks(input, use.now());
    return {
      effect: fires ? 'run' : 'arm',
      summary: `Create ${quote(input.name)}${fires ? ' and fire it at once' : ', live from then on'}`,
      request: createAutomation(programId, body),
      checks,
      preview: await previewLines(input, checks, use.now()),
      changes: Object.entries({ ...rest, ...trigger, type: undefined, trigger_type }).flatMap(([field, to]) =>
        to === undefined ? [] : [{ field, to }],
      ),
      quote: free,
      audience: audience(input),
      preimage: { program_id: programId },
    };
  },
  undo: ({ trigger_type }) =>
    trigger_type === 'immediate'
      ? 'Cannot be undone: events that were created stay.'
      : 'Archiving ends it for good, pausing for now; events it has created stay.',
  reverse({ program_id, trigger_type }, _before, reply) {
    const automation_id = madeId(reply);
    return automation_id && trigger_type !== 'immediate'
      ? { tool: 'scrip_archive_automation', arguments: { automation_id, ...(program_id ? { program_id } : {}) } }
      : undefined;
  },
  answer(reply) {
    const automation = parseAutomation(reply.body ?? {});
    const fires = automation.trigger_type === 'immediate';
    return {
      headline: fires
        ? `Created ${quote(automation.name ?? '')}; its fan-out is under way.`
        : `Created ${quote(automation.name ?? '')}; it is live.`,
      fields: automationFields(automation),
      next: fires
        ? [{ tool: 'watch_run', arguments: { automation_id: automation.id }, why: 'follow the fan-out' }]
        : [
            {
              tool: 'scrip_update_automation',
              arguments: { automation_id: automation.id, status: 'paused' },
              why: 'to pause it until it is wanted',
            },
          ],
    };
  },
  reached,
  // Names are unique in a program (scrip.md section 8), so one automation of that name made in the window is this one.
  async settle({ name }, before, window, use) {
    const { rows } = await use.reader.listAutomations(String(before.program_id), { search: name, limit: 50 });
    const made = rows.filter(row => {
      const at = Date.parse(row.created_at ?? '');
      return row.name === name && at >= window.from - 2_000 && at <= window.to + 2_000;
    });
    return made.length === 1 && made[0]
      ? {
          outcome: 'done',
          reason: `An automation of that name was created at ${made[0].created_at}, id ${made[0].id}.`,
        }
      : { outcome: 'unknown', reason: 'No automation of that name was created inside the time of this call, so far.' };
  },
});
