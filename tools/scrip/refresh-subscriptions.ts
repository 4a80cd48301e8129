// Makes Scrip judge anew who is enrolled in a participant_state automation.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { refreshSubscriptions } from '../../src/vendors/scrip/requests.ts';
import { refreshChecks } from '../../src/vendors/scrip/rules.ts';
import { quote } from '../../src/vendors/text.ts';
import { program, scripId } from '../inputs.ts';
import { audience, automationOutput, free, target } from '../scrip.ts';

export default writeTool({
  name: 'scrip_refresh_subscriptions',
  title: 'Refresh a Scrip automation’s subscriptions',
  words: {
    what: 'Judge anew who is enrolled in a participant_state automation.',
    when: 'Use it after the filter or the participants changed; Scrip also does this by itself from time to time.',
    not: 'Other kinds are fired with scrip_trigger_automation.',
    touches:
      'Who matches now is subscribed and will get its events, who no longer matches is dropped. A person confirms first.',
    next: 'See who is enrolled with scrip_list_subscriptions.',
  },
  vendor: 'scrip',
  toolset: 'authoring',
  effects: ['arm'],
  input: z.strictObject({ automation_id: scripId('Automation UUID.'), program_id: program }),
  output: automationOutput,
  needs: () => ['automations:read', 'automations:write'],
  async draft({ automation_id, program_id }, use) {
    const programId = await use.program(program_id);
    const automation = await use.reader.getAutomation(programId, automation_id);
    return {
      effect: 'arm',
      summary: `Judge anew who is enrolled in ${quote(automation.name ?? '')}`,
      target: target(automation),
      request: refreshSubscriptions(programId, automation_id),
      checks: refreshChecks(automation),
      changes: [],
      quote: free,
      audience: audience(automation),
      preimage: { program_id: programId },
    };
  },
  undo: () =>
    'Cannot be undone as such: pausing the automation stops its events, and another refresh follows who matches then.',
  answer: (_reply, { automation_id }) => ({
    headline: 'Accepted: Scrip judges the enrolment in the background.',
    fields: { automation_id },
    lines: [],
    next: [{ tool: 'scrip_list_subscriptions', arguments: { automation_id }, why: 'see who is enrolled in a moment' }],
  }),
});
