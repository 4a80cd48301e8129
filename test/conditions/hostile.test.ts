// Conditions and arguments that mean harm: deep, long, multiplying, catastrophic. Each is refused, by steps that are counted, and costs next to nothing.
import { celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile, longest } from '../../src/conditions/compile.ts';
import { steps } from '../../src/conditions/steps.ts';
import { decide } from '../../src/policy/policy.ts';
import type { JsonObject } from '../../src/vendors/types.ts';
import { facts, rule, settings } from '../policy/facts.ts';

/** Milliseconds of this process's own work, the least of several tries: what else runs on the machine does not count. */
async function cost(work: () => unknown, tries = 8): Promise<number> {
  const spent: number[] = [];
  for (let n = 0; n < tries; n++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    spent.push((user + system) / 1_000);
  }
  return Math.min(...spent);
}
const bound = 50;

const list = Array.from({ length: 1_000 }, (_, n) => `item ${n}`);
const hostile: JsonObject = {
  list,
  text: 'ab'.repeat(40_000),
  table: Array.from({ length: 60 }, () => Array.from({ length: 60 }, (_, n) => n)),
  deep: JSON.parse(`${'{"a":'.repeat(60)}1${'}'.repeat(60)}`),
};

async function compiled(text: string) {
  const made = await compile(text);
  if ('mistakes' in made) throw new Error(JSON.stringify(made.mistakes));
  return made.condition;
}

describe('P13 P16: what costs too much to judge refuses', () => {
  const dear = [
    'arguments.list.all(a, arguments.list.all(b, a != "x" || b != "x"))',
    'arguments.list.exists(a, arguments.list.exists(b, a == "x" && b == "x"))',
    'arguments.list.all(a, arguments.list.all(b, true))',
    'arguments.list.exists(a, arguments.list.exists(b, false))',
    'arguments.table.all(row, row.all(cell, cell >= 0))',
    'arguments.list.all(a, arguments == arguments)',
    'arguments.list.all(a, a in arguments.list)',
    'arguments.list.all(a, !arguments.text.contains(a))',
    'arguments.list.all(a, arguments.text.size() > 3)',
    'arguments.list.all(a, arguments.text != "x")',
    'arguments.text.matches("(a+)+$")',
    'arguments.text.matches("(a|aa)*c")',
    'arguments.text.matches("(.*a){12}")',
    'arguments.list.all(a, !a.matches("(x?){20}y"))',
    `arguments.list.all(a, ${'true && '.repeat(100)}true)`,
    `arguments.list.all(a, ${'a.matches("(a|b|c)*z") || '.repeat(20)}true)`,
    `[${'1,'.repeat(200)}1].all(a, arguments.list.exists(b, true))`,
    // An error at every turn, and one that a later part would pass over.
    'arguments.list.exists(a, arguments.list.exists(b, a == b.x))',
    'arguments.list.exists(a, arguments.list.exists(b, int(b) > 3 || b.x || b.y))',
    'arguments.list.all(a, arguments.list.all(b, true)) || true',
    '!arguments.list.all(a, arguments.list.all(b, true)) && false',
    'true ? arguments.list.all(a, arguments.list.all(b, true)) : true',
  ];

  test.each(dear)('%s', async text => {
    const { holds } = await compiled(text);
    const call = facts({ arguments: hostile });
    expect(() => holds(call)).toThrow('it costs too much to judge');
    for (const verdict of ['allow', 'ask', 'deny'] as const)
      expect(
        decide({ ...call, settings: settings({ rules: [rule({ name: 'mine', verdict, holds })] }) }),
      ).toMatchObject({ verdict: 'deny', rule: 'mine', code: 'denied_by_policy' });
    // And the next call pays for itself alone.
    expect(() => holds(facts({ arguments: { list: ['x'], table: [[1]], text: 'a', deep: 1 } }))).not.toThrow();
    expect(await cost(() => decideQuietly(() => holds(facts({ arguments: { ...hostile } }))))).toBeLessThan(bound);
  });

  const decideQuietly = (work: () => unknown): void => {
    try {
      work();
    } catch {
      // That it refuses is told above.
    }
  };

  test.each<[string, JsonObject]>([
    ['many values', { list: Array.from({ length: 6_000 }, () => 1) }],
    ['many names', Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`n${n}`, 1]))],
    ['long texts', { text: 'a'.repeat(250_000) }],
    ['long names', { ['a'.repeat(250_000)]: 1 }],
    ['deeper than any stack', nested(20_000)],
  ])('arguments of %s are too long to look into; who does not look is not hindered', async (_what, args) => {
    const { holds } = await compiled('has(arguments.x)');
    expect(() => holds(facts({ arguments: args }))).toThrow();
    expect((await compiled('tool != "x"')).holds(facts({ arguments: args }))).toBe(true);
    expect(await cost(() => decideQuietly(() => holds(facts({ arguments: { ...args } }))))).toBeLessThan(bound);
  });

  test('what is usual is far below', async () => {
    const { holds } = await compiled('arguments.list.exists_one(a, a == "item 999")');
    expect(holds(facts({ arguments: { list } }))).toBe(true);
    expect(steps).toBeGreaterThan(list.length * 10);
  });
});

