// Adds a trigger row to a TrustPager automation.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { triggerRowChecks } from '../../src/vendors/trustpager/parts.ts';
import { addTrigger } from '../../src/vendors/trustpager/requests.ts';
import type { JsonObject } from '../../src/vendors/types.ts';
import { object, text, trustpagerId } from '../inputs.ts';
import { draftPart, partChanges } from '../parts.ts';
import { partAnswer, partOutput } from '../trustpager.ts';
import { madeId } from '../undo.ts';
import { present } from '../words.ts';

export default writeTool({
  name: 'trustpager_add_trigger',
  title: 'Add a trigger to a TrustPager automation',
  words: {
    what: 'Add a trigger row to a TrustPager automation: it then also runs on that event.',
    when: 'Use it for one more event that shall run the same actions; any row fires it.',
    not: 'Not for stage_changed: set stage_id with trustpager_update_automation.',
    touches: 'On an enabled automation a person confirms first.',
    next: 'Types and their sources are in trustpager_describe_triggers.',
  },
  vendor: 'trustpager',
  toolset: 'authoring',
  effects: ['update', 'arm'],
  input: z.strictObject({
    automation_id: trustpagerId('Automation id.'),
    trigger_type: text('Default: the automation’s.', 64).optional(),
    source_type: text('Default: from the trigger type.', 64).optional(),
    source_id: trustpagerId('Narrows to one form, number, agent or webhook.').optional(),
    config: object('Of that trigger type, see trustpager_describe_triggers.').optional(),
  }),
  output: partOutput,
  needs: () => ['automations:read', 'automations:write'],
  async draft({ automation_id, ...row }, use) {
    const automation = await use.reader.getAutomation(automation_id);
    const body = present(row) as JsonObject;
    return draftPart(automation, {
      what: `Add a trigger (${row.trigger_type ?? automation.trigger_type ?? 'type not given'})`,
      request: addTrigger(automation_id, body),
      checks: triggerRowChecks(automation, row),
      changes: partChanges('new trigger', undefined, row),
    });
  },
  undo: () => 'Deleting the trigger takes it away again; what was sent by then stays sent.',
  reverse({ automation_id }, _before, reply) {
    const trigger_id = madeId(reply);
    return trigger_id ? { tool: 'trustpager_delete_trigger', arguments: { automation_id, trigger_id } } : undefined;
  },
  answer: (reply, { automation_id }) => partAnswer('Added the trigger', automation_id, reply),
});
