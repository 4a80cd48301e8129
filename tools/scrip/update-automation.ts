// Changes a Scrip automation, which includes pausing and resuming it.
import * as z from 'zod';
import { Failure } from '../../src/errors.ts';
import { writeTool } from '../../src/tool.ts';
import { parseAutomation, type ScripAutomation } from '../../src/vendors/scrip/automation.ts';
import { updateAutomation } from '../../src/vendors/scrip/requests.ts';
import { updateChecks } from '../../src/vendors/scrip/rules.ts';
import { quote } from '../../src/vendors/text.ts';
import type { JsonObject } from '../../src/vendors/types.ts';
import { object, program, scripId, text } from '../inputs.ts';
import { previewLines } from '../schedule.ts';
import { audience, automationFields, automationLines, automationOutput, free, target } from '../scrip.ts';
import { former } from '../undo.ts';
import { present } from '../words.ts';

/** Only these states certainly fire nothing; any other, a missing one included, counts as live. */
const off = ['paused', 'completed', 'failed', 'archived'];

export default writeTool({
  name: 'scrip_update_automation',
  title: 'Update, pause or resume a Scrip automation',
  words: {
    what: 'Change, pause or resume a Scrip automation; only the fields given change.',
    when: 'Use status "paused" to stop future firings at once (a fan-out under way goes on), "active" to resume.',
    not: 'To fire it now use scrip_trigger_automation, to end a fan-out scrip_cancel_run. Scope and trigger type cannot change: create a new one.',
    touches:
      'Renaming and pausing need nobody; resuming, or changing when, whom or what of a live one, a person confirms.',
    next: 'Read it first with scrip_get_automation.',
  },
  vendor: 'scrip',
  toolset: 'core',
  effects: ['update', 'arm'],
  input: z.strictObject({
    automation_id: scripId('Automation UUID.'),
    program_id: program,
    status: z.enum(['active', 'paused']).optional(),
    name: text('Unique in the program.', 255).optional(),
    description: text().optional(),
    event_name: text('Type of the event it creates.', 255).optional(),
    cron_expression: text('Five fields; cron only.', 200).optional(),
    timezone: text('IANA zone.', 64).optional(),
    trigger_at: text('RFC 3339 time with zone; one_time only.', 40).optional(),
    schedule_config: object('participant_state only.').optional(),
    participant_filter: text('CEL; participants scope only.').optional(),
    guard_condition: text('CEL, judged when it fires.').optional(),
    payload: object('Replaces the whole payload.').optional(),
  }),
  output: automationOutput,
  needs: () => ['automations:read', 'automations:write'],
  async draft({ automation_id, program_id, ...fields }, use) {
    const body = present(fields) as JsonObject;
    if (Object.keys(body).length === 0)
      throw new Failure(
        'not_sent',
        'invalid_input',
        'Nothing to change: give at least one field besides automation_id.',
        {
          next: 'Name the fields to change, such as status or payload.',
        },
      );
    const programId = await use.program(program_id);
    const automation = await use.reader.getAutomation(programId, automation_id);
    const words = Object.keys(body).every(field => field === 'name' || field === 'description');
    const pauses = Object.keys(body).every(field => field === 'status') && body.status === 'paused';
    const live = !off.includes(automation.status ?? '');
    const arms = body.status === 'active' || (live && !words && !pauses);
    const checks = await updateChecks(automation, body, use.now());
    return {
      effect: arms ? 'arm' : 'update',
      summary: `${pauses ? 'Pause' : body.status === 'active' ? 'Resume' : 'Change'} ${quote(automation.name ?? '')}`,
      target: target(automation),
      request: updateAutomation(programId, automation_id, body),
      checks,
      ...(arms ? { preview: await previewLines({ ...automation, ...fields }, checks, use.now()) } : {}),
      changes: Object.entries(body).map(([field, to]) => ({
        field,
        from: automation[field as keyof ScripAutomation],
        to,
      })),
      quote: free,
      ...(arms
        ? {
            audience: audience({
              ...automation,
              ...(fields.participant_filter ? { participant_filter: fields.participant_filter } : {}),
            }),
          }
        : {}),
      stops: pauses,
      preimage: { program_id: programId },
    };
  },
  undo: () => 'Sending the former values again reverses it; events created in between stay.',
  reverse({ automation_id, program_id, ...given }, before) {
    const values = former(given, before);
    return values
      ? {
          tool: 'scrip_update_automation',
          arguments: { automation_id, ...(program_id ? { program_id } : {}), ...values },
        }
      : undefined;
  },
  answer(reply) {
    const automation = parseAutomation(reply.body ?? {});
    return {
      headline: `Updated ${quote(automation.name ?? '')}.`,
      fields: automationFields(automation),
      lines: automationLines(automation, Date.now()),
    };
  },
  async settle({ automation_id, program_id: _, ...fields }, before, _window, use) {
    const automation = await use.reader.getAutomation(String(before.program_id), automation_id);
    const holds = Object.entries(present(fields)).every(
      ([field, value]) => JSON.stringify(automation[field as keyof ScripAutomation]) === JSON.stringify(value),
    );
    return holds
      ? { outcome: 'done', reason: 'The automation now has exactly these values.' }
      : { outcome: 'unknown', reason: 'The automation does not have these values so far.' };
  },
});
