// What was used, added up: credits, calls and people of the intents that ran or may have, along one side at a time.
import type { IntentRow } from '../store/store.ts';

export const sides = ['day', 'connection', 'automation', 'tool', 'principal'] as const;
export type Side = (typeof sides)[number];

export interface Spent {
  /** The day as YYYY-MM-DD, or the id or name of whatever the side is. */
  key: string;
  /** An automation's name as it was before the latest write to it, where that was read. */
  name?: string;
  calls: number;
  credits: number;
  people: number;
  /** How many of the calls, and of the credits, are not settled: reserved at the high end of their quote. */
  open_calls: number;
  open_credits: number;
}

const settled = (row: IntentRow): boolean => row.outcome === 'done';

function nameOf({ before }: IntentRow): string | undefined {
  const { name } = (JSON.parse(before) ?? {}) as { name?: unknown };
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/**
 * The sums, the dearest first, days in their order. What was refused or never left (`rejected`, `not_sent`) used nothing and is not in
 * them. `dayOf` tells the day of a time in milliseconds, in whatever zone is wanted.
 */
export function spent(rows: readonly IntentRow[], side: Side, dayOf: (at: number) => string): Spent[] {
  const keys: Record<Side, (row: IntentRow) => string> = {
    day: row => dayOf(row.created_at),
    connection: row => row.connection,
    automation: row => (row.target === null ? `${row.connection}: created` : row.target),
    tool: row => row.tool,
    principal: row => row.principal,
  };
  const sums = new Map<string, Spent>();
  for (const row of rows) {
    if (row.outcome === 'rejected' || row.outcome === 'not_sent') continue;
    const key = keys[side](row);
    const sum = sums.get(key) ?? { key, calls: 0, credits: 0, people: 0, open_calls: 0, open_credits: 0 };
    sum.calls += 1;
    sum.credits += row.credits;
    sum.people += row.people;
    if (!settled(row)) {
      sum.open_calls += 1;
      sum.open_credits += row.credits;
    }
    // Rows come newest first, so the first name seen is the latest.
    const name = side === 'automation' ? (sum.name ?? nameOf(row)) : undefined;
    sums.set(key, name === undefined ? sum : { ...sum, name });
  }
  return [...sums.values()].sort((a, b) =>
    side === 'day'
      ? a.key.localeCompare(b.key)
      : b.credits - a.credits || b.people - a.people || b.calls - a.calls || a.key.localeCompare(b.key),
  );
}
