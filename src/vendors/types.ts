// What is said to a vendor and what comes back, before any vendor's own meaning is read into it.

export type VendorName = 'scrip' | 'trustpager';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/**
 * One request as it will be sent. `path` is made by `path()` in `path.ts`, so every segment is encoded; it is relative to the
 * connection's base URL. What is planned is what is sent, byte for byte.
 */
export interface VendorRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string>;
  body?: JsonObject;
  /** How long the answer may take: 15 s for a read, 30 s for a write, 120 s for a `run` that answers only when it is over. */
  pace: 'read' | 'write' | 'run';
}

/** A reply whose body was read in full and understood as JSON: an object, or nothing at all. */
export interface VendorReply {
  status: number;
  body: JsonObject | undefined;
}

/**
 * What became of one write, told by what the vendor may have seen (reliability.md R1):
 * `answered`, the whole answer was read; `not_sent`, no byte left this machine; `unknown`, anything else.
 */
export type Sent =
  | { kind: 'answered'; reply: VendorReply; retry_after_s?: number }
  | { kind: 'not_sent'; reason: string; retry_after_s?: number }
  | { kind: 'unknown'; reason: string };

/** What came of an intent, in the vendor's room: `classify` makes it from `Sent`. */
export interface Receipt {
  outcome: 'done' | 'rejected' | 'not_sent' | 'pending' | 'unknown';
  /** A code of `errors.ts` for all but `done`. */
  code?: string;
  /** One sentence in our words; vendor text inside it is quoted and cleaned. */
  reason?: string;
  /** The vendor's status and body, where it answered. */
  status?: number;
  body?: JsonObject | undefined;
  retry_after_s?: number;
}
