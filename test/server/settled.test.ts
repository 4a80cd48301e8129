// A lost answer to any write: it is unknown, reading alone finds out what became of it, and what reading cannot tell stays unknown.
import { describe, expect, test } from 'vitest';
import {
  SCRIP_AUTOMATIONS as SCRIP,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
  TRUSTPAGER_ACTIONS,
  TRUSTPAGER_CONTACTS,
} from '../../src/sandbox/index.ts';
import { connect, yes } from '../fixtures.ts';
import { elsewhere, fault, inside } from './twin.ts';

/** Each write of the core toolset, and whether its mark at the vendor can be read. */
const writes: [tool: string, args: Record<string, unknown>, readable: boolean][] = [
  [
    'scrip_create_automation',
    {
      name: 'Rainy day treat',
      event_name: 'rainy_day',
      scope: 'program',
      trigger_type: 'one_time',
      trigger_at: '2099-01-01T00:00:00Z',
    },
    true,
  ],
  ['scrip_update_automation', { automation_id: SCRIP.nightlySweep, status: 'paused' }, true],
  ['scrip_update_automation', { automation_id: SCRIP.weeklyDigest, payload: { edition: 'daily' } }, true],
  ['trustpager_update_automation', { automation_id: TRUSTPAGER.reviewRequest, name: 'Reviews, please' }, true],
  ['trustpager_enable_automation', { automation_id: TRUSTPAGER.winterNewsletter }, true],
  ['trustpager_disable_automation', { automation_id: TRUSTPAGER.missedCall }, true],
  [
    'trustpager_execute_action',
    { automation_id: TRUSTPAGER.quoteFollowUp, action_id: TRUSTPAGER_ACTIONS.quoteTask },
    false,
  ],
];

describe.concurrent('a lost answer', () => {
  test.each(writes)('P1 P3: to %s after it took effect', async (tool, args, readable) => {
    await using f = await connect({ person: yes });
    await fault(f.sandbox, { fault: 'reset_after', method: 'POST', path: '/automations' });
    await fault(f.sandbox, { fault: 'reset_after', method: 'PATCH', path: '/automations' });
    const lost = (await f.call(tool, args)).structured;
    expect(lost).toMatchObject({ outcome: 'unknown', code: 'outcome_unknown' });
    const watched = await f.call('watch_run', { intent_id: lost.intent_id, wait_s: 0 });
    expect(watched.structured.outcome).toBe(readable ? 'done' : 'unknown');
    if (readable) expect(watched.text).toContain('Found out by reading');
    expect(await f.writes()).toMatchObject([{ effect: true }]);
  });

  test.each(writes)('P1 P3: to %s before it took effect', async (tool, args) => {
    await using f = await connect({ person: yes });
    await fault(f.sandbox, { fault: 'reset_before', method: 'POST', path: '/automations' });
    await fault(f.sandbox, { fault: 'reset_before', method: 'PATCH', path: '/automations' });
    const before = JSON.stringify(
      (await inside(f.sandbox)).scrip.automations.map(({ status }: { status: string }) => status),
    );
    const lost = (await f.call(tool, args)).structured;
    expect(lost.outcome).toBe('unknown');
    const watched = await f.call('watch_run', { intent_id: lost.intent_id, wait_s: 0 });
    expect(watched.structured).toMatchObject({ outcome: 'unknown', intent_id: lost.intent_id });
    // The same call is answered with that, and sends nothing; only stopping may be tried again.
    if (args.status !== 'paused' && tool !== 'trustpager_disable_automation')
      expect((await f.call(tool, args)).structured).toMatchObject({ outcome: 'unknown', intent_id: lost.intent_id });
    expect(await f.writes()).toMatchObject([{ effect: false }]);
    expect(
      JSON.stringify((await inside(f.sandbox)).scrip.automations.map(({ status }: { status: string }) => status)),
    ).toBe(before);
  });

  test('P3: reading that fails leaves it unknown, and a later look finds out', async () => {
    await using f = await connect({ person: yes, env: { AUTOMATIONS_READ_TIMEOUT: '1' } });
    await fault(f.sandbox, { fault: 'reset_after', vendor: 'trustpager', method: 'POST' });
    const args = { automation_id: TRUSTPAGER.welcomeSms };
    const { intent_id } = (await f.call('trustpager_trigger_automation', args)).structured;
    await fault(f.sandbox, { fault: 'malformed', vendor: 'trustpager', method: 'GET' });
    const first = await f.call('watch_run', { intent_id, wait_s: 0 });
    expect(first.structured).toMatchObject({ outcome: 'unknown', intent_id });
    expect((await f.call('watch_run', { intent_id, wait_s: 0 })).structured).toMatchObject({ outcome: 'done' });
    expect(await f.writes()).toHaveLength(1);
  });

  test('P3: two runs that fit prove nothing: it stays unknown', async () => {
    await using f = await connect({ person: yes });
    const args = { automation_id: TRUSTPAGER.welcomeSms };
    await fault(f.sandbox, { fault: 'reset_after', vendor: 'trustpager', method: 'POST' });
    const { intent_id } = (await f.call('trustpager_trigger_automation', args)).structured;
    const { baseUrl, key } = f.sandbox.trustpager;
    // Somebody else fires the same with the same data, inside the same moment.
    await fetch(`${baseUrl}/automations/${args.automation_id}/trigger`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
    });
    expect((await f.call('watch_run', { intent_id, wait_s: 0 })).structured).toMatchObject({ outcome: 'unknown' });
  });

  test.each([
    ['reset_before', 'unknown'],
    ['reset_after', 'done'],
  ])('P3: a run that somebody else fired the moment before is not taken for ours: %s', async (kind, outcome) => {
    await using f = await connect({ person: yes });
    const args = { automation_id: TRUSTPAGER.welcomeSms, trigger_data: { contact_id: TRUSTPAGER_CONTACTS.priya } };
    const { automation_id, ...body } = args;
    const path = `/automations/${automation_id}/trigger`;
    const theirs = await elsewhere(f.sandbox, 'trustpager', 'POST', path, body);
    await fault(f.sandbox, { fault: kind, vendor: 'trustpager', method: 'POST' });
    const { intent_id } = (await f.call('trustpager_trigger_automation', args)).structured;
    const watched = await f.call('watch_run', { intent_id, wait_s: 0 });
    expect(watched.structured.outcome).toBe(outcome);
    expect(watched.text).not.toContain(theirs.data.run_id);
  });

  test('an intent of nobody, or written wrong, is told as such and reads nothing', async () => {
    await using f = await connect();
    const said = await f.call('watch_run', { intent_id: '0'.repeat(32), wait_s: 0 });
    expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'not_found' });
    expect((await f.call('watch_run', { intent_id: 'x', wait_s: 0 })).structured.code).toBe('invalid_input');
    expect(await f.requests()).toEqual([]);
  });
});
