// Shows one TrustPager automation with its triggers and actions.
import * as z from 'zod';
import { readTool } from '../../src/tool.ts';
import { clean, quote } from '../../src/vendors/text.ts';
import { configuration } from '../../src/vendors/trustpager/automation.ts';
import { trustpagerId } from '../inputs.ts';
import { automationFields, automationLines, wholeOutput } from '../trustpager.ts';

export default readTool({
  name: 'trustpager_get_automation',
  title: 'Get a TrustPager automation',
  words: {
    what: 'Read one TrustPager automation with conditions, triggers and actions in order.',
    when: 'Use it before changing, enabling or triggering, and for the action ids that trustpager_execute_action takes.',
    not: 'For its past runs use trustpager_list_runs.',
    touches: 'Free; only reads.',
  },
  vendor: 'trustpager',
  toolset: 'core',
  input: z.strictObject({ automation_id: trustpagerId('Automation id, from trustpager_list_automations.') }),
  output: wholeOutput,
  async read({ automation_id }, use) {
    const automation = await use.reader.getAutomation(automation_id);
    return {
      headline: `${quote(automation.name ?? '')} at TrustPager.`,
      fields: automationFields(automation),
      lines: automationLines(automation),
      met: [{ id: automation.id, name: clean(automation.name ?? '', 100) }],
      seen: { id: automation.id, configuration: configuration(automation) },
    };
  },
});
