// Puts the actions of a TrustPager automation into a new order.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { reorderChecks } from '../../src/vendors/trustpager/parts.ts';
import { reorderActions } from '../../src/vendors/trustpager/requests.ts';
import type { JsonObject } from '../../src/vendors/types.ts';
import { trustpagerId } from '../inputs.ts';
import { draftPart } from '../parts.ts';
import { partAnswer, partOutput } from '../trustpager.ts';

export default writeTool({
  name: 'trustpager_reorder_actions',
  title: 'Reorder the actions of a TrustPager automation',
  words: {
    what: 'Put the actions of a TrustPager automation into a new order; every action id must be named once.',
    when: 'Use it to move several at once; ids and the order now are in trustpager_get_automation.',
    not: 'To move a single one use trustpager_update_action.',
    touches: 'Nothing is sent now; on an enabled automation a person confirms first.',
  },
  vendor: 'trustpager',
  toolset: 'authoring',
  effects: ['update', 'arm'],
  input: z.strictObject({
    automation_id: trustpagerId('Automation id.'),
    action_ids: z.array(trustpagerId('Action id.')).min(1).max(100).describe('All action ids, in the new order.'),
  }),
  output: partOutput,
  needs: () => ['automations:read', 'automations:write'],
  async draft({ automation_id, action_ids }, use) {
    const automation = await use.reader.getAutomation(automation_id);
    const named = (ids: readonly (string | undefined)[]) =>
      ids.map(id => automation.actions.find(action => action.id === id)?.action_type ?? id ?? '?').join(', ');
    return draftPart(automation, {
      what: `Reorder the actions to ${named(action_ids)}`,
      request: reorderActions(automation_id, action_ids),
      checks: reorderChecks(automation, action_ids),
      changes: [{ field: 'order', from: named(automation.actions.map(({ id }) => id)), to: named(action_ids) }],
    });
  },
  undo: () => 'Reordering them back reverses it; runs in between went in the new order.',
  reverse({ automation_id }, before) {
    const actions = Array.isArray(before?.actions) ? (before.actions as JsonObject[]) : [];
    const action_ids = actions.toSorted((a, b) => Number(a.sequence) - Number(b.sequence)).map(({ id }) => String(id));
    return { tool: 'trustpager_reorder_actions', arguments: { automation_id, action_ids } };
  },
  answer: (reply, { automation_id }) => partAnswer('Reordered the actions', automation_id, reply),
});
