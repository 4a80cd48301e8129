// One look at the whole text of a value finds a secret wherever a look at each of its strings would.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redactor } from '../../src/redact.ts';
import { masked } from '../../src/server/masked.ts';

const secrets = ['tp_live_0123456789abcdef', 'a "quoted"\nsecret/\\ é', '1234567890'];
const redact = redactor(secrets);

/** As the look at each string does it. */
const each = (value: unknown): unknown =>
  typeof value === 'string'
    ? redact(value)
    : Array.isArray(value)
      ? value.map(each)
      : value && typeof value === 'object'
        ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [redact(key), each(inner)]))
        : value;

const forms = secrets.flatMap(secret => [
  secret,
  secret.toUpperCase(),
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('hex'),
]);
const around = fc.string({ unit: 'binary', maxLength: 3 });
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.tuple(around, fc.constantFrom(...forms, 'sk_0123456789abcdefghij'), around).map(parts => parts.join('')),
);
const value = fc.letrec(tie => ({
  any: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.constantFrom(null, true),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(text, tie('any'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).any;

test('nothing that a look at each string masks is left by the look at the whole', () => {
  fc.assert(
    fc.property(value, given => {
      expect(masked(given, redact)).toEqual(each(given));
    }),
    { numRuns: 500 },
  );
});

test('what holds no secret is given back as it is, with what JSON leaves out', () => {
  const plain = { a: [1, 'two', { three: undefined }] };
  expect(masked(plain, redact)).toBe(plain);
  expect(masked(undefined, redact)).toBe(undefined);
});
