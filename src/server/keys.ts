// Keys by purpose: what the store keeps is only ever derived from, so that no two things are sealed with one key.
import { hkdfSync } from 'node:crypto';
import type { Store } from '../store/store.ts';

export type Purpose = 'request state' | 'session id' | 'asked id' | 'approval page';

/** 32 bytes for one purpose, the same in every process on the same store (HKDF, RFC 5869). */
export async function keyFor(store: Pick<Store, 'key'>, purpose: Purpose): Promise<Uint8Array> {
  return new Uint8Array(hkdfSync('sha256', await store.key(), '', `automations-mcp ${purpose}`, 32));
}
