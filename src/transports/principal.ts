// Whom a request comes from: asked once per request, before its body is read.
import type { IncomingMessage } from 'node:http';
import type { AuthInfo } from '@modelcontextprotocol/server';

export interface Principal {
  /** What everything of theirs is kept under; never a secret. */
  id: string;
}

export interface Refusal {
  status: 401 | 403;
  /** A sentence that repeats nothing of the request. */
  message: string;
  headers?: Record<string, string>;
}

export type Authenticate = (req: IncomingMessage) => Promise<{ principal: Principal } | { refusal: Refusal }>;

/** Everybody on this machine is the one person who started the program; for loopback alone (design section 9). */
export const openLoopback: Authenticate = async () => ({ principal: { id: 'local' } });

/** The principal as the SDK carries one to the server: without any secret. */
export const authInfo = ({ id }: Principal): AuthInfo => ({ token: '', clientId: id, scopes: [] });
