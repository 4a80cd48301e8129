// The words in which every failure is told: what happened, whether anything was sent or spent, what to do next.

/** What came of a call (design section 10). Everything but `done` reaches the client with `isError: true`. */
export const outcomes = ['done', 'denied', 'pending', 'not_sent', 'rejected', 'unknown'] as const;
export type Outcome = (typeof outcomes)[number];

export const codes = [
  'denied_by_policy',
  'insufficient_scope',
  'precondition_failed',
  'budget_exceeded',
  'approval_declined',
  'approval_required',
  'held_by_vendor',
  'invalid_input',
  'not_found',
  'unauthenticated',
  'unavailable',
  'internal_error',
  'rejected',
  'rate_limited',
  'outcome_unknown',
] as const;
export type Code = (typeof codes)[number];

export interface FailureDetails {
  /** What to do next, a whole sentence. */
  next?: string;
  /** The rule that decided, where policy did. */
  rule?: string;
  waiting_for?: 'person' | 'vendor';
  intent_id?: string;
  approval_id?: string;
  /** The call that was probably meant, ready to be made. */
  closest?: { tool: string; arguments: object };
  /** How long to wait before trying again, in seconds. */
  retry_after_s?: number;
}

/** The one failure of the program: anything that keeps a call from being `done`, in words for the caller. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly outcome: Exclude<Outcome, 'done'>;
  readonly code: Code;
  readonly details: FailureDetails;

  constructor(outcome: Exclude<Outcome, 'done'>, code: Code, message: string, details: FailureDetails = {}) {
    super(message);
    this.outcome = outcome;
    this.code = code;
    this.details = details;
  }
}
