// What is remembered, as plain rows, and the few verbs that touch it; each verb is one transaction.
import type { Tokens } from './tokens.ts';

/**
 * One question to a person. Text ids, integer milliseconds, JSON as text.
 * `expired` is never written: an `open` row past `expires_at`, or an `approved` one past `usable_until`, is expired for everybody at any time.
 */
export interface QuestionRow {
  /** 128 random bits, hexadecimal. */
  id: string;
  /** Digest over the call, its client, the target's version and the policy's version: what exactly was asked. */
  digest: string;
  /** Digest over tool, canonical arguments, connection and principal: which call it is. */
  call: string;
  tool: string;
  connection: string;
  principal: string;
  client: string;
  arguments: string;
  /** Digest of the target's configuration as read, and of the policy in force. */
  target_version: string;
  policy_version: string;
  /** The quote as JSON; a higher one at the second look asks anew. */
  quote: string;
  verdict: 'ask' | 'ask_human';
  rule: string;
  /** The text a person is shown, exactly. */
  shown: string;
  /** Every change in words, those that the text has no room for among them: JSON of `{ field, from, to }`. */
  changes: string;
  /** Whose yes counts: anyone's who may answer it, or only that of another principal than its own. */
  approver: 'anyone' | 'another';
  created_at: number;
  expires_at: number;
  state: 'open' | 'approved' | 'rejected' | 'consumed';
  /** Where the answer was given: `client`, `terminal`, `page`, or `replaced` where a newer question took its place. */
  channel: string | null;
  decided_at: number | null;
  /** The principal who answered; null where nobody did, and in rows of before this was recorded. */
  decided_by: string | null;
  /** Until when an approval may be used. */
  usable_until: number | null;
  /** The intent that consumed it. */
  intent_id: string | null;
  /** The process that has its page open in a browser (128 random bits, which open nothing), and until when that is so without word of it. */
  page_by: string | null;
  page_until: number | null;
}

/** One recorded wish to cause a side effect. Without an outcome it is in flight before `deadline_at` and unknown after it. */
export interface IntentRow {
  id: string;
  call: string;
  tool: string;
  effect: string;
  connection: string;
  principal: string;
  client: string;
  /** The automation written to, or null for a create. */
  target: string | null;
  arguments: string;
  /** The request as sent, as JSON. */
  request: string;
  approval_id: string | null;
  quote: string;
  /** What the target looked like just before, as JSON: what a later read is compared with. */
  preimage: string;
  /** The target's configuration before this write, as JSON; `null` for a create. What undoing goes back to. */
  before: string;
  /** The rule that let it through, or that asked. */
  rule: string;
  /**
   * What it counts for in budgets (`Measure`): the high end of its quote from the moment it is recorded, then what was observed
   * (design section 5.5). `calls` is 1, and 0 for one that stops something.
   */
  credits: number;
  calls: number;
  people: number;
  created_at: number;
  deadline_at: number;
  outcome: 'done' | 'rejected' | 'not_sent' | 'pending' | 'unknown' | null;
  /** The receipt as JSON. */
  receipt: string | null;
  settled_at: number | null;
}

/**
 * What intents count for over a window that ends now, and the one rule of it: the sum of what `unit` names over all intents that were
 * created after `since`, are alike in all of `where`, and whose outcome is neither `rejected` nor `not_sent`; an intent without a
 * receipt, one that is unknown and one that the vendor holds count. `ledger/usage.ts` has the same as a function of rows.
 */
export interface Measure {
  unit: 'credits' | 'calls' | 'people';
  /** Milliseconds. */
  since: number;
  /**
   * Only those that a balance reported at this time, in milliseconds, may not show yet: held by the vendor, done not before it, or, where
   * no answer came, with a deadline not before it.
   */
  uncharged_at?: number;
  where: { connection?: string; target?: string; principal?: string; rule?: string };
}

/** A ceiling on a measure, with the name it is refused by. */
export interface Limit extends Measure {
  name: string;
  most: number;
}

/** One thing to write down for good. `body` is JSON text, secrets masked. */
export interface AuditEntry {
  /** Milliseconds. */
  at: number;
  kind: string;
  principal: string;
  client: string;
  connection: string | null;
  tool: string | null;
  intent_id: string | null;
  body: string;
}

/** An entry in its place: `hash` covers every other column and, through `prev`, everything before it (`chain.ts`). */
export interface AuditRow extends AuditEntry {
  /** From 1 on, without a gap. */
  seq: number;
  prev: string;
  hash: string;
}

export type AuditHead = Pick<AuditRow, 'seq' | 'hash'>;

/** What to write down in the very transaction that had this result. Pure: it may be called again where a transaction is tried again. */
export type Auditing<Result> = (result: Result) => readonly AuditEntry[];

/** A session of an older client that was closed before its id expired. */
export interface EndedSession {
  /** Digest of the session's id, hexadecimal: the id itself opens a session and is kept nowhere. */
  id: string;
  principal: string;
  /** When the id expires, milliseconds; a day later nothing needs to know of it any more, on whatever clock. */
  expires_at: number;
}

export interface Answering {
  state: 'approved' | 'rejected';
  channel: string;
  at: number;
  /** The principal who answers. */
  by: string;
  /** Until when the yes may be used; null for a no. */
  usable_until: number | null;
}

export interface Holding {
  by: string;
  at: number;
  until: number;
}

