// What the audit says of each thing that happens: one shape for every kind of entry, bounded, secrets masked (docs/audit.md).
import { createHash } from 'node:crypto';
import type { Facts, Verdict } from '../policy/policy.ts';
import type { AuditEntry, AuditHead, IntentRow, Opened, Opening, QuestionRow } from '../store/store.ts';

/** Who did it, with what, where. */
export interface Who {
  principal: string;
  client: string;
  connection?: string | null;
  tool?: string | null;
}

/** What policy looked at, without the operator's settings: those are found by the policy's version. */
export type RecordedFacts = Omit<Partial<Facts>, 'settings'>;

/** What each kind of entry holds in its `body`. */
export interface Bodies {
  /** What the operator set, before the first decision that uses it, and the program that decides. `version` is the digest of `policy`. */
  policy: { version: string; program: string; policy: object };
  /** A verdict, and everything it was reached from. `as_of`: the last entry that the usage in the facts includes. */
  decision: {
    policy: string;
    as_of?: number;
    /** Digest of the call: the same for every repeat of it. */
    call?: string;
    /** Nothing was to be sent: `plan_call` asked. */
    plan?: true;
    facts: RecordedFacts;
    verdict: Verdict;
  };
  question: Pick<
    QuestionRow,
    | 'id'
    | 'call'
    | 'digest'
    | 'target_version'
    | 'policy_version'
    | 'verdict'
    | 'approver'
    | 'rule'
    | 'shown'
    | 'expires_at'
  > & { quote: unknown; replaces?: string };
  answer: Pick<QuestionRow, 'id' | 'call' | 'state' | 'channel' | 'decided_by' | 'usable_until'>;
  intent:
    | (Pick<
        IntentRow,
        | 'id'
        | 'call'
        | 'effect'
        | 'target'
        | 'approval_id'
        | 'rule'
        | 'credits'
        | 'calls'
        | 'people'
        | 'created_at'
        | 'deadline_at'
      > & { arguments: unknown; request: unknown; quote: unknown; passes?: string })
    /** Not recorded: `by` is the intent that stands in the way, `limit` what it would have exceeded. */
    | {
        call: string;
        rule: string;
        refused: string;
        by?: string;
        limit?: { name: string; unit: string; most: number; used: number };
        credits: number;
        calls: number;
        people: number;
      };
  /** What came of an intent. `credits`, `calls` and `people` are what it counts for from now on. */
  receipt: Pick<IntentRow, 'outcome' | 'credits' | 'calls' | 'people' | 'settled_at'> & { receipt: unknown };
  /** What a call that only reads was let through with, and how it ended. */
  read: { policy?: string; facts?: RecordedFacts; arguments?: unknown; outcome: string; code?: string };
  /** A call that ended before there was anything to decide, or between a verdict and its intent. */
  refused: { outcome: string; code: string; reason: string };
  /** Entries of reads and refusals that could not be written while the store could not be used. */
  lost: { entries: number };
}

export type Kind = keyof Bodies;
export type Note = { [K in Kind]: Who & { kind: K; body: Bodies[K] } }[Kind];

/** The longest body, in characters. What is longer loses its largest members; decisions are never cut, because they are reached again. */
export const longest = 32_768;

/** A member that was taken out, by its length and digest. */
function cut(member: unknown): { cut: number; sha256: string } {
  const text = JSON.stringify(member);
  return { cut: text.length, sha256: createHash('sha256').update(text).digest('hex') };
}

function bounded(text: string): string {
  if (text.length <= longest) return text;
  const body = JSON.parse(text) as Record<string, unknown>;
  const size = (member: unknown): number => JSON.stringify(member).length;
  const members = Object.entries(body).sort(([, a], [, b]) => size(b) - size(a));
  for (const [name, member] of members) {
    if (JSON.stringify(body).length <= longest) break;
    body[name] = cut(member);
  }
  return JSON.stringify(body);
}

/** Text for a column: what a store could not give back exactly as it was written would break the chain. */
const column = (text: string): string => text.replaceAll('\0', '').toWellFormed().slice(0, 1_000);

/** `json` makes text of a value and masks every known secret in it, before anything is hashed. */
export function entryOf(note: Note, at: number, json: (value: unknown) => string, intent_id?: string): AuditEntry {
  const text = json(note.body);
  return {
    at,
    kind: note.kind,
    principal: column(note.principal),
    client: column(note.client),
    connection: note.connection == null ? null : column(note.connection),
    tool: note.tool == null ? null : column(note.tool),
    intent_id: intent_id ?? null,
    body: note.kind === 'decision' || note.kind === 'policy' ? text : bounded(text),
  };
}

const parsed = (text: string): unknown => JSON.parse(text);

export const questionAsked = (row: QuestionRow, replaces?: string): Note & { kind: 'question' } => ({
  kind: 'question',
  principal: row.principal,
  client: row.client,
  connection: row.connection,
  tool: row.tool,
  body: {
    id: row.id,
    call: row.call,
    digest: row.digest,
    target_version: row.target_version,
    policy_version: row.policy_version,
    verdict: row.verdict,
    approver: row.approver,
    rule: row.rule,
    quote: parsed(row.quote),
    shown: row.shown,
    expires_at: row.expires_at,
    ...(replaces === undefined ? {} : { replaces }),
  },
});

export const questionAnswered = (row: QuestionRow): Note & { kind: 'answer' } => ({
  kind: 'answer',
  principal: row.principal,
  client: row.client,
  connection: row.connection,
  tool: row.tool,
  body: {
    id: row.id,
    call: row.call,
    state: row.state,
    channel: row.channel,
    decided_by: row.decided_by,
    usable_until: row.usable_until,
  },
});

export function intentOpened({ intent, passes }: Opening, opened: Opened): Note & { kind: 'intent' } {
  const { principal, client, connection, tool, call, rule, credits, calls, people } = intent;
  const who = { kind: 'intent', principal, client, connection, tool } as const;
  if ('refused' in opened)
    return {
      ...who,
      body: {
        call,
        rule,
        refused: opened.refused,
        ...('intent' in opened ? { by: opened.intent.id } : {}),
        ...(opened.refused === 'budget' ? { limit: limitOf(opened) } : {}),
        credits,
        calls,
        people,
      },
    };
  const row = opened.opened;
  return {
    ...who,
    body: {
      id: row.id,
      call,
      effect: row.effect,
      target: row.target,
      arguments: parsed(row.arguments),
      request: parsed(row.request),
      approval_id: row.approval_id,
      ...(passes === undefined ? {} : { passes }),
      rule,
      quote: parsed(row.quote),
      credits: row.credits,
      calls: row.calls,
      people: row.people,
      created_at: row.created_at,
      deadline_at: row.deadline_at,
    },
  };
}

const limitOf = ({ limit: { name, unit, most }, used }: Extract<Opened, { refused: 'budget' }>) => ({
  name,
  unit,
  most,
  used,
});

export const intentSettled = (row: IntentRow): Note & { kind: 'receipt' } => ({
  kind: 'receipt',
  principal: row.principal,
  client: row.client,
  connection: row.connection,
  tool: row.tool,
  body: {
    outcome: row.outcome,
    credits: row.credits,
    calls: row.calls,
    people: row.people,
    settled_at: row.settled_at,
    receipt: parsed(row.receipt ?? 'null'),
  },
});

/** The end of the chain as results and log lines carry it, and as `audit verify --head` takes it. */
export const headText = ({ seq, hash }: AuditHead): string => `${seq}.${hash.slice(0, 16)}`;
