// What a call would count for in budgets, and which of their limits bear on it: pure functions of its facts (design section 5.5).
import type { Facts } from './policy.ts';

export const units = ['credits', 'calls', 'people'] as const;
export type Unit = (typeof units)[number];

/** From where on a person is asked, and what is never exceeded. */
export interface Ceiling {
  soft?: number;
  hard?: number;
}

export interface Budget {
  /** Unique in the operator's file. */
  name: string;
  /** Windows roll: the last 60 minutes, the last 24 hours. */
  per: 'call' | 'hour' | 'day';
  /** A budget of its own for each; absent: one for all together. */
  each?: 'connection' | 'automation' | 'principal';
  /** Only calls on this connection count, and only they are judged. */
  connection?: string;
  /** Only calls of this principal count, and only they are judged. */
  principal?: string;
  ceilings: Readonly<Partial<Record<Unit, Ceiling>>>;
}

/** The part of the operator's settings that budgets look at. */
export interface Budgets {
  budgets: readonly Budget[];
  /** What an unknown price, or an unknown number of people, counts as on top of what is known of it. */
  unknownCountsAs: { credits?: number; people?: number };
  /** The credits that every TrustPager account keeps. */
  keepCredits?: number;
}

/** One ceiling as it bears on one call: the store's `Limit`, and what to say of it. */
export interface BudgetLimit {
  /** Unique among the limits of a call, and the key of what is used of it in the facts. */
  name: string;
  unit: Unit;
  most: number;
  since: number;
  uncharged_at?: number;
  where: { connection?: string; target?: string; principal?: string };
  hard: boolean;
  /** Absent: the credits that an account keeps. */
  budget?: Pick<Budget, 'name' | 'per' | 'each'>;
}

const windows = { hour: 60 * 60_000, day: 24 * 60 * 60_000 } as const;
/** Nothing was created after it: the window of a single call. */
const never = Number.MAX_SAFE_INTEGER;

/** What one call would count for; undefined: nobody knows, and the operator has not said what that counts as. */
export type Amounts = Record<Unit, number | undefined>;

/** A call that stops something counts nothing, and so do reads. The high end of the quote counts. */
export function amounts({ effect, stops, quote, audience, settings }: Facts): Amounts {
  if (stops === true || effect === 'read') return { credits: 0, calls: 0, people: 0 };
  const { credits, people } = settings.unknownCountsAs;
  return {
    credits:
      quote.unknown.length === 0 ? quote.high : credits === undefined ? undefined : Math.max(0, quote.high) + credits,
    calls: 1,
    people: audience ? (audience.people ?? people) : 0,
  };
}

/** What its intent is recorded with: what is unknown and has no number counts for what is known of it. */
export function reservation(facts: Facts): Record<Unit, number> {
  const { credits = facts.quote.high, calls = 0, people = 0 } = amounts(facts);
  return { credits, calls, people };
}

/** What counts together with this call under one budget; undefined where it is another connection's, or another principal's. */
function window(
  budget: Budget,
  { connection, principal, target, now }: Facts,
): Omit<BudgetLimit, 'name' | 'unit' | 'most' | 'hard'> | undefined {
  const { name, per, each } = budget;
  if (budget.connection !== undefined && budget.connection !== connection.id) return undefined;
  if (budget.principal !== undefined && budget.principal !== principal) return undefined;
  // What is only being created has used nothing yet.
  const fresh = each === 'automation' && !target;
  return {
    since: per === 'call' || fresh ? never : now - windows[per],
    where: {
      ...(each === 'connection' || each === 'automation' || budget.connection !== undefined
        ? { connection: connection.id }
        : {}),
      ...(each === 'automation' && target ? { target: target.id } : {}),
      ...(each === 'principal' || budget.principal !== undefined ? { principal } : {}),
    },
    budget: { name, per, ...(each ? { each } : {}) },
  };
}

/** Every limit that bears on this call. A limit on what the call does not count for does not. */
export function budgetLimits(facts: Facts): BudgetLimit[] {
  const mine = amounts(facts);
  const { budgets } = facts.settings;
  const limits = budgets.flatMap(budget => {
    const of = window(budget, facts);
    if (!of) return [];
    return units.flatMap(unit =>
      (['hard', 'soft'] as const).flatMap(kind => {
        const most = budget.ceilings[unit]?.[kind];
        if (most === undefined || mine[unit] === 0) return [];
        return [{ name: `${budget.name}.${unit}.${kind}`, unit, most, hard: kind === 'hard', ...of }];
      }),
    );
  });
  const floor = floorLimit(facts, mine);
  return floor ? [...limits, floor] : limits;
}

/** The credits that the account must keep, where its credits are counted and this call costs some. */
export const kept = ({ settings, connection }: Facts, { credits }: Amounts): number | undefined =>
  connection.vendor === 'trustpager' && credits !== 0 ? settings.keepCredits : undefined;

/** What may be spent until only the credits to keep are left; what the balance may not show yet counts as spent. */
function floorLimit(facts: Facts, mine: Amounts): BudgetLimit | undefined {
  const { balance, balance_at, connection, now } = facts;
  const keep = kept(facts, mine);
  if (keep === undefined || balance === undefined) return undefined;
  return {
    name: 'keep_credits',
    unit: 'credits',
    most: balance - keep,
    // What the vendor has held for longer than that, it has charged or dropped.
    since: now - 7 * windows.day,
    uncharged_at: balance_at ?? 0,
    where: { connection: connection.id },
    hard: true,
  };
}

/** A limit that this call would exceed, with what is used of it; what is no number at all exceeds. */
export const exceeds = (limit: Pick<BudgetLimit, 'most'>, used: number, wanted: number): boolean =>
  wanted !== 0 && !(used + wanted <= limit.most);
