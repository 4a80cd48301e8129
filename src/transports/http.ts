// Serves many clients at one /mcp: 2026-07-28 without sessions, older clients with them. Every wall stands before what it guards.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { Failure } from '../errors.ts';
import type { House } from '../server/house.ts';
import { lacking } from '../server/lacking.ts';
import { mcpServers } from '../server/mcp.ts';
import { inRequest, requestId } from '../server/request-id.ts';
import { views } from '../server/view.ts';
import { readJson } from './body.ts';
import { countCalls } from './calls.ts';
import { isOlder } from './era.ts';
import { isPage, type Pages } from './pages.ts';
import { type Authenticate, authInfo, openLoopback, type Principal, principalIn, type Refusal } from './principal.ts';
import { rateLimit } from './rate.ts';
import { refuse } from './refuse.ts';
import { whenClosed } from './reply.ts';
import { isAnswer } from './session.ts';
import { openSessions, type Servers, type SessionLimits } from './sessions.ts';
import { openStreams } from './sse.ts';
import { calledBy, once, originOf, wall } from './wall.ts';

/** As the settings have them: seconds, bytes, numbers. */
export interface HttpOptions extends SessionLimits {
  host: string;
  port: number;
  /** Origins of web pages that may come, besides our own. */
  allowedOrigins?: readonly string[];
  /** The address others know this server by, and what else it may be called besides loopback: values of `Host`. */
  publicUrl?: string;
  allowedHosts?: readonly string[];
  bodyLimit: number;
  headerLimit: number;
  /** How long a client may take to send a request; its headers a third of that. */
  requestTimeout: number;
  connectionLimit: number;
  /** Requests a second, and calls under way at once, of one principal. */
  rateLimit: number;
  callLimit: number;
  /** Streams of notices of one principal, open at once. */
  streamLimit: number;
  /** Whether HTTP+SSE is served too. */
  legacySse: boolean;
  /** How long it goes on as before once it was told to end, while `/readyz` says so already. */
  lameDuck: number;
  /** How long the end of the program may take after that. */
  grace: number;
}

export interface HttpServer {
  url: string;
  /** Takes nothing new, waits for calls that are under way, then closes everything. `hurry`: within a second of it. */
  close(hurry?: Promise<void>): Promise<void>;
  /** How many sessions are held in memory. */
  sessions(): number;
}

export interface Doors {
  servers?: Servers;
  /** Whom each request is from; without it everybody is the one person of this machine. */
  authenticate?: Authenticate;
  /** Tells whoever's token was not issued for a call with which scopes one would be. */
  forMore?(scopes: readonly string[]): Refusal;
  /** Who issues tokens for this server: told to anybody, at these paths (RFC 9728). */
  metadata?: { paths: readonly string[]; body: object } | undefined;
  /** Where a team answers questions. */
  pages?: Pages | undefined;
}

/** Connections above the limit are still told so, up to this many; further ones are cut off. */
const TOLD = 64;
/** Milliseconds that calls under way are given where the end is in a hurry. */
const HASTE = 1_000;

