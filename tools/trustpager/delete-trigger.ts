// Deletes a trigger row of a TrustPager automation.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { existsCheck } from '../../src/vendors/trustpager/parts.ts';
import { deleteTrigger } from '../../src/vendors/trustpager/requests.ts';
import { trustpagerId } from '../inputs.ts';
import { draftPart } from '../parts.ts';
import { partAnswer, partOutput } from '../trustpager.ts';
import { formerPart, only } from '../undo.ts';

export default writeTool({
  name: 'trustpager_delete_trigger',
  title: 'Delete a trigger of a TrustPager automation',
  words: {
    what: 'Delete a trigger row: the automation no longer runs on that event.',
    when: 'Use it for an event that shall not fire it any more; trigger ids are in trustpager_get_automation.',
    not: 'To stop the automation as a whole use trustpager_disable_automation.',
    touches: 'The row is gone for good. A person confirms first.',
  },
  vendor: 'trustpager',
  toolset: 'authoring',
  effects: ['delete'],
  input: z.strictObject({
    automation_id: trustpagerId('Automation id.'),
    trigger_id: trustpagerId('Trigger id, from trustpager_get_automation.'),
  }),
  output: partOutput,
  needs: () => ['automations:read', 'automations:delete'],
  async draft({ automation_id, trigger_id }, use) {
    const automation = await use.reader.getAutomation(automation_id);
    const found = automation.triggers.find(({ id }) => id === trigger_id);
    return draftPart(automation, {
      what: `Delete trigger ${found?.trigger_type ?? trigger_id}`,
      request: deleteTrigger(automation_id, trigger_id),
      checks: [existsCheck('trigger', trigger_id, automation.triggers)],
      changes: [{ field: 'trigger', from: found ?? trigger_id }],
      removes: true,
    });
  },
  undo: () => 'Cannot be undone as such: a trigger like it can be added anew.',
  reverse({ automation_id, trigger_id }, before) {
    const row = formerPart(before, 'triggers', trigger_id);
    const fields = row && only(row, 'trigger_type', 'source_type', 'source_id', 'config');
    return fields ? { tool: 'trustpager_add_trigger', arguments: { automation_id, ...fields } } : undefined;
  },
  answer: (reply, { automation_id }) => partAnswer('Deleted the trigger', automation_id, reply),
});
