// Properties: whatever is added to a call's facts can only tighten the verdict, never loosen it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Budget, units } from '../../src/policy/budget-limits.ts';
import { type OperatorRule, strictness } from '../../src/policy/operator.ts';
import { decide, type Facts } from '../../src/policy/policy.ts';
import { inBoth } from '../../src/policy/scope.ts';
import { type Capability, effects } from '../../src/tool.ts';
import { check, facts, quoteOf, rule, settings, usedBy } from './facts.ts';

const known = [
  'admin',
  'automations:read',
  'automations:write',
  'automations:write-approval',
  'automations:trigger',
  'automations-trigger:trigger',
  'automations:delete',
  'billing:read',
];
const capabilities: Capability[] = [
  'automations:read',
  'automations:write',
  'automations:trigger',
  'automations:delete',
];

const size = fc.oneof(fc.nat(1_200), fc.double({ min: 0, noNaN: true }));

const anyRule: fc.Arbitrary<OperatorRule> = fc
  .record({
    name: fc.stringMatching(/^[a-z]{8}$/),
    verdict: fc.constantFrom('allow' as const, 'ask' as const, 'ask_human' as const, 'deny' as const),
    holds: fc.constantFrom(
      () => true,
      () => false,
      () => undefined,
    ),
    stops: fc.boolean(),
    ceilings: fc.record({ credits: fc.nat(1_000), calls: fc.nat(3) }),
  })
  .map(({ stops, ceilings, ...it }) =>
    rule({
      ...it,
      ...(stops && it.verdict === 'deny' ? { stops: true } : {}),
      ...(it.verdict === 'allow' ? { ceilings } : {}),
    }),
  );

const anyCeiling = fc.record({ soft: fc.nat(20), hard: fc.nat(40) }, { requiredKeys: [] });
const anyBudgets: fc.Arbitrary<Budget[]> = fc
  .array(
    fc.record({
      per: fc.constantFrom('call', 'hour', 'day'),
      credits: anyCeiling,
      calls: anyCeiling,
      people: anyCeiling,
    }),
    {
      maxLength: 2,
    },
  )
  .map(list => list.map(({ per, ...ceilings }, n) => ({ name: `b${n}`, per, ceilings })));

/** What is used of every limit there may be. */
const usedOf = (budgets: readonly Budget[], amount: number): Record<string, number> =>
  Object.fromEntries([
    ['keep_credits', amount],
    ...budgets.flatMap(({ name }) =>
      units.flatMap(unit => ['soft', 'hard'].map(kind => [`${name}.${unit}.${kind}`, amount])),
    ),
  ]);

const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    tool: fc.string({ minLength: 1, maxLength: 40 }),
    writes: fc.boolean(),
    needs: fc.subarray(capabilities),
    scopes: fc.option(fc.subarray(known), { nil: undefined }),
    readOnly: fc.boolean(),
    credits: fc.nat(1_000),
    limit: fc.nat(1_000),
    effect: fc.constantFrom(...effects),
    checks: fc.array(fc.boolean(), { maxLength: 3 }),
    high: size,
    unknown: fc.array(fc.string(), { maxLength: 2 }),
    people: fc.option(size, { nil: undefined }),
    unsettled: fc.boolean(),
    stops: fc.boolean(),
    rules: fc.array(anyRule, { maxLength: 3 }),
    used: fc.nat(3),
    budgets: anyBudgets,
    counts: fc.option(fc.nat(20), { nil: undefined }),
  })
  .map(
    ({
      tool,
      writes,
      needs,
      scopes,
      readOnly,
      credits,
      limit,
      effect,
      checks,
      high,
      unknown,
      people,
      unsettled,
      stops,
      rules,
      used,
      budgets,
      counts,
    }) =>
      facts({
        tool,
        writes,
        needs,
        connection: { id: 'here', vendor: 'trustpager', environment: 'sandbox', ...(scopes ? { scopes } : {}) },
        settings: settings({
          readOnly,
          humanAbove: { credits, people: limit },
          rules,
          budgets,
          unknownCountsAs: counts === undefined ? {} : { credits: counts },
        }),
        used: { ...usedBy(rules, used), ...usedOf(budgets, used) },
        ...(stops ? { stops } : {}),
        effect,
        checks: checks.map(pass => check(pass)),
        quote: quoteOf(high, unknown),
        ...(people === undefined ? {} : { audience: { note: 'them', people } }),
        ...(unsettled ? { unsettled: { intent_id: 'f'.repeat(32), at: 1 } } : {}),
      }),
  );

