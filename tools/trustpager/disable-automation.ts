// Switches a TrustPager automation off. Stopping never waits for a person.
import * as z from 'zod';
import { writeTool } from '../../src/tool.ts';
import { quote } from '../../src/vendors/text.ts';
import { disableAutomation } from '../../src/vendors/trustpager/requests.ts';
import { trustpagerId } from '../inputs.ts';
import { automationOutput, nothingNow, target } from '../trustpager.ts';

export default writeTool({
  name: 'trustpager_disable_automation',
  title: 'Disable a TrustPager automation',
  words: {
    what: 'Switch a TrustPager automation off: no event runs it any more.',
    when: 'Use it whenever in doubt; a run that is going on finishes, and messages it has scheduled stay scheduled.',
    not: 'To change it and leave it on use trustpager_update_automation.',
    touches: 'Needs nobody’s confirmation.',
    next: 'To switch it on again use trustpager_enable_automation.',
  },
  vendor: 'trustpager',
  toolset: 'core',
  effects: ['update'],
  input: z.strictObject({ automation_id: trustpagerId('Automation id.') }),
  output: automationOutput,
  needs: () => ['automations:read', 'automations:write'],
  async draft({ automation_id }, use) {
    const automation = await use.reader.getAutomation(automation_id);
    return {
      effect: 'update',
      summary: `Disable ${quote(automation.name ?? '')}`,
      target: target(automation),
      request: disableAutomation(automation_id),
      checks: [],
      changes: [{ field: 'enabled', from: automation.enabled, to: false }],
      quote: nothingNow,
      stops: true,
      preimage: {},
    };
  },
  undo: () => 'Enabling switches it on again.',
  reverse: ({ automation_id }, before) =>
    before?.enabled === true ? { tool: 'trustpager_enable_automation', arguments: { automation_id } } : undefined,
  answer: (_reply, { automation_id }) => ({
    headline: 'Disabled: no event runs it any more.',
    fields: { automation_id, enabled: false },
  }),
  async settle({ automation_id }, _before, _window, use) {
    const { enabled } = await use.reader.getAutomation(automation_id);
    return enabled === false
      ? { outcome: 'done', reason: 'It is disabled.' }
      : { outcome: 'unknown', reason: 'It is not disabled so far.' };
  },
});