export async function serveOverHttp(
  house: House,
  options: HttpOptions,
  { servers = mcpServers(house), authenticate = openLoopback, forMore, metadata, pages }: Doors = {},
): Promise<HttpServer> {
  // A yes for everybody is nobody's to give (design section 6); policy lets it count for nobody else either.
  if (authenticate !== openLoopback && house.connections.some(({ insecureAutoApprove }) => insecureAutoApprove))
    throw new Error(
      'insecure_auto_approve cannot be set where requests are authenticated over HTTP: take it out, or serve over stdio.',
    );
  const { host, grace, bodyLimit, requestTimeout, connectionLimit } = options;
  // What a client did wrong is its own affair, and nobody fills the log with it.
  const onerror = (error: Error) => house.log.info({ err: error }, 'http');
  const modern = createMcpHandler(({ authInfo: info }) => servers(principalIn(info)), {
    legacy: 'reject',
    maxRequestBodySize: bodyLimit,
    onerror,
  });
  const modernNode = toNodeHandler(modern, { maxRequestBodySize: bodyLimit, onerror });
  const sessions = openSessions(house, servers, options);
  const calls = countCalls(options.callLimit);
  const listening = countCalls(options.streamLimit);
  const streams = openStreams(servers, calls, options);
  const viewOf = views(house);
  const tooSoon = rateLimit(options.rateLimit);
  const served = new Map([
    ['/mcp', ['GET', 'POST', 'DELETE']],
    ...(options.legacySse
      ? ([
          ['/sse', ['GET']],
          ['/messages', ['POST']],
        ] as [string, string[]][])
      : []),
  ]);
  let isOurs: ReturnType<typeof wall> = () => false;
  let isOurPage = isOurs;
  let connections = 0;
  let ready = true;
  let stopping = false;
  let looking: Promise<boolean> | undefined;
  let closing: Promise<void> | undefined;

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const visited = isPage(req.url) ? pages : undefined;
    if (!(visited ? isOurPage : isOurs)(req, res)) return;
    if (connections > connectionLimit) return busy(res, 'Too many connections are open.', 1, { connection: 'close' });
    if (visited) return visit(req, res, visited);
    const path = req.url?.split('?', 1)[0];
    if (path !== undefined && healths.has(path)) return health(req, res, path);
    if (metadata?.paths.includes(path ?? '')) return show(req, res, metadata.body);
    const methods = served.get(path ?? '');
    if (!methods) return refuse(res, 404, -32601, 'The endpoint is /mcp.');
    if (!methods.includes(req.method ?? ''))
      return refuse(res, 405, -32000, `Only ${methods.join(', ')} may be used here.`, { allow: methods.join(', ') });
    const who = await authenticate(req);
    if ('refusal' in who) return barred(res, who.refusal);
    const wait = await tooSoon(who.principal.id);
    if (wait > 0) return refuse(res, 429, -32000, 'Too many requests.', { 'retry-after': String(wait) });
    if (holdsSecret(req)) return refuse(res, 400, -32600, 'A header holds a key; keys belong in the settings only.');
    if (path === '/messages') return posted(req, res, who.principal);
    if (req.method === 'POST') return take(req, res, who.principal);
    if (stopping) return ending(res);
    if (req.method === 'GET' && !listens(res, who.principal)) return;
    return path === '/sse' ? streams.open(res, who.principal) : sessions.handle(req, res, undefined, who.principal);
  }

  /** Whether one more stream of notices may be opened; where not, that is answered. */
  function listens(res: ServerResponse, { id }: Principal): boolean {
    const end = listening.begin(id);
    if (end) whenClosed(res, end);
    else refuse(res, 429, -32000, 'Too many streams are open.', { 'retry-after': '5' });
    return end !== undefined;
  }

  /** Nobody has said who they are yet, so that each address has its own limit. */
  async function visit(req: IncomingMessage, res: ServerResponse, visited: Pages): Promise<void> {
    const wait = await tooSoon(`at ${req.socket.remoteAddress}`);
    if (wait > 0) return refuse(res, 429, -32000, 'Too many requests.', { 'retry-after': String(wait) });
    await visited.answer(req, res, originOf(req, options.publicUrl));
  }

  /** Refusals of the protocol repeat its headers, and nothing masks them: what is a secret does not get that far. No id is repeated. */
  function holdsSecret({ headers }: IncomingMessage): boolean {
    for (const name in headers)
      if (name.startsWith('mcp-') && name !== 'mcp-session-id' && house.redact(String(headers[name])) !== headers[name])
        return true;
    return false;
  }

  /** The body, or nothing where that has been answered already. */
  async function bodyOf(req: IncomingMessage, res: ServerResponse): Promise<{ message: unknown } | undefined> {
    const body = await readJson(req, { most: bodyLimit, within: requestTimeout * 1_000 });
    if ('unread' in body) {
      const { status, code, message, headers } = body.unread;
      return void refuse(res, status, code, message, headers);
    }
    // Whoever was asked something may still answer it.
    return stopping && !isAnswer(body.json) ? void ending(res) : { message: body.json };
  }

  async function posted(req: IncomingMessage, res: ServerResponse, principal: Principal): Promise<void> {
    const stream = streams.named(req, principal);
    if (!stream) return refuse(res, 404, -32001, 'There is no such stream; open one at /sse.');
    const body = await bodyOf(req, res);
    if (body) await streams.post(stream, body.message, res);
  }

  async function take(req: IncomingMessage, res: ServerResponse, principal: Principal): Promise<void> {
    const body = await bodyOf(req, res);
    if (!body) return;
    const { message } = body;
    const lacks = forMore && principal.token ? lacking(viewOf(principal).house, principal, message) : [];
    if (forMore && lacks.length > 0) return barred(res, forMore([...(principal.token ?? []), ...lacks]));
    if (isCall(message)) {
      const end = calls.begin(principal.id);
      if (!end) return refuse(res, 429, -32000, 'Too many calls are under way.', { 'retry-after': '1' });
      whenClosed(res, end);
    }
    if (isListening(message) && !listens(res, principal)) return;
    if (isOlder(req.headers, message)) return sessions.handle(req, res, message, principal);
    await modernNode(Object.assign(req, { auth: authInfo(principal) }), res, message);
  }

  /** One look serves all who ask meanwhile: nobody says here who they are. */
  const usable = (): Promise<boolean> => {
    looking ??= house.store
      .question('')
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };

  async function health(req: IncomingMessage, res: ServerResponse, path: string): Promise<void> {
    let status = 'ok';
    if (path === '/readyz' && !ready) status = 'ending';
    else if (path === '/readyz' && !(await usable())) status = 'the store cannot be used';
    show(req, res, { status }, status === 'ok' ? 200 : 503);
  }

  function broken(res: ServerResponse, error: unknown): unknown {
    house.log.error({ err: error }, 'an HTTP request broke');
    if (res.headersSent) return res.destroy();
    if (error instanceof Failure && error.code === 'unavailable')
      return busy(res, 'The store of this server cannot be used now; its log says why.', 5);
    return refuse(res, 500, -32603, 'Something in this server broke.');
  }

  /** A client that leaves before it has an answer counts as 499, as it does with proxies. */
  function tell(req: IncomingMessage, res: ServerResponse): void {
    const http = house.observer?.http;
    if (!http) return;
    const path = req.url?.split('?', 1)[0] ?? '';
    const named = served.has(path) || healths.has(path) ? path : 'other';
    res.once('close', () => http(named, res.headersSent ? res.statusCode : 499));
  }

  const server = createServer(
    {
      headersTimeout: Math.ceil((requestTimeout * 1_000) / 3),
      // The body's own time limit answers in words; this one cuts off whoever does not even read the answer.
      requestTimeout: Math.ceil(requestTimeout * 2_000),
      connectionsCheckingInterval: Math.ceil(Math.min(1_000, requestTimeout * 100)),
      keepAliveTimeout: 65_000,
      maxHeaderSize: options.headerLimit,
    },
    (req, res) => {
      const id = requestId(once(req, 'x-request-id') && req.headers['x-request-id']);
      res.setHeader('x-request-id', id);
      tell(req, res);
      inRequest(() => void answer(req, res).catch(error => broken(res, error)), id);
    },
  );
  server.maxConnections = connectionLimit + TOLD;
  server.on('connection', socket => {
    connections++;
    socket.once('close', () => connections--);
  });
  async function close(hurry: Promise<void> = new Promise(() => {})): Promise<void> {
    ready = false;
    if (options.lameDuck > 0) await lameDuck(options.lameDuck * 1_000, hurry);
    stopping = true;
    const closed = new Promise(resolve => server.close(resolve));
    // Calls have most of the time to answer, the client some to take the answer, and what is left is for the store and the accounts.
    let end = performance.now() + grace * 700;
    house.ending?.tell(grace * 600);
    void hurry.then(() => {
      end = Math.min(end, performance.now() + HASTE);
      house.ending?.tell(HASTE / 2);
    });
    await calls.over(() => end);
    await Promise.allSettled([modern.close(), sessions.close(), streams.close()]);
    server.closeAllConnections();
    await closed;
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: options.port, backlog: 4_096 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const called = calledBy(options, port);
  isOurs = wall({ port, origins: options.allowedOrigins ?? [], ...called });
  // Whoever may use /mcp from elsewhere has no business on a page for people.
  isOurPage = wall({ port, origins: [], ...called });
  const own = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  pages?.at(called.site ?? own);
  return {
    url: `${own}/mcp`,
    sessions: sessions.held,
    close: hurry => (closing ??= close(hurry)),
  };
}

