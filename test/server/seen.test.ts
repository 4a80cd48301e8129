// Short ids: each names one id and no other, whatever the ids are, and however many a vendor sends at once.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fullId, rememberSeen, SHORT } from '../../src/server/seen.ts';

const id = fc.string({ unit: fc.constantFrom('a', 'b', '0'), minLength: 1, maxLength: 14 });

describe('short ids', () => {
  test('name one id each, are no longer than that takes, and are taken back as it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 40 }), fc.uniqueArray(id, { maxLength: 20 }), (before, listed) => {
        const seen = rememberSeen();
        seen.shorten('here', before);
        const all = [...new Set([...before, ...listed])];
        for (const [whole, short] of seen.shorten('here', listed)) {
          expect(whole.startsWith(short)).toBe(true);
          expect(short.length).toBeGreaterThanOrEqual(Math.min(SHORT, whole.length));
          expect(fullId(seen, 'here', short)).toBe(whole);
          if (short.length > SHORT)
            expect(all.filter(other => other.startsWith(short.slice(0, -1))).length).toBeGreaterThan(1);
          expect(seen.beginning('elsewhere', short)).toEqual([]);
        }
      }),
    );
  });

  test('P16: thousands that differ in their last characters alone are shortened as well', () => {
    const seen = rememberSeen();
    const listed = Array.from({ length: 20_000 }, (_, n) => `${'0'.repeat(60)}${100_000 + n}`);
    for (const [whole, short] of seen.shorten('here', listed)) expect(short).toBe(whole);
  });
});
