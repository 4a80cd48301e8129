// What intents amount to, as a function of rows: the store's rule (`Measure`) once more, for rows that come from elsewhere.
import { exact } from '../store/exact.ts';
import type { IntentRow, Limit, Measure } from '../store/store.ts';

/** What must be known of an intent to count it. */
export type Counted = Pick<
  IntentRow,
  | 'connection'
  | 'target'
  | 'principal'
  | 'rule'
  | 'credits'
  | 'calls'
  | 'people'
  | 'created_at'
  | 'deadline_at'
  | 'outcome'
  | 'settled_at'
>;

export function counts(intent: Counted, { since, uncharged_at, where }: Omit<Measure, 'unit'>): boolean {
  const { outcome, created_at, deadline_at, settled_at } = intent;
  if (created_at <= since || outcome === 'rejected' || outcome === 'not_sent') return false;
  const columns = ['connection', 'target', 'principal', 'rule'] as const;
  if (columns.some(column => where[column] !== undefined && where[column] !== intent[column])) return false;
  if (uncharged_at === undefined || outcome === 'pending') return true;
  return (outcome === 'done' ? (settled_at ?? deadline_at) : deadline_at) >= uncharged_at;
}

export const usage = (intents: Iterable<Counted>, measure: Measure): number => {
  let used = 0;
  for (const intent of intents) if (counts(intent, measure)) used += intent[measure.unit];
  return exact(used);
};

/**
 * When there is room for `needs` under a limit whose window rolls, if nothing else is sent: once enough of what counts now has left the
 * window. Undefined where time alone never makes room, or where it is there already. Milliseconds.
 */
export function freesAt(intents: readonly Counted[], limit: Limit, needs: number, now: number): number | undefined {
  if (limit.uncharged_at !== undefined) return undefined;
  const counted = intents.filter(intent => counts(intent, limit)).sort((a, b) => a.created_at - b.created_at);
  let used = usage(counted, limit);
  if (used + needs <= limit.most) return undefined;
  for (const intent of counted) {
    used = exact(used - intent[limit.unit]);
    if (used + needs <= limit.most) return intent.created_at + (now - limit.since);
  }
  return undefined;
}
