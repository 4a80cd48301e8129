// Decides what may happen to a call: pure rules over its facts, in the order of design section 5. A rule that throws refuses.
import type { Code } from '../errors.ts';
import type { Audience, Capability, Effect } from '../tool.ts';
import type { Check } from '../vendors/checks.ts';
import type { Quote } from '../vendors/trustpager/prices.ts';
import type { JsonObject, VendorName } from '../vendors/types.ts';
import { insecureAutoApprove } from './auto-approve.ts';
import { budget } from './budget.ts';
import type { Budgets } from './budget-limits.ts';
import { defaults } from './defaults.ts';
import { noSpend } from './no-spend.ts';
import { type OperatorRule, operator, strictest } from './operator.ts';
import { precondition } from './precondition.ts';
import { quote } from './quote.ts';
import { readOnly } from './read-only.ts';
import { scope } from './scope.ts';
import { stopped } from './stopped.ts';
import { unsettled } from './unsettled.ts';

/** What one principal may do at most; it takes away from everything else and adds nothing. */
export interface Narrowed {
  scopes?: readonly string[];
  readOnly?: boolean;
  noSpend?: boolean;
}

/** What is known of a call before anything was read. */
export interface CallFacts {
  tool: string;
  writes: boolean;
  /** Every effect the tool can have. */
  effects: readonly Effect[];
  needs: readonly Capability[];
  connection: {
    id: string;
    vendor: VendorName;
    environment: 'production' | 'sandbox';
    scopes?: readonly string[];
    /** The operator turned asking off for it. */
    insecureAutoApprove?: true;
  };
  settings: Settings;
  principal: string;
  /** What the operator leaves the principal, where that is less than this server may do. */
  narrowed?: Narrowed;
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
  /** The credits the account last reported, and when it was asked; milliseconds. */
  balance?: number;
  balance_at?: number;
  /** An earlier intent of the same call whose outcome no read could settle. */
  unsettled?: { intent_id: string; at: number };
  /** What counts already towards each limit that bears on it, by the limit's name. */
  used?: Readonly<Record<string, number>>;
  /** When there will be room under those that this call would exceed, where time alone makes it; milliseconds. */
  frees_at?: Readonly<Record<string, number>>;
}

/** The operator's part of policy; read at start, never changed by a call (P11). */
export interface Settings extends Budgets {
  readOnly: boolean;
  /** Nothing fires and nothing is armed. */
  noSpend: boolean;
  /** At or above this many credits (high end of the quote), or people, only page or terminal may say yes. */
  humanAbove: { credits: number; people: number };
  /** Time zone of the tz database; what conditions know of time is told in it. */
  zone: string;
  /** In the order of the operator's file, which decides nothing but who of equals is named. */
  rules: readonly OperatorRule[];
}

export interface Verdict {
  verdict: 'allow' | 'ask' | 'ask_human' | 'deny';
  /** The rule that decided: its file's name, or the name the operator gave it. */
  rule: string;
  /** A sentence; for a refusal it names the way forward. */
  reason: string;
  code?: Code;
  /** The yes must be another principal's than the caller's. */
  approver?: 'another';
  /** The operator's `allow` stands in a person's place. */
  standing?: true;
}

/** A verdict in a word, and of whom the yes is wanted where that is not anybody. */
export const verdictWord = ({ verdict, approver }: { verdict: string; approver?: string | undefined }): string =>
  approver ? `${verdict} (${approver} person)` : verdict;

/** Says its verdict, or nothing where it has nothing to say. */
export type Rule<F> = (facts: F) => (Omit<Verdict, 'rule'> & { rule?: string }) | undefined;

/** Rules that need no read come first: what they refuse costs no request (design section 5, order of gates). */
const gates: readonly [string, Rule<CallFacts>][] = [
  ['stopped', stopped],
  ['read-only', readOnly],
  ['no-spend', noSpend],
  ['scope', scope],
];

/** The first of these that says anything decides. */
const doors: readonly [string, Rule<Facts>][] = [...gates, ['precondition', precondition]];

/** What passes the gates: the strictest of these counts, so that no standing approval passes an unsettled attempt or a budget by. */
const counsel: readonly [string, Rule<Facts>][] = [
  ['unsettled', unsettled],
  ['budget', budget],
  ['operator', facts => operator(facts, usually(facts))],
];

/** What happens where the operator says nothing: the first of these that says anything. */
const usual: readonly [string, Rule<Facts>][] = [
  ['quote', quote],
  ['insecure_auto_approve', insecureAutoApprove],
  ['defaults', defaults],
];

/** Names that no rule of the operator's may have. */
export const builtIn: readonly string[] = [...doors, ...counsel, ...usual].map(([name]) => name);

/** What no rule covers is refused. */
export const usually = (facts: Facts): Verdict =>
  first(usual, facts) ?? {
    verdict: 'deny',
    rule: 'defaults',
    reason: 'No rule covers this call, so it is refused.',
    code: 'denied_by_policy',
  };

function first<F>(list: readonly [string, Rule<F>][], facts: F): Verdict | undefined {
  for (const [rule, judge] of list) {
    try {
      const said = judge(facts);
      if (said) return { rule, ...said };
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

/** All there is to know of a read: it changes nothing and costs nothing. */
export const readFacts = (facts: CallFacts): Facts => ({
  ...facts,
  effect: 'read',
  changes: [],
  reversible: true,
  checks: [],
  quote: { low: 0, expected: 0, high: 0, unknown: [], lines: [] },
});

/** A refusal that needs no read, or nothing. Reads are judged by it alone: of the operator's rules only a `deny` counts for them. */
export function refusedUnread(facts: CallFacts): Verdict | undefined {
  const refused = first(gates, facts);
  if (refused || facts.writes) return refused;
  const verdict = decide(readFacts(facts));
  return verdict.verdict === 'deny' ? verdict : undefined;
}

/** The verdict: what a gate refuses, else the strictest of what the others say. */
export function decide(facts: Facts): Verdict {
  const refused = first(doors, facts);
  if (refused) return refused;
  const [said = usually(facts), ...others] = counsel.flatMap(rule => first([rule], facts) ?? []);
  return strictest(said, ...others);
}

/** What each built-in rule says of a call, whether that decides or not; in the order of design section 5. */
export const builtInWords = (facts: Facts): { rule: string; said?: Verdict }[] =>
  [...doors, ...counsel.filter(([name]) => name !== 'operator'), ...usual].map(([rule, judge]) => {
    const said = first([[rule, judge]], facts);
    return said ? { rule, said } : { rule };
  });
