// Budgets as a table: every ceiling × what is used × what the call counts for × what is unknown; and which limits bear on which call.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { budget } from '../../src/policy/budget.ts';
import {
  amounts,
  type Budget,
  budgetLimits,
  exceeds,
  reservation,
  type Unit,
  units,
} from '../../src/policy/budget-limits.ts';
import { budgetLines } from '../../src/policy/budget-words.ts';
import { bindingLimits, limitsOf } from '../../src/policy/limits.ts';
import { decide, type Facts, type Settings } from '../../src/policy/policy.ts';
import { effects } from '../../src/tool.ts';
import { facts, quoteOf, rule, settings, usedBy } from './facts.ts';

const HOUR = 3_600_000;
const trustpager = { id: 'shop', vendor: 'trustpager', environment: 'production' } as const;

/** A call that counts for so much of one unit; `unknown` where nobody can tell how much. */
const counting = (unit: Unit, amount: number | 'unknown', over: Partial<Facts> = {}): Facts => {
  const people = amount === 'unknown' ? {} : { people: amount };
  return facts({
    connection: trustpager,
    quote: unit === 'credits' ? (amount === 'unknown' ? quoteOf(2, ['who knows']) : quoteOf(amount)) : quoteOf(0),
    ...(unit === 'people' ? { audience: { note: 'them', ...people } } : {}),
    ...over,
  });
};
const withBudgets = (of: Facts, set: Partial<Settings>, used = 0): Facts => {
  const it = { ...of, settings: settings(set) };
  return { ...it, used: Object.fromEntries(budgetLimits(it).map(({ name }) => [name, used])) };
};

const ceilings = [undefined, 0, 5, 10];
const table = units.flatMap(unit =>
  ceilings.flatMap(soft =>
    ceilings.flatMap(hard =>
      [0, 4, 5, 9, 10, 11].flatMap(used =>
        (unit === 'calls' ? [1] : [0, 1, 5, 6, 'unknown' as const]).flatMap(amount =>
          [undefined, 0, 3].map(counts => ({ unit, soft, hard, used, amount, counts })),
        ),
      ),
    ),
  ),
);

/** The rule once more, in the plainest words. */
function expected({ unit, soft, hard, used, amount, counts }: (typeof table)[number]): 'deny' | 'ask' | undefined {
  const known = unit === 'credits' ? 2 : 0;
  const mine = amount === 'unknown' ? (counts === undefined ? Number.NaN : known + counts) : amount;
  if (mine === 0) return undefined;
  const over = (most: number | undefined) => most !== undefined && (Number.isNaN(mine) || used + mine > most);
  return over(hard) ? 'deny' : over(soft) ? 'ask' : undefined;
}

