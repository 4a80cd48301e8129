// Executes one action of a TrustPager automation, alone.
import * as z from 'zod';
import { Failure } from '../../src/errors.ts';
import { writeTool } from '../../src/tool.ts';
import { quote } from '../../src/vendors/text.ts';
import { executeAction } from '../../src/vendors/trustpager/requests.ts';
import { parseRun } from '../../src/vendors/trustpager/run.ts';
import { runData, trustpagerId } from '../inputs.ts';
import { lostExecution } from '../lost-run.ts';
import { price, runChanges, runFields, runLines, runOutput, target } from '../trustpager.ts';

export default writeTool({
  name: 'trustpager_execute_action',
  title: 'Execute one TrustPager action',
  words: {
    what: 'Execute one action of a TrustPager automation and none of its siblings.',
    when: 'Use it to try an action before enabling, or to retry one failed step; it works while disabled.',
    not: 'To run the whole automation use trustpager_trigger_automation.',
    touches:
      'Real: the text, call or e-mail goes out and costs the same as in a run; outside business hours it may only be queued. A person confirms first.',
    next: 'Check with plan_call before.',
  },
  vendor: 'trustpager',
  toolset: 'core',
  effects: ['run'],
  input: z.strictObject({
    automation_id: trustpagerId('Automation id.'),
    action_id: trustpagerId('Action id, from trustpager_get_automation.'),
    trigger_data: runData,
  }),
  output: runOutput,
  // The page names automations:write in its heading and the trigger scope in its text; both are asked for (design section 5.2).
  needs: () => ['automations:read', 'automations:write', 'automations:trigger'],
  async draft({ automation_id, action_id, trigger_data }, use) {
    const automation = await use.reader.getAutomation(automation_id);
    const action = automation.actions?.find(({ id }) => id === action_id);
    if (!action)
      throw new Failure(
        'not_sent',
        'not_found',
        `Automation ${quote(automation.name ?? '')} has no action ${action_id}; nothing was sent.`,
        {
          next: 'Take an action id from trustpager_get_automation.',
        },
      );
    const request = (intent?: string) =>
      executeAction(automation_id, action_id, trigger_data, { key: use.bodyKey, intent });
    return {
      effect: 'run',
      summary: `Execute action ${action.sequence ?? '?'} (${action.action_type ?? 'type missing'}) of ${quote(automation.name ?? '')} now`,
      target: target(automation),
      request: request(),
      ...(use.markRuns ? { marked: request } : {}),
      checks: [],
      changes: runChanges(trigger_data, use.markRuns),
      quote: await price(use, [action]),
      audience: {
        note: trigger_data
          ? 'whoever the run data points at'
          : 'no run data is given: recipients are whoever the action names itself',
      },
      ...(use.markRuns ? { preimage: { marked: true } } : {}),
    };
  },
  undo: () => 'Cannot be undone: what was sent stays sent.',
  answer(reply, { automation_id }) {
    const run = parseRun(reply.body ?? {});
    const failed =
      run.status === 'failed' ||
      (run.actions_failed ?? 0) > 0 ||
      run.action_results?.some(result => result.status === 'failed');
    return {
      headline: failed
        ? 'The action was executed and failed.'
        : `The action was executed; its status is ${run.action_results?.[0]?.status ?? run.status ?? 'not told'}.`,
      fields: { automation_id, ...runFields(run) },
      lines: runLines(run, Date.now()),
    };
  },
  // Whether an execution leaves a run is not documented (trustpager.md 6.2); one that bears its marker is its own.
  settle: lostExecution,
});
