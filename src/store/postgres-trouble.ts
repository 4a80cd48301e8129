// What to say when the PostgreSQL store cannot be used: every trouble in words, and that nothing was sent (P13).
import { Failure } from '../errors.ts';

const reach = 'See that the database runs and can be reached from here, then call again.';
const grant = 'Give the user of the store’s address the right to make and use its schema.';
const address = 'Correct the address of the store (--store), then start again.';

/** By the driver's or the network's code, or PostgreSQL's SQLSTATE; its class alone where that says enough. */
const reasons: Record<string, [what: string, next: string]> = {
  ECONNREFUSED: ['cannot be reached', reach],
  ECONNRESET: ['cannot be reached', reach],
  EPIPE: ['cannot be reached', reach],
  ENOTFOUND: ['cannot be reached: its host name is not known', address],
  EAI_AGAIN: ['cannot be reached: its host name cannot be looked up now', reach],
  ETIMEDOUT: ['does not answer', reach],
  CLOSED: ['closed the connection', reach],
  PLAIN: [
    'offers no encryption',
    'Switch TLS on at the server; sslmode=disable in the address says that the network is private.',
  ],
  CERTIFICATE: [
    'shows a certificate that is not trusted, or is somebody else’s',
    'Name the authority’s certificate in NODE_EXTRA_CA_CERTS, and the host in the address as the certificate does.',
  ],
  '28': ['does not let this program in', address],
  '3D': ['is not there: the server has no such database', address],
  '42501': ['may not be used', grant],
  '25006': ['is read-only', 'Point the store at the primary server, then start again.'],
  '53100': ['has no room left on its disk', 'Free some space, then call again.'],
  '53': ['has no room for another connection', 'Raise max_connections, or run fewer replicas.'],
  '55P03': ['is held by another process', 'Try again in a few seconds.'],
  '57014': ['did not answer in time', 'Try again in a few seconds.'],
  '57': ['is shutting down or starting', reach],
  '08': ['cannot be reached', reach],
};

/** The driver gives some of its own errors no code, only words. */
const words: [RegExp, code: string][] = [
  [/timeout/i, 'ETIMEDOUT'],
  [/^Connection terminated|not queryable$/, 'CLOSED'],
  [/password|SASL/, '28'],
  [/does not support SSL/, 'PLAIN'],
];

function codeOf(error: unknown): string {
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  if (/CERT|ISSUER|ALTNAME|^ERR_(TLS|SSL)|^EPROTO$/.test(String(code))) return 'CERTIFICATE';
  return String(code ?? words.find(([pattern]) => pattern.test(message))?.[1] ?? '');
}

/** The connection was cut or could not be made, or the server goes down or comes up; whether what was under way is recorded, nobody knows. */
export const isCut = (error: unknown): boolean => /^(ECONN|EPIPE$|CLOSED$|57P0[123]|08)/.test(codeOf(error));

/** It may still be answering something: nothing more is asked of it. */
export const isSpent = (error: unknown): boolean => isCut(error) || codeOf(error) === 'ETIMEDOUT';

/** Every trouble of the database in words: without its store the program sends nothing. */
export function unusable(error: unknown, name: string): Failure {
  if (error instanceof Failure) return error;
  const code = codeOf(error);
  const reason = reasons[code] ?? (/^[0-9A-Z]{5}$/.test(code) ? reasons[code.slice(0, 2)] : undefined);
  if (!reason)
    return new Failure(
      'not_sent',
      'internal_error',
      `The store ${name} refused a record (${code || 'no code'}); nothing was sent.`,
      {
        next: 'Its operator finds the cause in the log of the database.',
      },
    );
  return new Failure('not_sent', 'unavailable', `The store ${name} ${reason[0]}; nothing was sent.`, {
    next: reason[1],
  });
}
