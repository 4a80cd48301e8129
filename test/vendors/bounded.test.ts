// Vendor JSON of any size is passed on in a bounded one, and what was cut is marked.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bounded } from '../../src/vendors/bounded.ts';
import type { Json } from '../../src/vendors/types.ts';

test('what is small stays as it is', () => {
  const value = { a: [1, 'x', null, true], b: { c: {} }, d: '' };
  expect(bounded(value)).toEqual(value);
});

test('long texts, long lists, wide objects and deep nesting are cut and marked', () => {
  expect(bounded('x'.repeat(3_000))).toBe(`${'x'.repeat(2_000)}…`);
  const list = bounded(Array.from({ length: 150 }, (_, at) => at)) as Json[];
  expect([list.length, list.at(-1)]).toEqual([101, '… 50 more']);
  const wide = bounded(Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`k${at}`, at]))) as object;
  expect(Object.entries(wide).at(-1)).toEqual(['…', '50 more']);
  let deep: Json = 'end';
  for (let at = 0; at < 20; at++) deep = [deep];
  expect(JSON.stringify(bounded(deep))).toBe(`${'['.repeat(8)}"…"${']'.repeat(8)}`);
});

test('an emoji is not cut in half', () => {
  expect((bounded(`${'x'.repeat(1_999)}🎉`) as string).isWellFormed()).toBe(true);
});

test('P16: whatever comes in, a bounded size comes out', () => {
  const big = fc.oneof(
    fc.jsonValue({ maxDepth: 12 }),
    fc.array(fc.string({ minLength: 1_500, maxLength: 3_000 }), { maxLength: 60 }),
  );
  fc.assert(
    fc.property(big, value => {
      // The last text before the limit may pass it by its own length; controls take six characters each as JSON.
      expect(JSON.stringify(bounded(value as Json)).length).toBeLessThan(6 * 40_000);
    }),
    { numRuns: 60 },
  );
  const endless = Array.from({ length: 90 }, () => Array.from({ length: 90 }, () => 'x'.repeat(1_000)));
  expect(JSON.stringify(bounded(endless)).length).toBeLessThan(40_000);
});
