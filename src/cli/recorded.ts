// Decisions as the audit holds them, to be decided once more: by the policy they were decided by, or by another.
import { canonical } from '../ledger/canonical.ts';
import type { Bodies, RecordedFacts } from '../ledger/entries.ts';
import { decide, type Facts, refusedUnread, type Settings, type Verdict } from '../policy/policy.ts';
import type { AuditRow } from '../store/store.ts';

/** One verdict of the past. */
export interface Recorded {
  seq: number;
  at: number;
  tool: string | null;
  connection: string | null;
  principal: string;
  client: string;
  policy: string;
  facts: RecordedFacts;
  /** Absent: a read that nothing refused. */
  verdict?: Verdict;
  call?: string;
  as_of?: number;
  plan: boolean;
}

/** The decision that an entry holds, if it holds one. */
export function recorded(row: AuditRow): Recorded | undefined {
  if (row.kind !== 'decision' && row.kind !== 'read') return undefined;
  const { seq, at, tool, connection, principal, client } = row;
  const body = JSON.parse(row.body) as Bodies['decision'] | Bodies['read'];
  if (body.policy === undefined || body.facts === undefined) return undefined;
  const who = { seq, at, tool, connection, principal, client, policy: body.policy, facts: body.facts };
  if (!('verdict' in body)) return { ...who, plan: false };
  const { verdict, call, as_of, plan } = body;
  return {
    ...who,
    verdict,
    ...(call === undefined ? {} : { call }),
    ...(as_of === undefined ? {} : { as_of }),
    plan: plan === true,
  };
}

/** Whether everything was read that bears on a write. */
export const isFull = ({ effect }: RecordedFacts): boolean => effect !== undefined;

/** What the same facts come to by these settings; undefined where a read, or a call before its look, is not refused. */
export function decideAgain(facts: RecordedFacts, settings: Settings): Verdict | undefined {
  const full = { ...facts, settings } as Facts;
  return isFull(facts) ? decide(full) : refusedUnread(full);
}

export const same = (a: Verdict | undefined, b: Verdict | undefined): boolean =>
  canonical(a ?? null) === canonical(b ?? null);

/** The same decision in other words, as another version of the program may put it. */
export const sameButWords = (a: Verdict | undefined, b: Verdict | undefined): boolean =>
  same(a && { ...a, reason: '' }, b && { ...b, reason: '' });
