// The audit's chain: each entry's hash covers the one before it, so nothing can be changed, taken out, moved or put in unseen.
import { createHash } from 'node:crypto';
import type { AuditEntry, AuditHead, AuditRow } from './store.ts';

/** What the first entry stands on. */
export const genesis: AuditHead = { seq: 0, hash: '0'.repeat(64) };

/** SHA-256 over a JSON array of every column, in this order; hexadecimal. */
export const chainHash = ({
  seq,
  prev,
  at,
  kind,
  principal,
  client,
  connection,
  tool,
  intent_id,
  body,
}: Omit<AuditRow, 'hash'>): string =>
  createHash('sha256')
    .update(JSON.stringify([seq, prev, at, kind, principal, client, connection, tool, intent_id, body]))
    .digest('hex');

/** The entries in their places after `head`. */
export function chained(head: AuditHead, entries: readonly AuditEntry[]): AuditRow[] {
  let { seq, hash: prev } = head;
  return entries.map(entry => {
    seq += 1;
    const row = { ...entry, seq, prev };
    const hash = chainHash(row);
    prev = hash;
    return { ...row, hash };
  });
}
