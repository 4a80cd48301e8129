// Shows one Scrip automation in full, with the progress of its fan-out.
import * as z from 'zod';
import { readTool } from '../../src/tool.ts';
import { configuration } from '../../src/vendors/scrip/automation.ts';
import { clean, quote } from '../../src/vendors/text.ts';
import { program, scripId } from '../inputs.ts';
import { automationFields, automationLines, automationOutput } from '../scrip.ts';

export default readTool({
  name: 'scrip_get_automation',
  title: 'Get a Scrip automation',
  words: {
    what: 'Read one Scrip automation: schedule, audience, payload, state and fan-out progress.',
    when: 'Use it before updating or triggering: an update of what somebody changed since is refused.',
    not: 'To wait for a fan-out to end use watch_run; ids are found with scrip_list_automations.',
    touches: 'Free; only reads.',
  },
  vendor: 'scrip',
  toolset: 'core',
  input: z.strictObject({
    automation_id: scripId('Automation UUID, from scrip_list_automations.'),
    program_id: program,
  }),
  output: automationOutput,
  async read({ automation_id, program_id }, use) {
    const automation = await use.reader.getAutomation(await use.program(program_id), automation_id);
    return {
      headline: `${quote(automation.name ?? '')} at Scrip.`,
      fields: automationFields(automation),
      lines: automationLines(automation, use.now()),
      met: [{ id: automation.id, name: clean(automation.name ?? '', 100) }],
      seen: { id: automation.id, configuration: configuration(automation) },
    };
  },
});
