// What counts as a yes, where a question stands, and how long a call waits for its answer.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Approver,
  answerQuestion,
  host,
  isYes,
  mayAnswer,
  mayApprove,
  newQuestion,
  oneself,
  same,
  status,
  waitForAnswer,
  yesLasts,
} from '../../src/approvals/approvals.ts';

import { sqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { no, opening, question, T, yes } from '../store/rows.ts';

describe('P6 C4: a yes', () => {
  test('is accept with confirm true, and nothing else', () => {
    expect(isYes('accept', { confirm: true })).toBe(true);
    expect(isYes('accept', JSON.parse('{"confirm":true}'))).toBe(true);
  });

  test.each([
    ['nothing at all', undefined, undefined],
    ['an empty form', 'accept', {}],
    ['no content', 'accept', undefined],
    ['null', 'accept', null],
    ['false', 'accept', { confirm: false }],
    ['the word true', 'accept', { confirm: 'true' }],
    ['one', 'accept', { confirm: 1 }],
    ['a list', 'accept', { confirm: [true] }],
    ['an object', 'accept', { confirm: { confirm: true } }],
    ['a boolean object', 'accept', { confirm: Object(true) }],
    ['another field beside it', 'accept', { confirm: true, note: 'x' }],
    ['another field instead', 'accept', { Confirm: true }],
    ['an inherited field', 'accept', Object.create({ confirm: true })],
    ['a list with the field', 'accept', Object.assign([], { confirm: true })],
    ['text', 'accept', '{"confirm":true}'],
    ['true by itself', 'accept', true],
    ['decline', 'decline', { confirm: true }],
    ['cancel', 'cancel', { confirm: true }],
    ['another case', 'Accept', { confirm: true }],
    ['an action that is no text', ['accept'], { confirm: true }],
  ])('is not %s', (_, action, content) => {
    expect(isYes(action, content)).toBe(false);
  });

  test('is nothing that can be made up', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything({ withNullPrototype: true, withBoxedValues: true }), (action, content) => {
        const is = action === 'accept' && JSON.stringify(content) === '{"confirm":true}';
        if (!is) expect(isYes(action, content)).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.anything(), confirm => {
        expect(isYes('accept', { confirm })).toBe(confirm === true);
      }),
    );
  });
});

test('P4 P5: a new question is open, has a random id, and is a row a store takes', async () => {
  const { id: _, arguments: __, quote: ___, created_at: ____, ...of } = question();
  const { state, channel, decided_at, usable_until, intent_id, ...asked } = of;
  const make = () =>
    newQuestion({ ...asked, arguments: { a: 1, b: undefined }, quote: { low: 1 }, changes: [], now: T });
  const row = make();
  expect(row).toEqual({ ...question(), id: row.id, arguments: '{"a":1}', quote: '{"low":1}' });
  expect(row.id).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(Array.from({ length: 100 }, () => make().id)).size).toBe(100);
  expect(newQuestion({ ...asked, changes: [], arguments: undefined, quote: undefined, now: T })).toMatchObject({
    arguments: '{}',
    quote: 'null',
  });
  const store = sqliteStore(':memory:');
  expect(await store.ask(row)).toEqual({ question: row, joined: false });
  await store.close();
});

test('where a question stands is told by its row and the time', () => {
  const open = question();
  expect(status(open, open.expires_at - 1)).toBe('open');
  expect(status(open, open.expires_at)).toBe('expired');
  const approved = question({ state: 'approved', decided_at: T, usable_until: T + 1_000 });
  expect(status(approved, T + 999)).toBe('approved');
  expect(status(approved, T + 1_000)).toBe('expired');
  expect(status(question({ state: 'approved' }), T)).toBe('expired');
  expect(status(question({ state: 'rejected' }), T * 2)).toBe('rejected');
  expect(status(question({ state: 'consumed', usable_until: T }), T * 2)).toBe('consumed');
});

test('P4: ids are the same or not, whatever their lengths', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(same(a, b)).toBe(a === b);
    }),
  );
  expect(same('é', 'é')).toBe(true);
});