describe('C8: soft asks and hard denies', () => {
  test(`in all ${table.length} cases`, () => {
    for (const one of table) {
      const { unit, soft, hard, used, amount, counts } = one;
      const ceiling = { ...(soft === undefined ? {} : { soft }), ...(hard === undefined ? {} : { hard }) };
      const budgets: Budget[] = [{ name: 'b', per: 'day', ceilings: { [unit]: ceiling } }];
      const unknownCountsAs = counts === undefined ? {} : { [unit]: counts };
      const said = budget(withBudgets(counting(unit, amount), { budgets, unknownCountsAs }, used));
      expect([one, said?.verdict]).toEqual([one, expected(one)]);
      expect([one, said?.code]).toEqual([one, said?.verdict === 'deny' ? 'budget_exceeded' : undefined]);
    }
  });

  test('what nobody counted, and what is no number, is no room', () => {
    const budgets: Budget[] = [{ name: 'b', per: 'day', ceilings: { credits: { hard: 1e9 } } }];
    const of = counting('credits', 1);
    expect(budget({ ...withBudgets(of, { budgets }), used: {} })?.verdict).toBe('deny');
    expect(budget(withBudgets(of, { budgets }, Number.NaN))?.verdict).toBe('deny');
    expect(budget(withBudgets(counting('credits', Number.NaN), { budgets }))?.verdict).toBe('deny');
  });

  test('the refusal says which budget, what is used, what the call needs, and when there is room', () => {
    const budgets: Budget[] = [{ name: 'daily', per: 'day', each: 'automation', ceilings: { credits: { hard: 100 } } }];
    const target = { id: 'a1', name: 'Digest', state: 'enabled' };
    const full = withBudgets(counting('credits', 8, { target }), { budgets }, 95);
    expect(budget({ ...full, frees_at: { 'daily.credits.hard': full.now + 80 * 60_000 - 1 } })?.reason).toBe(
      'Budget "daily" allows 100 credits a day for each automation; 95 are used, and this call may need 8. There is room for it in 1 h 20 min, if nothing else is sent. Only its operator can change that.',
    );
    expect(budget(withBudgets(counting('credits', 101, { target }), { budgets }))?.reason).toContain(
      'this call may need 101, more than there ever is room for',
    );
    const calls: Budget[] = [{ name: 'few', per: 'hour', ceilings: { calls: { soft: 1 } } }];
    expect(budget(withBudgets(counting('calls', 1), { budgets: calls }, 1))?.reason).toBe(
      'Budget "few" asks above 1 call an hour; 1 are used, and this call is one more. A person confirms that.',
    );
    const wide: Budget[] = [{ name: 'wide', per: 'hour', ceilings: { people: { hard: 9 } } }];
    expect(budget(withBudgets(counting('people', 5), { budgets: wide }, 6))?.reason).toBe(
      'Budget "wide" allows 9 people an hour; 6 were reached, and this call may reach 5. Only its operator can change that.',
    );
    const single: Budget[] = [{ name: 'one', per: 'call', ceilings: { people: { hard: 1 } } }];
    expect(budget(withBudgets(counting('people', 2), { budgets: single }))?.reason).toMatch(
      /^Budget "one" allows 1 person a call; this call may reach 2\./,
    );
  });

  test.each([
    [1, '1 min'],
    [60_000, '1 min'],
    [59 * 60_000, '59 min'],
    [59 * 60_000 + 1, '1 h 0 min'],
    [61 * 60_000, '1 h 1 min'],
    [24 * HOUR, '24 h 0 min'],
  ])('room in %s ms is told as %s', (ms, said) => {
    const budgets: Budget[] = [{ name: 'b', per: 'day', ceilings: { calls: { hard: 1 } } }];
    const full = withBudgets(counting('calls', 1), { budgets }, 1);
    expect(budget({ ...full, frees_at: { 'b.calls.hard': full.now + ms } })?.reason).toBe(
      `Budget "b" allows 1 call a day; 1 are used, and this call is one more. There is room for it in ${said}, if nothing else is sent. Only its operator can change that.`,
    );
  });

  test.each([
    ['credits', 'unknown_counts_as'],
    ['people', 'unknown_people_count_as'],
  ] as const)('unknown %s under a hard limit names the setting that is missing', (unit, setting) => {
    const budgets: Budget[] = [{ name: 'b', per: 'day', ceilings: { [unit]: { hard: 1e9 } } }];
    const what = unit === 'people' ? 'How many people it reaches is not known' : 'Its price is not known in full';
    expect(budget(withBudgets(counting(unit, 'unknown'), { budgets }))?.reason).toBe(
      `${what}, budget "b" limits ${unit}, and nothing says what the unknown counts as (${setting}). Only its operator can change that.`,
    );
    // Where nothing was counted, that is not taken for nothing used.
    const { used: _, ...uncounted } = withBudgets(counting(unit, 1), { budgets });
    expect(budget(uncounted)?.verdict).toBe('deny');
  });

  test('of several, the strictest speaks', () => {
    const budgets: Budget[] = [
      { name: 'soft', per: 'day', ceilings: { calls: { soft: 0 } } },
      { name: 'hard', per: 'day', ceilings: { calls: { hard: 0 } } },
    ];
    expect(budget(withBudgets(counting('calls', 1), { budgets }))).toMatchObject({ verdict: 'deny' });
    expect(budget(withBudgets(counting('calls', 1), { budgets: budgets.slice(0, 1) }))).toMatchObject({
      verdict: 'ask',
    });
  });
});

describe('among the other rules', () => {
  const soft: Budget[] = [{ name: 'soft', per: 'day', ceilings: { calls: { soft: 0 } } }];
  const hard: Budget[] = [{ name: 'hard', per: 'day', ceilings: { calls: { hard: 0 } } }];

  test('a soft limit asks about what nobody would be asked about, and loosens nothing', () => {
    const update = facts({ effect: 'update' });
    expect(decide(update).verdict).toBe('allow');
    expect(decide(withBudgets(update, { budgets: soft }))).toMatchObject({ verdict: 'ask', rule: 'budget' });
    const dear = facts({ quote: quoteOf(500) });
    expect(decide(withBudgets(dear, { budgets: soft }))).toMatchObject({ verdict: 'ask_human', rule: 'quote' });
    const odd = { ...facts(), effect: 'odd' as 'run' };
    expect(decide(withBudgets(odd, { budgets: soft }))).toMatchObject({ verdict: 'deny', rule: 'defaults' });
  });

  test('a standing approval covers neither', () => {
    const allow = rule({ name: 'free', verdict: 'allow' });
    const covered = { ...facts(), settings: settings({ rules: [allow] }), used: usedBy([allow]) };
    expect(decide(covered).verdict).toBe('allow');
    for (const [budgets, verdict] of [
      [soft, 'ask'],
      [hard, 'deny'],
    ] as const) {
      const it = withBudgets(facts(), { budgets, rules: [allow] });
      expect(decide({ ...it, used: { ...it.used, ...usedBy([allow]) } })).toMatchObject({ verdict, rule: 'budget' });
    }
  });
});

