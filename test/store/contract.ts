// What every store promises, as one suite over a way to make one. SQLite in a file and in memory run it; any other store must pass it too.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import type { Opened, Store } from '../../src/store/store.ts';
import { Model } from './model.ts';
import { id, intent, no, opening, question, receipt, T, yes } from './rows.ts';

export interface Made {
  store: Store;
  /** A second store object on the same records, where records outlive the object. */
  another?: () => Store;
  end(): Promise<void>;
}

const opened = (result: Opened) => ('opened' in result ? result.opened : undefined);
const refused = (result: Opened) => ('refused' in result ? result.refused : undefined);
const by = (result: Opened) => ('intent' in result ? result.intent.id : undefined);

export function storeContract(name: string, make: () => Made, runs: number): void {
  describe(name, () => {
    let made: Made;
    let store: Store;
    beforeEach(() => {
      made = make();
      store = made.store;
    });
    afterEach(() => made.end());

    const approved = async (at = T, digest = 'digest') => {
      const { question: asked } = await store.ask(question({ created_at: at, expires_at: at + 120_000, digest }));
      await store.answer(asked.id, yes(at));
      return { id: asked.id, digest };
    };

    describe('questions', () => {
      test('a question comes back exactly as it was asked', async () => {
        const row = question({ shown: 'snow ☃ "quotes" \n and \u0000 nul', arguments: '{"é":1}' });
        expect(await store.ask(row)).toEqual({ question: row, joined: false });
        expect(await store.question(row.id)).toEqual(row);
        expect(await store.question(id())).toBeUndefined();
      });

      test('the same digest joins the open question, and the approved one', async () => {
        const row = question();
        await store.ask(row);
        expect(await store.ask(question({ created_at: T + 1 }))).toEqual({ question: row, joined: true });
        await store.answer(row.id, yes(T + 2));
        const again = await store.ask(question({ created_at: T + 3 }));
        expect(again.joined).toBe(true);
        expect(again.question.state).toBe('approved');
      });

      test('an expired, rejected, lapsed or consumed question is not joined', async () => {
        const expired = question({ digest: 'expired' });
        await store.ask(expired);
        expect((await store.ask(question({ digest: 'expired', created_at: T + 120_000 }))).joined).toBe(false);

        const rejected = question({ digest: 'rejected', created_at: T + 120_000, expires_at: T + 240_000 });
        await store.ask(rejected);
        await store.answer(rejected.id, no(T + 120_001));
        expect((await store.ask(question({ digest: 'rejected', created_at: T + 120_002 }))).joined).toBe(false);

        const lapsed = await approved(T + 130_000, 'lapsed');
        expect((await store.ask(question({ digest: 'lapsed', created_at: T + 249_999 }))).question.id).toBe(lapsed.id);
        expect((await store.ask(question({ digest: 'lapsed', created_at: T + 250_000 }))).joined).toBe(false);

        const consumed = await approved(T + 250_000, 'consumed');
        await store.open(opening({ created_at: T + 250_001 }, { approval: consumed }));
        expect((await store.ask(question({ digest: 'consumed', created_at: T + 250_002 }))).joined).toBe(false);
      });

      test('twenty racing calls share one question', async () => {
        const asked = await Promise.all(Array.from({ length: 20 }, () => store.ask(question())));
        expect(asked.filter(({ joined }) => !joined)).toHaveLength(1);
        expect(new Set(asked.map(one => one.question.id)).size).toBe(1);
      });

      test('a question that no longer covers its call is replaced, closed for good, and its yes is void', async () => {
        const old = await approved();
        const dearer = question({ created_at: T + 1 });
        expect(await store.ask(dearer, old.id)).toEqual({ question: dearer, joined: false });
        expect(await store.question(old.id)).toMatchObject({
          state: 'rejected',
          channel: 'replaced',
          decided_at: T + 1,
        });
        expect(refused(await store.open(opening({ created_at: T + 2 }, { approval: old })))).toBe('approval');
        expect((await store.ask(question({ created_at: T + 2 }), old.id)).question.id).toBe(dearer.id);
      });

      test('a question replaces none of another call', async () => {
        const other = await approved();
        await store.ask(question({ call: 'another call', digest: 'another digest', created_at: T + 1 }), other.id);
        expect(await store.question(other.id)).toMatchObject({ state: 'approved' });
      });

      test('the first answer wins, whichever it is', async () => {
        for (const [first, second] of [[yes(T + 1), no(T + 2)] as const, [no(T + 1), yes(T + 2)] as const]) {
          const row = question({ digest: id() });
          await store.ask(row);
          expect(await store.answer(row.id, first)).toMatchObject({ won: true, question: { state: first.state } });
          expect(await store.answer(row.id, second)).toMatchObject({ won: false, question: { state: first.state } });
          expect(await store.question(row.id)).toEqual({
            ...row,
            state: first.state,
            channel: 'terminal',
            decided_at: T + 1,
            usable_until: first.usable_until,
          });
        }
        expect(await store.answer(id(), yes(T))).toBeUndefined();
      });

      test('fifty racing answers have one winner', async () => {
        const row = question();
        await store.ask(row);
        const answers = await Promise.all(
          Array.from({ length: 50 }, (_, n) => store.answer(row.id, n % 2 === 0 ? yes(T + n) : no(T + n))),
        );
        const winners = answers.filter(answer => answer?.won);
        expect(winners).toHaveLength(1);
        expect((await store.question(row.id))?.state).toBe(winners[0]?.question.state);
      });

      test('no answer counts from the moment of expiry on, and nothing is written', async () => {
        const row = question();
        await store.ask(row);
        expect(await store.answer(row.id, yes(row.expires_at))).toEqual({ question: row, won: false });
        expect(await store.answer(row.id, no(row.expires_at + 1))).toEqual({ question: row, won: false });
        expect(await store.answer(row.id, yes(row.expires_at - 1))).toMatchObject({ won: true });
      });

      test('they are listed newest first, narrowed by what is asked', async () => {
        const rows = [0, 1, 2, 3].map(n =>
          question({
            id: `${n}`.repeat(32),
            created_at: T + Math.min(n, 2),
            expires_at: T + 1_000 * (n + 1),
            digest: `d${n}`,
            principal: n < 2 ? 'ann' : 'bob',
          }),
        );
        for (const row of rows) await store.ask(row);
        await store.answer('3'.repeat(32), no(T + 3));
        const ids = async (filter?: Parameters<Store['questions']>[0]) =>
          (await store.questions(filter)).map(row => row.id[0]).join('');
        expect(await ids()).toBe('3210');
        expect(await ids({})).toBe('3210');
        expect(await ids({ limit: 2 })).toBe('32');
        expect(await ids({ digest: 'd1' })).toBe('1');
        expect(await ids({ principal: 'ann' })).toBe('10');
        expect(await ids({ open_at: T })).toBe('210');
        expect(await ids({ open_at: T + 1_000 })).toBe('21');
        expect(await ids({ prefix: '22222222' })).toBe('2');
        expect(await ids({ prefix: '2%' })).toBe('');
        expect(await ids({ prefix: '1', principal: 'bob' })).toBe('');
      });
    });

    describe('opening an intent', () => {
      test('consumes the approval and comes back exactly as it was recorded', async () => {
        const approval = await approved();
        const wish = opening({ created_at: T + 1 }, { approval });
        const row = { ...wish.intent, approval_id: approval.id };
        expect(await store.open(wish)).toEqual({ opened: row });
        expect(await store.intent(row.id)).toEqual(row);
        expect(await store.question(approval.id)).toMatchObject({ state: 'consumed', intent_id: row.id });
        expect(await store.intent(id())).toBeUndefined();
      });

      test('without an approval needs none', async () => {
        expect(opened(await store.open(opening()))).toMatchObject({ approval_id: null, outcome: null });
      });

      test('one yes, one intent: the second gets the first, even after the yes ran out or the intent failed', async () => {
        const approval = await approved();
        const first = opened(await store.open(opening({}, { approval })));
        await store.settle(first?.id ?? '', receipt('rejected', T + 1));
        for (const at of [T + 2, T + 10_000_000]) {
          const again = await store.open(
            opening({ created_at: at }, { approval: { ...approval, digest: 'moved on' } }),
          );
          expect([refused(again), by(again)]).toEqual(['consumed', first?.id]);
        }
        expect(await store.intents({})).toHaveLength(1);
      });

      test('a consumed approval tells another call nothing', async () => {
        const approval = await approved();
        await store.open(opening({}, { approval }));
        const foreign = await store.open(opening({ call: 'another call', target: 'a2' }, { approval }));
        expect(foreign).toEqual({ refused: 'approval' });
      });

      test.each([
        ['missing', async () => ({ id: id(), digest: 'digest' })],
        ['still open', async () => ({ id: (await store.ask(question())).question.id, digest: 'digest' })],
        ['for something else', async () => ({ ...(await approved()), digest: 'another digest' })],
        ['for an earlier time', () => approved(T - 120_000)],
        [
          'a no',
          async () => {
            const { question: asked } = await store.ask(question());
            await store.answer(asked.id, no(T));
            return { id: asked.id, digest: 'digest' };
          },
        ],
      ])('refuses an approval that is %s, and changes nothing', async (_, approval) => {
        const given = await approval();
        const before = await store.questions();
        expect(await store.open(opening({}, { approval: given }))).toEqual({ refused: 'approval' });
        expect(await store.questions()).toEqual(before);
        expect(await store.intents({})).toEqual([]);
      });

      test('a yes is good until its very last millisecond', async () => {
        const approval = await approved();
        expect(await store.open(opening({ created_at: T + 120_000 }, { approval }))).toEqual({ refused: 'approval' });
        expect(opened(await store.open(opening({ created_at: T + 119_999 }, { approval })))).toBeDefined();
      });

      test('a record that fails leaves the approval unconsumed', async () => {
        const taken = intent({ call: 'earlier', target: 'a2' });
        await store.open(opening(taken));
        const approval = await approved();
        await expect(store.open(opening({ id: taken.id }, { approval }))).rejects.toMatchObject({
          outcome: 'not_sent',
        });
        expect(await store.question(approval.id)).toMatchObject({ state: 'approved', intent_id: null });
        expect(await store.intent(taken.id)).toEqual(taken);
        expect(opened(await store.open(opening({}, { approval })))).toBeDefined();
      });

      test('the same call is answered by what is in flight, and while it is unknown, and while the vendor holds it', async () => {
        const first = opened(await store.open(opening()));
        const at = async (created_at: number) => store.open(opening({ created_at }));
        for (const time of [T, T + 29_999, T + 30_000, T + 629_999])
          expect([time, refused(await at(time)), by(await at(time))]).toEqual([time, 'same', first?.id]);
        await store.settle(first?.id ?? '', receipt('unknown', T + 630_000));
        expect(refused(await at(T + 629_999))).toBe('same');
        await store.settle(first?.id ?? '', receipt('pending', T + 630_000));
        expect(refused(await at(T + 99_999_999))).toBe('same');
        await store.settle(first?.id ?? '', receipt('unknown', T + 630_001));
        expect(opened(await at(T + 630_000))).toBeDefined();
      });

      test.each(['rejected', 'not_sent', 'done'] as const)(
        'the same call goes through again after %s',
        async outcome => {
          const first = opened(await store.open(opening()));
          await store.settle(first?.id ?? '', receipt(outcome, T + 1));
          expect(opened(await store.open(opening({ created_at: T + 2 })))).toBeDefined();
        },
      );

      test('what was just done answers where nobody was asked', async () => {
        const first = opened(await store.open(opening()));
        await store.settle(first?.id ?? '', receipt('done', T + 1_000));
        const again = (at: number) => store.open(opening({ created_at: at }, { done_answers_for: 120_000 }));
        expect(by(await again(T + 1_000))).toBe(first?.id);
        expect(by(await again(T + 120_999))).toBe(first?.id);
        expect(opened(await again(T + 121_000))).toBeDefined();
      });

      test('what was just done does not answer where a person was asked, not even before its own time', async () => {
        const first = opened(await store.open(opening()));
        await store.settle(first?.id ?? '', receipt('done', T + 1_000));
        expect(opened(await store.open(opening({ created_at: T + 500 }, { done_answers_for: 0 })))).toBeDefined();
      });

      test('a person passes exactly the unknown intent they were told of, and nothing in flight', async () => {
        const first = opened(await store.open(opening()));
        const passing = (at: number, passes: string) => store.open(opening({ created_at: at }, { passes }));
        expect(refused(await passing(T + 29_999, first?.id ?? ''))).toBe('same');
        expect(refused(await passing(T + 30_000, id()))).toBe('same');
        const second = opened(await passing(T + 30_000, first?.id ?? ''));
        expect(second).toBeDefined();
        const third = await passing(T + 60_000, first?.id ?? '');
        expect([refused(third), by(third)]).toEqual(['same', second?.id]);
      });

      test('another write to the same automation waits, unless it stops', async () => {
        const first = opened(await store.open(opening()));
        const other = (of: object, stops = false) =>
          store.open(opening({ call: id(), created_at: T + 1, ...of }, { stops }));
        const busy = await other({});
        expect([refused(busy), by(busy)]).toEqual(['busy', first?.id]);
        expect(opened(await other({ connection: 'second' }))).toBeDefined();
        expect(opened(await other({ target: 'a2' }))).toBeDefined();
        expect(opened(await other({ target: null }))).toBeDefined();
        expect(opened(await other({ target: null }))).toBeDefined();
        expect(opened(await other({ deadline_at: T + 2 }, true))).toBeDefined();
        expect(refused(await other({ created_at: T + 29_999 }))).toBe('busy');
        expect(opened(await other({ created_at: T + 30_000 }))).toBeDefined();
      });

      test('a receipt, whatever it says, lets other writes through', async () => {
        for (const outcome of ['done', 'rejected', 'not_sent', 'pending', 'unknown'] as const) {
          const one = opened(await store.open(opening({ call: id(), target: outcome })));
          await store.settle(one?.id ?? '', receipt(outcome, T + 1));
          expect(opened(await store.open(opening({ call: id(), target: outcome, created_at: T + 2 })))).toBeDefined();
        }
      });

      test('refuses in order: clock, consumed, same, busy, approval', async () => {
        const approval = await approved();
        const first = opened(await store.open(opening({}, { approval })));
        const bad = { id: id(), digest: 'digest' };
        expect(refused(await store.open(opening({ created_at: T - 60_001 }, { approval })))).toBe('clock');
        expect(refused(await store.open(opening({}, { approval })))).toBe('consumed');
        expect(refused(await store.open(opening({}, { approval: bad })))).toBe('same');
        expect(refused(await store.open(opening({ call: 'b' }, { approval: bad })))).toBe('busy');
        await store.settle(first?.id ?? '', receipt('done', T + 1));
        expect(refused(await store.open(opening({ call: 'b' }, { approval: bad })))).toBe('approval');
      });

      test('a hundred racing calls with one yes send once', async () => {
        const approval = await approved();
        const results = await Promise.all(Array.from({ length: 100 }, () => store.open(opening({}, { approval }))));
        const winners = results.flatMap(result => opened(result) ?? []);
        expect(winners).toHaveLength(1);
        for (const result of results)
          if (!opened(result)) expect([refused(result), by(result)]).toEqual(['consumed', winners[0]?.id]);
        expect(await store.intents({})).toHaveLength(1);
      });
    });

    describe('a clock that went back', () => {
      test('refuses whatever would record something, beyond a minute', async () => {
        const old = question({ digest: 'old', expires_at: T + 120_000 });
        await store.ask(old);
        await store.open(opening({ created_at: T + 200_000, deadline_at: T + 230_000, target: null }));
        const back = T + 200_000 - 60_001;
        expect(await store.open(opening({ created_at: back, call: 'b' }))).toEqual({ refused: 'clock' });
        await expect(store.ask(question({ created_at: back }))).rejects.toBeInstanceOf(Failure);
        // Time by itself would say that this old question is still open.
        await expect(store.answer(old.id, yes(T + 119_999))).rejects.toMatchObject({ code: 'unavailable' });
        expect(await store.question(old.id)).toEqual(old);
        expect(opened(await store.open(opening({ created_at: back + 1, call: 'b' })))).toBeDefined();
      });

      test('never keeps a receipt out', async () => {
        const first = opened(await store.open(opening()));
        expect(await store.settle(first?.id ?? '', receipt('done', T - 10_000_000))).toMatchObject({ outcome: 'done' });
      });
    });

    describe('receipts', () => {
      const outcomes = ['done', 'rejected', 'not_sent', 'pending', 'unknown'] as const;
      for (const first of outcomes)
        for (const second of outcomes) {
          const replaces = first === 'unknown' || first === 'pending';
          test(`${second} ${replaces ? 'takes the place of' : 'leaves'} ${first}`, async () => {
            const row = opened(await store.open(opening()));
            const one = await store.settle(row?.id ?? '', receipt(first, T + 1));
            expect(one).toEqual({
              ...row,
              outcome: first,
              receipt: JSON.stringify({ outcome: first }),
              settled_at: T + 1,
            });
            const two = await store.settle(row?.id ?? '', { outcome: second, receipt: '"two"', at: T + 2 });
            expect(two).toEqual(replaces ? { ...row, outcome: second, receipt: '"two"', settled_at: T + 2 } : one);
            expect(await store.intent(row?.id ?? '')).toEqual(two);
          });
        }

      test('of an intent nobody recorded is not kept', async () => {
        expect(await store.settle(id(), receipt('done', T))).toBeUndefined();
      });
    });

    test('intents are listed newest first, narrowed by what is asked', async () => {
      const rows = [
        { id: 'a', call: 'x', connection: 'c1', target: 't1', outcome: 'done' },
        { id: 'b', call: 'x', connection: 'c2', target: 't1', outcome: 'unknown' },
        { id: 'c', call: 'x', connection: 'c1', target: null, outcome: 'pending' },
        { id: 'd', call: 'y', connection: 'c1', target: 't2', outcome: null },
        { id: 'e', call: 'z', connection: 'c1', target: 't2', outcome: 'rejected' },
      ] as const;
      for (const [n, { outcome, ...row }] of rows.entries()) {
        const created_at = T + Math.min(n, 3);
        const over = { created_at, deadline_at: outcome === null ? T + 30_000 : created_at };
        const result = await store.open(opening({ ...row, ...over }, { unknown_answers_for: 0, stops: true }));
        expect(opened(result)).toBeDefined();
        if (outcome) await store.settle(row.id, receipt(outcome, T + n));
      }
      const ids = async (filter: Parameters<Store['intents']>[0]) =>
        (await store.intents(filter)).map(row => row.id).join('');
      expect(await ids({})).toBe('edcba');
      expect(await ids({ limit: 2 })).toBe('ed');
      expect(await ids({ call: 'x' })).toBe('cba');
      expect(await ids({ connection: 'c1' })).toBe('edca');
      expect(await ids({ connection: 'c1', target: 't2' })).toBe('ed');
      expect(await ids({ unsettled: true })).toBe('dcb');
      expect(await ids({ unsettled: false })).toBe('edcba');
      expect(await ids({ unsettled: true, call: 'x', since: T + 2 })).toBe('c');
      expect(await ids({ since: T + 3 })).toBe('ed');
    });

    test('the key is made once, and is the same for everybody', async () => {
      const keys = await Promise.all([store.key(), store.key(), made.another?.().key() ?? store.key()]);
      expect(keys[0]).toHaveLength(32);
      expect(keys[0]?.some(byte => byte !== 0)).toBe(true);
      expect(new Set(keys.map(key => Buffer.from(key).toString('hex'))).size).toBe(1);
    });

    test('rows that its caller changes afterwards stay as they were recorded', async () => {
      const row = question();
      const { question: asked } = await store.ask(row);
      asked.state = 'approved';
      row.state = 'approved';
      expect((await store.question(row.id))?.state).toBe('open');
    });

    test('a closed store refuses, and says that nothing was sent', async () => {
      await store.key();
      await store.close();
      await store.close();
      await expect(store.open(opening())).rejects.toThrow(/nothing was sent/);
    });

    test('two store objects on the same records see each other', async () => {
      if (!made.another) return;
      const other = made.another();
      const { question: asked } = await store.ask(question());
      expect(await other.ask(question())).toEqual({ question: asked, joined: true });
      expect(await other.answer(asked.id, yes(T + 1))).toMatchObject({ won: true });
      expect(await store.answer(asked.id, no(T + 2))).toMatchObject({ won: false });
      const approval = { id: asked.id, digest: 'digest' };
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (n % 2 ? store : other).open(opening({ created_at: T + 3 }, { approval })),
        ),
      );
      expect(results.filter(opened)).toHaveLength(1);
      await other.close();
      expect(await store.intents({})).toHaveLength(1);
    });

    test('agrees with the model over any history', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 45 }), async steps => {
          const fresh = make();
          try {
            await agree(fresh, steps);
          } finally {
            await fresh.end();
          }
        }),
        { numRuns: runs },
      );
    });
  });
}

