// Deletes a TrustPager automation with everything in it.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { quote } from '../../src/vendors/text.ts';
import { deleteAutomation } from '../../src/vendors/trustpager/requests.ts';
import type { JsonObject } from '../../src/vendors/types.ts';
import { trustpagerId } from '../inputs.ts';
import { automationOutput, nothingNow, target } from '../trustpager.ts';
import { only } from '../undo.ts';
import { plural } from '../words.ts';
import createAutomation from './create-automation.ts';

export default writeTool({
  name: 'trustpager_delete_automation',
  title: 'Delete a TrustPager automation',
  words: {
    what: 'Delete a TrustPager automation with all its triggers and actions, for good.',
    when: 'Use it for one that will not be needed again.',
    not: 'To stop it and keep it use trustpager_disable_automation.',
    touches: 'Its runs can no longer be read, and it can only be built anew under another id. A person confirms first.',
  },
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
      preimage: {},
    };
  },
  undo: () => 'Cannot be undone as such: it can be created anew under another id; its runs stay gone.',
  reverse(_input, before = {}) {
    const rows = (list: 'triggers' | 'actions', ...fields: string[]): JsonObject => {
      const found = Array.isArray(before[list]) ? (before[list] as JsonObject[]) : [];
      return found.length > 0 ? { [list]: found.map(row => only(row, ...fields)) } : {};
    };
    return {
      tool: 'trustpager_create_automation',
      arguments: {
        ...only(
          before,
          ...Object.keys(createAutomation.input.shape).filter(field => field !== 'triggers' && field !== 'actions'),
        ),
        ...rows('triggers', 'trigger_type', 'source_type', 'source_id', 'config'),
        ...rows('actions', 'action_type', 'sequence', 'config'),
      },
    };
  },
  answer: (_reply, { automation_id }) => ({
    headline: 'Deleted, with its triggers and actions.',
    fields: { automation_id },
    lines: [],
  }),
});