describe('what a call counts for', () => {
  test('is nothing where it stops something or only reads, and no budget bears on it', () => {
    const budgets: Budget[] = [
      { name: 'none', per: 'day', ceilings: { credits: { hard: 0 }, calls: { hard: 0 }, people: { hard: 0 } } },
    ];
    const dear = { quote: quoteOf(9, ['and more']), audience: { note: 'all' }, connection: trustpager };
    for (const effect of effects)
      for (const stops of [true, false]) {
        const it = facts({ ...dear, effect, stops, settings: settings({ budgets, keepCredits: 1_000 }) });
        const free = stops || effect === 'read';
        expect([effect, stops, budget(it)?.verdict]).toEqual([effect, stops, free ? undefined : 'deny']);
        if (free) {
          expect(budgetLimits(it)).toEqual([]);
          expect(reservation(it)).toEqual({ credits: 0, calls: 0, people: 0 });
        }
      }
  });

  test('is the high end of its quote, and on top of that what the unknown counts as', () => {
    const of = (over: Partial<Facts>, unknownCountsAs: Settings['unknownCountsAs'] = {}) =>
      amounts(facts({ ...over, settings: settings({ unknownCountsAs }) }));
    expect(of({ quote: { ...quoteOf(8), low: 2 } })).toEqual({ credits: 8, calls: 1, people: 0 });
    expect(of({ quote: quoteOf(8, ['x']) })).toEqual({ credits: undefined, calls: 1, people: 0 });
    expect(of({ quote: quoteOf(8, ['x']) }, { credits: 50 }).credits).toBe(58);
    expect(of({ audience: { note: 'them', people: 12 } }, { people: 90 }).people).toBe(12);
    expect(of({ audience: { note: 'all' } }).people).toBeUndefined();
    expect(of({ audience: { note: 'all' } }, { people: 90 }).people).toBe(90);
  });

  test('is recorded as far as it is known', () => {
    const unknown = facts({ quote: quoteOf(8, ['x']), audience: { note: 'all' } });
    expect(reservation(unknown)).toEqual({ credits: 8, calls: 1, people: 0 });
    const named = { ...unknown, settings: settings({ unknownCountsAs: { credits: 50, people: 90 } }) };
    expect(reservation(named)).toEqual({ credits: 58, calls: 1, people: 90 });
  });
});

