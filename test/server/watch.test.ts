// Watching: how far it is, how fast, how long, whether it stalls, how it ended; across calls and restarts; and what the vendor holds.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { describe, expect, test } from 'vitest';
import {
  SCRIP_AUTOMATIONS as SCRIP,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
  TRUSTPAGER_CONTACTS,
  TRUSTPAGER_KEYS,
} from '../../src/sandbox/index.ts';
import { connect, type Fixture, yes } from '../fixtures.ts';
import { arrange } from './twin.ts';

const digest = { automation_id: SCRIP.weeklyDigest };

/** What a client passes on to go on watching: the arguments of the next step. */
const goOn = (text: string): Record<string, unknown> => JSON.parse(/watch_run (\{.*\})/.exec(text)?.[1] ?? '{}');

describe('a fan-out', () => {
  test('is told with its progress, rate and time left, and in the end with its verdict', async () => {
    await using f = await connect({ person: yes, sandboxOptions: { fanoutRate: 120 } });
    await f.call('scrip_trigger_automation', digest);
    const going = await f.call('watch_run', { ...digest, wait_s: 1 });
    expect(going.structured).toMatchObject({ state: 'under_way', total: 360 });
    expect(going.text).toMatch(/^Still under way: \d+ of 360 participants, [\d.]+ a second, about \d+ s left\.$/m);
    const next = goOn(going.text);
    expect(next).toMatchObject({ ...digest, since: expect.any(String) });
    const ended = await f.call('watch_run', { ...next, wait_s: 30 });
    expect(ended.structured).toMatchObject({ state: 'ended', processed: 360, total: 360 });
    expect(ended.text).toMatch(/^The fan-out ended: 360 of 360 participants, in \d+ s, at /);
  });

  test('goes on being watched by another server, with the same handle', async () => {
    await using first = await connect({ person: yes, sandboxOptions: { fanoutRate: 150 } });
    await first.call('scrip_trigger_automation', digest);
    const going = await first.call('watch_run', { ...digest, wait_s: 0 });
    await using second = await connect({ sandbox: first.sandbox });
    const ended = await second.call('watch_run', { ...goOn(going.text), wait_s: 20 });
    expect(ended.structured).toMatchObject({ state: 'ended', processed: 360 });
  });

  test('that does not move is called stalled, and a handle made up by a client changes nothing else', async () => {
    await using f = await connect({ person: yes });
    await arrange(f.sandbox, SCRIP.weeklyDigest, { execution_status: 'executing' });
    const going = await f.call('watch_run', { ...digest, wait_s: 0 });
    const { since } = goOn(going.text) as { since: string };
    const mark = JSON.parse(Buffer.from(since, 'base64url').toString());
    const old = Buffer.from(JSON.stringify({ ...mark, moved: Date.now() - 90_000 })).toString('base64url');
    const stalled = await f.call('watch_run', { ...digest, since: old, wait_s: 0 });
    expect(stalled.structured.state).toBe('stalled');
    expect(stalled.text).toContain('no step forward for 2 min');
    expect(stalled.text).toContain('scrip_cancel_run');
    for (const odd of [
      '!!!',
      Buffer.from('null').toString('base64url'),
      Buffer.from('{"started":1}').toString('base64url'),
    ])
      expect((await f.call('watch_run', { ...digest, since: odd, wait_s: 0 })).structured.state).toBe('under_way');
    expect(await f.writes()).toEqual([]);
  });

  test('that was cancelled has failed, and one that never began has not started', async () => {
    await using f = await connect({ person: yes, sandboxOptions: { fanoutRate: 20 } });
    expect((await f.call('watch_run', { automation_id: SCRIP.vipDoublePoints, wait_s: 0 })).structured.state).toBe(
      'not_started',
    );
    await f.call('scrip_trigger_automation', digest);
    await f.call('scrip_cancel_run', digest);
    expect((await f.call('watch_run', { ...digest, wait_s: 0 })).structured.state).toBe('failed');
  });

  test('is told as progress where the client asked for it, always increasing', async () => {
    await using f = await connect({ person: yes, sandboxOptions: { fanoutRate: 120 } });
    await f.call('scrip_trigger_automation', digest);
    const told: { progress: number; total?: number }[] = [];
    const client = new Client(
      { name: 'p', version: '1' },
      { capabilities: {}, versionNegotiation: { mode: { pin: '2026-07-28' } } },
    );
    await client.connect(new StreamableHTTPClientTransport(new URL(f.url ?? '')));
    await client.callTool(
      { name: 'watch_run', arguments: { ...digest, wait_s: 20 } },
      { onprogress: progress => void told.push(progress) },
    );
    await client.close();
    expect(told.length).toBeGreaterThan(1);
    expect(told.map(({ progress }) => progress)).toEqual(
      [...new Set(told.map(({ progress }) => progress))].sort((a, b) => a - b),
    );
    expect(told.every(({ total }) => total === 360)).toBe(true);
  });
});

describe('a call that TrustPager holds for its own approval', () => {
  const args = { automation_id: TRUSTPAGER.welcomeSms, trigger_data: { contact_id: TRUSTPAGER_CONTACTS.priya } };
  const held = async (f: Fixture) => {
    const said = await f.call('trustpager_trigger_automation', args);
    expect(said.structured).toMatchObject({ outcome: 'pending', waiting_for: 'vendor' });
    return said.structured.intent_id as string;
  };
  const decide = async ({ sandbox }: Fixture, verdict: 'approve' | 'reject') => {
    const headers = { authorization: `Bearer ${TRUSTPAGER_KEYS.full}`, 'content-type': 'application/json' };
    const { data } = (await (
      await fetch(`${sandbox.trustpager.baseUrl}/approvals?status=pending`, { headers })
    ).json()) as { data: { id: string }[] };
    await fetch(`${sandbox.trustpager.baseUrl}/approvals/${data[0]?.id}/${verdict}`, {
      method: 'POST',
      headers,
      body: '{}',
    });
  };

  test.each([
    ['approve', 'done'],
    ['reject', 'rejected'],
  ] as const)('is followed to its end: %s', async (verdict, outcome) => {
    await using f = await connect({ person: yes, env: { TRUSTPAGER_API_KEY: TRUSTPAGER_KEYS.approval } });
    const intent_id = await held(f);
    const waiting = await f.call('watch_run', { intent_id, wait_s: 0 });
    expect(waiting.structured).toMatchObject({ outcome: 'pending', waiting_for: 'vendor', intent_id });
    await decide(f, verdict);
    const before = await f.writes();
    const ended = await f.call('watch_run', { intent_id, wait_s: 5 });
    expect(ended.structured).toMatchObject(
      outcome === 'done' ? { outcome, state: 'ended', intent_id } : { outcome, intent_id },
    );
    expect(await f.writes()).toEqual(before);
    expect(before.filter(({ path }) => path.endsWith('/trigger'))).toHaveLength(1);
  });
});

describe('an intent', () => {
  test('of nobody, and of another, answers like one that does not exist', async () => {
    await using f = await connect({ person: yes });
    const said = await f.call('watch_run', { intent_id: '0'.repeat(32), wait_s: 0 });
    expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'not_found' });
  });
});
