// Ids of sessions: signed, good for one principal and until they expire, and holding what the client said when it opened the session,
// so that any process with the same key can take the session up.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { InitializeRequest } from '@modelcontextprotocol/server';

export type Said = Pick<InitializeRequest['params'], 'protocolVersion' | 'clientInfo' | 'capabilities'>;

export interface Opened {
  said: Said;
  /** Milliseconds. */
  expires_at: number;
}

/** Capabilities longer than this, as JSON, count as none: ids travel in a header with every request. */
const MOST_CAPABILITIES = 1_024;

/** What of an `initialize` a session remembers. A session begins with no more than that, so that it is the same after a revival. */
export function remembered({ protocolVersion, clientInfo, capabilities }: Said): Said {
  return {
    protocolVersion: protocolVersion.slice(0, 32),
    clientInfo: { name: clientInfo.name.slice(0, 256), version: clientInfo.version.slice(0, 64) },
    capabilities: JSON.stringify(capabilities).length <= MOST_CAPABILITIES ? capabilities : {},
  };
}

/** What the store knows an ended session by: the id itself opens the session and is kept nowhere. */
export const digestOf = (id: string): string => createHash('sha256').update(id).digest('hex');

/** `payload.signature`, both base64url; the principal is signed with it and is not in it. */
export function sessionIds(key: Uint8Array) {
  const sign = (payload: string, principal: string): string =>
    createHmac('sha256', key).update(`${principal}\0${payload}`).digest('base64url');
  return {
    make(said: Said, principal: string, expires_at: number): string {
      const nonce = randomBytes(16).toString('base64url');
      const payload = Buffer.from(JSON.stringify([nonce, expires_at, said])).toString('base64url');
      return `${payload}.${sign(payload, principal)}`;
    },

    /** What an id says; nothing where it is not ours, another principal's, or expired: all three look alike from outside. */
    read(id: string, principal: string, now: number): Opened | undefined {
      const [payload = '', signature = '', ...more] = id.split('.');
      const right = Buffer.from(sign(payload, principal));
      const given = Buffer.from(signature);
      if (more.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
      const [, expires_at, said] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [string, number, Said];
      return now < expires_at ? { said, expires_at } : undefined;
    },
  };
}

export type SessionIds = ReturnType<typeof sessionIds>;
