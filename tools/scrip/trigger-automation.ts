// Fires a Scrip automation now, outside its schedule.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { parseAutomation } from '../../src/vendors/scrip/automation.ts';
import { triggerAutomation } from '../../src/vendors/scrip/requests.ts';
import { triggerChecks } from '../../src/vendors/scrip/rules.ts';
import { quote } from '../../src/vendors/text.ts';
import { program, scripId } from '../inputs.ts';
import {
  audience,
  automationFields,
  automationLines,
  automationOutput,
  free,
  marks,
  reached,
  target,
} from '../scrip.ts';

export default writeTool({
  name: 'scrip_trigger_automation',
  title: 'Trigger a Scrip automation',
  words: {
    what: 'Fire a Scrip automation now, outside its schedule.',
    when: 'Use it for one that is active and, for participants scope, idle; never participant_state or one_time × program.',
    not: 'To change its schedule use scrip_update_automation.',
    touches:
      'Real, even when meant as a test: every matching participant gets the event, and rules may grant points. A person confirms first.',
    next: 'Check with plan_call, follow with watch_run; never repeat a call whose outcome is unknown.',
  },
  vendor: 'scrip',
  toolset: 'core',
  effects: ['run'],
  input: z.strictObject({ automation_id: scripId('Automation UUID.'), program_id: program }),
  output: automationOutput,
  needs: () => ['automations:read', 'automations:trigger'],
  async draft({ automation_id, program_id }, use) {
    const programId = await use.program(program_id);
    const automation = await use.reader.getAutomation(programId, automation_id);
    return {
      effect: 'run',
      summary: `Fire ${quote(automation.name ?? '')} now`,
      target: target(automation),
      request: triggerAutomation(programId, automation_id),
      checks: triggerChecks(automation, use.idle),
      changes: [],
      quote: free,
      audience: audience(automation),
      preimage: { ...marks(automation), program_id: programId },
    };
  },
  undo: () => 'Cannot be undone: events that were created stay, and so does what they granted.',
  answer(reply, { automation_id, program_id }) {
    const automation = parseAutomation(reply.body ?? {});
    const soon = automation.scope === 'program';
    return {
      headline: soon
        ? 'Accepted: the scheduler picks it up in a moment; it has not run yet.'
        : 'Fired: the fan-out is under way.',
      fields: automationFields(automation),
      lines: automationLines(automation, Date.now()),
      next: [
        {
          tool: 'watch_run',
          arguments: { automation_id, ...(program_id ? { program_id } : {}) },
          why: 'follow it to its end',
        },
      ],
    };
  },
  reached,
  // A firing leaves a mark: a new execution_started_at (participants), a new last_run_at (program). Where its own schedule was due by then, that proves nothing.
  async settle({ automation_id }, before, window, use) {
    const automation = await use.reader.getAutomation(String(before.program_id), automation_id);
    const mark = automation.scope === 'program' ? 'last_run_at' : 'execution_started_at';
    const at = Date.parse(automation[mark] ?? '');
    const moved = automation[mark] !== before[mark] && at >= window.from - 2_000 && at <= window.to + 2_000;
    // Both are the vendor's times, so a clock of ours that is wrong by minutes changes nothing here.
    if (moved && at >= Date.parse(String(before.next_run_at)) - 60_000)
      return {
        outcome: 'unknown',
        reason: 'Its own schedule was due by then, so nothing tells the two apart.',
      };
    return moved
      ? { outcome: 'done', reason: `${mark} moved to ${automation[mark]}, inside the time of this call.` }
      : { outcome: 'unknown', reason: `${mark} has not moved; it may still be on its way.` };
  },
});