describe('which limits bear on a call', () => {
  const target = { id: 'a1', name: 'Digest', state: 'enabled' };
  const limits = (of: Partial<Budget>, over: Partial<Facts> = { target }) =>
    budgetLimits(
      facts({
        connection: trustpager,
        principal: 'ann',
        ...over,
        settings: settings({ budgets: [{ name: 'b', per: 'day', ceilings: { calls: { hard: 1 } }, ...of }] }),
      }),
    ).map(({ since, where }) => ({ since, where }));
  const { now } = facts();
  const never = Number.MAX_SAFE_INTEGER;

  test.each<[Partial<Budget>, number, object]>([
    [{ per: 'hour' }, now - HOUR, {}],
    [{ per: 'day' }, now - 24 * HOUR, {}],
    [{ per: 'call' }, never, {}],
    [{ each: 'connection' }, now - 24 * HOUR, { connection: 'shop' }],
    [{ each: 'automation' }, now - 24 * HOUR, { connection: 'shop', target: 'a1' }],
    [{ each: 'principal' }, now - 24 * HOUR, { principal: 'ann' }],
    [{ connection: 'shop' }, now - 24 * HOUR, { connection: 'shop' }],
    [{ principal: 'ann' }, now - 24 * HOUR, { principal: 'ann' }],
    [{ principal: 'ann', each: 'connection' }, now - 24 * HOUR, { connection: 'shop', principal: 'ann' }],
    [{ connection: 'shop', each: 'principal' }, now - 24 * HOUR, { connection: 'shop', principal: 'ann' }],
  ])('%j', (of, since, where) => expect(limits(of)).toEqual([{ since, where }]));

  test('not one of another connection', () => expect(limits({ connection: 'other' })).toEqual([]));

  test('not one of another principal', () => expect(limits({ principal: 'bob' })).toEqual([]));

  test('for each principal, one that is being created counts with the others', () =>
    expect(limits({ each: 'principal' }, {})).toEqual([{ since: now - 24 * HOUR, where: { principal: 'ann' } }]));

  test('for each automation, one that is only being created has used nothing', () =>
    expect(limits({ each: 'automation' }, {})).toEqual([{ since: never, where: { connection: 'shop' } }]));

  test('no two have the same name, and only what the call counts for is limited', () => {
    const ceiling = { soft: 1, hard: 2 };
    const budgets: Budget[] = ['a', 'b'].map(name => ({
      name,
      per: 'day',
      ceilings: { credits: ceiling, calls: ceiling, people: ceiling },
    }));
    const it = facts({
      connection: trustpager,
      quote: quoteOf(1),
      settings: settings({ budgets, keepCredits: 1 }),
      balance: 9,
    });
    const names = budgetLimits(it).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(9);
    expect(names.some(name => name.includes('people'))).toBe(false);
  });

  test('hard ones bind where the intent is recorded, and so do the ceilings of the approval it stands on, alone', () => {
    const [one, other] = ['one', 'other'].map(name => rule({ name, verdict: 'allow' }));
    const budgets: Budget[] = [{ name: 'b', per: 'day', ceilings: { calls: { soft: 1, hard: 2 } } }];
    const it = facts({ settings: settings({ budgets, rules: one && other ? [one, other] : [] }) });
    const names = (list: { name: string }[]) => list.map(({ name }) => name);
    const of = (by: string) => [`${by}: 1000000 credits a day`, `${by}: 1000000 calls a day`];
    expect(names(limitsOf(it))).toEqual(['b.calls.hard', 'b.calls.soft', ...of('one'), ...of('other')]);
    expect(names(bindingLimits(it, { rule: 'defaults' }))).toEqual(['b.calls.hard']);
    // A rule that asked, and a person who said yes: nothing stands on its ceilings.
    expect(names(bindingLimits(it, { rule: 'other' }))).toEqual(['b.calls.hard']);
    expect(names(bindingLimits(it, { rule: 'other', standing: true }))).toEqual(['b.calls.hard', ...of('other')]);
  });
});

test('the ceilings of every standing approval must be known where somebody would be asked, and nowhere else', () => {
  const rules = [
    rule({ name: 'yes', verdict: 'allow' }),
    rule({ name: 'no', verdict: 'allow', holds: () => false }),
    rule({ name: 'asks', verdict: 'ask', ceilings: { credits: 1, calls: 1 } }),
  ];
  const of = (over: Partial<Facts>) =>
    limitsOf(facts({ ...over, settings: settings({ rules }) })).map(({ name }) => name.replace(/ a day$/, ''));
  const both = ['yes: 1000000 credits', 'yes: 1000000 calls', 'no: 1000000 credits', 'no: 1000000 calls'];
  expect(of({ effect: 'run' })).toEqual(both);
  expect(of({ effect: 'run', quote: quoteOf(500) })).toEqual(both);
  for (const over of [{ effect: 'update' }, { effect: 'read' }, { effect: 'odd' as 'run' }] as const)
    expect(of(over)).toEqual([]);
});

test('what is needed exceeds where it is more than what is left; nothing exceeds nothing', () => {
  for (const [used, wanted, over] of [
    [0, 5, false],
    [0, 6, true],
    [4, 1, false],
    [5, 1, true],
    [9, 0, false],
    [Number.NaN, 1, true],
    [0, Number.NaN, true],
    [Number.NaN, 0, false],
  ] as const)
    expect([used, wanted, exceeds({ most: 5 }, used, wanted)]).toEqual([used, wanted, over]);
});

