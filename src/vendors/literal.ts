// Draws up the exact request: where it goes is decided by the connection alone, and what is shown is what is sent (reliability.md R10, R11, C6).
import { Failure } from '../errors.ts';
import { quote } from './text.ts';
import type { VendorRequest } from './types.ts';

export interface Drawn {
  method: string;
  url: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  body?: string;
}

export interface Base {
  origin: string;
  /** Without a slash at the end; empty for a bare host. */
  prefix: string;
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);

/** Throws `Failure` where a base URL cannot be used; its text may end in a log, so a password in it is not repeated. */
export function baseUrlOf(text: string, title: string, environment: NodeJS.ProcessEnv = process.env): Base {
  const refuse = (why: string): never => {
    throw new Failure('not_sent', 'invalid_input', `The base URL of ${title} ${why}; nothing was sent.`, {
      next: 'The operator must correct the base URL.',
    });
  };
  const url = URL.canParse(text) ? new URL(text) : refuse('is not a URL');
  const loopback = isLoopback(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) refuse('is neither https nor on loopback');
  if (url.username || url.password) refuse('holds a user name or password');
  if (url.search || url.hash) refuse('holds a query or a fragment');
  if (environment.NODE_TLS_REJECT_UNAUTHORIZED === '0' && !loopback)
    refuse('cannot be used while NODE_TLS_REJECT_UNAUTHORIZED=0 switches certificate checks off');
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') };
}

/** `secrets` come last, so that nothing overrides them. Throws `Failure` where the path would leave the base URL. */
export function draw(
  base: Base,
  request: VendorRequest,
  secrets: Record<string, string>,
  extra: Record<string, string> = {},
): Drawn {
  const url = new URL(base.origin);
  url.pathname = `${base.prefix}${request.path}`;
  // What the parser normalises (`..`, `//`, `?`, `#`) was not made by `path`, and might be another endpoint.
  if (url.origin !== base.origin || url.pathname !== `${base.prefix}${request.path}` || !/^\/(?!\/)/.test(request.path))
    throw new Failure(
      'not_sent',
      'internal_error',
      `The path ${quote(request.path, 80)} leaves the base URL; nothing was sent.`,
    );
  for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, value);
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const headers = lowered({
    accept: 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'automations-mcp',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...lowered(extra),
    ...lowered(secrets),
  });
  return { method: request.method, url: url.href, headers, ...(body === undefined ? {} : { body }) };
}

const lowered = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** The same request with the values of the named headers hidden; a scheme such as `Bearer` stays readable. */
export function masked(drawn: Drawn, secrets: readonly string[]): Drawn {
  const names = new Set(secrets.map(name => name.toLowerCase()));
  const hide = (value: string): string => (value.startsWith('Bearer ') ? 'Bearer [hidden]' : '[hidden]');
  return {
    ...drawn,
    headers: Object.fromEntries(
      Object.entries(drawn.headers).map(([name, value]) => [name, names.has(name) ? hide(value) : value]),
    ),
  };
}
