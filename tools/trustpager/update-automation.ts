// Changes a TrustPager automation; switching on and off are tools of their own.
import * as z from 'zod';
import { Failure } from '../../src/errors.ts';
import { writeTool } from '../../src/tool.ts';
import { quote } from '../../src/vendors/text.ts';
import { parseAutomation, type TrustpagerAutomation } from '../../src/vendors/trustpager/automation.ts';
import { updateAutomation } from '../../src/vendors/trustpager/requests.ts';
import { updateChecks } from '../../src/vendors/trustpager/rules.ts';
import type { JsonObject } from '../../src/vendors/types.ts';
import { object, text, trustpagerId } from '../inputs.ts';
import {
  automationFields,
  automationLines,
  automationOutput,
  live,
  nothingNow,
  perRun,
  price,
  target,
} from '../trustpager.ts';
import { former } from '../undo.ts';
import { present } from '../words.ts';

export default writeTool({
  name: 'trustpager_update_automation',
  title: 'Update a TrustPager automation',
  words: {
    what: 'Change name, trigger, conditions or limits of a TrustPager automation; only the fields given change.',
    when: 'Use it to correct or narrow one that exists.',
    not: 'To switch it on or off use trustpager_enable_automation and trustpager_disable_automation.',
    touches:
      'While it is disabled this needs nobody; on an enabled one anything but name and description a person confirms.',
    next: 'Read it first with trustpager_get_automation.',
  },
  vendor: 'trustpager',
  toolset: 'core',
  effects: ['update', 'arm'],
  input: z.strictObject({
    automation_id: trustpagerId('Automation id.'),
    name: text(undefined, 255).optional(),
    description: text().optional(),
    trigger_type: text('Not form_submitted: use form_completed.', 64).optional(),
    stage_id: trustpagerId('stage_changed only.').optional(),
    priority: z.int().min(0).max(100_000).optional().describe('Lower runs first.'),
    conditions: object('Replaces all conditions.').optional(),
    dedup_enabled: z.boolean().optional(),
    dedup_window_minutes: z.int().min(1).max(525_600).optional(),
    max_executions_per_day: z.int().min(1).max(1_000_000).optional(),
    clear_fields: z
      .array(z.enum(['conditions']))
      .max(1)
      .optional()
      .describe('["conditions"] removes all conditions: it then runs for every match.'),
  }),
  output: automationOutput,
  needs: () => ['automations:read', 'automations:write'],
  async draft({ automation_id, clear_fields, ...fields }, use) {
    if (clear_fields && fields.conditions)
      throw new Failure('not_sent', 'invalid_input', 'conditions are both given and cleared.', {
        next: 'Give one of the two.',
      });
    const body = {
      ...present(fields),
      ...Object.fromEntries((clear_fields ?? []).map(field => [field, null])),
    } as JsonObject;
    if (Object.keys(body).length === 0)
      throw new Failure(
        'not_sent',
        'invalid_input',
        'Nothing to change: give at least one field besides automation_id.',
        { next: 'Name the fields to change.' },
      );
    const automation = await use.reader.getAutomation(automation_id);
    const words = Object.keys(body).every(field => field === 'name' || field === 'description');
    const arms = live(automation) && !words;
    const cost = arms ? ` (enabled: ${perRun(await price(use, automation.actions ?? []))})` : '';
    return {
      effect: arms ? 'arm' : 'update',
      summary: `Change ${quote(automation.name ?? '')}${cost}`,
      target: target(automation),
      request: updateAutomation(automation_id, body),
      checks: updateChecks(automation, body),
      changes: Object.entries(body).map(([field, to]) => ({
        field,
        from: automation[field as keyof TrustpagerAutomation],
        ...(to === null ? {} : { to }),
      })),
      quote: nothingNow,
      ...(arms ? { audience: { note: 'everyone who matches the changed automation, from now on' } } : {}),
      preimage: {},
    };
  },
  undo: () => 'Sending the former values again reverses it; what was sent in between stays sent.',
  reverse({ automation_id, clear_fields, conditions, ...given }, before) {
    const values = former(given, before);
    if (!values) return undefined;
    const touched = conditions !== undefined || clear_fields !== undefined;
    const had = before?.conditions && Object.keys(before.conditions).length > 0 ? before.conditions : undefined;
    const back: JsonObject = !touched ? {} : had ? { conditions: had } : { clear_fields: ['conditions'] };
    return { tool: 'trustpager_update_automation', arguments: { automation_id, ...values, ...back } };
  },
  answer(reply) {
    const automation = parseAutomation(reply.body ?? {});
    return {
      headline: `Updated ${quote(automation.name ?? '')}.`,
      fields: automationFields(automation),
      lines: automationLines(automation),
    };
  },
  async settle({ automation_id, clear_fields, ...fields }, _before, _window, use) {
    const automation = await use.reader.getAutomation(automation_id);
    const holds =
      Object.entries(present(fields)).every(
        ([field, value]) => JSON.stringify(automation[field as keyof TrustpagerAutomation]) === JSON.stringify(value),
      ) && (clear_fields ?? []).every(field => Object.keys(automation[field] ?? {}).length === 0);
    return holds
      ? { outcome: 'done', reason: 'The automation now has exactly these values.' }
      : { outcome: 'unknown', reason: 'The automation does not have these values so far.' };
  },
});