describe('the credits that an account keeps', () => {
  const it = (over: Partial<Facts>, used = 0) => {
    const of = counting('credits', 8, { balance: 100, balance_at: 5, ...over });
    return withBudgets({ ...of, ...over }, { keepCredits: 50 }, used);
  };
  test.each<[string, Facts, string | undefined]>([
    ['room to the last credit', it({}, 42), undefined],
    ['one less', it({}, 43), 'deny'],
    ['less than that is left already', it({ balance: 49 }), 'deny'],
    ['nobody knows what is left', withBudgets(counting('credits', 8), { keepCredits: 50 }), 'deny'],
    [
      'nobody knows what is left, and it costs nothing',
      withBudgets(counting('credits', 0), { keepCredits: 50 }),
      undefined,
    ],
    ['nobody knows what it costs', it({ quote: quoteOf(0, ['x']) }), 'deny'],
    ['it costs nothing', it({ balance: 0, quote: quoteOf(0) }), undefined],
    ['Scrip, which counts no credits', it({ connection: facts().connection, balance: 0 }), undefined],
    ['it stops something', it({ balance: 0, stops: true }), undefined],
  ])('%s', (_, of, verdict) => expect(budget(of)?.verdict).toBe(verdict));

  test('are named where nobody knows what is left', () => {
    expect(budget(withBudgets(counting('credits', 8), { keepCredits: 50 }))).toEqual({
      verdict: 'deny',
      code: 'budget_exceeded',
      reason:
        'What is left in the account is not known, so nobody can tell whether it keeps 50 credits (keep_credits). Only its operator can change that.',
    });
    const { balance: _, ...unread } = it({});
    expect(budgetLimits(unread)).toEqual([]);
  });

  test('are named with what may be spent and what may be spent already', () => {
    const reason = (of: Facts) => budget(of)?.reason;
    expect(reason(it({}, 43))).toBe(
      '50 credits may be spent before the account is down to what it keeps (keep_credits); 43 of them may be spent already, and this call may need 8. Only its operator can change that.',
    );
    expect(reason(it({ balance: 51 }, 0))).toMatch(/^1 credit may be spent before/);
    expect(reason(it({ balance: 20 }, 0))).toMatch(/^0 credits may be spent before/);
    expect(reason(it({ quote: quoteOf(0, ['x']) }))).toBe(
      'Its price is not known in full, the account keeps some credits (keep_credits), and nothing says what the unknown counts as (unknown_counts_as). Only its operator can change that.',
    );
  });

  test('look past what the balance shows, at this account', () => {
    expect(budgetLimits(it({}))).toEqual([
      {
        name: 'keep_credits',
        unit: 'credits',
        most: 50,
        since: facts().now - 7 * 24 * HOUR,
        uncharged_at: 5,
        where: { connection: 'shop' },
        hard: true,
      },
    ]);
  });
});

test('lines for a person say what is used and what the call may need', () => {
  const budgets: Budget[] = [
    {
      name: 'daily',
      per: 'day',
      each: 'connection',
      ceilings: { credits: { soft: 80, hard: 100 }, people: { hard: 9 } },
    },
    { name: 'big', per: 'call', ceilings: { credits: { soft: 50 } } },
  ];
  const it = withBudgets(counting('credits', 8, { balance: 70 }), { budgets, keepCredits: 20 }, 30);
  expect(budgetLines(it)).toEqual([
    '"daily": credits a day for each connection, at most 100, a person is asked above 80; 30 used, this call may need 8',
    '"big": credits a call, a person is asked above 50; this call may need 8',
    'keep_credits: 20 credits may be spent; this call may need 8',
  ]);
  const { used: _, ...uncounted } = it;
  expect(budgetLines(uncounted)[0]).toContain('; 0 used, this call may need 8');
  const unknown = (unit: Unit) => budgetLines({ ...withBudgets(counting(unit, 'unknown'), { budgets }), used: {} });
  expect(unknown('people')).toEqual([
    '"daily": people a day for each connection, at most 9; 0 used, how many this call reaches is not known',
  ]);
  expect(unknown('credits')[0]).toBe(
    '"daily": credits a day for each connection, at most 100, a person is asked above 80; 0 used, how many this call needs is not known',
  );
});

test('a limit that is lower, more that is used, more that is needed: never looser', () => {
  const rank = (of: Facts): number => ['ask', 'deny'].indexOf(budget(of)?.verdict ?? '');
  const size = fc.nat(12);
  fc.assert(
    fc.property(
      fc.constantFrom(...units),
      fc.option(size, { nil: undefined }),
      fc.option(size, { nil: undefined }),
      size,
      size,
      fc.tuple(size, size, size, size),
      (unit, soft, hard, used, amount, [s, h, u, a]) => {
        const of = (less: number, fewer: number, more: number, bigger: number) => {
          const ceiling = {
            ...(soft === undefined ? {} : { soft: soft - less }),
            ...(hard === undefined ? {} : { hard: hard - fewer }),
          };
          const budgets: Budget[] = [{ name: 'b', per: 'hour', ceilings: { [unit]: ceiling } }];
          return withBudgets(counting(unit, amount + bigger), { budgets }, used + more);
        };
        expect(rank(of(s, h, u, a))).toBeGreaterThanOrEqual(rank(of(0, 0, 0, 0)));
      },
    ),
    { numRuns: 1_000 },
  );
});
