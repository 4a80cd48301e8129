// What another policy would have made of everything that the audit recorded: every decision once more, with what was used by then.
import { everyEntry, isWhole } from '../ledger/chain-check.ts';
import type { Bodies } from '../ledger/entries.ts';
import { History } from '../ledger/history.ts';
import { type Facts, type Settings, type Verdict, verdictWord } from '../policy/policy.ts';
import { type Usage, withUsed } from '../server/spending.ts';
import type { AuditRow, Store } from '../store/store.ts';
import { decideAgain, isFull, type Recorded, recorded, same } from './recorded.ts';

/** The other policy: its settings, and what it declares of an account, where it knows it. */
export interface Other {
  settings: Settings;
  account(of: NonNullable<Recorded['facts']['connection']>): NonNullable<Recorded['facts']['connection']>;
}

export interface Change extends Pick<Recorded, 'seq' | 'at' | 'tool' | 'connection' | 'principal' | 'plan'> {
  target?: string;
  then?: Verdict;
  now?: Verdict;
}

/** Calls that were sent, and what they count for. */
export interface Sum {
  calls: number;
  credits: number;
  people: number;
}

export interface Simulated {
  /** Absent where there was nothing. */
  from?: number;
  to?: number;
  decisions: number;
  /** Decisions that would have come out differently, if only in their words. */
  changed: number;
  /** By what became of what: `allow → deny`. */
  changes: Record<string, number>;
  sent: Sum;
  /** Of what was sent: what would have been refused, asked of a person where nobody was, and let through where one was asked. */
  refused: Sum;
  asked: Sum;
  unasked: Sum;
}

const none = (): Sum => ({ calls: 0, credits: 0, people: 0 });
const word = (verdict: Verdict | undefined): string => (verdict ? verdictWord(verdict) : 'allow');
const asks = (verdict: Verdict | undefined): boolean => verdict?.verdict === 'ask' || verdict?.verdict === 'ask_human';

/** A decision, and what it comes to now. */
interface Judged {
  decision: Recorded;
  now: Verdict | undefined;
}

async function judge(
  decision: Recorded,
  { settings, account }: Other,
  usage: (as_of: number) => Usage,
): Promise<Judged> {
  const { used: _, frees_at: __, ...rest } = decision.facts;
  const facts = { ...rest, ...(rest.connection ? { connection: account(rest.connection) } : {}) };
  if (!isFull(facts)) return { decision, now: decideAgain(facts, settings) };
  const known = await withUsed(usage(decision.as_of ?? 0), { ...facts, settings } as Facts);
  return { decision, now: decideAgain(known.facts, settings) };
}

/** The decision that an intent was recorded upon: the last one over the same call that let it through. */
class Decided {
  readonly #byCall = new Map<string, Judged[]>();

  keep(judged: Judged): void {
    const { call, plan, verdict } = judged.decision;
    if (call === undefined || plan || verdict?.verdict === 'deny') return;
    const of = this.#byCall.get(call) ?? [];
    // More than a handful never race.
    this.#byCall.set(call, [...of.slice(-20), judged]);
  }

  of({ principal, client }: AuditRow, { call, rule }: { call: string; rule: string }): Judged | undefined {
    const all = this.#byCall.get(call) ?? [];
    return (
      all.findLast(
        ({ decision }) =>
          decision.verdict?.rule === rule && decision.principal === principal && decision.client === client,
      ) ?? all.at(-1)
    );
  }
}

/**
 * Goes through the audit once. What the other policy would have refused is taken for never sent by everything after it; a call that it
 * would have asked about counts as answered as it was, and what it alone would have let through counts nothing, because nobody knows
 * what it would have come to.
 */
export async function simulate(
  store: Pick<Store, 'audit'>,
  other: Other,
  found: (change: Change) => Promise<unknown>,
): Promise<Simulated | undefined> {
  if (!(await isWhole(store))) return undefined;
  const result: Simulated = {
    decisions: 0,
    changed: 0,
    changes: {},
    sent: none(),
    refused: none(),
    asked: none(),
    unasked: none(),
  };
  const history = new History();
  const decided = new Decided();
  /** Where what an intent counts for goes. */
  const sums = new Map<string, Sum[]>();
  const was = new Map<string, Omit<Sum, 'calls'>>();

  const count = (
    id: string,
    { outcome, credits, people }: { outcome: string | null; credits: number; people: number },
  ) => {
    const before = was.get(id);
    const ran = outcome !== 'rejected' && outcome !== 'not_sent';
    const now = ran ? { credits, people } : undefined;
    for (const sum of sums.get(id) ?? []) {
      sum.calls += (now ? 1 : 0) - (before ? 1 : 0);
      sum.credits += (now?.credits ?? 0) - (before?.credits ?? 0);
      sum.people += (now?.people ?? 0) - (before?.people ?? 0);
    }
    if (now) was.set(id, now);
    else was.delete(id);
  };

  /** The rule the intent would have stood on, or null where there would be none. */
  function intent(row: AuditRow): string | null | undefined {
    const body = JSON.parse(row.body) as Bodies['intent'];
    if ('refused' in body) return undefined;
    const of = decided.of(row, body);
    const changed = of && !same(of.decision.verdict, of.now);
    const denied = changed && of.now?.verdict === 'deny';
    const then = asks(of?.decision.verdict);
    const now = asks(of?.now);
    sums.set(body.id, [
      result.sent,
      ...(denied ? [result.refused] : []),
      ...(changed && now && !then ? [result.asked] : []),
      ...(changed && !denied && then && !now ? [result.unasked] : []),
    ]);
    count(body.id, { ...body, outcome: null });
    return denied ? null : changed ? of.now?.rule : undefined;
  }

  for await (const row of everyEntry(store)) {
    result.from ??= row.at;
    result.to = row.at;
    if (row.kind === 'receipt') count(row.intent_id ?? '', JSON.parse(row.body));
    history.take(row, row.kind === 'intent' ? intent(row) : undefined);
    const decision = recorded(row);
    if (!decision) continue;
    const judged = await judge(decision, other, as_of => history.asOf(as_of));
    decided.keep(judged);
    result.decisions += 1;
    const { verdict: then } = decision;
    const { now } = judged;
    if (same(then, now)) continue;
    result.changed += 1;
    const change = `${word(then)} → ${word(now)}`;
    result.changes[change] = (result.changes[change] ?? 0) + 1;
    const { seq, at, tool, connection, principal, plan, facts } = decision;
    await found({
      seq,
      at,
      tool,
      connection,
      principal,
      plan,
      ...(facts.target ? { target: facts.target.name } : {}),
      ...(then ? { then } : {}),
      ...(now ? { now } : {}),
    });
  }
  return result;
}
