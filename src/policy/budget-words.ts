// What is said of budgets: to whom a limit refuses, and in plans and questions.
import { amounts, type BudgetLimit, budgetLimits, type Unit } from './budget-limits.ts';
import type { Facts } from './policy.ts';

const span = ({ per, each }: NonNullable<BudgetLimit['budget']>): string =>
  `${{ call: 'a call', hour: 'an hour', day: 'a day' }[per]}${each ? ` for each ${each}` : ''}`;

function needs(unit: Unit, amount: number | undefined): string {
  if (unit === 'calls') return 'this call is one more';
  if (amount === undefined) return `how many this call ${unit === 'people' ? 'reaches' : 'needs'} is not known`;
  return `this call may ${unit === 'people' ? 'reach' : 'need'} ${amount}`;
}

const amountOf = (unit: Unit, amount: number): string => {
  const one = { credits: 'credit', calls: 'call', people: 'person' }[unit];
  return `${amount} ${amount === 1 ? one : unit}`;
};

/** Rounded up to the minute. */
function wait(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Which limit it is, what is used of it, what the call needs, and in how many milliseconds there is room again, where time makes it. */
export function beyond(
  { unit, most, hard, budget }: Pick<BudgetLimit, 'unit' | 'most' | 'hard' | 'budget'>,
  used: number,
  wanted: number,
  frees_in?: number,
): string {
  const asks = needs(unit, wanted);
  if (!budget)
    return `${amountOf('credits', Math.max(0, most))} may be spent before the account is down to what it keeps (keep_credits); ${used} of them may be spent already, and ${asks}.`;
  const allows = `Budget "${budget.name}" ${hard ? 'allows' : 'asks above'} ${amountOf(unit, most)} ${span(budget)}`;
  if (budget.per === 'call') return `${allows}; ${asks}.`;
  if (!(wanted <= most)) return `${allows}; ${asks}, more than there ever is room for.`;
  const room = frees_in === undefined ? '' : ` There is room for it in ${wait(frees_in)}, if nothing else is sent.`;
  return `${allows}; ${used} ${unit === 'people' ? 'were reached' : 'are used'}, and ${asks}.${room}`;
}

/** A line for each budget that bears on the call: what is used of it, and what the call may need. For the plan and the question. */
export function budgetLines(facts: Facts): string[] {
  const mine = amounts(facts);
  const lines = new Map<string, { first: BudgetLimit; soft?: number; hard?: number }>();
  for (const limit of budgetLimits(facts)) {
    const key = limit.budget ? `${limit.budget.name}.${limit.unit}` : limit.name;
    const line = lines.get(key) ?? { first: limit };
    lines.set(key, { ...line, [limit.hard ? 'hard' : 'soft']: limit.most });
  }
  return [...lines.values()].map(({ first, soft, hard }) => {
    const { unit, budget } = first;
    const used = facts.used?.[first.name] ?? 0;
    const asks = needs(unit, mine[unit]);
    if (!budget) return `keep_credits: ${Math.max(0, first.most - used)} credits may be spent; ${asks}`;
    const most = [
      ...(hard === undefined ? [] : [`at most ${hard}`]),
      ...(soft === undefined ? [] : [`a person is asked above ${soft}`]),
    ].join(', ');
    const so = budget.per === 'call' ? '' : `${used} used, `;
    return `"${budget.name}": ${unit} ${span(budget)}, ${most}; ${so}${asks}`;
  });
}
