// The order of the gates: what an earlier one refuses, no later one looks at; and a rule that throws refuses.
import { describe, expect, test } from 'vitest';
import { builtIn, builtInWords, decide, type Facts, refusedUnread, type Settings } from '../../src/policy/policy.ts';
import type { Effect } from '../../src/tool.ts';
import { check, facts, LIMITS, quoteOf, settings } from './facts.ts';

type Over = Partial<Omit<Facts, 'settings'>> & { settings?: Partial<Settings> };
const withOver = ({ settings: set, ...over }: Over): Facts => facts({ ...over, settings: settings(set) });

/** Facts that each gate stops at, earliest first. */
const stops: [string, Over][] = [
  ['stopped', { stop: 'the operator said so' }],
  ['read-only', { settings: { readOnly: true } }],
  ['no-spend', { settings: { noSpend: true } }],
  ['scope', { connection: { ...facts().connection, scopes: [] } }],
  ['precondition', { checks: [check(false)] }],
  [
    'budget',
    {
      settings: { budgets: [{ name: 'none', per: 'call', ceilings: { calls: { hard: 0 } } }] },
      used: { 'none.calls.hard': 0 },
    },
  ],
  ['quote', { quote: quoteOf(LIMITS.credits) }],
  ['defaults', {}],
];

/** What a gate may look at beyond the gates before it. */
const looksAt: Record<string, (keyof Facts)[]> = {
  stopped: ['writes', 'stop'],
  'read-only': ['settings', 'narrowed', 'principal', 'tool'],
  'no-spend': ['effect', 'effects'],
  scope: ['needs', 'connection'],
  precondition: ['checks'],
  // What asks is looked at together, because the strictest counts.
  budget: [
    ...(['effect', 'stops', 'quote', 'audience', 'unsettled', 'balance', 'balance_at'] as const),
    ...(['principal', 'target', 'now', 'used', 'frees_at'] as const),
  ],
  quote: [],
  defaults: [],
};

/** Records what is looked at. */
function watched(over: Over): { facts: Facts; seen: Set<string> } {
  const seen = new Set<string>();
  const watching = new Proxy(withOver(over), {
    get(target, key, receiver) {
      seen.add(String(key));
      return Reflect.get(target, key, receiver);
    },
  });
  return { facts: watching, seen };
}

describe('P10: order of gates', () => {
  test.each(stops.map(([rule], at) => ({ rule, at })))('$rule decides over everything after it', ({ rule, at }) => {
    const over = stops.slice(at).map(([, over]) => over);
    const all = Object.assign({}, ...over, { settings: Object.assign({}, ...over.map(({ settings }) => settings)) });
    expect(decide(withOver(all)).rule).toBe(rule);
  });

  test.each(stops.map(([rule, over], at) => ({ rule, over, at })))(
    'what $rule stops is not looked at by a later gate',
    ({ over, at }) => {
      const { facts, seen } = watched(over);
      decide(facts);
      const may = stops.slice(0, at + 1).flatMap(([rule]) => looksAt[rule] ?? []);
      expect([...seen].filter(field => !may.includes(field as keyof Facts))).toEqual([]);
    },
  );

  test('what needs no read looks at nothing that only a read can tell', () => {
    const { facts, seen } = watched({});
    expect(refusedUnread(facts)).toBeUndefined();
    for (const field of ['checks', 'quote', 'audience', 'effect', 'unsettled']) expect(seen).not.toContain(field);
  });

  test('both ways of asking agree on the gates that need no read', () => {
    for (const [rule, over] of stops.slice(0, 4)) {
      expect(refusedUnread(withOver(over))).toEqual(decide(withOver(over)));
      expect(refusedUnread(withOver(over))?.rule).toBe(rule);
    }
    for (const [, over] of stops.slice(4)) expect(refusedUnread(withOver(over))).toBeUndefined();
  });
});

describe('the built-in rules', () => {
  test('have these names, which no rule of the operator’s may have', () => {
    expect(builtIn).toEqual([
      'stopped',
      'read-only',
      'no-spend',
      'scope',
      'precondition',
      'unsettled',
      'budget',
      'operator',
      'quote',
      'insecure_auto_approve',
      'defaults',
    ]);
  });

  test('each say what they say, whether it decides or not', () => {
    const words = (over: Over) =>
      builtInWords(withOver(over)).map(({ rule, said }) => [rule, said?.verdict, said?.rule]);
    const silent = builtIn.filter(rule => rule !== 'operator' && rule !== 'defaults');
    expect(words({})).toEqual([...silent.map(rule => [rule, undefined, undefined]), ['defaults', 'ask', 'defaults']]);
    const loud = builtInWords(
      withOver(Object.assign({}, ...stops.map(([, over]) => over), { settings: { readOnly: true } })),
    );
    expect(loud.find(({ rule }) => rule === 'stopped')?.said).toMatchObject({ verdict: 'deny', rule: 'stopped' });
    expect(loud.find(({ rule }) => rule === 'quote')?.said).toMatchObject({ verdict: 'ask_human', rule: 'quote' });
    expect(builtInWords({ ...facts(), checks: undefined } as unknown as Facts)[4]).toMatchObject({
      rule: 'precondition',
      said: { verdict: 'deny' },
    });
    for (const one of builtInWords(withOver({}))) expect('said' in one).toBe(one.rule === 'defaults');
  });
});

const throwing = {
  toString() {
    throw new Error('no');
  },
};

describe('P13: a rule that throws refuses', () => {
  test.each<[string, Partial<Record<keyof Facts, unknown>>]>([
    ['read-only', { settings: undefined }],
    ['scope', { connection: undefined }],
    ['scope', { connection: { ...facts().connection, scopes: ['admin'] }, needs: undefined }],
    ['precondition', { checks: undefined }],
    ['precondition', { checks: [null] }],
    ['budget', { quote: undefined }],
    ['budget', { quote: { ...quoteOf(0), unknown: undefined } }],
    ['budget', { settings: { ...settings(), budgets: undefined } }],
    ['budget', { settings: { ...settings(), unknownCountsAs: undefined } }],
    ['quote', { settings: { ...settings(), humanAbove: undefined } }],
    ['operator', { settings: { ...settings(), rules: undefined } }],
    ['defaults', { effect: throwing }],
  ])('%s, with %j', (rule, over) => {
    expect(decide({ ...facts(), ...over } as Facts)).toEqual({
      verdict: 'deny',
      rule,
      code: 'denied_by_policy',
      reason: `The rule "${rule}" could not judge this call, so it is refused.`,
    });
  });

  test.each<keyof Facts>(['writes', 'settings', 'needs', 'connection', 'checks', 'effect', 'quote'])(
    'whichever rule it is that cannot read %s',
    field => {
      const broken = facts({ connection: { ...facts().connection, scopes: ['admin'] } });
      Object.defineProperty(broken, field, {
        get() {
          throw new Error('gone');
        },
      });
      expect(decide(broken)).toMatchObject({ verdict: 'deny', code: 'denied_by_policy' });
    },
  );

  test('a later rule gets no say after one that threw', () => {
    const broken = { ...facts({ effect: 'read' as Effect }), checks: undefined } as unknown as Facts;
    expect(decide(broken).rule).toBe('precondition');
  });

  test('the error’s own words, which may hold anything, do not appear', () => {
    const broken = facts();
    Object.defineProperty(broken, 'checks', {
      get() {
        throw new Error('sk_live_0123456789abcdef');
      },
    });
    expect(JSON.stringify(decide(broken))).not.toContain('sk_live');
  });
});
