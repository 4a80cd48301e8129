// Deletes a TrustPager automation with everything in it.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { quote } from '../../src/vendors/text.ts';
import { deleteAutomation } from '../../src/vendors/trustpager/requests.ts';
import { trustpagerId } from '../inputs.ts';
import { automationOutput, nothingNow, target } from '../trustpager.ts';
import { plural } from '../words.ts';

export default writeTool({
  name: 'trustpager_delete_automation',
  title: 'Delete a TrustPager automation',
  description:
    'Delete a TrustPager automation with all its triggers and actions, for good. A person confirms first. To stop it and keep it use trustpager_disable_automation.',
  vendor: 'trustpager',
  toolset: 'authoring',
  effects: ['delete'],
  input: z.strictObject({ automation_id: trustpagerId('Automation id.') }),
  output: automationOutput,
  needs: () => ['automations:read', 'automations:delete'],
  async draft({ automation_id }, use) {
    const automation = await use.reader.getAutomation(automation_id);
    const parts = `${plural(automation.triggers.length, 'trigger')} and ${plural(automation.actions.length, 'action')}`;
    return {
      effect: 'delete',
      summary: `Delete ${quote(automation.name ?? '')} with ${parts}, for good`,
      target: target(automation),
      request: deleteAutomation(automation_id),
      checks: [],
      changes: [{ field: 'automation', from: automation.name }],
      quote: nothingNow,
      undo: 'Cannot be undone: it can only be built anew.',
      preimage: {},
    };
  },
  answer: (_reply, { automation_id }) => ({
    headline: 'Deleted, with its triggers and actions.',
    fields: { automation_id },
    lines: [],
  }),
});
