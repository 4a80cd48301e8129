// Switches a TrustPager automation on.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { quote } from '../../src/vendors/text.ts';
import { enableAutomation } from '../../src/vendors/trustpager/requests.ts';
import { trustpagerId } from '../inputs.ts';
import { automationOutput, nothingNow, perRun, price, target } from '../trustpager.ts';

export default writeTool({
  name: 'trustpager_enable_automation',
  title: 'Enable a TrustPager automation',
  words: {
    what: 'Switch a TrustPager automation on.',
    when: 'Use it once its actions were tried with trustpager_execute_action.',
    not: 'To run it once use trustpager_trigger_automation.',
    touches:
      'From then on every matching event runs it, reaching customers and costing credits without asking again. A person confirms first.',
    next: 'What it does is in trustpager_list_runs; trustpager_disable_automation stops it.',
  },
  vendor: 'trustpager',
  toolset: 'core',
  effects: ['arm'],
  input: z.strictObject({ automation_id: trustpagerId('Automation id.') }),
  output: automationOutput,
  needs: () => ['automations:read', 'automations:write'],
  async draft({ automation_id }, use) {
    const automation = await use.reader.getAutomation(automation_id);
    const cost = perRun(await price(use, automation.actions ?? []));
    const cap =
      automation.max_executions_per_day === undefined
        ? 'no daily limit'
        : `at most ${automation.max_executions_per_day} runs a day`;
    return {
      effect: 'arm',
      summary: `Enable ${quote(automation.name ?? '')}: every matching event will run it, ${cost}, ${cap}`,
      target: target(automation),
      request: enableAutomation(automation_id),
      checks: [],
      changes: [{ field: 'enabled', from: automation.enabled, to: true }],
      quote: nothingNow,
      audience: { note: `everyone whose ${automation.trigger_type ?? 'event'} matches, from now on` },
      preimage: {},
    };
  },
  undo: () => 'Disabling stops it; what was sent by then stays sent.',
  reverse: ({ automation_id }, before) =>
    before?.enabled === false ? { tool: 'trustpager_disable_automation', arguments: { automation_id } } : undefined,
  answer: (_reply, { automation_id }) => ({
    headline: 'Enabled: from now on every matching event runs it.',
    fields: { automation_id, enabled: true },
    next: [{ tool: 'trustpager_list_runs', arguments: { automation_id }, why: 'see what it does' }],
  }),
  async settle({ automation_id }, _before, _window, use) {
    const { enabled } = await use.reader.getAutomation(automation_id);
    return enabled === true
      ? { outcome: 'done', reason: 'It is enabled.' }
      : { outcome: 'unknown', reason: 'It is not enabled so far.' };
  },
});
