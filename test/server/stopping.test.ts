// Stopping never waits: not for a person whatever the limits are, not for another write, not for itself. And watching needs the right to read.
import { describe, expect, test } from 'vitest';
import {
  SCRIP_AUTOMATIONS as SCRIP,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
  TRUSTPAGER_RUNS,
} from '../../src/sandbox/index.ts';
import { connect, yes } from '../fixtures.ts';
import { clearFaults, fault } from './twin.ts';

const nothingAllowed = { AUTOMATIONS_ASK_ABOVE_CREDITS: '0', AUTOMATIONS_ASK_ABOVE_PEOPLE: '0' };

describe('stopping', () => {
  test('asks nobody, with limits that let nothing pass and a client that cannot ask', async () => {
    await using f = await connect({ env: nothingAllowed });
    for (const [tool, args] of [
      ['trustpager_disable_automation', { automation_id: TRUSTPAGER.missedCall }],
      ['scrip_update_automation', { automation_id: SCRIP.weeklyDigest, status: 'paused' }],
    ] as const)
      expect((await f.call(tool, args)).structured, tool).toMatchObject({ outcome: 'done' });
    expect(await f.writes()).toHaveLength(2);
  });

  test('a fan-out is cancelled by itself too', async () => {
    await using fired = await connect({ person: yes, sandboxOptions: { fanoutRate: 20 } });
    await fired.call('scrip_trigger_automation', { automation_id: SCRIP.weeklyDigest });
    await using f = await connect({ sandbox: fired.sandbox, env: nothingAllowed });
    expect((await f.call('scrip_cancel_run', { automation_id: SCRIP.weeklyDigest })).structured.outcome).toBe('done');
  });

  test('whose answer was lost may be sent again at once', async () => {
    await using f = await connect();
    const pause = { automation_id: SCRIP.weeklyDigest, status: 'paused' };
    await fault(f.sandbox, { fault: 'reset_before', method: 'PATCH', times: 1 });
    expect((await f.call('scrip_update_automation', pause)).structured.outcome).toBe('unknown');
    await clearFaults(f.sandbox);
    expect((await f.call('scrip_update_automation', pause)).structured.outcome).toBe('done');
    expect((await f.writes()).filter(({ effect }) => effect)).toHaveLength(1);
  });

  test('is a sole pause: one that changes more on a live automation asks', async () => {
    await using f = await connect();
    const plan = await f.call('plan_call', {
      tool: 'scrip_update_automation',
      arguments: { automation_id: SCRIP.weeklyDigest, status: 'paused', payload: { a: 1 } },
    });
    expect(plan.structured.verdict).toBe('ask');
  });
});

test('watching and listing accounts read nothing that the declared scopes do not cover', async () => {
  await using f = await connect({
    env: { TRUSTPAGER_SCOPES: 'automations:trigger', SCRIP_SCOPES: 'automations:trigger' },
  });
  for (const what of [{ run_id: TRUSTPAGER_RUNS.welcomeCompleted }, { automation_id: SCRIP.weeklyDigest }])
    expect((await f.call('watch_run', { ...what, wait_s: 0 })).structured).toMatchObject({
      outcome: 'denied',
      code: 'insufficient_scope',
    });
  const { structured } = await f.call('list_connections');
  expect(structured.connections).toMatchObject([{ id: 'scrip', scopes: 'automations:trigger' }, { id: 'trustpager' }]);
  expect(await f.requests()).toEqual([]);
});
