// What a run says it was given is compared with what was sent: a body key that the vendor does not read would go unnoticed (trustpager.md C3).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { echoDifference } from '../../src/vendors/echo.ts';
import type { Json, JsonObject } from '../../src/vendors/types.ts';

test.each<[JsonObject | undefined, Json | undefined]>([
  [{ contact_id: 'c1' }, { contact_id: 'c1' }],
  [
    { a: { b: [1, null] }, c: 'x' },
    { c: 'x', a: { b: [1, null] } },
  ],
  [undefined, undefined],
  [undefined, null],
  [undefined, {}],
  [{}, undefined],
])('%j echoed as %j: nothing to say', (sent, echoed) => {
  expect(echoDifference(sent, echoed)).toBeUndefined();
});

test.each<[JsonObject | undefined, Json | undefined, RegExp]>([
  [{ contact_id: 'c1' }, undefined, /none of the trigger_data.*trustpager_body_key/],
  [{ contact_id: 'c1' }, null, /trustpager_body_key/],
  [{ contact_id: 'c1' }, {}, /trustpager_body_key/],
  [{ contact_id: 'c1' }, 'c1', /not an object/],
  [{ contact_id: 'c1' }, ['c1'], /not an object/],
  [
    { contact_id: 'c1', deal_id: 'd1' },
    { contact_id: 'c1' },
    /^The run shows the trigger_data that was sent without "deal_id"\.$/,
  ],
  [{ contact_id: 'c1' }, { contact_id: 'c2' }, /with other values for "contact_id"\.$/],
  [{ contact_id: 'c1' }, { contact_id: 'c1', x: 1 }, /with "x" besides\.$/],
  [undefined, { x: 1 }, /with "x" besides\.$/],
  [{ a: 1, b: 2 }, { b: 3, c: 4 }, /without "a", with other values for "b", with "c" besides\.$/],
  [Object.fromEntries(Array.from('abcdefg', key => [key, 1])), { z: 1 }, /"e" and 2 more/],
])('%j echoed as %j', (sent, echoed, words) => {
  expect(echoDifference(sent, echoed)).toMatch(words);
});

test('silent exactly where JSON is equal; otherwise one sentence on one line', () => {
  const json = fc.jsonValue() as fc.Arbitrary<Json>;
  fc.assert(
    fc.property(fc.dictionary(fc.string(), json), fc.oneof(json, fc.constant(undefined)), (sent, echoed) => {
      const copy = JSON.parse(JSON.stringify(sent)) as JsonObject;
      expect(echoDifference(copy, JSON.parse(JSON.stringify(copy)))).toBeUndefined();
      const said = echoDifference(copy, echoed);
      if (said !== undefined) expect(said).toMatch(/^The run shows [^\p{Cc}]*\.$/u);
      else
        expect(JSON.stringify(Object.keys(copy).toSorted())).toBe(
          JSON.stringify(Object.keys(Object(echoed ?? {})).toSorted()),
        );
    }),
  );
});
