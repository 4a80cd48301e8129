// Changes a trigger row of a TrustPager automation.
import * as z from 'zod';
import { Failure } from '../../src/errors.ts';
import { writeTool } from '../../src/tool.ts';
import { existsCheck, triggerRowChecks } from '../../src/vendors/trustpager/parts.ts';
import { updateTrigger } from '../../src/vendors/trustpager/requests.ts';
import type { JsonObject } from '../../src/vendors/types.ts';
import { object, text, trustpagerId } from '../inputs.ts';
import { draftPart, partChanges } from '../parts.ts';
import { partAnswer, partOutput } from '../trustpager.ts';
import { former, formerPart } from '../undo.ts';
import { present } from '../words.ts';

export default writeTool({
  name: 'trustpager_update_trigger',
  title: 'Update a trigger of a TrustPager automation',
  words: {
    what: 'Change a trigger row of a TrustPager automation; only the fields given change.',
    when: 'Use it to narrow or move what fires it; trigger ids are in trustpager_get_automation.',
    not: 'To take a row away use trustpager_delete_trigger.',
    touches: 'On an enabled automation a person confirms first.',
  },
  vendor: 'trustpager',
  toolset: 'authoring',
  effects: ['update', 'arm'],
  input: z.strictObject({
    automation_id: trustpagerId('Automation id.'),
    trigger_id: trustpagerId('Trigger id, from trustpager_get_automation.'),
    trigger_type: text('Default: the automation’s.', 64).optional(),
    source_type: text('Default: from the trigger type.', 64).optional(),
    source_id: trustpagerId('Narrows to one form, number, agent or webhook.').optional(),
    config: object('Of that trigger type, see trustpager_describe_triggers.').optional(),
  }),
  output: partOutput,
  needs: () => ['automations:read', 'automations:write'],
  async draft({ automation_id, trigger_id, ...row }, use) {
    const body = present(row) as JsonObject;
    if (Object.keys(body).length === 0)
      throw new Failure('not_sent', 'invalid_input', 'Nothing to change: give at least one field besides the ids.', {
        next: 'Name the fields to change.',
      });
    const automation = await use.reader.getAutomation(automation_id);
    return draftPart(automation, {
      what: 'Change a trigger',
      request: updateTrigger(automation_id, trigger_id, body),
      checks: [existsCheck('trigger', trigger_id, automation.triggers), ...triggerRowChecks(automation, row)],
      changes: partChanges(
        'trigger',
        automation.triggers.find(({ id }) => id === trigger_id),
        row,
      ),
    });
  },
  undo: () => 'Sending the former values again reverses it; what was sent in between stays sent.',
  reverse({ automation_id, trigger_id, ...given }, before) {
    const values = former(given, formerPart(before, 'triggers', trigger_id));
    return values
      ? { tool: 'trustpager_update_trigger', arguments: { automation_id, trigger_id, ...values } }
      : undefined;
  },
  answer: (reply, { automation_id }) => partAnswer('Changed the trigger', automation_id, reply),
});
