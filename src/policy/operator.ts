// The operator's rules: the strictest that applies counts, whatever the order; an allow is a standing approval, and stands only within its ceilings.
import type { Facts, Verdict } from './policy.ts';

export interface OperatorRule {
  /** Unique in the operator's file, and no built-in rule's name: intents record it. */
  name: string;
  /** CEL over the facts, as written. */
  when: string;
  verdict: Verdict['verdict'];
  reason?: string;
  /** The yes must be another principal's than the caller's: two people. Only an `ask_human` says so. */
  approver?: 'another';
  /** It also counts for calls that stop something; only a `deny` may say so, because stopping never waits for a person. */
  stops?: true;
  /** What a standing approval covers within 24 hours; every `allow` has them. */
  ceilings?: { credits: number; calls: number; people?: number };
  /**
   * Whether it applies; undefined where that cannot be told, because something it looks at is not there or is of another kind. Throws
   * where judging it costs too much. Pure: the same facts, the same answer.
   */
  holds(facts: Facts): boolean | undefined;
}

/** From the loosest to the strictest. */
export const strictness: Record<Verdict['verdict'], number> = { allow: 0, ask: 1, ask_human: 2, deny: 3 };

/** Two people are stricter than one, and less strict than a refusal. */
const rank = ({ verdict, approver }: Verdict): number => strictness[verdict] + (approver ? 0.5 : 0);

/** The strictest; of several that are equally strict, the first. */
export const strictest = (first: Verdict, ...rest: readonly Verdict[]): Verdict =>
  rest.reduce((strict, said) => (rank(said) > rank(strict) ? said : strict), first);

const day = 24 * 60 * 60_000;

/** A ceiling as the ledger counts it: what this rule let through since a day ago. `name` is its key in `facts.used`. */
export const ceilingsOf = ({ name, ceilings = { credits: 0, calls: 0 } }: OperatorRule, now: number) =>
  (['credits', 'calls', 'people'] as const).flatMap(unit => {
    const most = ceilings[unit];
    return most === undefined
      ? []
      : [{ name: `${name}: ${most} ${unit} a day`, unit, most, since: now - day, where: { rule: name } }];
  });

/**
 * What a rule's condition comes to for a call: `no_say` where rules of its kind do not count (reading has nothing to confirm, stopping
 * nobody to wait for), `untold` where something it looks at is not there, `broken` where it could not be judged at all.
 */
export type Said = 'yes' | 'no' | 'untold' | 'broken' | 'no_say';

export function said({ verdict, stops, holds }: OperatorRule, facts: Facts): Said {
  if ((facts.effect === 'read' || facts.stops === true) && verdict !== 'deny') return 'no_say';
  if (facts.stops === true && stops !== true) return 'no_say';
  try {
    const answer = holds(facts);
    return answer === true ? 'yes' : answer === false ? 'no' : 'untold';
  } catch {
    return 'broken';
  }
}

/** What cannot be told counts as the stricter of the two answers: a rule that refuses or asks applies, one that allows does not. */
const applies = ({ verdict }: OperatorRule, said: Said): boolean =>
  said === 'yes' || (said === 'untold' && verdict !== 'allow');

/** Why a standing approval does not cover this call, or nothing. */
function beyond(rule: OperatorRule, { quote, audience, used, now }: Facts): string | undefined {
  if (quote.unknown.length > 0) return 'its price is not known';
  if (rule.ceilings?.people !== undefined && audience && audience.people === undefined)
    return 'how many people it reaches is not known';
  const mine = { credits: quote.high, calls: 1, people: audience?.people ?? 0 };
  // Asked this way round, what is no number at all is too much.
  const full = ceilingsOf(rule, now).find(
    ({ name, unit, most }) => !((used?.[name] ?? Number.POSITIVE_INFINITY) + mine[unit] <= most),
  );
  return full && `with it, ${full.most} ${full.unit} within 24 hours would be exceeded`;
}

const words = { allow: 'allows', ask: 'asks about', ask_human: 'asks a person about', deny: 'refuses' } as const;
const code = 'denied_by_policy';

function verdictOf({ rule: { name, verdict, reason, approver }, word }: { rule: OperatorRule; word: Said }): Verdict {
  const does = approver ? 'wants another person’s yes to' : words[verdict];
  const why =
    word === 'untold'
      ? `The operator’s rule "${name}" ${does} it, because something the rule looks at is not there.`
      : (reason ?? `The operator’s rule "${name}" ${does} it.`);
  return {
    verdict,
    rule: name,
    reason: why,
    ...(verdict === 'deny' ? { code } : {}),
    ...(approver ? { approver } : {}),
  };
}

const unjudged = ({ name }: OperatorRule): Verdict => ({
  verdict: 'deny',
  rule: name,
  reason: `The operator’s rule "${name}" could not judge this call, so it is refused.`,
  code,
});

/** What the operator's rules make of what would usually happen: tighter, or covered by a standing approval; never looser otherwise. */
export function operator(facts: Facts, usually: Verdict): Verdict {
  if (usually.verdict === 'deny') return usually;
  const asked = usually.verdict !== 'allow';
  // Where nobody would be asked, there is nothing to allow. All others are judged, so that a further rule hides none that is broken.
  const judged = facts.settings.rules
    .filter(({ verdict }) => verdict !== 'allow' || asked)
    .map(rule => ({ rule, word: said(rule, facts) }));
  const broken = judged.find(({ word }) => word === 'broken');
  if (broken) return unjudged(broken.rule);
  const applying = judged.filter(({ rule, word }) => applies(rule, word));
  const [tight, ...tighter] = applying.filter(({ rule }) => rule.verdict !== 'allow').map(verdictOf);
  if (tight) return strictest(tight, ...tighter, usually);
  const short: string[] = [];
  for (const { rule } of applying) {
    const why = beyond(rule, facts);
    if (why === undefined)
      return {
        verdict: 'allow',
        rule: rule.name,
        reason: `The operator’s standing approval "${rule.name}" covers it.${rule.reason === undefined ? '' : ` ${rule.reason}`}`,
        standing: true,
      };
    short.push(`The standing approval "${rule.name}" does not cover it: ${why}.`);
  }
  return { ...usually, reason: [usually.reason, ...short].join(' ') };
}