const when = fc.constantFrom(
  0,
  1,
  500,
  5_000,
  30_000,
  59_999,
  60_001,
  119_999,
  120_000,
  570_000,
  600_000,
  -1,
  -30_000,
  -60_000,
  -60_001,
);
const index = fc.nat(7);
const maybe = fc.option(index, { nil: undefined });
const step = fc.oneof(
  {
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      call: fc.nat(3),
      variant: fc.nat(1),
      replaces: maybe,
      lives: fc.constantFrom(1, 60_000, 120_000),
    }),
    weight: 3,
  },
  {
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      n: index,
      yes: fc.boolean(),
      usable: fc.constantFrom(1, 120_000),
    }),
    weight: 4,
  },
  {
    arbitrary: fc.record({
      do: fc.constant('open' as const),
      call: fc.nat(3),
      approval: maybe,
      same: fc.constantFrom(true, true, true, false),
      passes: maybe,
      stops: fc.constantFrom(false, false, true),
      lasts: fc.constantFrom(1, 30_000, 120_000),
      done: fc.constantFrom(0, 120_000),
    }),
    weight: 5,
  },
  {
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      n: index,
      outcome: fc.constantFrom('done', 'rejected', 'not_sent', 'pending', 'unknown'),
    }),
    weight: 3,
  },
  { arbitrary: fc.record({ do: fc.constant('wait' as const), ms: when }), weight: 4 },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Calls 0 and 1 write to one automation, 2 to the same id elsewhere, 3 creates. */
