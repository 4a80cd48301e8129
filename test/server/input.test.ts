// Arguments of every kind that no tool takes, made from the published schemas: refused as invalid input, and nothing reaches a vendor.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogue } from '../../tools/index.ts';
import { connect, type Fixture, yes } from '../fixtures.ts';
import { post } from './wire.ts';

interface Schema {
  type: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: string[];
  minimum?: number;
  maximum?: number;
}

/** One fixture for the whole file: what is refused leaves nothing behind. */
let f: Fixture;
const schemas = new Map<string, Schema>();
beforeAll(async () => {
  f = await connect({ person: yes, env: { AUTOMATIONS_CALL_TIMEOUT: '20', AUTOMATIONS_RATE_LIMIT: '100000' } });
  const { tools } = (await f.client.listTools()) as { tools: { name: string; inputSchema: Schema }[] };
  for (const { name, inputSchema } of tools) schemas.set(name, inputSchema);
});
afterAll(() => f.close());

/** Arguments that are right in form, though they name nothing that exists. */
const right: Record<string, unknown> = {
  automation_id: '5c2fffff-0000-4000-8000-000000000001',
  program_id: '5c1fffff-0000-4000-8000-000000000001',
  action_id: 'nobody',
  run_id: 'nobody',
};
function rightOf(name: string): Record<string, unknown> {
  const schema = schemas.get(name);
  return Object.fromEntries(
    (schema?.required ?? []).map(key => {
      const property = schema?.properties?.[key];
      return [
        key,
        right[key] ??
          property?.enum?.[0] ??
          { string: 'x', integer: 1, boolean: true, object: {} }[property?.type ?? ''],
      ];
    }),
  );
}

const refused = (name: string, args: unknown, said: { isError: boolean; structured: unknown; text: string }): void => {
  const what = `${name} ${JSON.stringify(args)?.slice(0, 300)}: ${said.text}`;
  expect(said.structured, what).toMatchObject({ outcome: 'not_sent', code: 'invalid_input' });
  expect(said.isError, what).toBe(true);
  expect(said.text, what).toContain('Nothing was sent, nothing was spent.');
};

const wrong: Record<string, fc.Arbitrary<unknown>> = {
  string: fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string()), fc.object({ maxDepth: 1 })),
  integer: fc.oneof(
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(1.5),
    fc.constant(-1),
    fc.constant(1e308),
    fc.array(fc.integer()),
    fc.constant({}),
  ),
  boolean: fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant([]), fc.constant({})),
  object: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string())),
  array: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant({ a: 1 })),
};

const names = catalogue.map(({ name }) => name);
/** Nothing arrived since the last look. */
async function quiet(): Promise<void> {
  const arrived = (await f.requests()).map(({ method, path }) => `${method} ${path}`);
  await fetch(`${f.sandbox.url}/_twin/requests`, { method: 'DELETE' });
  expect(arrived).toEqual([]);
}

