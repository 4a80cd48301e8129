// What intents mean: where each one stands, and which earlier ones bear on a call that is about to be made (design section 7).
import { randomBytes } from 'node:crypto';
import { type IntentRow, recent, type Store } from '../store/store.ts';
import { canonical } from './canonical.ts';

/** The times of design section 7, in milliseconds. */
export const timing = {
  /** For so long after its deadline an unknown intent is looked into by its sender, and answers for the same call. After that a person is asked. */
  unknownAnswersFor: 10 * 60_000,
  /** For so long a `done` run or create answers for the same call: clients re-issue calls whose answer was lost. */
  doneAnswersFor: 2 * 60_000,
  /** By how much an intent's deadline outlives its request: the request has surely ended, and its receipt is written, before others call it unknown. */
  deadlineMargin: 5_000,
} as const;

/** Where an intent stands. Without a receipt it is in flight before its deadline and unknown after it, for every process, at any time. */
export function standing(intent: IntentRow, now: number): 'in_flight' | NonNullable<IntentRow['outcome']> {
  return intent.outcome ?? (now < intent.deadline_at ? 'in_flight' : 'unknown');
}

export interface Wish {
  call: string;
  tool: string;
  effect: string;
  connection: string;
  principal: string;
  client: string;
  /** The automation written to; null for a create. */
  target: string | null;
  /** As parsed, defaults filled in. */
  arguments: unknown;
  /** The exact request that will be sent. */
  request: unknown;
  quote: unknown;
  /** What the target looked like just before. */
  preimage: unknown;
  /** Its whole configuration then; null for a create. */
  before: unknown;
  /** What decided, and what it counts for in budgets. */
  rule: string;
  credits: number;
  calls: number;
  people: number;
  approval_id?: string | null;
  now: number;
  /** When its request ends at the latest, answered or not. The row's deadline stands `deadlineMargin` after that. */
  deadline_at: number;
}

/** Random, never derived from the body: every intent is a new one. */
export const intentId = (): string => randomBytes(16).toString('hex');

/** The row for one wish to cause a side effect. */
export function newIntent(wish: Wish, id = intentId()): IntentRow {
  return {
    id,
    call: wish.call,
    tool: wish.tool,
    effect: wish.effect,
    connection: wish.connection,
    principal: wish.principal,
    client: wish.client,
    target: wish.target,
    arguments: canonical(wish.arguments),
    request: JSON.stringify(wish.request ?? null),
    approval_id: wish.approval_id ?? null,
    quote: JSON.stringify(wish.quote ?? null),
    preimage: JSON.stringify(wish.preimage ?? null),
    before: JSON.stringify(wish.before ?? null),
    rule: wish.rule,
    credits: wish.credits,
    calls: wish.calls,
    people: wish.people,
    created_at: wish.now,
    deadline_at: wish.deadline_at + timing.deadlineMargin,
    outcome: null,
    receipt: null,
    settled_at: null,
  };
}

export interface Earlier {
  /** The same call is in flight, held by the vendor, or unknown for less than ten minutes: that intent is the answer. */
  same?: IntentRow;
  /** The same call is unknown for longer than that: only a person lets it through, warned of this intent. */
  unsettled?: IntentRow;
  /** The same run or create was done less than two minutes ago: where nobody is asked it is the answer, else the question says so. */
  lastDone?: IntentRow;
  /** Another write to the same automation is in flight: nobody is asked about a call that would be refused for that. */
  busy?: IntentRow;
  /** The newest intents of the same call, by id: whoever finds another one later was raced. */
  seen: string[];
}

/** What was recorded of a call so far, by id, and not by time: a clock that went back makes old intents look new. */
export const recorded = async (store: Pick<Store, 'intents'>, call: string): Promise<ReadonlySet<string>> =>
  new Set((await store.intents({ call, limit: recent })).map(({ id }) => id));

/** Which earlier intents bear on a new, identical call. Advice for asking; `open` judges again in its transaction. */
export async function earlier(
  store: Pick<Store, 'intents'>,
  { call, connection, target, now }: { call: string; connection: string; target: string | null; now: number },
): Promise<Earlier> {
  // Unsettled ones first: what is settled between the two looks is then seen as done, and not missed.
  const unsettled = await store.intents({ call, unsettled: true });
  const newest = await store.intents({ call, limit: recent });
  const others = target === null ? [] : await store.intents({ connection, target, unsettled: true });

  const over = (intent: IntentRow) =>
    standing(intent, now) === 'unknown' && now >= intent.deadline_at + timing.unknownAnswersFor;
  // One that was recorded between the two looks is only in the second.
  const open = [
    ...unsettled,
    ...newest.filter(({ outcome }) => outcome === null || outcome === 'unknown' || outcome === 'pending'),
  ];
  const same = open.find(intent => !over(intent));
  const old = open.find(over);
  const settled = ({ settled_at }: IntentRow) => settled_at ?? 0;
  const done = newest
    .filter(({ outcome, effect }) => outcome === 'done' && (effect === 'run' || effect === 'create'))
    .sort((a, b) => settled(b) - settled(a))
    .find(intent => now < settled(intent) + timing.doneAnswersFor);
  const busy = others.find(intent => intent.call !== call && standing(intent, now) === 'in_flight');
  return {
    ...(same ? { same } : {}),
    ...(old ? { unsettled: old } : {}),
    ...(done ? { lastDone: done } : {}),
    ...(busy ? { busy } : {}),
    seen: newest.map(({ id }) => id),
  };
}
