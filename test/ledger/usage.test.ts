// When time alone makes room under a limit: held against trying every moment. (That `usage` is the store's own rule, its contract proves.)
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freesAt, usage } from '../../src/ledger/usage.ts';
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
