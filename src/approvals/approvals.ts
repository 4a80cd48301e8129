// What a question to a person means: how it is asked, what counts as a yes, and where it stands at any time (design section 6).
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QuestionRow, Store } from '../store/store.ts';
import type { Change } from './shown.ts';

/** For how long a yes is good where the operator sets nothing else, in milliseconds. */
export const yesLasts = 120_000;

export interface Asked {
  digest: string;
  call: string;
  tool: string;
  connection: string;
  principal: string;
  client: string;
  /** As parsed, defaults filled in. */
  arguments: unknown;
  target_version: string;
  policy_version: string;
  quote: unknown;
  verdict: QuestionRow['verdict'];
  approver: QuestionRow['approver'];
  rule: string;
  /** The text from `shownText`: what is shown is what is stored. */
  shown: string;
  /** From `allChanges`. */
  changes: readonly Change[];
  now: number;
  expires_at: number;
}

/** The row for one question. Its id is random: nothing that a model can compute stands for a yes (P4). */
export function newQuestion({ now, arguments: args, quote, changes, ...asked }: Asked): QuestionRow {
  return {
    ...asked,
    id: randomBytes(16).toString('hex'),
    arguments: JSON.stringify(args ?? {}),
    quote: JSON.stringify(quote ?? null),
    changes: JSON.stringify(changes),
    created_at: now,
    state: 'open',
    channel: null,
    decided_at: null,
    decided_by: null,
    usable_until: null,
    intent_id: null,
    page_by: null,
    page_until: null,
  };
}

export type Status = QuestionRow['state'] | 'expired';

/** Where a question stands. Expiry is read off the clock and never written, so no process has to sweep. */
export function status({ state, expires_at, usable_until }: QuestionRow, now: number): Status {
  if (state === 'open' && now >= expires_at) return 'expired';
  if (state === 'approved' && now >= (usable_until ?? 0)) return 'expired';
  return state;
}

/**
 * Whether what a form brought back is a yes (P6). Some clients accept forms by themselves, so `accept` alone is not one: the content
 * must be the one required field with the one affirmative value, and nothing else.
 */
export function isYes(action: unknown, content: unknown): boolean {
  if (action !== 'accept' || typeof content !== 'object' || content === null || Array.isArray(content)) return false;
  const keys = Reflect.ownKeys(content);
  return keys.length === 1 && keys[0] === 'confirm' && (content as { confirm: unknown }).confirm === true;
}

/** Compares what comes from outside in a time that tells nothing about where, or in what length, it differs (P4). */
export function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** A person, as far as questions go: who they are, and whose questions they may answer: by name, `self` their own, `all` everybody else's. */
export interface Approver {
  principal: string;
  approves: readonly string[];
}

/** Whoever sits at the machine that holds the store. Over stdio, and on loopback without tokens, the caller is the same person. */
export const host: Approver = { principal: 'local', approves: ['self', 'all'] };

/** Whoever answers the form that their own client shows. */
export const oneself = (principal: string): Approver => ({ principal, approves: ['self'] });

type Whose = Pick<QuestionRow, 'principal' | 'approver' | 'verdict'>;

/**
 * Whether a question is this person's to answer; what is not is told like what does not exist (reliability.md C13). A name stands also for
 * those whose ids were made from it (`guest:…`, one for each subject that nobody named).
 */
export function mayAnswer({ principal }: Pick<Whose, 'principal'>, by: Approver): boolean {
  if (principal === by.principal) return by.approves.includes('self');
  return by.approves.some(name => name === 'all' || name === principal || principal.startsWith(`${name}:`));
}

/**
 * Whether a yes of theirs counts, given there: not in the client where page or terminal must answer, and not to their own question where
 * a rule wants another person.
 */
export function mayApprove(question: Whose, by: Approver, channel: string): boolean {
  if (!mayAnswer(question, by)) return false;
  if (question.approver === 'another' && question.principal === by.principal) return false;
  return channel !== 'client' || question.verdict === 'ask';
}

export interface Said {
  yes: boolean;
  /** Where it was said: `client`, `terminal`, `page`. */
  channel: string;
  by: Approver;
  now: number;
  /** For how long the yes may be used. */
  usable_for?: number;
}

/**
 * Records what a person said; `won` tells whether it counted: the first answer wins, and none counts after the expiry. The one place
 * that says whose yes counts (`mayApprove`); what it looks at never changes in a row. A no counts from whoever may answer at all.
 * `barred`: it was none of theirs to say.
 */
export async function answerQuestion(
  store: Pick<Store, 'question' | 'answer'>,
  id: string,
  { yes, channel, by, now, usable_for = yesLasts }: Said,
): Promise<{ question: QuestionRow; won: boolean; barred?: true } | undefined> {
  const question = await store.question(id);
  if (!question || !same(question.id, id)) return undefined;
  if (!(yes ? mayApprove(question, by, channel) : mayAnswer(question, by)))
    return { question, won: false, barred: true };
  return store.answer(id, {
    state: yes ? 'approved' : 'rejected',
    channel,
    at: now,
    by: by.principal,
    usable_until: yes ? now + usable_for : null,
  });
}

export interface Waiting {
  /** Milliseconds that may still be waited, by a clock that nobody can set. */
  left(): number;
  signal?: AbortSignal;
  every?: number;
  now?: () => number;
  /** Told of the question at each look, as long as it is open. */
  looked?: (question: QuestionRow) => void;
}

/**
 * Waits until the question is decided or expired, the call's clock runs out, or the caller goes away; then tells it as it stands.
 * It polls, because the answer may be given in another process.
 */
export async function waitForAnswer(
  store: Pick<Store, 'question'>,
  id: string,
  { left, signal, every = 200, now = Date.now, looked = () => {} }: Waiting,
): Promise<QuestionRow | undefined> {
  for (;;) {
    const question = await store.question(id);
    const at = now();
    const rest = left();
    if (!question || status(question, at) !== 'open' || rest <= 0 || signal?.aborted) return question;
    looked(question);
    // Nothing but the caller's going away ends it early, and that is looked at next.
    await sleep(Math.max(1, Math.min(every, rest, question.expires_at - at)), undefined, { signal }).catch(() => {});
  }
}
