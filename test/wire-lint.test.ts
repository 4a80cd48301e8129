// The linter notices each thing that some client is known to refuse, and finds nothing of it in what we publish.
import { describe, expect, test } from 'vitest';
import { description, inputSchema, outputSchema } from '../src/server/schema.ts';
import { instructions } from '../src/server/texts.ts';
import { hints } from '../src/tool.ts';
import { catalogue } from '../tools/index.ts';
import { families, lint, lintList, lintTool, type Published, strictly } from './wire-lint.ts';

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

const good: Published = {
  name: 'scrip_do_it',
  title: 'Do it',
  description: 'Do it.',
  inputSchema: object,
  outputSchema: { type: 'object', properties: { outcome: { type: 'string' } }, required: ['outcome'] },
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
};

test('a plain tool is left alone, by the linter and by every family', () => {
  expect(lintTool(good)).toEqual([]);
  for (const family of Object.values(families)) expect(family(good)).toEqual([]);
});

test.each<[rule: string, bad: Partial<Published>]>([
  ['2: a key with a dot in the input', { inputSchema: { type: 'object', properties: { 'a.b': { type: 'string' } } } }],
  ['3: a name of 41 characters', { name: `a${'b'.repeat(40)}` }],
  ['5: a name with a dot', { name: 'scrip.do_it' }],
  ['5: a name with capitals', { name: 'doIt' }],
  ['6: a name that begins with a digit', { name: '2_do' }],
  ['7: a description of 1,001 characters', { description: 'x'.repeat(1_001) }],
  ['7: no description', { description: ' ' }],
  ['18: an optional that may be null', { inputSchema: within({ type: ['string', 'null'] }) }],
  [
    '21: an output that asks for a field of done results',
    {
      outputSchema: {
        type: 'object',
        properties: { outcome: { type: 'string' }, id: { type: 'string' } },
        required: ['outcome', 'id'],
      },
    },
  ],
  [
    '21: an output that asks for one within',
    {
      outputSchema: within({ type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }),
    },
  ],
  ['24: no title', { title: '' }],
  ['24: both reads and destroys', { annotations: { ...good.annotations, readOnlyHint: true } }],
  ['25: a hint that is missing', { annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true } }],
  ['25: a hint that is no boolean', { annotations: { ...good.annotations, openWorldHint: 'yes' } }],
])('%s', (_rule, bad) => {
  expect(lintTool({ ...good, ...bad })).not.toEqual([]);
});

test.each<[rule: string, tools: Published[], instructions: string]>([
  ['8: instructions of 1,501 characters', [good], 'x'.repeat(1_501)],
  [
    '19: more tools than a request may have',
    Array.from({ length: 129 }, (_, n) => ({ ...good, name: `do_${1_000 + n}` })),
    '',
  ],
  ['20: no tool', [], ''],
  [
    '26: an order that is not by name',
    [
      { ...good, name: 'b' },
      { ...good, name: 'a' },
    ],
    '',
  ],
  ['a name twice', [good, good], ''],
  ['a tool that is bad', [{ ...good, name: 'a.b' }], ''],
])('%s', (_rule, tools, text) => {
  expect(lintList(tools, text)).not.toEqual([]);
});

test.each<[family: string, bad: Partial<Published>]>([
  ['Claude', { inputSchema: { oneOf: [object] } }],
  ['Claude', { inputSchema: { type: 'object', properties: { 'a b': { type: 'string' } } } }],
  ['Claude', { name: 'a.b' }],
  ['OpenAI', { description: 'x'.repeat(1_025) }],
  ['OpenAI', { inputSchema: within({ type: 'array' }) }],
  ['OpenAI', { inputSchema: within({ type: 'object' }) }],
  ['Gemini', { name: '1a' }],
  ['Gemini', { inputSchema: within({ type: ['string', 'null'] }) }],
  ['Gemini', { inputSchema: within({ type: 'string', default: '' }) }],
  ['Gemini', { inputSchema: within({ type: 'integer', enum: [1] }) }],
  ['Gemini', { inputSchema: within({ anyOf: [object] }) }],
  ['Gemini', { inputSchema: { type: 'object', properties: { 'a-b': { type: 'string' } } } }],
  ['Cursor', { name: 'a'.repeat(50) }],
  ['Cursor', { inputSchema: within({ type: 'array', items: { anyOf: [object] } }) }],
])('%s refuses %j', (family, bad) => {
  expect(families[family]?.({ ...good, ...bad })).not.toEqual([]);
});

const published: Published[] = catalogue
  .map(tool => ({
    name: tool.name,
    title: tool.title,
    description: description(tool),
    inputSchema: inputSchema(tool),
    outputSchema: outputSchema(tool),
    annotations: hints(tool),
  }))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

describe('what we publish', () => {
  test('breaks no rule', () => expect(lintList(published, instructions(true))).toEqual([]));

  test.each(Object.keys(families))('is taken whole by %s', family => {
    expect(published.filter(tool => families[family]?.(tool).length).map(({ name }) => name)).toEqual([]);
  });

  test('becomes strict as OpenAI wants it, word by word', async () => {
    const strict = Object.fromEntries(published.map(({ name, inputSchema }) => [name, strictly(inputSchema as never)]));
    await expect(`${JSON.stringify(strict, null, 1)}\n`).toMatchFileSnapshot('./__snapshots__/openai-strict.json');
    const closed = (schema: unknown): boolean => {
      const { type, properties, required, additionalProperties, items } = schema as Record<string, never>;
      if (type === 'array' || items) return closed(items);
      if (!properties) return true;
      return (
        additionalProperties === false &&
        Object.keys(properties).join() === String(required) &&
        Object.values(properties).every(closed)
      );
    };
    for (const [name, schema] of Object.entries(strict)) expect([name, closed(schema)]).toEqual([name, true]);
  });
});
