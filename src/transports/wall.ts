// The outer wall: exact Host and Origin on every route and method, before anything else of a request is looked at.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse } from './refuse.ts';

/** Headers that clients in a browser send and read; what is not named here they may not. */
const SENT =
  'accept, authorization, content-type, last-event-id, mcp-method, mcp-name, mcp-protocol-version, mcp-session-id, x-request-id';
const READ = 'mcp-session-id, retry-after, www-authenticate, x-request-id';

/** Of two, Node would keep the first, and whoever stands before this server perhaps the second. */
export function once({ rawHeaders }: IncomingMessage, name: string): boolean {
  let times = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === name) times++;
  return times === 1;
}

/** What a server that listens there is called besides loopback, and its public address, whose pages are its own. */
export function calledBy(
  { host, publicUrl, allowedHosts = [] }: { host: string; publicUrl?: string; allowedHosts?: readonly string[] },
  port: number,
): { names: string[]; site?: string } {
  const every = ['0.0.0.0', '::'].includes(host);
  const at = every || isLoopback(host) ? [] : [`${host.includes(':') ? `[${host}]` : host}:${port}`];
  const site = publicUrl === undefined ? undefined : new URL(publicUrl);
  return {
    names: [...at, ...(site ? [site.host] : []), ...allowedHosts],
    ...(site ? { site: site.origin } : {}),
  };
}

/** The origin that a request, which the wall let through, names by its Host. */
export function originOf({ headers }: IncomingMessage, publicUrl: string | undefined): string {
  const host = String(headers.host).toLowerCase();
  const site = publicUrl === undefined ? undefined : new URL(publicUrl);
  return site?.host === host ? site.origin : `http://${host}`;
}

export const isLoopback = (host: string): boolean => ['127.0.0.1', '::1', 'localhost'].includes(host);

/**
 * A web page that rebinds its name to loopback fails on Host, one that posts straight to loopback fails on Origin (reliability.md C11).
 * Clients that are not browsers send no Origin. `names` are what this server is called besides loopback, exactly; pages of `site`, its
 * public address, are ours like those of loopback. `origins` may come besides; theirs alone get CORS headers.
 * Answers whether the request may go on; where not, it has been answered.
 */
export function wall({
  port,
  origins,
  names = [],
  site,
}: {
  port: number;
  origins: readonly string[];
  names?: readonly string[];
  site?: string | undefined;
}) {
  const local = ['127.0.0.1', 'localhost', '[::1]'].map(name => `${name}:${port}`);
  const hosts = [...local, ...names.map(name => name.toLowerCase())];
  const own = [...local.map(host => `http://${host}`), ...(site === undefined ? [] : [site])];
  const message =
    names.length === 0 ? 'This server answers programs on this machine only.' : 'This server is not called that way.';
  return (req: IncomingMessage, res: ServerResponse): boolean => {
    const { host, origin } = req.headers;
    const known = host !== undefined && hosts.includes(host.toLowerCase()) && once(req, 'host');
    const foreign = origin !== undefined && !own.includes(origin.toLowerCase());
    if (!known || (foreign && !origins.includes(origin))) {
      refuse(res, 403, -32000, message);
      return false;
    }
    if (!foreign) return true;
    res.setHeader('access-control-allow-origin', origin);
    res.setHeader('access-control-expose-headers', READ);
    res.setHeader('vary', 'origin');
    if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) return true;
    res.writeHead(204, {
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': SENT,
      'access-control-max-age': '600',
    });
    res.end();
    return false;
  };
}
