// Charges that were seen, against the list: what is learned from them, and what says nothing.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chargesOf } from '../../src/ledger/charges.ts';
import { intent } from '../store/rows.ts';

const row = (listed: number | undefined, charged: number | undefined, outcome: 'done' | 'unknown' | null = 'done') =>
  intent({
    outcome,
    quote: JSON.stringify({ low: 1, listed }),
    receipt: outcome === null ? null : JSON.stringify({ outcome, charged }),
  });

test('nothing is learned from what was not charged, not priced as one number, or not done', () => {
  expect(chargesOf([])).toBeUndefined();
  const mute = [
    row(14, undefined),
    row(undefined, 14),
    row(0, 14),
    row(14, 0),
    row(14, 140, 'unknown'),
    row(14, 9, null),
  ];
  expect(chargesOf(mute)).toBeUndefined();
  expect(chargesOf([...mute, row(14, 28)])).toEqual({ low: 2, high: 2, seen: 1 });
  for (const receipt of ['null', null])
    expect(chargesOf([intent({ outcome: 'done', quote: 'null', receipt })])).toBeUndefined();
});

test('the five newest charges count, and what mute calls lie between them does not push them out', () => {
  const rows = [10, 10, 1, 1, 1, 77].flatMap(times => [row(14, 14 * times), row(14, undefined)]);
  expect(chargesOf(rows)).toEqual({ low: 1, high: 10, seen: 5 });
});

test('never below the list, whatever was charged, and never less than the dearest of them', () => {
  const charge = fc.record({ listed: fc.integer({ min: 1, max: 500 }), charged: fc.integer({ min: 1, max: 9_000 }) });
  fc.assert(
    fc.property(fc.array(charge, { minLength: 1, maxLength: 5 }), charges => {
      const { low = 0, high = 0, seen } = chargesOf(charges.map(one => row(one.listed, one.charged))) ?? {};
      expect(seen).toBe(charges.length);
      expect(low).toBeGreaterThanOrEqual(1);
      expect(high).toBeGreaterThanOrEqual(low);
      for (const { listed, charged } of charges) expect(listed * high).toBeGreaterThanOrEqual(charged - 1e-9);
    }),
  );
});
