// A write that TrustPager holds for its own approval: the server follows what a person there decides, and never decides itself.
import { describe, expect, test } from 'vitest';
import { TRUSTPAGER_AUTOMATIONS as TRUSTPAGER, TRUSTPAGER_KEYS } from '../../src/sandbox/index.ts';
import { connect, type Fixture, yes } from '../fixtures.ts';
import { clearFaults, elsewhere, fault, inside } from './twin.ts';

const trigger = ['trustpager_trigger_automation', { automation_id: TRUSTPAGER.welcomeSms }] as const;

async function held(): Promise<Fixture & { approval: string; intent: string }> {
  const f = await connect({ person: yes, env: { TRUSTPAGER_API_KEY: TRUSTPAGER_KEYS.approval } });
  const { structured } = await f.call(...trigger);
  expect(structured).toMatchObject({ outcome: 'pending', waiting_for: 'vendor' });
  const workspaces = (await inside(f.sandbox)).trustpager.workspaces as { approvals: { id: string }[] }[];
  const [approval] = workspaces.flatMap(({ approvals }) => approvals);
  return Object.assign(f, { approval: approval?.id ?? '', intent: structured.intent_id });
}

const ours = async (f: Fixture) =>
  (await f.writes()).filter(({ headers }) => (headers as Record<string, string>)['user-agent'] !== 'somebody-else');

describe.concurrent('held by the vendor', () => {
  test('P2 P3: approved and executed there is done, by reading alone', async () => {
    await using f = await held();
    await elsewhere(f.sandbox, 'trustpager', 'POST', `/approvals/${f.approval}/approve`);
    const watched = await f.call('watch_run', { intent_id: f.intent, wait_s: 0 });
    expect(watched.structured).toMatchObject({ outcome: 'done', intent_id: f.intent });
    expect(await ours(f)).toHaveLength(1);
  });

  test('P2 P3: rejected there is rejected, and nothing ran', async () => {
    await using f = await held();
    await elsewhere(f.sandbox, 'trustpager', 'POST', `/approvals/${f.approval}/reject`);
    const watched = await f.call('watch_run', { intent_id: f.intent, wait_s: 0 });
    expect(watched.structured).toMatchObject({ outcome: 'rejected', intent_id: f.intent });
    // The way is free again: the next one is a new call, held anew.
    const next = await f.call(...trigger);
    expect(next.structured).toMatchObject({ outcome: 'pending', waiting_for: 'vendor' });
    expect(next.structured.intent_id).not.toBe(f.intent);
    expect(await ours(f)).toHaveLength(2);
  });

  test('P1 P2: what cannot be read there stays pending, and the same call is answered with it', async () => {
    await using f = await held();
    await fault(f.sandbox, { fault: '500_before', method: 'GET', path: '/approvals', times: 0 });
    for (const said of [await f.call('watch_run', { intent_id: f.intent, wait_s: 0 }), await f.call(...trigger)])
      expect(said.structured).toMatchObject({ outcome: 'pending', waiting_for: 'vendor', intent_id: f.intent });
    await clearFaults(f.sandbox);
    expect(await ours(f)).toHaveLength(1);
  });

  test('C4: no request of ours goes near the vendor’s own approving', async () => {
    await using f = await held();
    await f.call('watch_run', { intent_id: f.intent, wait_s: 0 });
    await f.call(...trigger);
    const near = (await f.requests()).filter(({ path }) => path.includes('/approvals'));
    expect(near.length).toBeGreaterThan(0);
    expect(near.every(({ method }) => method === 'GET')).toBe(true);
  });
});
