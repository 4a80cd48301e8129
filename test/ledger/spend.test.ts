// Adding up what was used: every side adds up to the same, and what never ran is in none.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sides, spent } from '../../src/ledger/spend.ts';
import type { IntentRow } from '../../src/store/store.ts';
import { intent, T } from '../store/rows.ts';

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
const outcomes = ['done', 'rejected', 'not_sent', 'pending', 'unknown', null] as const;
const row = fc
  .record({
    connection: fc.constantFrom('c1', 'c2'),
    target: fc.constantFrom('a1', 'a2', null),
    tool: fc.constantFrom('t1', 't2'),
    principal: fc.constantFrom('ann', 'ben'),
    created_at: fc.integer({ min: T - 5 * 86_400_000, max: T }),
    outcome: fc.constantFrom(...outcomes),
    credits: fc.nat(1_000),
    people: fc.nat(1_000),
  })
  .map(of => intent(of));

describe('spent', () => {
  test('adds up to the same along every side, without what never ran', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), rows => {
        const ran = rows.filter(({ outcome }) => outcome !== 'rejected' && outcome !== 'not_sent');
        const open = ran.filter(({ outcome }) => outcome !== 'done');
        const sum = (of: IntentRow[], field: 'credits' | 'people') => of.reduce((total, one) => total + one[field], 0);
        for (const side of sides) {
          const sums = spent(rows, side, day);
          const total = (field: 'calls' | 'credits' | 'people' | 'open_calls' | 'open_credits') =>
            sums.reduce((all, one) => all + one[field], 0);
          expect(total('calls')).toBe(ran.length);
          expect(total('credits')).toBe(sum(ran, 'credits'));
          expect(total('people')).toBe(sum(ran, 'people'));
          expect(total('open_calls')).toBe(open.length);
          expect(total('open_credits')).toBe(sum(open, 'credits'));
          expect(new Set(sums.map(({ key }) => key)).size).toBe(sums.length);
        }
      }),
    );
  });

  test('puts days in their order, and everything else the dearest first', () => {
    const rows = [
      intent({ created_at: T, credits: 1, tool: 'cheap', outcome: 'done' }),
      intent({ created_at: T - 86_400_000, credits: 9, tool: 'dear', outcome: 'done' }),
    ];
    expect(spent(rows, 'day', day).map(({ key }) => key)).toEqual([day(T - 86_400_000), day(T)]);
    expect(spent(rows, 'tool', day).map(({ key }) => key)).toEqual(['dear', 'cheap']);
    expect(spent(rows.toReversed(), 'day', day).map(({ key }) => key)).toEqual([day(T - 86_400_000), day(T)]);
  });

  test('of what is equally dear, puts first what reached more people, then what was called more often, then by name', () => {
    const of = (tool: string, credits: number, people: number) => intent({ tool, credits, people, outcome: 'done' });
    const rows = [
      ...[of('b', 5, 1), of('a', 5, 1), of('often', 2, 1), of('often', 3, 0), of('wide', 5, 3), of('wider', 5, 4)],
      ...[of('dear', 6, 0), of('free', 0, 9)],
    ];
    const order = ['dear', 'wider', 'wide', 'often', 'a', 'b', 'free'];
    for (const some of [rows, rows.toReversed()]) expect(spent(some, 'tool', day).map(({ key }) => key)).toEqual(order);
  });

  test('keeps accounts, people and automations apart, and gives names to automations alone', () => {
    const one = {
      connection: 'c1',
      principal: 'ann',
      tool: 't1',
      target: 'a1',
      before: '{"name":"Digest"}',
      credits: 3,
    };
    const rows = [
      intent(one),
      intent({ ...one, connection: 'c2', principal: 'ben', tool: 't2', target: 'a2', credits: 2 }),
    ];
    const of = (side: (typeof sides)[number]) =>
      spent(rows, side, day).map(({ key, name, credits }) => [key, name, credits]);
    expect(of('connection')).toEqual([
      ['c1', undefined, 3],
      ['c2', undefined, 2],
    ]);
    expect(of('principal')).toEqual([
      ['ann', undefined, 3],
      ['ben', undefined, 2],
    ]);
    expect(of('tool')).toEqual([
      ['t1', undefined, 3],
      ['t2', undefined, 2],
    ]);
    expect(of('automation')).toEqual([
      ['a1', 'Digest', 3],
      ['a2', 'Digest', 2],
    ]);
    expect(of('day')).toEqual([[day(T), undefined, 5]]);
    expect(spent(rows, 'day', day)[0]).not.toHaveProperty('name');
  });

  test.each(['{"name":""}', '{"name":7}', '{"name":null}', '{}', 'null'])(
    'a name that is none, %s, is none',
    before => {
      expect(spent([intent({ before })], 'automation', day)[0]).not.toHaveProperty('name');
      const named = intent({ before: '{"name":"Earlier"}' });
      expect(spent([intent({ before }), named], 'automation', day)[0]?.name).toBe('Earlier');
    },
  );

  test('names an automation as it was last read, and counts creations by account', () => {
    const rows = [
      intent({ target: 'a1', before: '{"name":"New name"}' }),
      intent({ target: 'a1', before: '{"name":"Old name"}' }),
      intent({ target: 'a2', before: 'null' }),
      intent({ target: null, before: 'null' }),
    ];
    expect(spent(rows, 'automation', day).map(({ key, name, calls }) => [key, name, calls])).toEqual([
      ['a1', 'New name', 2],
      ['a2', undefined, 1],
      ['main: created', undefined, 1],
    ]);
  });
});