const healths = new Set(['/healthz', '/readyz']);

async function lameDuck(ms: number, hurry: Promise<void>): Promise<void> {
  const over = new AbortController();
  const waited = sleep(ms, undefined, { signal: over.signal }).catch(() => {});
  await Promise.race([waited, hurry]);
  over.abort();
}

/** A stream of notices is no call: it lasts as long as its client. */
const isListening = (message: unknown): boolean =>
  (message as { method?: unknown } | null)?.method === 'subscriptions/listen';

/** Whether it waits for an answer. */
function isCall(message: unknown): boolean {
  const { id, method } = (message ?? {}) as { id?: unknown; method?: unknown };
  return id !== undefined && method !== undefined && !isListening(message);
}

/** What anybody may ask without saying who they are. */
function show(req: IncomingMessage, res: ServerResponse, body: object, status: 200 | 503 = 200): void {
  const reads = req.method === 'GET' || req.method === 'HEAD';
  if (!reads) return void refuse(res, 405, -32000, 'Only GET is served.', { allow: 'GET, HEAD' });
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  res.end(JSON.stringify(body));
}

const barred = (res: ServerResponse, { status, message, headers }: Refusal): void =>
  refuse(res, status, -32000, message, headers);

const busy = (res: ServerResponse, message: string, seconds: number, headers: Record<string, string> = {}): void =>
  refuse(res, 503, -32000, message, { 'retry-after': String(seconds), ...headers });

const ending = (res: ServerResponse): void => busy(res, 'This server is ending.', 1, { connection: 'close' });
