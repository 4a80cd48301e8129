// Why an intent may not be recorded: what every store must look up first, and the one order in which it refuses (design sections 6 and 7).
import { Failure } from '../errors.ts';
import type { IntentRow, Limit, Opened, Opening, QuestionRow } from './store.ts';

/** How far the clock may stand before the newest record, in milliseconds; processes on several machines never agree exactly. */
export const clockMargin = 60_000;

/** A clock that went back would revive expired questions and deadlines, so nothing new is recorded until it is right again (P13). */
export const clockWentBack = (now: number, newest: number | null): boolean => now < (newest ?? now) - clockMargin;

export const clockFailure = (): Failure =>
  new Failure(
    'not_sent',
    'unavailable',
    "This machine's clock stands before what is already recorded; nothing was sent.",
    { next: 'Set the clock right, then call again.' },
  );

/** What the transaction read before it decides. */
export interface Found {
  /** The words of the operator's stop, where it stands. */
  stop: string | undefined;
  /** When the newest question or intent was recorded. */
  newest: number | null;
  /** The question whose yes is to be consumed, and the intent that consumed it already. */
  question: QuestionRow | undefined;
  consumer: IntentRow | undefined;
  /** Intents of the same call whose fate is not final, newest first, and the one that was `done` last. */
  unsettled: readonly IntentRow[];
  lastDone: IntentRow | undefined;
  /** Intents on the same target of the same connection that have no receipt yet; newest first. */
  underWay: readonly IntentRow[];
  /** What counts towards each of the opening's limits. */
  used: readonly number[];
}

/** What one intent counts for. */
const amount = ({ credits, calls, people }: IntentRow): Record<Limit['unit'], number> => ({ credits, calls, people });

/** The first limit that this intent would exceed. What counts for nothing exceeds nothing, however much was used before. */
function exceeded(
  { intent, limits }: Opening,
  used: readonly number[],
): Extract<Opened, { refused: 'budget' }> | undefined {
  for (const [n, limit] of limits.entries()) {
    const mine = amount(intent)[limit.unit];
    const before = used[n] ?? Number.POSITIVE_INFINITY;
    // Asked this way round, what is no number at all is too much.
    if (mine !== 0 && !(before + mine <= limit.most)) return { refused: 'budget', limit, used: before };
  }
  return undefined;
}

const inFlight = (intent: IntentRow, now: number): boolean => intent.outcome === null && now < intent.deadline_at;

/** Whether an earlier intent of the same call is the answer to this one. */
function answers(earlier: IntentRow, opening: Opening): boolean {
  const now = opening.intent.created_at;
  switch (earlier.outcome) {
    case 'done':
      return (
        opening.done_answers_for > 0 &&
        earlier.settled_at !== null &&
        now < earlier.settled_at + opening.done_answers_for
      );
    case 'rejected':
    case 'not_sent':
      return false;
    case 'pending':
      return true;
    default:
      // In flight, or unknown; only what is over can be passed by a person. Stopping twice does no harm, and not stopping might.
      return (
        inFlight(earlier, now) ||
        (!opening.stops && earlier.id !== opening.passes && now < earlier.deadline_at + opening.unknown_answers_for)
      );
  }
}

/** A yes that must be another's is void where its own principal said it, or nobody knows who did. */
const byWhomItMust = ({ approver, principal, decided_by }: QuestionRow): boolean =>
  approver === 'anyone' || (decided_by !== null && decided_by !== principal);

/** The first reason to refuse, or nothing. The intent's `created_at` is "now": a store has no clock of its own. */
export function refusal(opening: Opening, found: Found): Exclude<Opened, { opened: IntentRow }> | undefined {
  const { intent, approval, stops } = opening;
  const now = intent.created_at;
  if (found.stop !== undefined) return { refused: 'stopped', reason: found.stop };
  if (clockWentBack(now, found.newest)) return { refused: 'clock' };

  // Only the same call may see what its approval led to: an id alone opens nobody else's receipt.
  const question = found.question?.call === intent.call ? found.question : undefined;
  if (question?.state === 'consumed' && found.consumer) return { refused: 'consumed', intent: found.consumer };

  const same = [...found.unsettled, found.lastDone].find(earlier => earlier && answers(earlier, opening));
  if (same) return { refused: 'same', intent: same };

  const busy = stops ? undefined : found.underWay.find(other => inFlight(other, now));
  if (busy) return { refused: 'busy', intent: busy };

  const usable =
    !approval ||
    (question?.state === 'approved' &&
      question.digest === approval.digest &&
      now < (question.usable_until ?? 0) &&
      byWhomItMust(question));
  return usable ? exceeded(opening, found.used) : { refused: 'approval' };
}
