// Where intents stand, and which earlier ones bear on a new call; the truth table of design section 7, and that `open` agrees with it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { earlier, newIntent, recorded, standing, timing } from '../../src/ledger/ledger.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { IntentFilter, IntentRow, Store } from '../../src/store/store.ts';
import { intent, opening, receipt, T } from '../store/rows.ts';

test('without a receipt an intent is in flight before its deadline and unknown from then on', () => {
  const row = intent();
  expect(standing(row, row.deadline_at - 1)).toBe('in_flight');
  expect(standing(row, row.deadline_at)).toBe('unknown');
  for (const outcome of ['done', 'rejected', 'not_sent', 'pending', 'unknown'] as const)
    expect(standing({ ...row, outcome }, T)).toBe(outcome);
});

describe('a new intent', () => {
  const wish = {
    call: 'call',
    tool: 'scrip_trigger_automation',
    effect: 'run',
    connection: 'main',
    principal: 'local',
    client: 'test',
    target: 'a1',
    arguments: { b: 1, a: undefined, A: [true] },
    request: { method: 'POST', path: '/x', body: { z: 1, a: 2 } },
    quote: { low: 1 },
    preimage: {},
    before: { enabled: true },
    rule: 'defaults',
    credits: 1,
    calls: 1,
    people: 3,
    now: T,
    deadline_at: T + 30_000,
  };

  test('has an id of its own that nothing about the call determines', () => {
    const ids = Array.from({ length: 100 }, () => newIntent(wish).id);
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  test('keeps the request as it goes out, and counts as in flight a little longer than that lives', () => {
    const { id: _, ...row } = newIntent(wish);
    expect(row).toEqual({
      call: 'call',
      tool: 'scrip_trigger_automation',
      effect: 'run',
      connection: 'main',
      principal: 'local',
      client: 'test',
      target: 'a1',
      arguments: '{"A":[true],"b":1}',
      request: '{"method":"POST","path":"/x","body":{"z":1,"a":2}}',
      approval_id: null,
      quote: '{"low":1}',
      preimage: '{}',
      before: '{"enabled":true}',
      rule: 'defaults',
      credits: 1,
      calls: 1,
      people: 3,
      created_at: T,
      deadline_at: T + 30_000 + timing.deadlineMargin,
      outcome: null,
      receipt: null,
      settled_at: null,
    });
    const nothing = { request: undefined, quote: undefined, preimage: undefined, before: undefined };
    expect(newIntent({ ...wish, ...nothing, approval_id: 'yes' })).toMatchObject({
      approval_id: 'yes',
      request: 'null',
      quote: 'null',
      preimage: 'null',
      before: 'null',
    });
  });

  test('is a row a store takes', async () => {
    const store = sqliteStore(':memory:');
    const row = newIntent(wish);
    expect(await store.open({ ...opening(), intent: row })).toEqual({ opened: row });
    await store.close();
  });
});

describe('earlier intents', () => {
  let store: Store;
  beforeEach(() => {
    store = sqliteStore(':memory:');
  });
  afterEach(() => store.close());

  const record = async (of: Partial<IntentRow> = {}, outcome?: NonNullable<IntentRow['outcome']>, at = T + 1) => {
    const row = intent(of);
    expect(await store.open(opening(row, { stops: true, unknown_answers_for: 0 }))).toHaveProperty('opened');
    if (outcome) await store.settle(row.id, receipt(outcome, at));
    return row;
  };
  const bearing = async (now: number, of: { call?: string; connection?: string; target?: string | null } = {}) => {
    const { seen: _, ...found } = await earlier(store, { call: 'call', connection: 'main', target: 'a1', now, ...of });
    return Object.fromEntries(Object.entries(found).map(([name, row]) => [name, row.id]));
  };
  const deadline = T + 30_000;
  const late = deadline + timing.unknownAnswersFor;

  test('none bear on the first call', async () => {
    expect(await bearing(T)).toEqual({});
  });

  test('one in flight answers, then as unknown for ten minutes, and then a person is warned of it for good', async () => {
    const { id } = await record();
    for (const now of [T, deadline - 1, deadline, late - 1]) expect(await bearing(now)).toEqual({ same: id });
    for (const now of [late, late * 2]) expect(await bearing(now)).toEqual({ unsettled: id });
  });

  test('one that came back unknown does the same', async () => {
    const { id } = await record({}, 'unknown');
    expect(await bearing(late - 1)).toEqual({ same: id });
    expect(await bearing(late)).toEqual({ unsettled: id });
  });

  test('one that the vendor holds answers for as long as it does', async () => {
    const { id } = await record({}, 'pending');
    expect(await bearing(late * 2)).toEqual({ same: id });
  });

  test.each(['rejected', 'not_sent'] as const)('one that was %s bears on nothing', async outcome => {
    await record({}, outcome);
    expect(await bearing(T + 2)).toEqual({});
  });

  test.each(['run', 'create'])('a %s that was just done is told for two minutes', async effect => {
    const { id } = await record({ effect }, 'done', T + 1_000);
    expect(await bearing(T + 1_000 + timing.doneAnswersFor - 1)).toEqual({ lastDone: id });
    expect(await bearing(T + 1_000 + timing.doneAnswersFor)).toEqual({});
  });

  test.each(['update', 'arm', 'delete'])('a done %s may be repeated at once', async effect => {
    await record({ effect }, 'done');
    expect(await bearing(T + 2)).toEqual({});
  });

  test('an old unknown one is still told beside a newer one that answers', async () => {
    const old = await record({}, 'unknown');
    const newer = await record({ created_at: late, deadline_at: late + 30_000 });
    expect(await bearing(late + 1)).toEqual({ same: newer.id, unsettled: old.id });
    await store.settle(newer.id, receipt('done', late + 2));
    expect(await bearing(late + 3)).toEqual({ lastDone: newer.id, unsettled: old.id });
  });

  test('of several that were done the one that was settled last is told, whichever was sent first', async () => {
    const [first, second] = [await record({}, 'unknown'), await record({ created_at: T + 1 })];
    await store.settle(second.id, receipt('done', T + 5));
    expect(await bearing(T + 10)).toEqual({ same: first.id, lastDone: second.id });
    await store.settle(first.id, receipt('done', T + 9));
    expect(await bearing(T + 10)).toEqual({ lastDone: first.id });
    expect(await bearing(T + 5 + timing.doneAnswersFor)).toEqual({ lastDone: first.id });
    expect(await bearing(T + 9 + timing.doneAnswersFor)).toEqual({});
  });

  test('a done one whose time is not known is not told', async () => {
    const rows = [intent({ outcome: 'done', settled_at: null })];
    const found = await earlier(
      { intents: async () => rows },
      { call: 'call', connection: 'main', target: null, now: T },
    );
    expect(found.lastDone).toBeUndefined();
  });

  test('only what may bear on it is looked up: the history behind it may be long', async () => {
    const asked: IntentFilter[] = [];
    const intents = async (filter: IntentFilter) => {
      asked.push(filter);
      return [];
    };
    await earlier({ intents }, { call: 'call', connection: 'main', target: 'a1', now: T });
    expect(asked.splice(0)).toEqual([
      { call: 'call', unsettled: true },
      { call: 'call', limit: 20 },
      { connection: 'main', target: 'a1', unsettled: true },
    ]);
    // Nothing else is ever under way on what does not exist yet.
    expect(await earlier({ intents }, { call: 'call', connection: 'main', target: null, now: T })).toEqual({
      seen: [],
    });
    expect(asked).toHaveLength(2);
  });

  test('all of the newest twenty are known, and one that was recorded between the two looks answers', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 21; n++) ids.unshift((await record({ created_at: T + n }, 'done', T + n)).id);
    const at = { call: 'call', connection: 'main', target: 'a1', now: T + 30 };
    expect((await earlier(store, at)).seen).toEqual(ids.slice(0, 20));
    for (const outcome of [undefined, 'unknown', 'pending'] as const) {
      let fresh: IntentRow | undefined;
      const intents = async (filter: IntentFilter) => {
        const found = await store.intents(filter);
        if (filter.unsettled && filter.call) fresh ??= await record({ created_at: T + 25 }, outcome, T + 26);
        return found;
      };
      const found = await earlier({ intents }, at);
      expect([found.same?.id, found.seen[0]]).toEqual([fresh?.id, fresh?.id]);
      if (fresh) await store.settle(fresh.id, receipt('rejected', T + 27));
    }
  });

  test('a twin of the call elsewhere bears on nothing', async () => {
    await record({ call: 'another', connection: 'second' });
    await record({ call: 'third', target: 'a2' });
    expect(await bearing(T)).toEqual({});
  });

  test('another write to the same automation is under way until it has a receipt or its deadline passed', async () => {
    const { id } = await record({ call: 'another' });
    expect(await bearing(deadline - 1)).toEqual({ busy: id });
    expect(await bearing(deadline)).toEqual({});
    expect(await bearing(T, { target: null })).toEqual({});
    await store.settle(id, receipt('unknown', T + 1));
    expect(await bearing(T + 2)).toEqual({});
  });

  test('`open` refuses exactly what this says is answered or under way', async () => {
    const outcomes = [undefined, 'done', 'rejected', 'not_sent', 'pending', 'unknown'] as const;
    for (const outcome of outcomes)
      for (const call of ['call', 'another'])
        for (const now of [T + 1, deadline - 1, deadline, late - 1, late]) {
          store = sqliteStore(':memory:');
          await record({ call }, outcome);
          const said = await bearing(now);
          const result = await store.open(
            opening(
              { created_at: now },
              { unknown_answers_for: timing.unknownAnswersFor, done_answers_for: timing.doneAnswersFor },
            ),
          );
          const refused = 'refused' in result ? result.refused : undefined;
          const expected = said.same || said.lastDone ? 'same' : said.busy ? 'busy' : undefined;
          expect([outcome, call, now - T, refused]).toEqual([outcome, call, now - T, expected]);
          await store.close();
        }
  });
});

test('what is recorded of a call is told by ids, the newest twenty, and of no other call', async () => {
  const store = sqliteStore(':memory:');
  const ids = [];
  for (let n = 0; n < 22; n++) {
    const row = intent({ call: 'mine', target: `a${n}`, created_at: T + n, deadline_at: T + n + 1 });
    const opened = await store.open(opening(row, { unknown_answers_for: 0 }));
    expect(opened).toHaveProperty('opened');
    await store.settle(row.id, receipt('rejected', T + n));
    ids.push(row.id);
  }
  expect([...(await recorded(store, 'mine'))].toSorted()).toEqual(ids.slice(2).toSorted());
  expect([...(await recorded(store, 'other'))]).toEqual([]);
  await store.close();
});