const places = [
  { connection: 'c1', target: 'a1' },
  { connection: 'c1', target: 'a1' },
  { connection: 'c2', target: 'a1' },
  { connection: 'c1', target: null },
];

const failing = <T>(work: Promise<T>): Promise<T | 'failure'> =>
  work.catch((error: unknown) => {
    if (error instanceof Failure && error.code === 'unavailable') return 'failure' as const;
    throw error;
  });

async function agree({ store, another }: Made, steps: Step[]): Promise<void> {
  const stores = [store, another?.() ?? store];
  const model = new Model();
  let now = T;
  for (const [turn, one] of steps.entries()) {
    const real = stores[turn % 2] ?? store;
    if (one.do === 'wait') now += one.ms;
    else if (one.do === 'ask') {
      const row = question({
        call: `${one.call}`,
        digest: `${one.call}/${one.variant}`,
        created_at: now,
        expires_at: now + one.lives,
      });
      const replaces = one.replaces === undefined ? undefined : model.questions[one.replaces]?.id;
      const expected = model.ask({ ...row }, replaces);
      expect(await failing(real.ask(row, replaces))).toEqual(expected);
    } else if (one.do === 'answer') {
      const to = model.questions[one.n]?.id ?? 'nobody';
      const said = one.yes ? { ...yes(now), usable_until: now + one.usable } : no(now);
      const expected = model.answer(to, said);
      expect(await failing(real.answer(to, said))).toEqual(expected);
    } else if (one.do === 'open') {
      const asked = one.approval === undefined ? undefined : model.questions[one.approval];
      const passes = one.passes === undefined ? undefined : model.intents[one.passes]?.id;
      const call = asked && one.same ? Number(asked.call) : one.call;
      const wish = opening(
        { call: `${call}`, ...places[call], created_at: now, deadline_at: now + one.lasts },
        {
          ...(asked ? { approval: { id: asked.id, digest: one.same ? asked.digest : `${one.call}/0` } } : {}),
          ...(passes ? { passes } : {}),
          stops: one.stops,
          done_answers_for: one.done,
        },
      );
      const expected = model.open({ ...wish, intent: { ...wish.intent } });
      expect(await real.open(wish)).toEqual(expected);
    } else {
      const of = model.intents[one.n]?.id ?? 'nobody';
      const kept = { outcome: one.outcome as 'done', receipt: `"${turn}"`, at: now };
      const expected = model.settle(of, kept);
      expect(await real.settle(of, kept)).toEqual(expected);
    }
  }
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  expect((await store.questions()).sort(byId)).toEqual([...model.questions].sort(byId));
  const intents = await store.intents({});
  expect(intents.sort(byId)).toEqual([...model.intents].sort(byId));
  // P1, whatever the model says: no yes was spent twice.
  const spent = intents.flatMap(({ approval_id }) => approval_id ?? []);
  expect(new Set(spent).size).toBe(spent.length);
  if (stores[1] !== store) await stores[1]?.close();
}
