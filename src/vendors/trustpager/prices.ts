// What running TrustPager actions will cost, in credits, each figure with its source and age; what nobody can tell is said to be unknown (design section 5.4).
import { objects } from '../fields.ts';
import { quote as quoted } from '../text.ts';
import type { Json, JsonObject } from '../types.ts';
import { actionClass, isCall } from './actions.ts';
import type { TrustpagerAction } from './automation.ts';

export interface Quote {
  /** Credits. Where something is `unknown`, these cover only the rest: "at least". */
  low: number;
  expected: number;
  high: number;
  /** One sentence without a full stop for each price that is not known; not empty means "price unknown". */
  unknown: string[];
  lines: QuoteLine[];
}

export interface QuoteLine {
  what: string;
  /** Low and high; absent where unknown. */
  credits?: [number, number];
  source: string;
  /** How old the source is, in seconds; absent for what does not age with time. */
  age_s?: number;
}

export interface Prices {
  /** Credits per use, by feature key, exactly as the vendor spells it. */
  credits: ReadonlyMap<string, number>;
  /** When it was read, in milliseconds. */
  read_at: number;
}

/** How the reply names a feature is not documented (trustpager.md section 9). */
const keys = ['feature_key', 'feature', 'key', 'id', 'name'];

/**
 * Every array of objects with `credits_per_use`, wherever in the reply it is; a feature listed twice counts at the dearer price. An entry
 * without a usable price is left out: it is unknown, not free.
 */
export function parsePrices(body: JsonObject, read_at: number): Prices {
  const credits = new Map<string, number>();
  const visit = (value: Json | undefined): void => {
    for (const row of objects(value) ?? []) {
      const price = row.credits_per_use;
      const key = keys.map(name => row[name]).find(name => typeof name === 'string');
      if (typeof key === 'string' && typeof price === 'number' && Number.isFinite(price) && price >= 0)
        credits.set(key, Math.max(price, credits.get(key) ?? 0));
    }
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) visit(inner);
  };
  visit(body);
  return { credits, read_at };
}

/** From customer help pages, undated (trustpager.md section 9): shown with that label, and only where the live list says nothing. */
const fallbacks: Record<string, { credits: number; source: string }> = {
  send_form: {
    credits: 3,
    source: 'TrustPager help pages, undated; the live price list was not readable or does not name it',
  },
};

/** How long a call is taken to last; nothing limits it, so the high end is a guess too, and says so. */
const minutes = { low: 1, high: 10 };

function line(action: TrustpagerAction, prices: Prices | undefined, now: number): QuoteLine & { unknown?: string } {
  const type = action.action_type;
  const what = type === undefined ? 'an action without a type' : quoted(type, 60);
  const kind = actionClass(type);
  const live = (key: string): number | undefined => prices?.credits.get(key);
  const listed = {
    source: 'live price list',
    age_s: prices ? Math.max(0, Math.round((now - prices.read_at) / 1000)) : 0,
  };
  const nowhere = prices ? 'not in the live price list' : 'the live price list is not readable with this key';

  if (kind === 'cascade') return { what, source: nowhere, unknown: `${what}: what it starts is not priced` };
  const perMinute = isCall(type) ? live('voice_agent_minute') : undefined;
  if (perMinute !== undefined)
    return {
      what: `${what}, ${minutes.low} to ${minutes.high} minutes assumed at ${perMinute} a minute`,
      credits: [perMinute * minutes.low, perMinute * minutes.high],
      ...listed,
    };
  const exact = type === undefined || isCall(type) ? undefined : live(type);
  if (exact !== undefined) return { what, credits: [exact, exact], ...listed };
  if (kind === 'internal') return { what, credits: [0, 0], source: 'stays within TrustPager, not billed as a send' };
  const known = type !== undefined && Object.hasOwn(fallbacks, type) ? fallbacks[type] : undefined;
  if (known) return { what, credits: [known.credits, known.credits], source: known.source };
  const why =
    kind === 'unknown'
      ? 'an action type that is not known'
      : isCall(type)
        ? 'its price per minute is not known'
        : 'its price is not known';
  return { what, source: nowhere, unknown: `${what}: ${why}` };
}

/** The quote for running these actions once each, for one target. `expected` is the middle of the range. Times in milliseconds. */
export function quoteActions(
  actions: readonly TrustpagerAction[],
  prices: Prices | undefined,
  now: number = Date.now(),
): Quote {
  const told = actions.map(action => line(action, prices, now));
  const sum = (end: 0 | 1): number => told.reduce((total, { credits }) => total + (credits?.[end] ?? 0), 0);
  const [low, high] = [sum(0), sum(1)];
  return {
    low,
    expected: (low + high) / 2,
    high,
    unknown: told.flatMap(({ unknown }) => unknown ?? []),
    lines: told.map(({ unknown: _, ...rest }) => rest),
  };
}
