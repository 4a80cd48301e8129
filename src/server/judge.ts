// Puts a call's facts into the form in which they are recorded, lets policy decide upon exactly that, and writes both down.
import { Failure } from '../errors.ts';
import type { RecordedFacts, Who } from '../ledger/entries.ts';
import { type CallFacts, decide, type Facts, refusedUnread, type Verdict } from '../policy/policy.ts';
import type { Tool } from '../tool.ts';
import type { House } from './house.ts';

/** Facts longer than this, in characters, are refused: a verdict must be recorded whole, so that it can be reached again. */
const LONGEST = 262_144;

/** JSON would make nothing of what is no number, and nothing is less than every limit. */
const allNumbers = (value: unknown): boolean =>
  typeof value === 'number'
    ? Number.isFinite(value)
    : typeof value !== 'object' || value === null || Object.values(value).every(allNumbers);

/** The facts as JSON keeps them, secrets masked: whoever decides upon the record later decides upon the same. */
export function asRecorded<F extends CallFacts>(house: House, { settings, ...facts }: F): F {
  if (!allNumbers(facts))
    throw new Failure(
      'not_sent',
      'unavailable',
      'Something that bears on the verdict is no number, so it cannot be judged.',
    );
  const text = house.redactedJson(facts);
  if (text.length > LONGEST)
    throw new Failure('not_sent', 'invalid_input', 'The call is too large to be recorded.', {
      next: 'Make its arguments smaller.',
    });
  return { ...JSON.parse(text), settings } as F;
}

const recorded = ({ settings: _, ...facts }: CallFacts): RecordedFacts => facts;

export const whoOf = ({ principal, client, connection, tool }: CallFacts): Who => ({
  principal,
  client,
  connection: connection.id,
  tool,
});

/** Reads, and everything before it was read: a verdict where it is refused. */
export function judgedUnread(house: House, facts: CallFacts, plan = false): Verdict | undefined {
  const verdict = refusedUnread(facts);
  if (verdict) noteDecision(house, facts, verdict, plan ? { plan } : {});
  return verdict;
}

/** The verdict over a write; `as_of` is the last entry that the usage in the facts includes. */
export function judged(house: House, facts: Facts, as_of: number, call: string, plan = false): Verdict {
  const verdict = decide(facts);
  noteDecision(house, facts, verdict, { as_of, call, ...(plan ? { plan } : {}) });
  return verdict;
}

const noteDecision = (
  house: House,
  facts: CallFacts,
  verdict: Verdict,
  more: { as_of?: number; call?: string; plan?: true },
): void =>
  house.note({
    ...whoOf(facts),
    kind: 'decision',
    body: { policy: house.policyVersion, ...more, facts: recorded(facts), verdict },
  });

/** A call that only read: what it was let through with, or whose it was, and how it ended. */
export function noteRead(
  house: House,
  of: CallFacts | (Who & { arguments?: unknown }),
  { outcome, code }: { outcome: string; code?: string },
): void {
  const end = { outcome, ...(code ? { code } : {}) };
  const { arguments: args, ...who } = of;
  if ('needs' in of)
    house.note({ ...whoOf(of), kind: 'read', body: { policy: house.policyVersion, facts: recorded(of), ...end } });
  else
    house.note({ ...(who as Who), kind: 'read', body: { ...(args === undefined ? {} : { arguments: args }), ...end } });
}

/** A call that failed, where no verdict and no verb of the store has told of it already. */
export function noteFailure(house: House, tool: Tool, who: Who, failure: Failure, facts: CallFacts | undefined): void {
  const { outcome, code, message, details } = failure;
  const told = details.intent_id !== undefined || details.approval_id !== undefined;
  if (tool.kind === 'read' && (facts || tool.vendor === 'common')) noteRead(house, facts ?? who, { outcome, code });
  else if (!told && (outcome === 'denied' || outcome === 'not_sent'))
    house.note({ ...who, kind: 'refused', body: { outcome, code, reason: message.slice(0, 500) } });
}
