// The part of the operator's file that is about spending: budgets, what the unknown counts as, and the credits that every account keeps.
import * as z from 'zod';
import { meant } from '../closest.ts';
import type { Budgets, Ceiling } from '../policy/budget-limits.ts';
import { ANYBODY, type WrittenPrincipal } from './operator-principals.ts';

/** A number alone is a hard ceiling. */
const ceiling = (amount: z.ZodNumber | z.ZodInt) =>
  z.preprocess(
    written => (typeof written === 'number' ? { hard: written } : written),
    z.strictObject(
      { soft: amount.min(0).optional(), hard: amount.min(0).optional() },
      { error: issue => (issue.code === 'invalid_type' ? 'must be a number, or soft and hard' : undefined) },
    ),
  );

const budget = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,40}$/, 'must be a short name of lower-case letters, digits, - and _'),
  per: z.enum(['call', 'hour', 'day']).describe('Windows roll: the last 60 minutes, the last 24 hours.'),
  each: z
    .enum(['connection', 'automation', 'principal'])
    .optional()
    .describe('A budget of its own for each; without it one for all together.'),
  connection: z.string().optional().describe('Only what this connection does counts.'),
  principal: z.string().optional().describe('Only what this principal does counts.'),
  credits: ceiling(z.number()).optional(),
  calls: ceiling(z.int()).optional().describe('Whatever changes something, other than stopping.'),
  people: ceiling(z.int()).optional(),
});

export const spendingFields = {
  budgets: z.array(budget).max(100, 'must be at most 100 budgets').optional(),
  unknown_counts_as: z
    .number()
    .min(0)
    .optional()
    .describe('Credits that a price counts for where it is not known, on top of what is known of it.'),
  unknown_people_count_as: z
    .int()
    .min(0)
    .optional()
    .describe('How many people an audience counts for where nobody can tell.'),
  keep_credits: z.number().min(0).optional().describe('Credits that stay in every TrustPager account.'),
};

type Written = z.output<z.ZodObject<typeof spendingFields>> & {
  principals?: readonly Pick<WrittenPrincipal, 'id' | 'subject'>[] | undefined;
};

const units = ['credits', 'calls', 'people'] as const;

/** What is wrong with budgets though each part is well formed. `known` are the accounts that may be named. */
export function wrongBudgets({ budgets = [], principals = [] }: Written, known: readonly string[]) {
  const ids = ['local', ...principals.map(({ id }) => id)];
  return budgets.flatMap(({ connection, principal, per, each, ...of }, n) => {
    const path = ['budgets', n];
    const named = units.filter(unit => of[unit] !== undefined);
    return [
      ...(named.length === 0 ? [{ path, why: 'must have a ceiling: credits, calls or people' }] : []),
      ...(per === 'call' && each
        ? [{ path: [...path, 'each'], why: 'a budget for a single call has nothing to tell apart' }]
        : []),
      ...(per === 'call' && of.calls ? [{ path: [...path, 'calls'], why: 'a single call is one call' }] : []),
      ...(connection !== undefined && !known.includes(connection)
        ? [{ path: [...path, 'connection'], why: `no connection is called ${meant(connection, known)}` }]
        : []),
      ...(principal !== undefined && !ids.includes(principal)
        ? [{ path: [...path, 'principal'], why: `no principal is called ${meant(principal, ids)}` }]
        : []),
      ...(principals.some(({ id, subject }) => id === principal && subject === ANYBODY)
        ? [
            {
              path: [...path, 'principal'],
              why: `"${principal}" stands for many, each of them by itself; say each: principal`,
            },
          ]
        : []),
      ...named.flatMap(unit => wrongCeiling(of[unit], [...path, unit])),
    ];
  });
}

function wrongCeiling({ soft, hard }: Ceiling = {}, path: readonly PropertyKey[]) {
  if (soft === undefined && hard === undefined) return [{ path, why: 'must have soft or hard' }];
  return soft !== undefined && hard !== undefined && soft >= hard
    ? [{ path: [...path, 'soft'], why: `soft asks below what hard denies, so it must be less than ${hard}` }]
    : [];
}

export const budgetsOf = ({
  budgets = [],
  unknown_counts_as,
  unknown_people_count_as,
  keep_credits,
}: Written): Budgets => ({
  budgets: budgets.map(({ name, per, each, connection, principal, credits, calls, people }) => ({
    name,
    per,
    ...(each ? { each } : {}),
    ...(connection === undefined ? {} : { connection }),
    ...(principal === undefined ? {} : { principal }),
    ceilings: { ...(credits ? { credits } : {}), ...(calls ? { calls } : {}), ...(people ? { people } : {}) },
  })),
  unknownCountsAs: {
    ...(unknown_counts_as === undefined ? {} : { credits: unknown_counts_as }),
    ...(unknown_people_count_as === undefined ? {} : { people: unknown_people_count_as }),
  },
  ...(keep_credits === undefined ? {} : { keepCredits: keep_credits }),
});
