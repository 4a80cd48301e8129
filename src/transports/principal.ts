// Whom a request comes from: asked once per request, before its body is read.
import type { IncomingMessage } from 'node:http';
import type { AuthInfo } from '@modelcontextprotocol/server';
import { local, type Principal } from '../principal.ts';

export type { Principal } from '../principal.ts';

export interface Refusal {
  status: 401 | 403 | 503;
  /** A sentence that repeats nothing of the request. */
  message: string;
  headers?: Record<string, string>;
}

export type Authenticate = (req: IncomingMessage) => Promise<{ principal: Principal } | { refusal: Refusal }>;

/** Everybody on this machine is the one person who started the program; for loopback alone (design section 9). */
export const openLoopback: Authenticate = async () => ({ principal: local });

/** How many of the places that all share one principal may take: where several come, nobody keeps the others out. */
export const shareOf = ({ id }: Principal, places: number): number =>
  id === local.id ? places : Math.ceil(places / 2);

/** The principal as the SDK carries one to the server: without any secret. */
export const authInfo = (principal: Principal): AuthInfo => ({
  token: '',
  clientId: principal.id,
  scopes: [],
  extra: { principal },
});

export const principalIn = (info: AuthInfo | undefined): Principal | undefined =>
  info?.extra?.principal as Principal | undefined;
