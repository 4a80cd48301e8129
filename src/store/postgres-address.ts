// Where a PostgreSQL store is: its address taken apart, what of it may be shown, and what must never be.
import { Failure } from '../errors.ts';

export interface Address {
  host: string;
  port: number;
  database: string;
  /** Absent: the user this program runs as. */
  user?: string;
  password?: string;
  /** What the driver is told of TLS: whom the certificate must name, and that no environment variable switches its check off. */
  ssl: false | { host: string; rejectUnauthorized: true };
  schema: string;
  /** As it may be shown. */
  name: string;
  /** Every text in it that must reach no output. */
  secrets: string[];
}

const bad = (what: string): Failure =>
  new Failure('not_sent', 'invalid_input', `The address of the store ${what}.`, {
    next: 'It is postgres://host:port/database, with user and password before the host, and may end in ?schema=… and sslmode=….',
  });

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad('holds a % that begins no escape; a % itself is written %25');
  }
};

/**
 * `postgres://user:password@host:port/database`, then `schema` (automations_mcp), `sslmode`, or `host` for the folder of a Unix socket. Not
 * on this machine the connection is encrypted and the certificate checked (`verify-full`), unless `sslmode=disable` says that the network
 * is private; what would encrypt without a check is refused (reliability.md R11). Throws `Failure` in words that repeat nothing of it.
 */
export function addressOf(text: string): Address {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) throw bad('is no postgres:// address');
  const url = new URL(text);
  const { schema = 'automations_mcp', sslmode, host: socket, ...more } = Object.fromEntries(url.searchParams);
  if (Object.keys(more).length > 0) throw bad('has something else after its ? than schema, sslmode and host');
  if (!/^[a-z_][a-z0-9_]{0,50}$/.test(schema) || schema.startsWith('pg_'))
    throw bad('names a schema that is no plain name of lower-case letters, digits and _');
  const host = socket ?? decoded(url.hostname).replace(/^\[(.*)\]$/, '$1');
  const database = decoded(url.pathname.slice(1));
  if (socket !== undefined && !socket.startsWith('/')) throw bad('names a host that is no folder after its ?');
  if (host === '' || database === '') throw bad('names no host or no database');
  const here = host.startsWith('/') || ['127.0.0.1', '::1', 'localhost'].includes(host);
  if (sslmode !== undefined && sslmode !== 'disable' && sslmode !== 'verify-full')
    throw bad('asks for an sslmode that checks no certificate: verify-full and disable are the ones there are');
  const [user, password] = [decoded(url.username), decoded(url.password)];
  const secret = [text, url.href, url.password, password].filter(part => part !== '');
  return {
    host,
    port: Number(url.port || 5432),
    database,
    ...(user ? { user } : {}),
    ...(password ? { password } : {}),
    ssl: sslmode === 'verify-full' || (sslmode === undefined && !here) ? { host, rejectUnauthorized: true } : false,
    schema,
    name: `postgres://${socket ?? url.host}/${database}`,
    secrets: password === '' ? [] : [...new Set(secret)],
  };
}
