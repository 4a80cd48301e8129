// Changes an action of a TrustPager automation.
import * as z from 'zod';
import { Failure } from '../../src/errors.ts';
import { writeTool } from '../../src/tool.ts';
import { actionRowChecks, existsCheck } from '../../src/vendors/trustpager/parts.ts';
import { updateAction } from '../../src/vendors/trustpager/requests.ts';
import type { JsonObject } from '../../src/vendors/types.ts';
import { object, text, trustpagerId } from '../inputs.ts';
import { draftPart, partChanges } from '../parts.ts';
import { partAnswer, partOutput, perRun, price } from '../trustpager.ts';
import { former, formerPart } from '../undo.ts';
import { present } from '../words.ts';

export default writeTool({
  name: 'trustpager_update_action',
  title: 'Update an action of a TrustPager automation',
  words: {
    what: 'Change type, place or configuration of an action; only the fields given change, and config replaces the whole configuration.',
    when: 'Use it to correct one action; action ids are in trustpager_get_automation, fields of each type in trustpager_describe_actions.',
    not: 'For a whole new order use trustpager_reorder_actions.',
    touches: 'Nothing is sent now; on an enabled automation a person confirms first.',
  },
  vendor: 'trustpager',
  toolset: 'authoring',
  effects: ['update', 'arm'],
  input: z.strictObject({
    automation_id: trustpagerId('Automation id.'),
    action_id: trustpagerId('Action id, from trustpager_get_automation.'),
    action_type: text('See trustpager_describe_actions.', 64).optional(),
    sequence: z.int().min(0).max(1_000).optional().describe('Its place in the order.'),
    config: object('Replaces the whole configuration.').optional(),
  }),
  output: partOutput,
  needs: () => ['automations:read', 'automations:write'],
  async draft({ automation_id, action_id, ...given }, use) {
    const body = present(given) as JsonObject;
    if (Object.keys(body).length === 0)
      throw new Failure('not_sent', 'invalid_input', 'Nothing to change: give at least one field besides the ids.', {
        next: 'Name the fields to change.',
      });
    const automation = await use.reader.getAutomation(automation_id);
    const before = automation.actions.find(({ id }) => id === action_id);
    const after = automation.actions.map(action => (action.id === action_id ? { ...action, ...given } : action));
    return draftPart(automation, {
      what: `Change action ${before?.action_type ?? action_id}`,
      request: updateAction(automation_id, action_id, body),
      checks: [
        existsCheck('action', action_id, automation.actions),
        ...actionRowChecks(
          { ...before, ...given },
          automation.actions.filter(({ id }) => id !== action_id),
        ),
      ],
      changes: partChanges('action', before, given),
      cost: perRun(await price(use, after)),
    });
  },
  undo: () => 'Sending the former values again reverses it; what was sent in between stays sent.',
  reverse({ automation_id, action_id, ...given }, before) {
    const values = former(given, formerPart(before, 'actions', action_id));
    return values
      ? { tool: 'trustpager_update_action', arguments: { automation_id, action_id, ...values } }
      : undefined;
  },
  answer: (reply, { automation_id }) => partAnswer('Changed the action', automation_id, reply),
});