describe('with a store', () => {
  let store: Store;
  beforeEach(() => {
    store = sqliteStore(':memory:');
  });
  afterEach(() => store.close());

  test('a yes is good for two minutes, or for as long as is set; a no for ever', async () => {
    const rows = [question({ digest: 'a' }), question({ digest: 'b' }), question({ digest: 'c' })] as const;
    for (const row of rows) await store.ask(row);
    const say = (n: 0 | 1 | 2, of: { yes: boolean; usable_for?: number }) =>
      answerQuestion(store, rows[n].id, { channel: 'terminal', by: host, now: T + 5, ...of });
    expect(yesLasts).toBe(120_000);
    expect(await say(0, { yes: true })).toMatchObject({
      won: true,
      question: { state: 'approved', channel: 'terminal', decided_by: 'local', usable_until: T + 120_005 },
    });
    expect(await say(1, { yes: true, usable_for: 10 })).toMatchObject({
      won: true,
      question: { usable_until: T + 15 },
    });
    expect(await say(2, { yes: false })).toMatchObject({
      won: true,
      question: { state: 'rejected', usable_until: null },
    });
    expect(await say(2, { yes: true })).toMatchObject({ won: false, question: { state: 'rejected' } });
    expect(await answerQuestion(store, 'nobody', { yes: true, channel: 'terminal', by: host, now: T })).toBeUndefined();
  });

  test('P6 C4: what only page or terminal may allow, the client cannot, but it can refuse', async () => {
    const row = question({ verdict: 'ask_human' });
    await store.ask(row);
    expect(await answerQuestion(store, row.id, { yes: true, channel: 'client', by: host, now: T })).toEqual({
      question: row,
      won: false,
      barred: true,
    });
    expect(await store.question(row.id)).toEqual(row);
    expect(await answerQuestion(store, row.id, { yes: false, channel: 'client', by: host, now: T })).toMatchObject({
      won: true,
    });
    const other = question({ verdict: 'ask_human', digest: 'other' });
    await store.ask(other);
    expect(await answerQuestion(store, other.id, { yes: true, channel: 'terminal', by: host, now: T })).toMatchObject({
      won: true,
    });
  });

  test('C13: a name stands for those whose ids were made from it, and for no others', () => {
    const by: Approver = { principal: 'bo', approves: ['guest'] };
    const answers = (principal: string) => mayAnswer({ principal }, by);
    expect(['guest', 'guest:1f', 'guests:1f', 'guest2', 'gues', ':', 'x:guest'].filter(answers)).toEqual([
      'guest',
      'guest:1f',
    ]);
    expect(mayAnswer({ principal: 'bo:1f' }, { principal: 'bo', approves: ['self'] })).toBe(false);
  });

  const people: Record<string, Approver> = {
    herself: oneself('ann'),
    'somebody who answers for her': { principal: 'bo', approves: ['ann'] },
    'somebody who answers for all others': { principal: 'bo', approves: ['all'] },
    'somebody who answers for another': { principal: 'bo', approves: ['cy', 'ann ', 'Ann'] },
    'somebody who answers for nobody': { principal: 'bo', approves: [] },
    'somebody who answers their own': { principal: 'bo', approves: ['self'] },
    'herself, who answers for all others': { principal: 'ann', approves: ['all', 'ann'] },
    'the host': host,
  };
  test.each<[string, { answer: boolean; ask: boolean; human: boolean; another: boolean }]>([
    ['herself', { answer: true, ask: true, human: false, another: false }],
    ['somebody who answers for her', { answer: true, ask: true, human: false, another: false }],
    ['somebody who answers for all others', { answer: true, ask: true, human: false, another: false }],
    ['somebody who answers for another', { answer: false, ask: false, human: false, another: false }],
    ['somebody who answers for nobody', { answer: false, ask: false, human: false, another: false }],
    ['somebody who answers their own', { answer: false, ask: false, human: false, another: false }],
    ['herself, who answers for all others', { answer: false, ask: false, human: false, another: false }],
    ['the host', { answer: true, ask: true, human: false, another: false }],
  ])('P4 P6 C13: whose yes counts to a question of ann’s: %s', async (who, expected) => {
    const by = people[who] ?? host;
    const of = (verdict: 'ask' | 'ask_human', approver: 'anyone' | 'another') => ({
      principal: 'ann',
      verdict,
      approver,
    });
    const elsewhere = (verdict: 'ask' | 'ask_human') => mayApprove(of(verdict, 'anyone'), by, 'page');
    expect({
      answer: mayAnswer({ principal: 'ann' }, by),
      ask: mayApprove(of('ask', 'anyone'), by, 'client'),
      human: mayApprove(of('ask_human', 'anyone'), by, 'client'),
      another: mayApprove(of('ask_human', 'another'), by, 'client'),
    }).toEqual(expected);
    expect([elsewhere('ask'), elsewhere('ask_human')]).toEqual([expected.answer, expected.answer]);
    expect(mayApprove(of('ask_human', 'another'), by, 'page')).toBe(expected.answer && who !== 'herself');

    // And so it is recorded: a yes where it counts, a no from whoever may answer at all.
    for (const yes of [true, false]) {
      const row = question({ principal: 'ann', approver: 'another', verdict: 'ask_human', digest: `${who} ${yes}` });
      await store.ask(row);
      const counts = expected.answer && (!yes || who !== 'herself');
      expect(await answerQuestion(store, row.id, { yes, channel: 'page', by, now: T })).toEqual(
        counts
          ? {
              won: true,
              question: {
                ...row,
                state: yes ? 'approved' : 'rejected',
                channel: 'page',
                decided_at: T,
                decided_by: by.principal,
                usable_until: yes ? T + 120_000 : null,
              },
            }
          : { won: false, barred: true, question: row },
      );
      expect((await store.question(row.id))?.state).toBe(counts ? (yes ? 'approved' : 'rejected') : 'open');
    }
  });

  describe('waiting', () => {
    const now = () => T;
    const wait = (id: string, more: Partial<Parameters<typeof waitForAnswer>[2]> = {}) =>
      waitForAnswer(store, id, { left: () => 60_000, every: 5, now, ...more });

    test.each([
      ['yes', yes(T), 'approved'],
      ['no', no(T), 'rejected'],
    ] as const)('ends with a %s that comes while it waits', async (_, said, state) => {
      const row = question();
      await store.ask(row);
      const waiting = wait(row.id);
      await new Promise(resolve => setTimeout(resolve, 20));
      await store.answer(row.id, said);
      expect((await waiting)?.state).toBe(state);
    });

    test('ends at once where the question is decided, used, late, or not there', async () => {
      const row = question();
      await store.ask(row);
      await store.answer(row.id, yes(T));
      expect(await wait(row.id)).toMatchObject({ state: 'approved' });
      await store.open(opening({}, { approval: { id: row.id, digest: row.digest } }));
      expect(await wait(row.id)).toMatchObject({ state: 'consumed' });
      const late = question({ digest: 'late', expires_at: T });
      await store.ask(late);
      expect(await wait(late.id)).toEqual(late);
      expect(await wait('nobody')).toBeUndefined();
    });

    test('ends when the clock of the call runs out, and the question stays open', async () => {
      const row = question({ expires_at: T + 10_000 });
      await store.ask(row);
      const start = performance.now();
      const left = () => 40 - (performance.now() - start);
      expect(await wait(row.id, { left, every: 1_000 })).toEqual(row);
      expect(performance.now() - start).toBeGreaterThanOrEqual(39);
      expect(performance.now() - start).toBeLessThan(500);
    });

    test('ends when the question expires, before the clock of the call does', async () => {
      const row = question({ expires_at: T + 40 });
      await store.ask(row);
      const start = performance.now();
      const running = () => T + (performance.now() - start);
      const ended = await wait(row.id, { left: () => 10_000, every: 1_000, now: running });
      expect(ended && status(ended, running())).toBe('expired');
      expect(performance.now() - start).toBeLessThan(500);
    });

    test('ends when the caller goes away', async () => {
      const row = question();
      await store.ask(row);
      const start = performance.now();
      const gone = AbortSignal.timeout(20);
      expect(await wait(row.id, { every: 10_000, signal: gone })).toEqual(row);
      expect(await wait(row.id, { signal: AbortSignal.abort() })).toEqual(row);
      expect(performance.now() - start).toBeLessThan(500);
    });

    test('P13: fails with the store, and does not take that for an answer', async () => {
      const row = question();
      await store.ask(row);
      const waiting = wait(row.id);
      await store.close();
      await expect(waiting).rejects.toThrow(/nothing was sent/);
    });
  });
});
