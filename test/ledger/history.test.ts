// What was used by the audit alone: held against the plainest reading of its entries, for any entries and as of any of them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { History } from '../../src/ledger/history.ts';
import { type Counted, usage } from '../../src/ledger/usage.ts';
import type { AuditRow, IntentRow, Measure } from '../../src/store/store.ts';
import { entry, T } from '../store/rows.ts';

const row = (seq: number, of: Partial<AuditRow>): AuditRow => ({ ...entry(), seq, prev: '', hash: '', ...of });

interface Opened {
  kind: 'intent';
  id: string;
  connection: string;
  principal: string;
  target: string | null;
  rule: string;
  credits: number;
  calls: number;
  people: number;
  created_at: number;
  /** Taken for one that stood on this rule; null: for never recorded. */
  instead?: string | null;
}
interface Settled {
  kind: 'receipt';
  id: string;
  outcome: NonNullable<IntentRow['outcome']>;
  credits: number;
  calls: number;
  people: number;
  settled_at: number;
}
type Step = Opened | Settled | { kind: 'refused' } | { kind: 'read' };

const ids = ['i1', 'i2', 'i3', 'i4'];
const amounts = { credits: fc.nat(9), calls: fc.nat(1), people: fc.nat(9) };
const created = fc.integer({ min: T, max: T + 20 });
const opened: fc.Arbitrary<Opened> = fc.record(
  {
    kind: fc.constant('intent'),
    id: fc.constantFrom(...ids),
    connection: fc.constantFrom('c1', 'c2'),
    principal: fc.constantFrom('ann', 'ben'),
    target: fc.constantFrom('a1', 'a2', null),
    rule: fc.constantFrom('r1', 'r2'),
    ...amounts,
    created_at: created,
    instead: fc.constantFrom('r1', 'r3', null),
  },
  {
    requiredKeys: [
      'kind',
      'id',
      'connection',
      'principal',
      'target',
      'rule',
      'credits',
      'calls',
      'people',
      'created_at',
    ],
  },
);
const settled: fc.Arbitrary<Settled> = fc.record({
  kind: fc.constant('receipt'),
  id: fc.constantFrom(...ids, 'nobody'),
  outcome: fc.constantFrom('done', 'rejected', 'not_sent', 'pending', 'unknown'),
  ...amounts,
  settled_at: created,
});
const other: fc.Arbitrary<Step> = fc.constantFrom({ kind: 'refused' }, { kind: 'read' });
/** No two intents have one id. */
const steps = fc
  .array(fc.oneof(opened, settled, other), { maxLength: 16 })
  .map(all =>
    all.filter(
      (one, n) => one.kind !== 'intent' || !all.slice(0, n).some(it => it.kind === 'intent' && it.id === one.id),
    ),
  );

const amountsOf = ({ credits, calls, people }: Opened | Settled) => ({ credits, calls, people });
function rowOf(step: Step, seq: number): AuditRow {
  if (step.kind === 'read') return row(seq, { body: '{"outcome":"done"}' });
  if (step.kind === 'refused')
    return row(seq, { kind: 'intent', body: '{"call":"c","refused":"busy","credits":5,"calls":1,"people":5}' });
  if (step.kind === 'receipt') {
    const { id, outcome, settled_at } = step;
    return row(seq, {
      kind: 'receipt',
      intent_id: id,
      body: JSON.stringify({ outcome, settled_at, ...amountsOf(step), receipt: {} }),
    });
  }
  const { id, connection, principal, target, rule, created_at } = step;
  const body = { id, target, rule, created_at, deadline_at: created_at + 30, ...amountsOf(step) };
  return row(seq, { kind: 'intent', intent_id: id, connection, principal, body: JSON.stringify(body) });
}

/** The intents as they stood after so many entries. */
function plainly(all: readonly Step[], as_of: number): Counted[] {
  const rows = new Map<string, Counted>();
  for (const step of all.slice(0, as_of)) {
    if (step.kind === 'intent' && step.instead !== null) {
      const { connection, principal, target, created_at, rule, instead } = step;
      rows.set(step.id, {
        ...{ connection, principal, target, created_at, rule: instead ?? rule, deadline_at: created_at + 30 },
        ...{ ...amountsOf(step), outcome: null, settled_at: null },
      });
    }
    const known = step.kind === 'receipt' && rows.get(step.id);
    if (known && step.kind === 'receipt')
      rows.set(step.id, { ...known, ...amountsOf(step), outcome: step.outcome, settled_at: step.settled_at });
  }
  return [...rows.values()];
}
function historyOf(all: readonly Step[]): History {
  const history = new History();
  for (const [n, step] of all.entries())
    history.take(rowOf(step, n + 1), step.kind === 'intent' ? step.instead : undefined);
  return history;
}

describe('any audit, as of any of its entries', () => {
  const measure: fc.Arbitrary<Measure> = fc.record({
    unit: fc.constantFrom('credits', 'calls', 'people'),
    since: fc.integer({ min: T - 1, max: T + 21 }),
    where: fc.record(
      {
        connection: fc.constantFrom('c1', 'c2'),
        target: fc.constantFrom('a1', 'a2'),
        principal: fc.constantFrom('ann', 'ben'),
        rule: fc.constantFrom('r1', 'r2', 'r3'),
      },
      { requiredKeys: [] },
    ),
  });

  test('adds up to what its entries say', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(17), fc.array(measure, { maxLength: 4 }), async (all, as_of, measures) => {
        const rows = plainly(all, as_of);
        expect(await historyOf(all).asOf(as_of).used(measures)).toEqual({
          used: measures.map(one => usage(rows, one)),
          as_of,
        });
      }),
      { numRuns: 1_000 },
    );
  });

  test('lists the intents that are asked for, newest first, as they stood', async () => {
    const filter = fc.record(
      { connection: fc.constantFrom('c1', 'c2'), target: fc.constantFrom('a1', 'a2'), since: created },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(17), filter, async (all, as_of, of) => {
        const rows = plainly(all, as_of).filter(
          one =>
            (of.connection ?? one.connection) === one.connection &&
            (of.target ?? one.target) === one.target &&
            (of.since ?? 0) <= one.created_at,
        );
        const said = await historyOf(all).asOf(as_of).intents(of);
        expect(said).toHaveLength(rows.length);
        expect(said).toEqual(expect.arrayContaining(rows));
        const times = said.map(one => one.created_at);
        expect(times).toEqual(times.toSorted((a, b) => b - a));
      }),
      { numRuns: 1_000 },
    );
  });
});

test('an intent whose account is not named is nobody’s', async () => {
  const history = new History();
  const body = { id: 'i', target: null, rule: 'r', created_at: T, deadline_at: T, credits: 3, calls: 1, people: 0 };
  history.take(row(1, { kind: 'intent', connection: null, body: JSON.stringify(body) }));
  history.take(row(2, { kind: 'receipt', intent_id: null, body: JSON.stringify({ outcome: 'rejected' }) }));
  expect(await history.asOf(2).intents({})).toMatchObject([{ connection: '', outcome: null, credits: 3 }]);
});
