// Budgets: a soft limit that a call would exceed asks a person, a hard one denies, and so does one that cannot be told (design section 5.5).
import { type Amounts, amounts, type BudgetLimit, budgetLimits, exceeds, kept } from './budget-limits.ts';
import { beyond } from './budget-words.ts';
import type { Facts, Rule } from './policy.ts';

const operators = 'Only its operator can change that.';

const freesIn = ({ frees_at, now }: Facts, { name }: BudgetLimit): number | undefined => {
  const at = frees_at?.[name];
  return at === undefined ? undefined : at - now;
};

function says(limit: BudgetLimit, mine: Amounts, facts: Facts): ReturnType<Rule<Facts>> {
  const wanted = mine[limit.unit];
  const verdict = limit.hard ? ({ verdict: 'deny', code: 'budget_exceeded' } as const) : ({ verdict: 'ask' } as const);
  const then = limit.hard ? operators : 'A person confirms that.';
  if (wanted === undefined) {
    const [what, setting] =
      limit.unit === 'people'
        ? ['How many people it reaches is not known', 'unknown_people_count_as']
        : ['Its price is not known in full', 'unknown_counts_as'];
    const by = limit.budget
      ? `budget "${limit.budget.name}" limits ${limit.unit}`
      : 'the account keeps some credits (keep_credits)';
    return { ...verdict, reason: `${what}, ${by}, and nothing says what the unknown counts as (${setting}). ${then}` };
  }
  // What nobody counted is no room.
  const used = facts.used?.[limit.name] ?? Number.POSITIVE_INFINITY;
  if (!exceeds(limit, used, wanted)) return undefined;
  return { ...verdict, reason: `${beyond(limit, used, wanted, freesIn(facts, limit))} ${then}` };
}

export const budget: Rule<Facts> = facts => {
  const mine = amounts(facts);
  const keep = kept(facts, mine);
  if (keep !== undefined && facts.balance === undefined)
    return {
      verdict: 'deny',
      code: 'budget_exceeded',
      reason: `What is left in the account is not known, so nobody can tell whether it keeps ${keep} credits (keep_credits). ${operators}`,
    };
  const said = budgetLimits(facts).map(limit => says(limit, mine, facts));
  return said.find(one => one?.verdict === 'deny') ?? said.find(one => one !== undefined);
};
