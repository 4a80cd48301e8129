// Archives a Scrip automation, for good.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { parseAutomation } from '../../src/vendors/scrip/automation.ts';
import { archiveAutomation } from '../../src/vendors/scrip/requests.ts';
import { archiveChecks } from '../../src/vendors/scrip/rules.ts';
import { quote } from '../../src/vendors/text.ts';
import { program, scripId } from '../inputs.ts';
import { automationFields, automationOutput, free, target } from '../scrip.ts';

export default writeTool({
  name: 'scrip_archive_automation',
  title: 'Archive a Scrip automation',
  words: {
    what: 'Archive a Scrip automation for good: it never fires again, but stays readable by id.',
    when: 'Use it for one that will not be needed again.',
    not: 'To stop it for a while use scrip_update_automation with status "paused"; to end a fan-out under way use scrip_cancel_run.',
    touches: 'It cannot be brought back. A person confirms first.',
  },
  vendor: 'scrip',
  toolset: 'authoring',
  effects: ['delete'],
  input: z.strictObject({ automation_id: scripId('Automation UUID.'), program_id: program }),
  output: automationOutput,
  needs: () => ['automations:read', 'automations:delete'],
  async draft({ automation_id, program_id }, use) {
    const programId = await use.program(program_id);
    const automation = await use.reader.getAutomation(programId, automation_id);
    return {
      effect: 'delete',
      summary: `Archive ${quote(automation.name ?? '')} for good`,
      target: target(automation),
      request: archiveAutomation(programId, automation_id),
      checks: archiveChecks(automation),
      changes: [{ field: 'status', from: automation.status, to: 'archived' }],
      quote: free,
      preimage: { program_id: programId },
    };
  },
  // Whether the answer has a body is not documented (scrip.md 9.5).
  undo: () => 'Cannot be undone: an archived automation is never active again; it can only be created anew.',
  answer: (reply, { automation_id }) => ({
    headline: 'Archived: it never fires again.',
    fields: reply.body?.id ? automationFields(parseAutomation(reply.body)) : { automation_id, status: 'archived' },
    lines: [],
  }),
  async settle({ automation_id }, before, _window, use) {
    const { status } = await use.reader.getAutomation(String(before.program_id), automation_id);
    return status === 'archived'
      ? { outcome: 'done', reason: 'It is archived.' }
      : { outcome: 'unknown', reason: 'It is not archived so far.' };
  },
});
