// What an account was really charged, against the price list: what corrects its next quotes (design section 5.4).
import type { IntentRow } from '../store/store.ts';

/** The newest charges count; a price that changed long ago should not be felt for ever. */
const newest = 5;

export interface Charges {
  /** The least and the most that a charge was of its listed price; at least 1. */
  low: number;
  high: number;
  /** How many charges say so. */
  seen: number;
}

/**
 * From intents, newest first. Only those tell anything whose list price is one number and whose charge was seen as a fall of the balance;
 * a run that was skipped charges nothing and says nothing about a price. Others may have spent from the account in the same moment, which
 * makes a charge look too high: the safe way round.
 */
export function chargesOf(rows: readonly IntentRow[]): Charges | undefined {
  const ratios = rows
    .flatMap(({ outcome, quote, receipt }) => {
      if (outcome !== 'done') return [];
      const { listed } = (JSON.parse(quote) ?? {}) as { listed?: number };
      const { charged } = (JSON.parse(receipt ?? 'null') ?? {}) as { charged?: number };
      return listed && charged ? [charged / listed] : [];
    })
    .slice(0, newest);
  if (ratios.length === 0) return undefined;
  return { low: Math.max(1, Math.min(...ratios)), high: Math.max(1, ...ratios), seen: ratios.length };
}
