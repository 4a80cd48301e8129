// Cancels a Scrip fan-out that is under way. Stopping never waits for a person.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { parseAutomation } from '../../src/vendors/scrip/automation.ts';
import { cancelRun } from '../../src/vendors/scrip/requests.ts';
import { cancelChecks } from '../../src/vendors/scrip/rules.ts';
import { quote } from '../../src/vendors/text.ts';
import { program, scripId } from '../inputs.ts';
import { automationFields, automationLines, automationOutput, free, marks, target } from '../scrip.ts';

export default writeTool({
  name: 'scrip_cancel_run',
  title: 'Cancel a Scrip fan-out',
  words: {
    what: 'Stop a Scrip fan-out that is under way: who was processed keeps what they got, the rest are skipped.',
    when: 'Use it when a firing was a mistake or reaches the wrong people.',
    not: 'It does not prevent later firings: for that first pause the automation with scrip_update_automation.',
    touches: 'Needs nobody’s confirmation; the automation stays active and fires again at its next time.',
  },
  vendor: 'scrip',
  toolset: 'core',
  effects: ['update'],
  input: z.strictObject({ automation_id: scripId('Automation UUID.'), program_id: program }),
  output: automationOutput,
  needs: () => ['automations:read', 'automations:write'],
  async draft({ automation_id, program_id }, use) {
    const programId = await use.program(program_id);
    const automation = await use.reader.getAutomation(programId, automation_id);
    return {
      effect: 'update',
      summary: `Cancel the fan-out of ${quote(automation.name ?? '')}`,
      target: target(automation),
      request: cancelRun(programId, automation_id),
      checks: cancelChecks(automation),
      changes: [{ field: 'execution_status', from: automation.execution_status, to: 'failed' }],
      quote: free,
      stops: true,
      preimage: { ...marks(automation), program_id: programId },
    };
  },
  // Pages disagree on what a cancel leaves behind (scrip.md C1), so the state is shown as it came back.
  undo: () => 'Cannot be undone: those who were skipped are not made up for; firing again reaches everyone anew.',
  answer(reply) {
    const automation = parseAutomation(reply.body ?? {});
    return {
      headline: 'Cancelled: nobody further is processed.',
      fields: automationFields(automation),
      lines: automationLines(automation, Date.now()),
      next: [
        {
          tool: 'scrip_update_automation',
          arguments: { automation_id: automation.id, status: 'paused' },
          why: 'so that it does not fire at its next time',
        },
      ],
    };
  },
  async settle({ automation_id }, before, _window, use) {
    const automation = await use.reader.getAutomation(String(before.program_id), automation_id);
    const same = automation.execution_started_at === before.execution_started_at;
    return same && automation.execution_status === 'failed'
      ? { outcome: 'done', reason: 'That fan-out has failed, which is how a cancel shows.' }
      : { outcome: 'unknown', reason: 'That fan-out does not show as cancelled so far.' };
  },
});
