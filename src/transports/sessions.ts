// Sessions of clients older than 2026-07-28: any process with the store's key takes one up where it stands, and one that was closed stays closed.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isInitializeRequest, type McpServer, type Server } from '@modelcontextprotocol/server';
import { takeLateAnswer } from '../server/ask.ts';
import type { House } from '../server/house.ts';
import { keyFor } from '../server/keys.ts';
import { masked } from '../server/masked.ts';
import { type AskedIds, askedIds } from './asked-id.ts';
import { authInfo, type Principal, shareOf } from './principal.ts';
import { refuse } from './refuse.ts';
import { whenClosed } from './reply.ts';
import { isAnswer, type Pass, Session } from './session.ts';
import { digestOf, remembered, type Said, type SessionIds, sessionIds } from './session-id.ts';

const DAY = 86_400_000;

export type Servers = (principal?: Principal) => Server | McpServer;

export interface SessionLimits {
  /** How many are held in memory at most; the least recently used make room, and come back when their client does. */
  sessionLimit: number;
  /** Seconds after which one that nobody uses leaves memory. */
  sessionIdle: number;
  /** Days an id is good for. */
  sessionLife: number;
}

export function openSessions(house: House, servers: Servers, limits: SessionLimits) {
  /** By id, the least recently used first. */
  const live = new Map<string, Session>();
  const sweep = setInterval(() => {
    for (const session of live.values())
      if (!session.busy && session.streams === 0 && performance.now() - session.used > limits.sessionIdle * 1_000)
        void session.close();
  }, limits.sessionIdle * 100).unref();

  let making: Promise<{ ids: SessionIds; asked: AskedIds }> | undefined;
  const sealed = () => {
    making ??= Promise.all([keyFor(house.store, 'session id'), keyFor(house.store, 'asked id')])
      .then(([session, asked]) => ({ ids: sessionIds(session), asked: askedIds(asked) }))
      .catch(error => {
        // A store that could not be read may be readable the next time.
        making = undefined;
        throw error;
      });
    return making;
  };

  function hasRoom(principal: Principal): boolean {
    const all = [...live.values()];
    const mine = all.filter(({ pass }) => pass.principal === principal.id);
    const full = mine.length >= shareOf(principal, limits.sessionLimit) ? mine : all;
    if (full === all && all.length < limits.sessionLimit) return true;
    const idle = full.filter(({ busy }) => !busy);
    const last = idle.find(({ streams }) => streams === 0) ?? idle[0];
    void last?.close();
    return last !== undefined;
  }

  function hold(pass: Pass, principal: Principal, asked: AskedIds, said?: Said): Session {
    const { id } = pass;
    const session = new Session(pass, asked);
    live.set(id, session);
    session.onclose = () => live.get(id) === session && live.delete(id);
    session.ready = servers(principal)
      .connect(session)
      .then(() => (said ? session.revive(said) : undefined));
    session.ready.catch(() => session.close());
    return session;
  }

  async function exchange(
    session: Session,
    req: IncomingMessage,
    res: ServerResponse,
    body: object | undefined,
    principal: Principal,
  ): Promise<void> {
    const kind = req.method === 'POST' ? 'posts' : 'streams';
    session[kind]++;
    session.used = performance.now();
    whenClosed(res, () => {
      session[kind]--;
      session.used = performance.now();
    });
    await session.ready;
    session.exchange(req, res, body, authInfo(principal));
  }

  async function begin(req: IncomingMessage, res: ServerResponse, body: unknown, principal: Principal): Promise<void> {
    if (!isInitializeRequest(body)) return refuse(res, 400, -32000, 'A session id is needed; initialize first.');
    // An id is an output like any other: no key may travel in it, nor what is left of one when it is cut.
    const said = remembered(masked(body.params, house.redact));
    const { ids, asked } = await sealed();
    const expires_at = house.now() + limits.sessionLife * DAY;
    const id = ids.make(said, principal.id, expires_at);
    if (!hasRoom(principal)) return tooMany(res);
    const session = hold({ id, digest: digestOf(id), principal: principal.id, expires_at }, principal, asked);
    await exchange(session, req, res, { ...body, params: said }, principal);
    if (session.sessionId === undefined) await session.close();
  }

  function passOf(id: string, { id: principal }: Principal, ids: SessionIds): Pass | undefined {
    const held = live.get(id)?.pass;
    // It was read when the session was taken up, so that its signature need not be looked at with every request.
    if (held?.principal === principal && house.now() < held.expires_at) return held;
    const opened = ids.read(id, principal, house.now());
    return opened && { id, digest: digestOf(id), principal, expires_at: opened.expires_at };
  }

  async function end({ id, digest, principal, expires_at }: Pass): Promise<void> {
    await house.store.endSession({ id: digest, principal, expires_at }, house.now());
    await live.get(id)?.close();
  }

  return {
    /** A good id: that session, taken up again where this process does not hold it. `initialize` without an id: a new one. */
    async handle(req: IncomingMessage, res: ServerResponse, body: unknown, principal: Principal): Promise<void> {
      const id = req.headers['mcp-session-id'];
      if (id === undefined) return begin(req, res, body, principal);
      const { ids, asked } = await sealed();
      const pass = passOf(String(id), principal, ids);
      // Asked each time: another process may have closed it.
      if (typeof id !== 'string' || !pass || (await house.store.sessionEnded(pass.digest)))
        return refuse(res, 404, -32001, 'There is no such session; initialize anew.');
      if (req.method === 'DELETE') {
        await end(pass);
        return void res.writeHead(200).end();
      }
      const held = live.get(id);
      if (isAnswer(body)) {
        const to = asked.read(id, (body as { id?: unknown }).id);
        const mine = to && held?.mine(body, to);
        if (held && mine) return exchange(held, req, res, mine, principal);
        // Another process asked, or an earlier life of the session; whoever waits there sees it in the store.
        if (to?.question) await takeLateAnswer(house, to.question, principal.id, body);
        return void res.writeHead(202).end();
      }
      if (!held && !hasRoom(principal)) return tooMany(res);
      // What the client said is in the id, and is not held in memory with every session.
      const session = held ?? hold(pass, principal, asked, ids.read(id, principal.id, 0)?.said);
      live.delete(id);
      live.set(id, session);
      await exchange(session, req, res, body as object | undefined, principal);
    },

    held: (): number => live.size,

    async close(): Promise<void> {
      clearInterval(sweep);
      await Promise.allSettled([...live.values()].map(session => session.close()));
    },
  };
}

const tooMany = (res: ServerResponse): void =>
  refuse(res, 503, -32000, 'Too many sessions are busy.', { 'retry-after': '5' });
