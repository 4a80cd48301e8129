// Deletes an action of a TrustPager automation.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { existsCheck } from '../../src/vendors/trustpager/parts.ts';
import { deleteAction } from '../../src/vendors/trustpager/requests.ts';
import { trustpagerId } from '../inputs.ts';
import { draftPart } from '../parts.ts';
import { partAnswer, partOutput } from '../trustpager.ts';
import { formerPart, only } from '../undo.ts';

export default writeTool({
  name: 'trustpager_delete_action',
  title: 'Delete an action of a TrustPager automation',
  words: {
    what: 'Delete an action from a TrustPager automation; the others keep their order.',
    when: 'Use it for a step that shall not be carried out any more; action ids are in trustpager_get_automation.',
    not: 'To change it instead use trustpager_update_action.',
    touches: 'The action is gone for good. A person confirms first.',
  },
  vendor: 'trustpager',
  toolset: 'authoring',
  effects: ['delete'],
  input: z.strictObject({
    automation_id: trustpagerId('Automation id.'),
    action_id: trustpagerId('Action id, from trustpager_get_automation.'),
  }),
  output: partOutput,
  needs: () => ['automations:read', 'automations:delete'],
  async draft({ automation_id, action_id }, use) {
    const automation = await use.reader.getAutomation(automation_id);
    const found = automation.actions.find(({ id }) => id === action_id);
    return draftPart(automation, {
      what: `Delete action ${found?.action_type ?? action_id}`,
      request: deleteAction(automation_id, action_id),
      checks: [existsCheck('action', action_id, automation.actions)],
      changes: [{ field: 'action', from: found ?? action_id }],
      removes: true,
    });
  },
  undo: () => 'Cannot be undone as such: an action like it can be added anew.',
  reverse({ automation_id, action_id }, before) {
    const row = formerPart(before, 'actions', action_id);
    return row
      ? {
          tool: 'trustpager_add_action',
          arguments: { automation_id, ...only(row, 'action_type', 'sequence', 'config') },
        }
      : undefined;
  },
  answer: (reply, { automation_id }) => partAnswer('Deleted the action', automation_id, reply),
});
