// At most once over time: what is in flight, unknown, held or just done answers for the same call, and keeps other writes waiting.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answerQuestion, host } from '../../src/approvals/approvals.ts';
import { Failure } from '../../src/errors.ts';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS, TRUSTPAGER_KEYS } from '../../src/sandbox/index.ts';
import { connect, type Fixture, yes } from '../fixtures.ts';
import { accept, answering, eventually, fault, firings } from './twin.ts';

const minutes = (n: number) => n * 60_000;
/** The server's clock, moved; the twins keep theirs. */
const move = (f: Fixture, ms: number): void => {
  if (f.house) f.house.now = () => Date.now() + ms;
};
const intents = async (f: Fixture) => (await f.house?.store.intents({})) ?? [];
const arrived = (f: Fixture, end: string) =>
  eventually(async () => (await f.writes()).find(({ path }) => path.endsWith(end)));

type Call = readonly [tool: string, args: Record<string, unknown>];
const automations: Record<'scrip' | 'trustpager', Record<'trigger' | 'rename' | 'change' | 'stop', Call>> = {
  scrip: {
    trigger: ['scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.apologyCredit }],
    rename: ['scrip_update_automation', { automation_id: SCRIP_AUTOMATIONS.apologyCredit, name: 'Sorry' }],
    change: ['scrip_update_automation', { automation_id: SCRIP_AUTOMATIONS.apologyCredit, payload: { points: '50' } }],
    stop: ['scrip_update_automation', { automation_id: SCRIP_AUTOMATIONS.apologyCredit, status: 'paused' }],
  },
  trustpager: {
    trigger: ['trustpager_trigger_automation', { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms }],
    rename: ['trustpager_update_automation', { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms, name: 'Hello' }],
    change: ['trustpager_update_automation', { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms, dedup_enabled: true }],
    stop: ['trustpager_disable_automation', { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms }],
  },
};

describe.concurrent.each(['scrip', 'trustpager'] as const)('at %s', vendor => {
  const { trigger, rename, change, stop } = automations[vendor];

  test('P1 P8: the same call while the first is in flight waits for that one, and asks nobody', async () => {
    const person = answering(accept);
    await using f = await connect({ person });
    await fault(f.sandbox, { fault: 'latency', vendor, method: 'POST', path: '/trigger', ms: 900 });
    const first = f.call(...trigger);
    await arrived(f, '/trigger');
    const second = await f.call(...trigger);
    const { intent_id } = (await first).structured;
    expect(second.structured).toMatchObject({ outcome: 'done', intent_id });
    expect(second.text).toContain('nothing was sent again');
    expect(person.shown).toHaveLength(1);
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('P8 R13: another write to the same automation is refused while one is in flight; stopping it goes through', async () => {
    const person = answering(accept);
    await using f = await connect({ person });
    await fault(f.sandbox, { fault: 'latency', vendor, method: 'POST', path: '/trigger', ms: 2_500 });
    const first = f.call(...trigger);
    await arrived(f, '/trigger');
    const [{ id } = { id: '' }] = await intents(f);
    const renamed = await f.call(...rename);
    expect(renamed.structured).toMatchObject({ outcome: 'denied', code: 'precondition_failed' });
    expect(renamed.text).toContain(id);
    // Nobody is asked about what would be refused.
    expect((await f.call(...change)).structured).toMatchObject({ outcome: 'denied', code: 'precondition_failed' });
    expect(person.shown).toHaveLength(1);
    expect((await f.call(...stop)).structured.outcome).toBe('done');
    expect((await f.writes()).length).toBe(2);
    await first;
    // Once the first has its receipt, the way is free.
    expect((await f.call(...rename)).structured.outcome).toBe('done');
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('P1 P3: unknown for more than ten minutes is for a person outside the client, warned of the earlier intent', async () => {
    const person = answering(accept);
    await using f = await connect({ person, env: { AUTOMATIONS_RUN_TIMEOUT: '1', AUTOMATIONS_CALL_TIMEOUT: '3' } });
    await fault(f.sandbox, { fault: 'reset_before', vendor, method: 'POST', path: '/trigger' });
    const lost = (await f.call(...trigger)).structured;
    expect(lost.outcome).toBe('unknown');
    move(f, minutes(9));
    expect((await f.call(...trigger)).structured).toMatchObject({ outcome: 'unknown', intent_id: lost.intent_id });
    move(f, minutes(12));
    const later = await f.call(...trigger);
    expect(later.structured).toMatchObject({ outcome: 'pending', waiting_for: 'person' });
    expect(person.shown).toHaveLength(1);
    const question = await f.house?.store.question(later.structured.approval_id);
    expect(question?.verdict).toBe('ask_human');
    expect(question?.shown).toMatch(/WARNING: the same call was sent/);
    expect(question?.shown).toContain(lost.intent_id);
    if (f.house && question)
      await answerQuestion(f.house.store, question.id, {
        yes: true,
        channel: 'terminal',
        by: host,
        now: f.house.now(),
      });
    const sent = (await f.call(...trigger)).structured;
    expect(sent).toMatchObject({ outcome: 'done' });
    expect(sent.intent_id).not.toBe(lost.intent_id);
    expect(firings(await f.writes())).toHaveLength(2);
  });

  test('P3: the sender settles a lost answer by reading, without being asked', async () => {
    await using f = await connect({ person: yes });
    await fault(f.sandbox, { fault: 'reset_after', vendor, method: 'POST', path: '/trigger' });
    const { intent_id } = (await f.call(...trigger)).structured;
    const row = await eventually(async () => (await intents(f)).find(({ outcome }) => outcome === 'done'));
    expect(row.id).toBe(intent_id);
    expect(row.receipt).toContain('Found out by reading');
    expect(await f.writes()).toHaveLength(1);
  });
});

describe.concurrent('what is held, repeated, or cannot be recorded', () => {
  test('P2: held for the vendor’s own approval is pending on the vendor, and the same call is answered with that', async () => {
    const person = answering(accept);
    await using f = await connect({ person, env: { TRUSTPAGER_API_KEY: TRUSTPAGER_KEYS.approval } });
    const { trigger } = automations.trustpager;
    const first = await f.call(...trigger);
    expect(first.isError).toBe(true);
    expect(first.structured).toMatchObject({ outcome: 'pending', code: 'held_by_vendor', waiting_for: 'vendor' });
    expect(first.text).toContain('TrustPager holds it');
    const again = await f.call(...trigger);
    expect(again.structured).toMatchObject({
      outcome: 'pending',
      waiting_for: 'vendor',
      intent_id: first.structured.intent_id,
    });
    const watched = await f.call('watch_run', { intent_id: first.structured.intent_id, wait_s: 0 });
    expect(watched.structured).toMatchObject({ outcome: 'pending', waiting_for: 'vendor' });
    expect(person.shown).toHaveLength(1);
    expect(await f.writes()).toMatchObject([{ status: 202, note: 'held', effect: false }]);
  });

  test('P1: a create repeated within two minutes of its done is answered with that receipt; later it is a new one', async () => {
    await using f = await connect();
    const create = [
      'trustpager_create_automation',
      { name: 'Spring check', trigger_type: 'manual', actions: [{ action_type: 'apply_tags', config: { tags: [] } }] },
    ] as const;
    const first = (await f.call(...create)).structured;
    expect(first.outcome).toBe('done');
    const again = await f.call(...create);
    expect(again.structured).toMatchObject({ outcome: 'done', intent_id: first.intent_id });
    expect(again.structured.automation_id).toBe(first.automation_id);
    expect(again.text).toContain('nothing was sent again');
    expect(await f.writes()).toHaveLength(1);
    move(f, minutes(3));
    expect((await f.call(...create)).structured.intent_id).not.toBe(first.intent_id);
    expect(await f.writes()).toHaveLength(2);
  });

  test('P2: what the vendor refuses is rejected, in its words, and may be tried again at once', async () => {
    const person = answering(accept);
    await using f = await connect({ person, env: { TRUSTPAGER_API_KEY: TRUSTPAGER_KEYS.writeNoTrigger } });
    for (const shown of [1, 2]) {
      const said = await f.call(...automations.trustpager.trigger);
      expect(said.structured).toMatchObject({ outcome: 'rejected', code: 'insufficient_scope' });
      expect(said.text).toContain('The vendor refused it; nothing ran.');
      expect(person.shown).toHaveLength(shown);
    }
    expect((await f.writes()).map(({ effect, status }) => [effect, status])).toEqual([
      [false, 403],
      [false, 403],
    ]);
  });

  test('P2 P3: a receipt that the store cannot take is told at once, and kept as soon as it can be', async () => {
    await using f = await connect({ person: yes });
    const { store } = f.house ?? {};
    if (!store) throw new Error('the house is not here');
    const { settle } = store;
    let refused = 0;
    store.settle = async () => {
      refused++;
      throw new Failure('unknown', 'outcome_unknown', 'The store is away.');
    };
    const said = await f.call(...automations.scrip.trigger);
    expect(said.structured.outcome).toBe('done');
    expect([refused, await store.intents({})]).toMatchObject([1, [{ outcome: null }]]);
    store.settle = settle;
    await eventually(async () => (await store.intents({}))[0]?.outcome === 'done');
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('P13: a clock that went back refuses everything that sends', async () => {
    await using f = await connect({ person: yes });
    expect((await f.call(...automations.trustpager.rename)).structured.outcome).toBe('done');
    move(f, -minutes(5));
    for (const call of [automations.scrip.trigger, automations.scrip.rename, automations.scrip.stop] as const)
      expect((await f.call(...call)).structured).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    expect(await f.writes()).toHaveLength(1);
  });

  test('P13: a store that is damaged or was taken away refuses everything that sends; reading goes on', async () => {
    const stateFolder = await mkdtemp(join(tmpdir(), 'automations-mcp-'));
    try {
      await writeFile(
        join(stateFolder, 'state.sqlite'),
        'this is no database, only text that is long enough to be read as one',
      );
      await using f = await connect({ person: yes, stateFolder });
      for (const call of [automations.scrip.trigger, automations.scrip.stop] as const)
        expect((await f.call(...call)).structured).toMatchObject({ outcome: 'not_sent' });
      expect((await f.call('scrip_list_automations')).structured.outcome).toBe('done');
      expect(await f.writes()).toEqual([]);
    } finally {
      await rm(stateFolder, { recursive: true, force: true });
    }
    await using f = await connect({ person: yes });
    expect((await f.call(...automations.trustpager.rename)).structured.outcome).toBe('done');
    await rm(join(f.stateFolder, 'state.sqlite'));
    for (const call of [automations.scrip.trigger, automations.scrip.stop] as const)
      expect((await f.call(...call)).structured).toMatchObject({ outcome: 'not_sent' });
    expect(await f.writes()).toHaveLength(1);
  });
});
