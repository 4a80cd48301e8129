// Budgets on the call path: what is used of each limit before the verdict, a ceiling that was reached meanwhile, and what a call came to in the end.
import { Failure } from '../errors.ts';
import { type Counted, freesAt } from '../ledger/usage.ts';
import { amounts, budgetLimits, exceeds } from '../policy/budget-limits.ts';
import { beyond } from '../policy/budget-words.ts';
import { bindingLimits, limitsOf } from '../policy/limits.ts';
import type { Facts } from '../policy/policy.ts';
import type { IntentFilter, Limit, Opened, Opening, Store } from '../store/store.ts';
import type { Receipt } from '../vendors/types.ts';
import type { Gathered } from './gather.ts';
import type { House } from './house.ts';

/** Where usage is looked up: the store, or what an audit tells of it. */
export type Usage = Pick<Store, 'used'> & { intents(filter: IntentFilter): Promise<readonly Counted[]> };

/** How often it looks again where others write meanwhile, before it goes on without telling when there is room again. */
const LOOKS = 3;

/** The facts with what is used of every limit that bears on the call; `as_of` is the last entry of the audit that this includes. */
export async function withUsed(store: Usage, facts: Facts): Promise<{ facts: Facts; as_of: number }> {
  const limits = limitsOf(facts);
  const mine = amounts(facts);
  for (let look = 1; ; look++) {
    const { used, as_of } = await store.used(limits);
    if (limits.length === 0) return { facts, as_of };
    const named = limits.map((limit, n) => [limit.name, used[n] ?? Number.POSITIVE_INFINITY] as const);
    // Of a standing approval nobody is told when it has room again: until then a person is asked.
    const full = limits.filter(
      (limit, n) =>
        !('rule' in limit.where) && exceeds(limit, used[n] ?? Number.POSITIVE_INFINITY, mine[limit.unit] ?? 0),
    );
    const frees: [string, number][] = [];
    for (const limit of full) {
      const at = await frees_at(store, limit, mine[limit.unit] ?? 0, facts.now);
      if (at !== undefined) frees.push([limit.name, at]);
    }
    // Both looks must tell of one moment, or the record could not be reached again.
    const still = full.length === 0 || (await store.used([])).as_of === as_of;
    if (!still && look < LOOKS) continue;
    const known = { ...facts, used: Object.fromEntries(named) };
    return { facts: still && frees.length > 0 ? { ...known, frees_at: Object.fromEntries(frees) } : known, as_of };
  }
}

async function frees_at(store: Usage, limit: Limit, needs: number, now: number): Promise<number | undefined> {
  // The window of a single call is never used, so nothing of it gets free.
  if (limit.since > now) return undefined;
  const { connection, target } = limit.where;
  const intents = await store.intents({
    ...(connection === undefined ? {} : { connection }),
    ...(target === undefined ? {} : { target }),
    since: limit.since,
  });
  return freesAt(intents, limit, needs, now);
}

/** What must hold in the transaction that records the intent, with the clock and the balance of that moment. */
export function limitsNow({ facts, verdict, handle }: Gathered, now: number): Opening['limits'] {
  const balance = handle.credits();
  return bindingLimits(
    { ...facts, now, ...(balance ? { balance: balance.credits, balance_at: balance.at } : {}) },
    verdict,
  );
}

/** Another call was faster, and took what was left under a ceiling. */
export async function overBudget(
  house: House,
  { facts }: Gathered,
  { limit, used }: Extract<Opened, { refused: 'budget' }>,
  now: number,
): Promise<Failure> {
  const needs = amounts(facts)[limit.unit] ?? 0;
  const at = await frees_at(house.store, limit, needs, now);
  const of = budgetLimits(facts).find(({ name }) => name === limit.name)?.budget;
  const said = beyond(
    { ...limit, hard: true, ...(of ? { budget: of } : {}) },
    used,
    needs,
    at === undefined ? undefined : at - now,
  );
  return new Failure('denied', 'budget_exceeded', said, {
    rule: 'budget',
    next: 'Another call was faster. Only the operator can change a budget.',
  });
}

/**
 * What a call came to, where its answer tells: the difference between the balances before and after it, and the people its fan-out
 * reaches. Others may have spent from the same account meanwhile, so the difference is approximate; it is never taken for less than the
 * quote's low end, nor believed where it is negative (somebody bought credits) or where it would make an unknown price free. What stops
 * something counts for nothing. `charged` is the bare difference, which corrects later quotes.
 */
export function observed(
  { draft, tool, handle }: Pick<Gathered, 'draft' | 'tool' | 'handle'>,
  receipt: Receipt,
  before: number | undefined,
): { credits?: number; people?: number; charged?: number } {
  if (receipt.outcome !== 'done' || draft.stops) return {};
  const { low, unknown } = draft.quote;
  const after = handle.creditsIn(receipt);
  const spent = before === undefined || after === undefined ? -1 : before - after;
  const believed = spent > 0 || (spent === 0 && unknown.length === 0);
  const people = peopleIn(tool, receipt);
  return {
    ...(believed ? { credits: Math.max(spent, low), charged: spent } : {}),
    ...(people === undefined ? {} : { people }),
  };
}

/** A reply that cannot be read takes nothing from what is known: the call ran, and what was reserved stays. */
function peopleIn(tool: Gathered['tool'], { status = 200, body }: Receipt): number | undefined {
  try {
    return tool.reached?.({ status, body });
  } catch {
    return undefined;
  }
}
