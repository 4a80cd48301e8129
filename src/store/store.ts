// What is remembered, as plain rows, and the few verbs that touch it; each verb is one transaction.

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
  created_at: number;
  expires_at: number;
  state: 'open' | 'approved' | 'rejected' | 'consumed';
  /** Where the answer was given: `client`, `terminal` (later `page`), or `replaced` where a newer question took its place. */
  channel: string | null;
  decided_at: number | null;
  /** Until when an approval may be used. */
  usable_until: number | null;
  /** The intent that consumed it. */
  intent_id: string | null;
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
  created_at: number;
  deadline_at: number;
  outcome: 'done' | 'rejected' | 'not_sent' | 'pending' | 'unknown' | null;
  /** The receipt as JSON. */
  receipt: string | null;
  settled_at: number | null;
}

export interface Answering {
  state: 'approved' | 'rejected';
  channel: string;
  at: number;
  /** Until when the yes may be used; null for a no. */
  usable_until: number | null;
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
}

export type Opened =
  | { opened: IntentRow }
  /** The same call is in flight, unknown, or just done: that intent is the answer. */
  | { refused: 'same'; intent: IntentRow }
  /** Another write to the same automation is in flight. */
  | { refused: 'busy'; intent: IntentRow }
  /** The approval was consumed before: that intent is the answer. */
  | { refused: 'consumed'; intent: IntentRow }
  /** The approval is missing, not approved, expired, or for something else. */
  | { refused: 'approval' }
  /** The clock stands before what is already recorded. */
  | { refused: 'clock' };

export interface QuestionFilter {
  digest?: string;
  principal?: string;
  prefix?: string;
  open_at?: number;
  limit?: number;
}

export interface IntentFilter {
  call?: string;
  connection?: string;
  target?: string;
  /** Only those whose fate is not final: without a receipt, unknown, or held by the vendor. */
  unsettled?: boolean;
  since?: number;
  limit?: number;
}

/**
 * Verbs throw a `Failure`: `not_sent` where the store cannot be used (P13), and from `ask` and `answer` also where the clock stands
 * before what is recorded; `settle` alone fails as `unknown`, because by then something may have been sent.
 */
export interface Store {
  /**
   * Records a question, or joins the usable one (open, or approved and not yet used) with the same digest. `replaces` names an
   * earlier question of the same call that no longer covers it (a higher quote, another version): it is not joined, and closes for good.
   */
  ask(row: QuestionRow, replaces?: string): Promise<{ question: QuestionRow; joined: boolean }>;
  /** The first answer wins; `won` says whether it was this one. Undefined where there is no such question. */
  answer(id: string, answering: Answering): Promise<{ question: QuestionRow; won: boolean } | undefined>;
  question(id: string): Promise<QuestionRow | undefined>;
  /** Newest first. `prefix` is how the id begins; `open_at` keeps those that can still be answered at that time. */
  questions(filter?: QuestionFilter): Promise<QuestionRow[]>;
  /** Consumes the approval and records the intent in one transaction, or refuses and changes nothing. */
  open(opening: Opening): Promise<Opened>;
  /** Writes the receipt of an intent that has none, or that was unknown or pending; a settled one stays as it is. Returns the row as it then stands. */
  settle(
    id: string,
    receipt: { outcome: NonNullable<IntentRow['outcome']>; receipt: string; at: number },
  ): Promise<IntentRow | undefined>;
  intent(id: string): Promise<IntentRow | undefined>;
  /** Newest first. */
  intents(filter: IntentFilter): Promise<IntentRow[]>;
  /** 32 random bytes kept with the store, made at first use: the key that seals what travels through clients. */
  key(): Promise<Uint8Array>;
  close(): Promise<void>;
}
