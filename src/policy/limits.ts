// Every limit that bears on a call: the operator's budgets, and the ceilings of standing approvals that may cover it.
import { type BudgetLimit, budgetLimits } from './budget-limits.ts';
import { ceilingsOf } from './operator.ts';
import { type Facts, usually, type Verdict } from './policy.ts';

type Ceiling = ReturnType<typeof ceilingsOf>[number];

const asks = ({ verdict }: Verdict): boolean => verdict === 'ask' || verdict === 'ask_human';

/**
 * What must be known before a call is judged; the facts' `used` holds what counts towards each, by its name. Where somebody would be asked,
 * that is every standing approval's ceilings: their conditions may look at what budgets have used, which is not known yet.
 */
export const limitsOf = (facts: Facts): (BudgetLimit | Ceiling)[] => [
  ...budgetLimits(facts),
  ...facts.settings.rules
    .filter(({ verdict }) => verdict === 'allow' && asks(usually(facts)))
    .flatMap(rule => ceilingsOf(rule, facts.now)),
];

/** What must still hold in the transaction that records the intent: hard limits, and the ceilings of the approval it stands on. */
export const bindingLimits = (facts: Facts, verdict: Pick<Verdict, 'rule' | 'standing'>): (BudgetLimit | Ceiling)[] => [
  ...budgetLimits(facts).filter(({ hard }) => hard),
  ...facts.settings.rules
    .filter(({ name }) => verdict.standing === true && name === verdict.rule)
    .flatMap(rule => ceilingsOf(rule, facts.now)),
];