export interface Opening {
  intent: IntentRow;
  /** The approved question this intent consumes, and the digest it must carry. */
  approval?: { id: string; digest: string };
  /** Stopping never waits: neither for another write to the same automation nor for an earlier, lost stop; only for itself in flight. */
  stops: boolean;
  /** An unsettled intent of the same call that a person has knowingly passed. */
  passes?: string;
  /** For how long after its deadline an unknown intent still answers for the same call, in milliseconds. */
  unknown_answers_for: number;
  /** For how long a `done` run or create answers for the same call where no person was asked; 0 where one was. */
  done_answers_for: number;
  /** Ceilings that this intent must keep too; judged in the same transaction, so that no number of processes exceeds one. */
  limits: readonly Limit[];
}

export type Opened =
  | { opened: IntentRow }
  /** The operator's stop stands; `reason` are its words, often none. */
  | { refused: 'stopped'; reason: string }
  /** The same call is in flight, unknown, or just done: that intent is the answer. */
  | { refused: 'same'; intent: IntentRow }
  /** Another write to the same automation is in flight. */
  | { refused: 'busy'; intent: IntentRow }
  /** The approval was consumed before: that intent is the answer. */
  | { refused: 'consumed'; intent: IntentRow }
  /** The approval is missing, not approved, expired, for something else, or of somebody whose yes does not count. */
  | { refused: 'approval' }
  /** With it, this ceiling would be exceeded; `used` is what counts towards it without it. */
  | { refused: 'budget'; limit: Limit; used: number }
  /** The clock stands before what is already recorded. */
  | { refused: 'clock' };

export interface QuestionFilter {
  digest?: string;
  principal?: string;
  prefix?: string;
  open_at?: number;
  since?: number;
  limit?: number;
}

export interface IntentFilter {
  call?: string;
  connection?: string;
  target?: string;
  principal?: string;
  /** Only those whose fate is not final: without a receipt, unknown, or held by the vendor. */
  unsettled?: boolean;
  since?: number;
  limit?: number;
}

/** How many intents of one call are looked at, the newest first. */
export const recent = 20;

/**
 * Verbs throw a `Failure`: `not_sent` where the store cannot be used (P13), and from `ask` and `answer` also where the clock stands
 * before what is recorded; `settle` alone fails as `unknown`, because by then something may have been sent. `audit` is asked only
 * where the verb changed something; `open` asks it for refusals too.
 */
export interface Store extends Tokens {
  /**
   * Records a question, or joins the usable one (open, or approved and not yet used) with the same digest. `replaces` names an
   * earlier question of the same call that no longer covers it (a higher quote, another version): it is not joined, and closes for good.
   * `seen`: the newest `recent` intents of the call, as the asker knows them. Where there is another by now, that one is the answer
   * (`raced`), and nothing is recorded or changed.
   */
  ask(
    row: QuestionRow,
    replaces?: string,
    audit?: Auditing<QuestionRow>,
    seen?: readonly string[],
  ): Promise<{ question: QuestionRow; joined: boolean; raced?: IntentRow }>;
  /** The first answer wins; `won` says whether it was this one. Undefined where there is no such question. */
  answer(
    id: string,
    answering: Answering,
    audit?: Auditing<QuestionRow>,
  ): Promise<{ question: QuestionRow; won: boolean } | undefined>;
  /**
   * Takes, keeps or (where `until` is `at`) gives back the page of an open question; true where it is `by`'s. One process has it at a
   * time; what a killed one held is free after `until`. It spares a person a second window and guards nothing: the first answer wins.
   */
  hold(id: string, holding: Holding): Promise<boolean>;
  question(id: string): Promise<QuestionRow | undefined>;
  /** Newest first. `prefix` is how the id begins; `open_at` keeps those that can still be answered at that time, `since` those asked then or later. */
  questions(filter?: QuestionFilter): Promise<QuestionRow[]>;
  /** Consumes the approval and records the intent in one transaction, or refuses and changes nothing. */
  open(opening: Opening, audit?: Auditing<Opened>): Promise<Opened>;
  /**
   * Writes the receipt of an intent that has none, or that was unknown or pending; a settled one stays as it is. `credits` and `people`
   * are what was observed, where anything was. Returns the row as it then stands.
   */
  settle(id: string, receipt: Settling, audit?: Auditing<IntentRow>): Promise<IntentRow | undefined>;
  intent(id: string): Promise<IntentRow | undefined>;
  /** Newest first. */
  intents(filter: IntentFilter): Promise<IntentRow[]>;
  /** What each measure amounts to, and the last audit entry that these numbers include (0: none); one look, one moment. */
  used(measures: readonly Measure[]): Promise<{ used: number[]; as_of: number }>;
  /** Appends to the audit, in this order. `soon`: it need not be on disk yet; whatever is written next without `soon` takes it there. */
  append(entries: readonly AuditEntry[], soon?: true): Promise<void>;
  /** The audit, oldest first, after this number. */
  audit(after: number, limit: number): Promise<AuditRow[]>;
  /** The last audit entry that this object has written; undefined before that. */
  head(): AuditHead | undefined;
  /** Remembers that a session was closed, so that no process on these records revives it. Ending it again changes nothing. */
  endSession(session: EndedSession, now: number): Promise<void>;
  sessionEnded(id: string): Promise<boolean>;
  /** Puts the operator's stop: while it stands no intent is recorded, by any process on these records. A second one has the last word. */
  stop(reason: string): Promise<void>;
  /** Ends the stop; false where none stood. */
  resume(): Promise<boolean>;
  /** Why everything is stopped, or undefined. */
  stopped(): Promise<string | undefined>;
  /** 32 random bytes kept with the store, made at first use: the key that seals what travels through clients. */
  key(): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface Settling {
  outcome: NonNullable<IntentRow['outcome']>;
  receipt: string;
  at: number;
  credits?: number;
  people?: number;
}
