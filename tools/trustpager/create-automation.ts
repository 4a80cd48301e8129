// Creates a TrustPager automation, with its triggers and actions; disabled unless asked otherwise.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { quote } from '../../src/vendors/text.ts';
import { parseAutomation, type TrustpagerAction } from '../../src/vendors/trustpager/automation.ts';
import { createAutomation } from '../../src/vendors/trustpager/requests.ts';
import { createChecks } from '../../src/vendors/trustpager/rules.ts';
import type { JsonObject } from '../../src/vendors/types.ts';
import { object, text, trustpagerId } from '../inputs.ts';
import { automationFields, automationLines, nothingNow, perRun, price, stateOf, wholeOutput } from '../trustpager.ts';
import { madeId } from '../undo.ts';
import { plural, present } from '../words.ts';

const action = z.strictObject({
  action_type: text('Such as send_sms, add_tasks, apply_tags.', 64),
  sequence: z.int().min(0).max(1000).optional().describe('From 1.'),
  config: object('Such as {"message_body":"Hi {{contact.first_name}}"}.').optional(),
});

const trigger = z.strictObject({
  trigger_type: text('Default: the automation’s.', 64).optional(),
  source_type: text('Default: from the trigger type.', 64).optional(),
  source_id: trustpagerId('A form, number, agent or webhook.').optional(),
  config: object().optional(),
});

export default writeTool({
  name: 'trustpager_create_automation',
  title: 'Create a TrustPager automation',
  words: {
    what: 'Create a TrustPager automation: trigger, conditions, ordered actions.',
    when: 'Use it when trustpager_list_automations shows none that does this.',
    not: 'To change one use trustpager_update_automation. form_submitted is refused (use form_completed); stage_changed needs stage_id and no trigger rows.',
    touches: 'Disabled by default, which needs nobody’s confirmation; with enabled true a person confirms first.',
    next: 'Then try its actions with trustpager_execute_action before enabling.',
  },
  vendor: 'trustpager',
  toolset: 'core',
  effects: ['create', 'arm'],
  input: z.strictObject({
    name: text(undefined, 255),
    trigger_type: text('Such as contact_created, form_completed, stage_changed, sms_received, api, manual.', 64),
    stage_id: trustpagerId('stage_changed only.').optional(),
    description: text().optional(),
    enabled: z.boolean().optional(),
    priority: z.int().min(0).max(100_000).optional().describe('Lower runs first.'),
    conditions: object('All must hold: {"deal.value":{"gte":500},"tags":{"contains":"vip"}}.').optional(),
    dedup_enabled: z.boolean().optional().describe('Once per target in that window.'),
    dedup_window_minutes: z.int().min(1).max(525_600).optional(),
    max_executions_per_day: z.int().min(1).max(1_000_000).optional().describe('Advised for what sends.'),
    triggers: z.array(trigger).max(20).optional().describe('More trigger rows; any fires it.'),
    actions: z.array(action).max(50).optional(),
  }),
  output: wholeOutput,
  needs: ({ enabled }) => (enabled ? ['automations:read', 'automations:write'] : ['automations:write']),
  async draft(input, use) {
    const enabled = input.enabled === true;
    const actions: TrustpagerAction[] = input.actions ?? [];
    const cost = enabled ? `, live from then on: ${perRun(await price(use, actions))}` : ', disabled';
    return {
      effect: enabled ? 'arm' : 'create',
      summary: `Create ${quote(input.name)} with ${plural(actions.length, 'action')}${cost}`,
      request: createAutomation(present(input) as JsonObject),
      checks: createChecks(input),
      changes: Object.entries(input).flatMap(([field, to]) => (to === undefined ? [] : [{ field, to }])),
      quote: nothingNow,
      ...(enabled ? { audience: { note: `everyone whose ${input.trigger_type} matches, from now on` } } : {}),
      preimage: {},
    };
  },
  undo: ({ enabled }) =>
    enabled
      ? 'Disabling stops it, deleting takes it away; what was sent by then stays sent.'
      : 'Deleting takes it away again; it does nothing while it is disabled.',
  reverse(_input, _before, reply) {
    const automation_id = madeId(reply);
    return automation_id ? { tool: 'trustpager_delete_automation', arguments: { automation_id } } : undefined;
  },
  answer(reply, input) {
    const automation = parseAutomation(reply.body ?? {});
    return {
      headline: `Created ${quote(automation.name ?? input.name)}, ${stateOf(automation)}.`,
      fields: automationFields(automation),
      lines: automationLines(automation),
      // Whether a one-call build is all or nothing is not documented (trustpager.md 5.2), so the counts are to be looked at.
      next: [
        {
          tool: 'trustpager_get_automation',
          arguments: { automation_id: automation.id },
          why: 'check that all triggers and actions are there',
        },
      ],
    };
  },
  async settle({ name }, _before, window, use) {
    const { rows } = await use.reader.listAutomations({ limit: 100 });
    const made = rows.filter(row => {
      const at = Date.parse(row.created_at ?? '');
      return row.name === name && at >= window.from - 2_000 && at <= window.to + 2_000;
    });
    return made.length === 1 && made[0]
      ? { outcome: 'done', reason: `Exactly one automation of that name was created in that time, id ${made[0].id}.` }
      : {
          outcome: 'unknown',
          reason:
            made.length === 0
              ? 'No automation of that name was created in that time, so far.'
              : 'Several automations fit.',
        };
  },
});
