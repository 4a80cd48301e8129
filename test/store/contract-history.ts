// The store's contract: whatever happens in whatever order, a store agrees with the model.
import fc from 'fast-check';
import { expect } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { usage } from '../../src/ledger/usage.ts';
import type { Store } from '../../src/store/store.ts';
import { Model } from './model.ts';
import { no, opening, question, T, yes } from './rows.ts';

export interface Made {
  store: Store;
  /** A second store object on the same records, where records outlive the object. */
  another?: () => Store;
  end(): Promise<void>;
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
const limit = fc.record({
  unit: fc.constantFrom('credits', 'calls', 'people'),
  most: fc.nat(8),
  /** How far back it counts, in milliseconds. */
  back: fc.constantFrom(1, 60_000, 600_000),
  /** How old the balance is that it looks past, where it does. */
  balance: fc.option(fc.constantFrom(0, 500, 30_000, 60_000), { nil: undefined }),
  where: fc.constantFrom(
    {},
    { connection: 'c1' },
    { connection: 'c1', target: 'a1' },
    { principal: 'local' },
    { principal: 'nobody' },
    { rule: 'standing' },
  ),
});
export const step = fc.oneof(
  {
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      call: fc.nat(3),
      variant: fc.nat(1),
      replaces: maybe,
      approver: fc.constantFrom('anyone', 'another'),
      /** All intents of the call but so many, the newest first; absent: the asker does not say. */
      missed: fc.option(fc.nat(2), { nil: undefined }),
      lives: fc.constantFrom(1, 60_000, 120_000),
    }),
    weight: 3,
  },
  {
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      n: index,
      yes: fc.boolean(),
      by: fc.constantFrom('local', 'bo'),
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
      credits: fc.nat(4),
      calls: fc.constantFrom(1, 1, 0),
      people: fc.nat(3),
      rule: fc.constantFrom('defaults', 'standing'),
      limits: fc.array(limit, { maxLength: 2 }),
    }),
    weight: 5,
  },
  {
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      n: index,
      outcome: fc.constantFrom('done', 'rejected', 'not_sent', 'pending', 'unknown'),
      credits: fc.option(fc.nat(6), { nil: undefined }),
      people: fc.option(fc.nat(6), { nil: undefined }),
    }),
    weight: 3,
  },
  {
    arbitrary: fc.record({
      do: fc.constant('hold' as const),
      n: index,
      by: fc.constantFrom('one', 'other'),
      lasts: fc.constantFrom(0, 1, 10_000),
    }),
    weight: 2,
  },
  { arbitrary: fc.record({ do: fc.constant('stop' as const), for: fc.constantFrom('', 'a drill') }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant('resume' as const) }), weight: 1 },
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

export async function agree({ store, another }: Made, steps: Step[]): Promise<void> {
  const stores = [store, another?.() ?? store];
  const model = new Model();
  let now = T;
  for (const [turn, one] of steps.entries()) {
    const real = stores[turn % 2] ?? store;
    if (one.do === 'wait') now += one.ms;
    else if (one.do === 'stop') {
      await real.stop(one.for);
      model.stop = one.for;
    } else if (one.do === 'resume') {
      expect(await real.resume()).toBe(model.stop !== undefined);
      model.stop = undefined;
    } else if (one.do === 'ask') {
      const row = question({
        call: `${one.call}`,
        digest: `${one.call}/${one.variant}`,
        approver: one.approver as 'anyone',
        created_at: now,
        expires_at: now + one.lives,
      });
      const replaces = one.replaces === undefined ? undefined : model.questions[one.replaces]?.id;
      const { missed } = one;
      const known = model.intents.filter(({ call }) => call === row.call).map(({ id }) => id);
      const seen = missed === undefined ? undefined : known.slice(0, Math.max(0, known.length - missed));
      const expected = model.ask({ ...row }, replaces, seen);
      expect(await failing(real.ask(row, replaces, undefined, seen))).toEqual(expected);
    } else if (one.do === 'answer') {
      const to = model.questions[one.n]?.id ?? 'nobody';
      const said = { ...(one.yes ? { ...yes(now), usable_until: now + one.usable } : no(now)), by: one.by };
      const expected = model.answer(to, said);
      expect(await failing(real.answer(to, said))).toEqual(expected);
    } else if (one.do === 'hold') {
      const of = model.questions[one.n]?.id ?? 'nobody';
      const holding = { by: one.by, at: now, until: now + one.lasts };
      const expected = model.hold(of, holding);
      expect(await real.hold(of, holding)).toEqual(expected);
    } else if (one.do === 'open') {
      const asked = one.approval === undefined ? undefined : model.questions[one.approval];
      const passes = one.passes === undefined ? undefined : model.intents[one.passes]?.id;
      const call = asked && one.same ? Number(asked.call) : one.call;
      const wish = opening(
        {
          call: `${call}`,
          ...places[call],
          created_at: now,
          deadline_at: now + one.lasts,
          credits: one.credits,
          calls: one.calls,
          people: one.people,
          rule: one.rule,
        },
        {
          ...(asked ? { approval: { id: asked.id, digest: one.same ? asked.digest : `${one.call}/0` } } : {}),
          ...(passes ? { passes } : {}),
          stops: one.stops,
          done_answers_for: one.done,
          limits: one.limits.map(({ back, balance, ...rest }) => ({
            ...rest,
            name: 'some limit',
            since: now - back,
            ...(balance === undefined ? {} : { uncharged_at: now - balance }),
          })),
        },
      );
      const expected = model.open({ ...wish, intent: { ...wish.intent } });
      expect(await real.open(wish)).toEqual(expected);
      const { used } = await real.used(wish.limits);
      expect(used).toEqual(wish.limits.map(limit => model.used(limit)));
      const rows = await real.intents({});
      expect(used).toEqual(wish.limits.map(limit => usage(rows, limit)));
    } else {
      const of = model.intents[one.n]?.id ?? 'nobody';
      const kept = {
        outcome: one.outcome as 'done',
        receipt: `"${turn}"`,
        at: now,
        ...(one.credits === undefined ? {} : { credits: one.credits }),
        ...(one.people === undefined ? {} : { people: one.people }),
      };
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