/** Ways to make a call worse. */
const worse: Record<string, (facts: Facts, n: number) => Facts> = {
  'a failing check': it => ({ ...it, checks: [...it.checks, check(false, 'late')] }),
  'a passing check': it => ({ ...it, checks: [check(true), ...it.checks] }),
  'a price that nobody knows': it => ({ ...it, quote: { ...it.quote, unknown: [...it.quote.unknown, 'who knows'] } }),
  'a higher quote': (it, n) => ({ ...it, quote: { ...it.quote, high: it.quote.high + n } }),
  'a quote that is no number': it => ({ ...it, quote: { ...it.quote, high: Number.NaN } }),
  'more people': (it, n) => ({ ...it, audience: { note: 'more', people: (it.audience?.people ?? 0) + n } }),
  'an attempt that nobody could settle': it => ({ ...it, unsettled: { intent_id: 'a'.repeat(32), at: 2 } }),
  'read-only mode': it => ({ ...it, settings: { ...it.settings, readOnly: true } }),
  'no-spend mode': it => ({ ...it, settings: { ...it.settings, noSpend: true } }),
  'a principal who only reads': it => ({ ...it, narrowed: { ...it.narrowed, readOnly: true } }),
  'a principal who spends nothing': it => ({ ...it, narrowed: { ...it.narrowed, noSpend: true } }),
  'a principal who is granted little': (it, n) => ({
    ...it,
    narrowed: { ...it.narrowed, scopes: inBoth(it.narrowed?.scopes ?? ['admin'], known.slice(n % known.length)) },
  }),
  'one more budget': (it, n) => {
    const ceiling = n % 2 === 0 ? { hard: n % 9 } : { soft: n % 9 };
    const more: Budget = { name: 'more', per: 'day', ceilings: { credits: ceiling, calls: ceiling, people: ceiling } };
    const budgets = [...it.settings.budgets.filter(({ name }) => name !== 'more'), more];
    if (budgets.length === it.settings.budgets.length) return it;
    return { ...it, settings: { ...it.settings, budgets }, used: { ...usedOf([more], 1), ...it.used } };
  },
  'lower limits in budgets': (it, n) => ({
    ...it,
    settings: {
      ...it.settings,
      budgets: it.settings.budgets.map(({ ceilings, ...budget }) => ({
        ...budget,
        ceilings: Object.fromEntries(
          Object.entries(ceilings).map(([unit, { soft = 99, hard = 99 }]) => [
            unit,
            { soft: soft - n, hard: hard - n },
          ]),
        ),
      })),
    },
  }),
  'credits to keep, more of them': (it, n) => ({
    ...it,
    settings: { ...it.settings, keepCredits: (it.settings.keepCredits ?? 0) + n },
  }),
  'credits that are gone': (it, n) => ({ ...it, balance: (it.balance ?? 50) - n, balance_at: 1 }),
  'nobody who says what the unknown counts as': it => ({ ...it, settings: { ...it.settings, unknownCountsAs: {} } }),
  'a lower limit on credits': (it, n) => ({
    ...it,
    settings: {
      ...it.settings,
      humanAbove: { ...it.settings.humanAbove, credits: it.settings.humanAbove.credits - n },
    },
  }),
  'a lower limit on people': (it, n) => ({
    ...it,
    settings: { ...it.settings, humanAbove: { ...it.settings.humanAbove, people: it.settings.humanAbove.people - n } },
  }),
  'one more rule that refuses or asks': (it, n) => ({
    ...it,
    settings: {
      ...it.settings,
      rules: [
        ...it.settings.rules,
        rule({ name: 'another', verdict: (['ask', 'ask_human', 'deny'] as const)[n % 3] ?? 'deny' }),
      ],
    },
  }),
  'a rule that cannot be judged': it => ({
    ...it,
    settings: {
      ...it.settings,
      rules: it.settings.rules.map(rule => ({
        ...rule,
        holds() {
          throw new Error('too dear');
        },
      })),
    },
  }),
  'a rule that cannot be told': it => ({
    ...it,
    settings: {
      ...it.settings,
      rules: it.settings.rules.map(rule => ({
        ...rule,
        // One that cannot be judged stays so.
        holds: facts => void rule.holds(facts),
      })),
    },
  }),
  'a standing approval that does not apply': it => ({
    ...it,
    settings: {
      ...it.settings,
      rules: it.settings.rules.map(rule =>
        rule.verdict === 'allow' ? { ...rule, holds: facts => rule.holds(facts) === null } : rule,
      ),
    },
  }),
  'more that was used': (it, n) => ({
    ...it,
    used: Object.fromEntries(Object.entries(it.used ?? {}).map(([name, amount]) => [name, amount + n])),
  }),
  'use that nobody counted': it => ({ ...it, used: {} }),
  'lower ceilings': (it, n) => {
    const rules = it.settings.rules.map(({ ceilings, ...rule }) => ({
      ...rule,
      ...(ceilings ? { ceilings: { credits: ceilings.credits - n, calls: ceilings.calls } } : {}),
    }));
    return { ...it, settings: { ...it.settings, rules }, used: usedBy(rules, Object.values(it.used ?? {})[0]) };
  },
  'one scope less': (it, n) => {
    const scopes = it.connection.scopes ?? known;
    return { ...it, connection: { ...it.connection, scopes: scopes.filter((_, at) => at !== n % scopes.length) } };
  },
  'scopes declared at all': (it, n) => ({
    ...it,
    connection: { ...it.connection, scopes: it.connection.scopes ?? known.slice(0, n % known.length) },
  }),
  'one more need': (it, n) => ({ ...it, needs: [...it.needs, capabilities[n % 4] ?? 'automations:delete'] }),
  'a worse effect': (it, n) => {
    const worse = effects[Math.min(effects.length - 1, effects.indexOf(it.effect) + (n % 3))] ?? 'delete';
    // Taking something away spends nothing.
    return { ...it, effect: it.settings.noSpend && worse === 'delete' ? it.effect : worse };
  },
};

