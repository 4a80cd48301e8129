// Adds an action to a TrustPager automation.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { actionRowChecks } from '../../src/vendors/trustpager/parts.ts';
import { addAction } from '../../src/vendors/trustpager/requests.ts';
import type { JsonObject } from '../../src/vendors/types.ts';
import { object, text, trustpagerId } from '../inputs.ts';
import { draftPart, partChanges } from '../parts.ts';
import { partAnswer, partOutput, perRun, price } from '../trustpager.ts';
import { madeId } from '../undo.ts';
import { present } from '../words.ts';

export default writeTool({
  name: 'trustpager_add_action',
  title: 'Add an action to a TrustPager automation',
  words: {
    what: 'Add an action to a TrustPager automation at a place in its order.',
    when: 'Use it to build or extend one; types, fields and examples are in trustpager_describe_actions.',
    not: 'To change one that is there use trustpager_update_action.',
    touches:
      'Nothing is sent now; on an enabled automation a person confirms first, because it will be carried out from then on.',
    next: 'Try it with trustpager_execute_action before enabling.',
  },
  vendor: 'trustpager',
  toolset: 'authoring',
  effects: ['update', 'arm'],
  input: z.strictObject({
    automation_id: trustpagerId('Automation id.'),
    action_type: text('Such as send_sms, send_gmail_email, add_tasks, apply_tags.', 64),
    sequence: z
      .int()
      .min(0)
      .max(1_000)
      .describe('Its place in the order; existing ones are in trustpager_get_automation.'),
    config: object('Of that action type, such as {"message_body":"Hi {{contact.first_name}}"}.').optional(),
  }),
  output: partOutput,
  needs: () => ['automations:read', 'automations:write'],
  async draft({ automation_id, ...action }, use) {
    const automation = await use.reader.getAutomation(automation_id);
    const body = present(action) as JsonObject;
    return draftPart(automation, {
      what: `Add action ${action.action_type}`,
      request: addAction(automation_id, body),
      checks: actionRowChecks(action, automation.actions),
      changes: partChanges('new action', undefined, action),
      cost: perRun(await price(use, [...automation.actions, action])),
    });
  },
  undo: () => 'Deleting the action takes it away again; what was sent by then stays sent.',
  reverse({ automation_id }, _before, reply) {
    const action_id = madeId(reply);
    return action_id ? { tool: 'trustpager_delete_action', arguments: { automation_id, action_id } } : undefined;
  },
  answer: (reply, { automation_id }) => partAnswer('Added the action', automation_id, reply),
});