describe('arguments', () => {
  test.each(names)('C5: %s: each of a wrong type is refused unsent', async name => {
    for (const [key, schema] of Object.entries(schemas.get(name)?.properties ?? {}))
      await fc.assert(
        fc.asyncProperty(wrong[schema.type] ?? fc.constant(null), async value => {
          const args = { ...rightOf(name), [key]: value };
          refused(name, args, await f.call(name, args));
        }),
        { numRuns: 5 },
      );
    await quiet();
  });

  test.each(names)('C5: %s: missing, unknown and oversized ones are refused unsent', async name => {
    const schema = schemas.get(name);
    const whole = rightOf(name);
    for (const key of schema?.required ?? []) {
      const { [key]: _, ...rest } = whole;
      refused(name, rest, await f.call(name, rest));
    }
    for (const key of ['confirm', 'force', 'dry_run', 'Automation_id', '', 'a'.repeat(300), 'constructor']) {
      const args = { ...whole, [key]: true };
      const said = await f.call(name, args);
      refused(name, args, said);
      expect(said.text.length).toBeLessThan(2_000);
    }
    const long = 'x'.repeat(70_000);
    for (const [key, { type, enum: words, properties }] of Object.entries(schema?.properties ?? {})) {
      const value =
        type === 'string'
          ? long
          : type === 'object' && !properties
            ? { long }
            : type === 'array'
              ? Array(60).fill({})
              : undefined;
      if (value === undefined) continue;
      const said = await f.call(name, { ...whole, [key]: value });
      refused(name, { key }, said);
      expect(said.text.length, key).toBeLessThan(9_000);
      if (words) refused(name, { key }, await f.call(name, { ...whole, [key]: `${words[0]} ` }));
    }
    await quiet();
  });

  test.each(names)('C5: %s: keys that reach for prototypes are refused and change nothing', async name => {
    // Written by hand, because a literal cannot carry such keys over the wire.
    const whole = JSON.stringify(rightOf(name)).slice(1, -1);
    const more = whole === '' ? '' : `${whole},`;
    for (const text of [
      `{${more}"constructor":{"prototype":{"polluted":true}}}`,
      `{${more}"prototype":{"polluted":true}}`,
      `{${more}"hasOwnProperty":1}`,
      `{${more}"__proto__":{"polluted":true}}`,
    ]) {
      const reply = await post(f.url ?? '', { name, arguments: JSON.parse(text) });
      refused(name, text, reply.said);
    }
    // Also where the fields are free: what is asked for goes out whole, or not at all.
    for (const [argument, { type }] of Object.entries(schemas.get(name)?.properties ?? {}))
      for (const key of ['__proto__', 'constructor', 'prototype']) {
        const inner = `{"a":[{},{"${key}":{"polluted":true}}]}`;
        const value = type === 'object' ? inner : type === 'array' ? `[${inner}]` : undefined;
        if (value === undefined) continue;
        const { said } = await post(f.url ?? '', { name, arguments: JSON.parse(`{${more}"${argument}":${value}}`) });
        refused(name, value, said);
        expect(said.text).toContain(`unknown argument "${key}" in ${argument}.`);
      }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    await quiet();
  });

  test.each([
    ['http', 'modern'],
    ['http', 'legacy'],
    ['http', 'v1'],
    ['stdio', 'modern'],
    ['stdio', 'legacy'],
  ] as const)('C5: a key __proto__ is refused over %s by a %s client', async (transport, era) => {
    await using g = await connect({ transport, era, sandbox: f.sandbox });
    const said = await g.call('trustpager_list_automations', JSON.parse('{"__proto__":{"limit":1}}'));
    refused('trustpager_list_automations', '__proto__', said);
    expect(said.text).toContain('unknown argument "__proto__"');
    await quiet();
  });

  test('P16: arguments that are nested deeper than any answer may be are refused unsent', async () => {
    // Over HTTP the whole message is refused already.
    await using g = await connect({ transport: 'stdio', sandbox: f.sandbox });
    const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
    const said = (depth: number) =>
      g.call('trustpager_trigger_automation', { automation_id: 'nobody', trigger_data: nested(depth) });
    for (const depth of [64, 500]) {
      refused('nested', depth, await said(depth));
      expect((await said(depth)).text).toContain('nested deeper than 64');
    }
    await quiet();
    expect((await said(63)).structured.code).toBe('not_found');
    await fetch(`${f.sandbox.url}/_twin/requests`, { method: 'DELETE' });
  });

  test.each(names)('C5: %s: whatever is no object of arguments is refused', async name => {
    for (const args of [[], 'text', 5, true, [{ automation_id: 'x' }]]) {
      const reply = await post(f.url ?? '', { name, arguments: args as never });
      if (reply.error) expect(reply.error.code).toBe(-32602);
      else refused(name, args, reply.said);
    }
    await quiet();
  });

  test('C6: ids that would leave their place in a path are refused unsent', async () => {
    const ids = [
      '..',
      '../x',
      'a/b',
      'a%2fb',
      'a?b',
      'a#b',
      '.',
      '',
      ' ',
      'a b',
      'a\u0000b',
      '‮abc',
      'https://x',
      '5c200000-0000-4000-8000-000000000001/trigger',
    ];
    for (const name of names)
      for (const key of Object.keys(schemas.get(name)?.properties ?? {}).filter(
        key => key in right || key === 'intent_id',
      ))
        for (const id of ids) {
          const args = { ...rightOf(name), [key]: id };
          refused(name, args, await f.call(name, args));
        }
    await quiet();
  });

  test('an unknown tool is a protocol error that names the nearest one', async () => {
    for (const [name, near] of [
      ['scrip_trigger_automations', 'scrip_trigger_automation'],
      ['SCRIP_TRIGGER_AUTOMATION', 'scrip_trigger_automation'],
      ['constructor', ''],
      ['__proto__', ''],
      ['toString', ''],
      ['x'.repeat(5_000), ''],
    ] as const) {
      const reply = await post(f.url ?? '', { name, arguments: {} });
      expect(reply.error?.code, name.slice(0, 40)).toBe(-32602);
      expect(reply.error?.message).toContain(near);
      expect(reply.error?.message.length).toBeLessThan(300);
    }
    await quiet();
  });
});

test('a tool that needs no arguments is called without any', async () => {
  const { said } = await post(f.url ?? '', { name: 'list_connections' });
  expect(said.structured.outcome).toBe('done');
  refused('scrip_get_automation', undefined, (await post(f.url ?? '', { name: 'scrip_get_automation' })).said);
});
