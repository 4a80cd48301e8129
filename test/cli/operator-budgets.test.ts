// The spending part of the operator's file: what it may say, what that means, and how every mistake in it is told, with its place.
import { describe, expect, test } from 'vitest';
import { budgetsOf } from '../../src/cli/operator-budgets.ts';
import { inspect } from '../../src/cli/operator-file.ts';

const good = `
connections:
  - { id: shop, vendor: trustpager, key_env: SHOP_KEY }
budgets:
  - name: daily
    per: day
    each: connection
    credits: { soft: 80, hard: 100 }
    calls: 20
  - name: careful
    per: hour
    connection: shop
    people: { soft: 50 }
  - name: big
    per: call
    credits: 40.5
unknown_counts_as: 50
unknown_people_count_as: 200
keep_credits: 100
`;

const first = async (text: string): Promise<string | undefined> => {
  const { mistakes } = await inspect(text);
  const [one] = mistakes;
  return one && `${one.line}:${one.column}: ${one.why}`;
};

describe('the operator’s file', () => {
  test('names budgets, what the unknown counts as, and the credits to keep; a number alone is hard', async () => {
    const { found, mistakes } = await inspect(good);
    expect(mistakes).toEqual([]);
    expect(budgetsOf(found ?? {})).toEqual({
      budgets: [
        {
          name: 'daily',
          per: 'day',
          each: 'connection',
          ceilings: { credits: { soft: 80, hard: 100 }, calls: { hard: 20 } },
        },
        { name: 'careful', per: 'hour', connection: 'shop', ceilings: { people: { soft: 50 } } },
        { name: 'big', per: 'call', ceilings: { credits: { hard: 40.5 } } },
      ],
      unknownCountsAs: { credits: 50, people: 200 },
      keepCredits: 100,
    });
    expect(budgetsOf({})).toEqual({ budgets: [], unknownCountsAs: {} });
    expect((await inspect(JSON.stringify(found))).found).toEqual(found);
  });

  test('without accounts of its own may name those that keys in the environment make', async () => {
    const text = 'budgets: [{ name: b, per: day, connection: trustpager, calls: 1 }]';
    expect(await first(text)).toBeUndefined();
    expect(await first(text.replace('trustpager', 'trustpagr'))).toBe(
      '1:44: budgets.0.connection: no connection is called "trustpagr"; did you mean "trustpager"?',
    );
  });

  test.each([
    ['each: connection', 'eech: connection', '7:5: budgets.0 has no "eech"; did you mean "each"?'],
    ['soft: 80', 'sofd: 80', '8:16: budgets.0.credits has no "sofd"; did you mean "soft"?'],
    ['per: day', 'per: days', '6:10: budgets.0.per: must be one of call, hour, day; did you mean "day"?'],
    ['    per: day\n', '', /^5:5: budgets\.0\.per: /],
    [
      'each: connection',
      'each: automations',
      /^7:11: budgets\.0\.each: must be one of connection, automation, principal; did you mean "automation"\?$/,
    ],
    [
      'connection: shop',
      'connection: shup',
      '12:17: budgets.1.connection: no connection is called "shup"; did you mean "shop"?',
    ],
    ['name: careful', 'name: daily', '10:11: budgets.1.name: two budgets are called "daily".'],
    ['name: careful', 'name: Care ful', /^10:11: budgets\.1\.name: must be a short name/],
    ['credits: 40.5', 'credits: -1', /^16:14: budgets\.2\.credits\.hard: /],
    ['credits: 40.5', 'credits: lots', '16:14: budgets.2.credits: must be a number, or soft and hard.'],
    ['credits: 40.5', 'credits: {}', '16:14: budgets.2.credits: must have soft or hard.'],
    [
      'soft: 80',
      'soft: 100',
      '8:22: budgets.0.credits.soft: soft asks below what hard denies, so it must be less than 100.',
    ],
    ['calls: 20', 'calls: 1.5', /^9:12: budgets\.0\.calls\.hard: /],
    ['    credits: 40.5\n', '', '14:5: budgets.2: must have a ceiling: credits, calls or people.'],
    [
      'per: hour',
      'per: call\n    each: principal',
      /^12:11: budgets\.1\.each: a budget for a single call has nothing to tell apart\.$/,
    ],
    ['credits: 40.5', 'calls: 1', '16:12: budgets.2.calls: a single call is one call.'],
    ['unknown_counts_as: 50', 'unknown_counts_as: some', /^17:20: unknown_counts_as: /],
    ['keep_credits: 100', 'keep_credit: 100', '19:1: the file has no "keep_credit"; did you mean "keep_credits"?'],
  ])('tells what is wrong and where: %s → %s', async (from, to, told) => {
    expect(good).toContain(from);
    const said = await first(good.replace(from, to));
    if (typeof told === 'string') expect(said).toBe(told);
    else expect(said).toMatch(told);
  });
});