/** A list in a list, and so on; JSON.parse itself cannot make it. */
function nested(depth: number): JsonObject {
  let inner: unknown = 1;
  for (let n = 0; n < depth; n++) inner = [inner];
  return { inner } as JsonObject;
}

describe('texts that mean harm are read in time', () => {
  const long = (part: string, end = '') => part.repeat(Math.floor((longest - end.length) / part.length)) + end;
  test.each<[string, string]>([
    ['brackets', '('.repeat(30)],
    ['closed brackets', `${'('.repeat(30)}true${')'.repeat(30)}`],
    ['more brackets', long('(')],
    ['lists', '['.repeat(30)],
    ['maps', '{1:'.repeat(30)],
    ['calls', 'f('.repeat(30)],
    ['indices', 'a['.repeat(30)],
    ['loops', '[1].all(x,'.repeat(30)],
    ['loops in full', `${'[1].all(x,'.repeat(30)}true${')'.repeat(30)}`],
    ['signs', long('!', 'true')],
    ['minuses', long('-', '1')],
    ['fields', long('.a', '')],
    ['ands', long('true&&', 'true')],
    ['choices', long('true?true:', 'true')],
    ['half choices', long('true?', 'true')],
    ['sums', long('1+', '1 > 0')],
    ['blanks', `true${' '.repeat(longest - 5)}x`],
    ['backslashes', `"${'\\'.repeat(longest - 1)}`],
    ['quotes', long('"')],
    ['comments', long('//')],
    ['digits', long('1')],
    ['exponents', `1e${'9'.repeat(longest - 2)}`],
    ['lines', long('\n', 'true')],
    ['a long list', `"x" in [${'"a",'.repeat(200)}"b"]`],
    ['a long pattern', `tool.matches("${'(a|b)*'.repeat(150)}")`],
    ['a pattern that unrolls', 'tool.matches("((a{1,99}){1,99}){1,99}")'],
    ['a pattern that fails late', `tool.matches("${'(a?)'.repeat(100)}${'a'.repeat(100)}")`],
    ['far too long', 'x'.repeat(1_000_000)],
  ])('%s', async (_what, text) => {
    await compile(text);
    expect(await cost(() => compile(text), 5)).toBeLessThan(bound);
  });
});

test('errors are made without a trace, which would cost most of all, and only there', async () => {
  const { holds } = await compiled('arguments.list.exists(a, int(a) > 3)');
  const before = Error.stackTraceLimit;
  const set: number[] = [];
  Object.defineProperty(Error, 'stackTraceLimit', {
    configurable: true,
    get: () => set.at(-1) ?? before,
    set: (limit: number) => set.push(limit),
  });
  try {
    expect(holds(facts({ arguments: { list } }))).toBeUndefined();
  } finally {
    Object.defineProperty(Error, 'stackTraceLimit', { configurable: true, writable: true, value: before });
  }
  expect(set).toEqual([0, before]);
});

test('counting steps changes no answer: the engine alone says the same', async () => {
  const value = fc.constantFrom('1', '2', 'n', 'm', '"a"', 't', 'true', 'b');
  const small = fc.oneof(
    fc.tuple(value, fc.constantFrom('==', '!=', '<', '>='), value).map(parts => parts.join(' ')),
    fc.constantFrom('b', 'true', 'false', 'has(o.x)', 'has(o.y)', '"a" in l', 't.contains("a")', 't.matches("a+")'),
    fc.constantFrom(
      'l.all(x, x == t)',
      'l.exists(x, x < "b")',
      'l.exists_one(x, x == "a")',
      'size(l) == 2',
      'o.y == 1',
    ),
  );
  const written = fc
    .array(fc.tuple(small, fc.constantFrom(' && ', ' || ', ' ? b : ')), { minLength: 1, maxLength: 5 })
    .map(parts => `${parts.map(([text, join]) => `(${text})${join}`).join('')}true`);
  const env = celEnv();
  const inner = { n: 1n, m: 2n, t: 'a', b: false, l: ['a', 'b'], o: { x: 1n } };
  await fc.assert(
    fc.asyncProperty(written, async text => {
      const alone = plan(env, parse(text))(inner);
      const ours = text
        .replace(/\b([nmtblo])\b(?=[^"]*(?:"[^"]*"[^"]*)*$)/g, 'arguments.$1')
        .replaceAll('has(arguments.o', 'has(arguments.o');
      const made = await compile(ours);
      // What can never hold is refused before it is asked.
      if ('mistakes' in made) return;
      const said = made.condition.holds(
        facts({ arguments: { n: 1, m: 2, t: 'a', b: false, l: ['a', 'b'], o: { x: 1 } } }),
      );
      expect(said).toBe(isCelError(alone) || typeof alone !== 'boolean' ? undefined : alone);
    }),
    { numRuns: 400 },
  );
});
