// Fires a TrustPager automation now: every action runs and is billed.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { echoDifference } from '../../src/vendors/echo.ts';
import { quote } from '../../src/vendors/text.ts';
import { triggerAutomation } from '../../src/vendors/trustpager/requests.ts';
import { triggerChecks } from '../../src/vendors/trustpager/rules.ts';
import { parseRun } from '../../src/vendors/trustpager/run.ts';
import { runData, trustpagerId } from '../inputs.ts';
import { lostRun, seenRuns, unmarked } from '../lost-run.ts';
import { price, runChanges, runFields, runLines, runOutput, runVerdict, target } from '../trustpager.ts';
import { plural } from '../words.ts';

export default writeTool({
  name: 'trustpager_trigger_automation',
  title: 'Trigger a TrustPager automation',
  words: {
    what: 'Run a whole TrustPager automation now.',
    when: 'Use it for one that is enabled, with no run going on.',
    not: 'To try one action before enabling use trustpager_execute_action.',
    touches: 'There is no dry run: real texts, calls and e-mails go out and cost credits. A person confirms first.',
    next: 'Check with plan_call before. Never repeat a call whose outcome is unknown: watch_run with its intent_id finds out.',
  },
  vendor: 'trustpager',
  toolset: 'core',
  effects: ['run'],
  input: z.strictObject({ automation_id: trustpagerId('Automation id.'), trigger_data: runData }),
  output: runOutput,
  needs: () => ['automations:read', 'automations:trigger'],
  async draft({ automation_id, trigger_data }, use) {
    const [automation, { rows }] = await Promise.all([
      use.reader.getAutomation(automation_id),
      use.reader.listRuns(automation_id, {}),
    ]);
    const actions = automation.actions ?? [];
    const request = (intent?: string) => triggerAutomation(automation_id, trigger_data, { key: use.bodyKey, intent });
    return {
      effect: 'run',
      summary: `Run ${quote(automation.name ?? '')} now: ${plural(actions.length, 'action')} (${actions.map(action => action.action_type ?? '?').join(', ')})`,
      target: target(automation),
      request: request(),
      ...(use.markRuns ? { marked: request } : {}),
      checks: triggerChecks(automation, rows),
      changes: runChanges(trigger_data, use.markRuns),
      quote: await price(use, actions),
      audience: {
        note: trigger_data
          ? 'whoever the run data points at'
          : 'no run data is given: recipients are whoever the actions name themselves',
      },
      preimage: { ...seenRuns(rows), ...(use.markRuns ? { marked: true } : {}) },
    };
  },
  undo: () => 'Cannot be undone: what was sent stays sent.',
  answer(reply, { automation_id }) {
    const run = parseRun(reply.body ?? {});
    return {
      headline: runVerdict(run),
      fields: { automation_id, ...runFields(run) },
      lines: runLines(run, Date.now()),
      next:
        run.status === 'running' && run.run_id
          ? [{ tool: 'watch_run', arguments: { run_id: run.run_id }, why: 'follow it to its end' }]
          : [],
    };
  },
  // The pages name two keys for the run's data; under the wrong one it would run with none, silently (trustpager.md C3).
  async verify(reply, { trigger_data }, use) {
    const { run_id } = parseRun(reply.body ?? {});
    if (!run_id || !(trigger_data || use.markRuns)) return undefined;
    const echoed = (await use.reader.getRun(run_id)).trigger_data;
    if (!use.markRuns) return echoDifference(trigger_data, echoed);
    const { mark, rest } = unmarked(echoed);
    const gone = mark === undefined ? 'The run does not show its marker, so no lost answer could be found by it.' : '';
    return echoDifference(trigger_data, rest) ?? (gone || undefined);
  },
  settle: lostRun,
});
