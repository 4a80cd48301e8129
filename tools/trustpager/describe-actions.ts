// Shows what TrustPager knows of its action types; free, and needs no scope.
import * as z from 'zod';
import { readTool } from '../../src/tool.ts';
import { clean } from '../../src/vendors/text.ts';
import { text } from '../inputs.ts';
import { plural, present } from '../words.ts';

export default readTool({
  name: 'trustpager_describe_actions',
  title: 'Describe TrustPager action types',
  words: {
    what: 'See which action types TrustPager knows, or one of them in full: fields, example and warnings.',
    when: 'Use it before trustpager_add_action, trustpager_update_action or trustpager_create_automation.',
    not: 'Events are in trustpager_describe_triggers.',
    touches: 'Free, and needs no scope.',
  },
  vendor: 'trustpager',
  toolset: 'authoring',
  input: z.strictObject({ action_type: text('One type, such as "send_sms"; default: all, by name.', 64).optional() }),
  output: z.object({
    types: z.array(z.string()).optional(),
    action_type: z.string().optional(),
    description: z.string().optional(),
  }),
  async read({ action_type }, use) {
    if (action_type === undefined) {
      const types = await use.reader.listActionTypes();
      return {
        headline: `${plural(types.length, 'action type')}.`,
        fields: { types: types.map(type => type.action_type) },
        lines: types.map(type => `${clean(type.action_type, 64)}: ${clean(type.label ?? type.description ?? '', 100)}`),
      };
    }
    const found = await use.reader.describeActionType(action_type);
    return {
      headline: `${clean(action_type, 64)} at TrustPager:`,
      fields: present({
        action_type,
        description: found.description && clean(found.description, 500),
      }),
      lines: [clean(JSON.stringify(found), 4_000)],
    };
  },
});
