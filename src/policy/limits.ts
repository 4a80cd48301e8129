// Every limit that bears on a call: the operator's budgets, and the ceilings of standing approvals that may cover it.
import { type BudgetLimit, budgetLimits } from './budget-limits.ts';
import { ceilingsOf, standing } from './operator.ts';
import type { Facts, Verdict } from './policy.ts';

type Ceiling = ReturnType<typeof ceilingsOf>[number];

/** What must be known before a call is judged; the facts' `used` holds what counts towards each, by its name. */
export const limitsOf = (facts: Facts): (BudgetLimit | Ceiling)[] => [
  ...budgetLimits(facts),
  ...standing(facts).flatMap(rule => ceilingsOf(rule, facts.now)),
];

/** What must still hold in the transaction that records the intent: hard limits, and the ceilings of the approval it stands on. */
export const bindingLimits = (facts: Facts, verdict: Pick<Verdict, 'rule' | 'standing'>): (BudgetLimit | Ceiling)[] => [
  ...budgetLimits(facts).filter(({ hard }) => hard),
  ...facts.settings.rules
    .filter(({ name }) => verdict.standing === true && name === verdict.rule)
    .flatMap(rule => ceilingsOf(rule, facts.now)),
];
