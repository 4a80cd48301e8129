// Shows what TrustPager knows of its trigger types; free, and needs no scope.
import * as z from 'zod';
import { readTool } from '../../src/tool.ts';
import { clean } from '../../src/vendors/text.ts';
import { text } from '../inputs.ts';
import { plural, present } from '../words.ts';

export default readTool({
  name: 'trustpager_describe_triggers',
  title: 'Describe TrustPager trigger types',
  words: {
    what: 'See which trigger types TrustPager knows, or one of them in full: when it fires, sample data and the variables it offers.',
    when: 'Use it before trustpager_add_trigger, and to fill trigger_data for trustpager_trigger_automation.',
    not: 'What an automation does then is in trustpager_describe_actions.',
    touches: 'Free, and needs no scope.',
  },
  vendor: 'trustpager',
  toolset: 'authoring',
  input: z.strictObject({
    trigger_type: text('One type, such as "form_completed"; default: all, by name.', 64).optional(),
  }),
  output: z.object({
    types: z.array(z.string()).optional(),
    trigger_type: z.string().optional(),
    description: z.string().optional(),
  }),
  async read({ trigger_type }, use) {
    if (trigger_type === undefined) {
      const { triggers: types, enriched_variables } = await use.reader.listTriggerSchemas();
      return {
        headline: `${plural(types.length, 'trigger type')}.`,
        fields: { types: types.map(type => type.trigger_type) },
        lines: [
          ...types.map(type => `${clean(type.trigger_type, 64)}: ${clean(type.label ?? type.description ?? '', 100)}`),
          ...(enriched_variables ? [`every run also has: ${clean(JSON.stringify(enriched_variables), 400)}`] : []),
        ],
      };
    }
    const found = await use.reader.getTriggerSchema(trigger_type);
    return {
      headline: `${clean(trigger_type, 64)} at TrustPager:`,
      fields: present({
        trigger_type,
        description: found.description && clean(found.description, 500),
      }),
      lines: [clean(JSON.stringify(found), 4_000)],
    };
  },
});
