// What counts towards a limit, as a table, and when time alone makes room under one. (That it is the store's own rule, its contract proves.)
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { counts, freesAt, usage } from '../../src/ledger/usage.ts';
import type { Limit } from '../../src/store/store.ts';
import { intent } from '../store/rows.ts';

const limit = (of: Partial<Limit> = {}): Limit => ({
  name: 'ten',
  unit: 'credits',
  most: 10,
  since: 0,
  where: {},
  ...of,
});
const at = (created_at: number, credits: number, outcome: 'done' | 'rejected' | null = null) =>
  intent({ created_at, credits, outcome, connection: 'c', deadline_at: created_at + 5 });

describe('P14: what counts', () => {
  const outcomes = [null, 'unknown', 'pending', 'done', 'rejected', 'not_sent'] as const;
  const one = intent({ connection: 'c', target: 't', principal: 'p', rule: 'r', created_at: 10, deadline_at: 50 });
  const all = { connection: 'c', target: 't', principal: 'p', rule: 'r' };

  test.each(outcomes)('%s: what ran or may have, created since', outcome => {
    const ran = outcome !== 'rejected' && outcome !== 'not_sent';
    for (const since of [0, 9, 10, 11])
      for (const where of [{}, all]) expect(counts({ ...one, outcome }, { since, where })).toBe(ran && since < 10);
  });

  test.each(Object.keys(all))('only where its %s is the one that is asked for', column => {
    expect(counts(one, { since: 0, where: { [column]: all[column as keyof typeof all] } })).toBe(true);
    for (const where of [{ [column]: 'another' }, { ...all, [column]: 'another' }])
      expect(counts(one, { since: 0, where })).toBe(false);
    // A create has no target.
    expect(counts({ ...one, target: null }, { since: 0, where: { target: 't' } })).toBe(false);
  });

  test.each(outcomes)('%s: where it may not show in a balance yet', outcome => {
    const moments = [29, 30, 31, 49, 50, 51, 99];
    const of = (settled_at: number | null) =>
      moments.map(uncharged_at => counts({ ...one, outcome, settled_at }, { since: 0, uncharged_at, where: {} }));
    const until = (last: number) => moments.map(now => now <= last);
    const last = { pending: 1e9, done: 30, rejected: 0, not_sent: 0, unknown: 50, none: 50 }[outcome ?? 'none'];
    expect(of(30)).toEqual(until(last));
    // Done at no known time: as late as it can have been.
    expect(of(null)).toEqual(until(outcome === 'done' ? 50 : last));
  });

  test('is added up in the unit that is asked for', () => {
    const rows = [
      { ...one, credits: 3, calls: 1, people: 20 },
      { ...one, credits: 4, calls: 0, people: 0 },
      { ...one, credits: 9, calls: 9, people: 9, outcome: 'rejected' as const },
    ];
    const of = (unit: Limit['unit']) => usage(rows, { unit, since: 0, where: {} });
    expect([of('credits'), of('calls'), of('people')]).toEqual([7, 1, 20]);
    expect(usage([], { unit: 'calls', since: 0, where: {} })).toBe(0);
  });
});

describe('room under a rolling limit', () => {
  test('comes with the first moment at which there is enough of it', () => {
    const row = fc.record({ created: fc.integer({ min: -20, max: 100 }), credits: fc.nat(6), ran: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 8 }),
        fc.nat(12),
        fc.integer({ min: 10, max: 60 }),
        (rows, needs, window) => {
          const now = 100;
          const intents = rows.map(({ created, credits, ran }) => at(created, credits, ran ? 'done' : 'rejected'));
          const fits = (time: number): boolean => usage(intents, limit({ since: time - window })) + needs <= 10;
          const moments = Array.from({ length: 400 }, (_, n) => now + n);
          const first = fits(now) ? undefined : moments.find(fits);
          expect(freesAt(intents, limit({ since: now - window }), needs, now)).toBe(first);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('never comes for what is more than the limit, for a single call, nor for the credits that an account keeps', () => {
    const rows = [at(1, 10)];
    expect(freesAt(rows, limit(), 10, 100)).toBe(101);
    expect(freesAt(rows, limit(), 11, 100)).toBeUndefined();
    expect(freesAt(rows, limit({ since: Number.MAX_SAFE_INTEGER }), 1, 100)).toBeUndefined();
    expect(freesAt(rows, limit({ uncharged_at: 0 }), 1, 100)).toBeUndefined();
  });
});
