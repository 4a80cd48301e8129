// Decides what may happen to a call: an ordered list of pure rules over its facts. A rule that throws refuses.
import type { Code } from '../errors.ts';
import type { Audience, Capability, Effect } from '../tool.ts';
import type { Check } from '../vendors/checks.ts';
import type { Quote } from '../vendors/trustpager/prices.ts';
import type { JsonObject, VendorName } from '../vendors/types.ts';
import { defaults } from './defaults.ts';
import { precondition } from './precondition.ts';
import { quote } from './quote.ts';
import { readOnly } from './read-only.ts';
import { scope } from './scope.ts';
import { stopped } from './stopped.ts';

/** What is known of a call before anything was read. */
export interface CallFacts {
  tool: string;
  writes: boolean;
  needs: readonly Capability[];
  connection: { id: string; vendor: VendorName; environment: 'production' | 'sandbox'; scopes?: readonly string[] };
  settings: Settings;
  principal: string;
  /** What the client calls itself: a word, no proof. */
  client: string;
  /** As parsed, ids written out, secrets masked. */
  arguments: JsonObject;
  /** Milliseconds. */
  now: number;
  /** Why everything is stopped; absent where it is not. */
  stop?: string;
}

/** What policy may look at once the target was read and the write was drafted (design section 2, "facts"). */
export interface Facts extends CallFacts {
  effect: Effect;
  /** What it acts on, in the vendor's words; absent for a create. */
  target?: { id: string; name: string; state: string };
  /** The names of the fields it changes. */
  changes: readonly string[];
  /** It stops something: pausing, disabling, cancelling a run. */
  stops?: boolean;
  checks: readonly Check[];
  quote: Quote;
  audience?: Audience;
  /** Some call can take it back; what was sent by then stays sent. */
  reversible: boolean;
  /** The credits the account last reported. */
  balance?: number;
  /** An earlier intent of the same call whose outcome no read could settle. */
  unsettled?: { intent_id: string; at: number };
}

/** The operator's part of policy; read at start, never changed by a call (P11). */
export interface Settings {
  readOnly: boolean;
  /** At or above this many credits (high end of the quote), or people, only page or terminal may say yes. */
  humanAbove: { credits: number; people: number };
}

export interface Verdict {
  verdict: 'allow' | 'ask' | 'ask_human' | 'deny';
  /** The rule that decided: its file's name. */
  rule: string;
  /** A sentence; for a refusal it names the way forward. */
  reason: string;
  code?: Code;
}

/** Says its verdict, or nothing where it has nothing to say. */
export type Rule<F> = (facts: F) => Omit<Verdict, 'rule'> | undefined;

/** Rules that need no read come first: what they refuse costs no request (design section 5, order of gates). */
const gates: readonly [string, Rule<CallFacts>][] = [
  ['stopped', stopped],
  ['read-only', readOnly],
  ['scope', scope],
];

const rules: readonly [string, Rule<Facts>][] = [
  ...gates,
  ['precondition', precondition],
  ['quote', quote],
  ['defaults', defaults],
];

function first<F>(list: readonly [string, Rule<F>][], facts: F): Verdict | undefined {
  for (const [rule, judge] of list) {
    try {
      const said = judge(facts);
      if (said) return { ...said, rule };
    } catch {
      return {
        verdict: 'deny',
        rule,
        reason: `The rule "${rule}" could not judge this call, so it is refused.`,
        code: 'denied_by_policy',
      };
    }
  }
  return undefined;
}

/** A refusal that needs no read, or nothing. */
export const refusedUnread = (facts: CallFacts): Verdict | undefined => first(gates, facts);

/** The verdict. What no rule decides is refused. */
export const decide = (facts: Facts): Verdict =>
  first(rules, facts) ?? {
    verdict: 'deny',
    rule: 'defaults',
    reason: 'No rule covers this call, so it is refused.',
    code: 'denied_by_policy',
  };
