// What running TrustPager actions will cost, in credits, each figure with its source and age; what nobody can tell is said to be unknown (design section 5.4).
import { isObject, objects } from '../fields.ts';
import { quote as quoted } from '../text.ts';
import type { Json, JsonObject } from '../types.ts';
import { actionClass, isCall } from './actions.ts';
import type { TrustpagerAction, TrustpagerAutomation } from './automation.ts';

export interface Quote {
  /** Credits. Where something is `unknown`, these cover only the rest: "at least". */
  low: number;
  expected: number;
  high: number;
  /** One sentence without a full stop for each price that is not known; not empty means "price unknown". */
  unknown: string[];
  lines: QuoteLine[];
  /** What it comes to by the price list alone, where that is one number: what a charge is compared with. */
  listed?: number;
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
    source:
      'TrustPager help pages, undated, as read in November 2026; the live price list was not readable or does not name it',
  },
};

/** How long a call is taken to last; nothing limits it, so the high end is a guess too, and says so. */
const minutes = { low: 1, high: 10 };

/** How many times its listed price something may cost. */
export interface Factor {
  low: number;
  high: number;
  /** Why, as the end of a sentence. */
  because: string;
}

/**
 * The newest pages bill sends and AI over REST at ten times the listed price; whether that holds inside an automation is not said
 * (trustpager.md section 9, C8), so the range spans both until charges of this very account were seen.
 */
export const listedOrTenfold: Factor = {
  low: 1,
  high: 10,
  because: 'over REST TrustPager may bill ten times it',
};

/** As the account's latest charges were. */
export const asCharged = ({ low, high, seen }: { low: number; high: number; seen: number }): Factor => {
  const times = low === high ? tenths(low) : `${tenths(low)} to ${tenths(high)}`;
  return { low, high, because: `${times} × it, as the last ${seen === 1 ? 'charge was' : `${seen} charges were`}` };
};
const tenths = (value: number): string => String(Math.round(value * 10) / 10);

/** An automation that a `trigger_automation` action starts, as read; or why it could not be read. */
export type Followed = Pick<TrustpagerAutomation, 'name' | 'enabled' | 'actions'> | { unread: string };

/** Which automation an action starts. The key is not documented; it is the one that the vendor's other endpoints use. */
export const cascadesTo = ({ action_type, config }: TrustpagerAction): string | undefined =>
  action_type === 'trigger_automation' && isObject(config) && typeof config.automation_id === 'string'
    ? config.automation_id
    : undefined;

export interface Pricing {
  prices: Prices | undefined;
  factor: Factor;
  followed: ReadonlyMap<string, Followed>;
  /** Milliseconds. */
  now: number;
}

type Line = QuoteLine & { unknown?: string; listed?: number };

function line(action: TrustpagerAction, { prices, factor, now }: Pricing): Line {
  const type = action.action_type;
  const what = type === undefined ? 'an action without a type' : quoted(type, 60);
  const kind = actionClass(type);
  const live = (key: string): number | undefined => prices?.credits.get(key);
  const priced = (of: string, low: number, high: number, source: string, age?: number): Line => ({
    what: of,
    credits: [low * factor.low, high * factor.high],
    source: high === 0 ? source : `${source}; ${factor.because}`,
    ...(age === undefined ? {} : { age_s: age }),
    ...(low === high ? { listed: low } : {}),
  });
  const age = prices ? Math.max(0, Math.round((now - prices.read_at) / 1000)) : 0;
  const nowhere = prices ? 'not in the live price list' : 'the live price list is not readable with this key';

  const perMinute = isCall(type) ? live('voice_agent_minute') : undefined;
  if (perMinute !== undefined) {
    const of = `${what}, ${minutes.low} to ${minutes.high} minutes assumed at ${perMinute} a minute`;
    return priced(of, perMinute * minutes.low, perMinute * minutes.high, 'live price list', age);
  }
  const exact = type === undefined || isCall(type) || kind === 'cascade' ? undefined : live(type);
  if (exact !== undefined) return priced(what, exact, exact, 'live price list', age);
  if (kind === 'internal')
    return { what, credits: [0, 0], source: 'stays within TrustPager, not billed as a send', listed: 0 };
  const known = type !== undefined && Object.hasOwn(fallbacks, type) ? fallbacks[type] : undefined;
  if (known) return priced(what, known.credits, known.credits, known.source);
  const why =
    kind === 'cascade'
      ? 'what it starts is not priced'
      : kind === 'unknown'
        ? 'an action type that is not known'
        : isCall(type)
          ? 'its price per minute is not known'
          : 'its price is not known';
  return { what, source: nowhere, unknown: `${what}: ${why}` };
}

/** The lines of one action; of one that starts another automation, the lines of what that does. `path`: what led here. */
function linesOf(action: TrustpagerAction, pricing: Pricing, path: readonly string[]): Line[] {
  const id = cascadesTo(action);
  const next = id === undefined ? undefined : pricing.followed.get(id);
  if (id === undefined || next === undefined) return [line(action, pricing)];
  const what = quoted(action.action_type ?? '', 60);
  const open = (why: string): Line[] => [{ what, source: 'not followed', unknown: `${what}: ${why}` }];
  if ('unread' in next) return open(next.unread);
  if (path.includes(id)) return open('it starts what started it, without an end that can be told');
  const name = quoted(next.name ?? id, 60);
  return (next.actions ?? []).flatMap(inner =>
    linesOf(inner, pricing, [...path, id]).map(({ listed, ...told }): Line => {
      const within = { ...told, what: `in ${name}, which it starts: ${told.what}` };
      // Whether a disabled automation is started this way is not said: it may cost nothing, or all.
      if (next.enabled === false && told.credits) return { ...within, credits: [0, told.credits[1]] };
      return { ...within, ...(listed === undefined ? {} : { listed }) };
    }),
  );
}

/** The quote for running these actions once each, for one target. `expected` is the middle of the range. */
export function quoteActions(actions: readonly TrustpagerAction[], pricing: Pricing): Quote {
  const told = actions.flatMap(action => linesOf(action, pricing, []));
  const sum = (end: 0 | 1): number => told.reduce((total, { credits }) => total + (credits?.[end] ?? 0), 0);
  const [low, high] = [sum(0), sum(1)];
  const listed = told.every(one => one.listed !== undefined)
    ? told.reduce((total, one) => total + (one.listed ?? 0), 0)
    : undefined;
  return {
    low,
    expected: (low + high) / 2,
    high,
    unknown: told.flatMap(({ unknown }) => unknown ?? []),
    lines: told.map(({ unknown: _, listed: __, ...rest }) => rest),
    ...(listed === undefined ? {} : { listed }),
  };
}