describe('P11 C7: facts can only tighten', () => {
  test.each(Object.entries(worse))('%s', (_name, make) => {
    fc.assert(
      fc.property(anyFacts, fc.nat(2_000), (before, n) => {
        const [loose, tight] = [decide(before), decide(make(before, n))];
        expect(strictness[tight.verdict]).toBeGreaterThanOrEqual(strictness[loose.verdict]);
      }),
      { numRuns: 400 },
    );
  });

  test('any of them, one after the other', () => {
    fc.assert(
      fc.property(
        anyFacts,
        fc.array(fc.tuple(fc.constantFrom(...Object.values(worse)), fc.nat(500)), { minLength: 1, maxLength: 6 }),
        (start, steps) => {
          let [now, rank] = [start, strictness[decide(start).verdict]];
          for (const [make, n] of steps) {
            now = make(now, n);
            const next = strictness[decide(now).verdict];
            expect(next).toBeGreaterThanOrEqual(rank);
            rank = next;
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  test('the verdict is the same every time, and the facts are left as they were', () => {
    fc.assert(
      fc.property(anyFacts, before => {
        const copy = { ...structuredClone({ ...before, settings: undefined }), settings: { ...before.settings } };
        const order = [...before.settings.rules];
        expect(decide(before)).toEqual(decide(before));
        expect(before).toEqual(copy);
        expect(before.settings.rules).toEqual(order);
      }),
    );
  });

  test('what a call says of itself beyond the facts changes nothing', () => {
    fc.assert(
      fc.property(anyFacts, fc.dictionary(fc.string(), fc.jsonValue()), (before, said) => {
        const names = Object.keys(before);
        const extra = Object.fromEntries(Object.entries(said).filter(([key]) => !names.includes(key)));
        delete extra.audience;
        delete extra.unsettled;
        expect(decide({ ...before, ...extra, confirm: true, approved: true, verdict: 'allow' } as Facts)).toEqual(
          decide(before),
        );
      }),
    );
  });
});
