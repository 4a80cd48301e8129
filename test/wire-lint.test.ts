// The linter of published schemas notices each thing that some client is known to refuse.
import { expect, test } from 'vitest';
import { lint } from './wire-lint.ts';

const within = (inner: unknown) => ({ type: 'object', properties: { field: inner } });
const object = { type: 'object', properties: {} };

test.each<[rule: string, schema: unknown]>([
  ['1: a union at the top', { oneOf: [object, object] }],
  ['1: a union beside an object', { ...object, anyOf: [object] }],
  ['1: no object at the top', { type: 'string' }],
  ['2: a key with a dollar', { type: 'object', properties: { $where: { type: 'string' } } }],
  ['2: a key with capitals', { type: 'object', properties: { runId: { type: 'string' } } }],
  ['2: a key that is too long', { type: 'object', properties: { [`a${'b'.repeat(40)}`]: { type: 'string' } } }],
  ['7: a description that is too long', within({ type: 'string', description: 'x'.repeat(1_001) })],
  ['9: an array without items', within({ type: 'array' })],
  ['10: an object without properties', within({ type: 'object' })],
  ['11: a format', within({ type: 'string', format: 'uri' })],
  ['11: patternProperties', { ...object, patternProperties: { '^x': { type: 'string' } } }],
  ['11: propertyNames', within({ ...object, propertyNames: { type: 'string' } })],
  ['11: not', within({ not: { type: 'string' } })],
  ['12: a list of types', within({ type: ['string', 'null'] })],
  ['12: null', within({ type: 'null' })],
  ['13: an enum of numbers', within({ type: 'integer', enum: [1, 2] })],
  ['13: a constant', within({ type: 'number', const: 5 })],
  ['14: a boolean as a property', within(true)],
  ['14: a boolean as items', within({ type: 'array', items: false })],
  ['14: a tuple', within({ type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'string' } })],
  ['15: $schema', { ...object, $schema: 'https://json-schema.org/draft/2020-12/schema' }],
  ['15: a default', within({ type: 'string', default: 'x' })],
  ['15: a title', within({ type: 'string', title: 'X' })],
  ['15: additionalProperties', { ...object, additionalProperties: false }],
  ['16: a union within items', within({ type: 'array', items: { anyOf: [{ type: 'string' }] } })],
  ['16: an array of arrays', within({ type: 'array', items: { type: 'array', items: { type: 'string' } } })],
  ['17: a reference', within({ $ref: '#' })],
  ['17: too deep', within(within(within(within(within(object)))))],
  ['nothing typed', within({})],
  ['requires what is not there', { ...object, required: ['x'] }],
])('%s', (_rule, schema) => {
  expect(lint(schema, 'it')).not.toEqual([]);
});

test('a plain schema is left alone', () => {
  const schema = {
    type: 'object',
    properties: {
      name: { type: 'string', description: 'Its name.' },
      kind: { type: 'string', enum: ['a', 'b'] },
      rows: { type: 'array', items: { type: 'object', properties: { id: { type: 'string' } } } },
      free: object,
    },
    required: ['name'],
  };
  expect(lint(schema, 'it')).toEqual([]);
});
