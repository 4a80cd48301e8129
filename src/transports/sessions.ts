// Sessions for clients older than 2026-07-28: one transport and one server each, ended when idle, never more than a fixed number.
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { isInitializeRequest, type Server } from '@modelcontextprotocol/server';
import type { House } from '../server/house.ts';
import { refuse } from './refuse.ts';

const MAX = 1_000;
const IDLE = 30 * 60_000;

interface Session {
  transport: NodeStreamableHTTPServerTransport;
  /** Milliseconds of the last request; a session with an answer still going out is not idle. */
  used: number;
  open: number;
}

/** Ids are compared as digests, so that how long a look-up takes says nothing about the ids that exist. */
const digest = (id: string): string => createHash('sha256').update(id).digest('base64');

export function openSessions(house: House, servers: () => Server) {
  const sessions = new Map<string, Session>();
  const sweep = setInterval(() => {
    for (const session of sessions.values())
      if (session.open === 0 && performance.now() - session.used > IDLE) void session.transport.close();
  }, 60_000).unref();

  async function begin(): Promise<Session> {
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: id => void sessions.set(digest(id), session),
    });
    const session: Session = { transport, used: performance.now(), open: 0 };
    await servers().connect(transport);
    // Connecting chains the transport's own close; ours comes with it.
    const closed = transport.onclose;
    transport.onclose = () => {
      if (transport.sessionId) sessions.delete(digest(transport.sessionId));
      closed?.();
    };
    return session;
  }

  return {
    /** Known id: that session. `initialize` without an id: a new one. Unknown id: 404, as the protocol says; none: 400. */
    async handle(req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void> {
      const id = req.headers['mcp-session-id'];
      let session = typeof id === 'string' ? sessions.get(digest(id)) : undefined;
      if (id !== undefined && !session) return refuse(res, 404, -32001, 'There is no such session; initialize anew.');
      if (!session) {
        if (!isInitializeRequest(body)) return refuse(res, 400, -32000, 'A session id is needed; initialize first.');
        if (sessions.size >= MAX)
          return refuse(res, 503, -32000, 'Too many sessions are open.', { 'retry-after': '60' });
        session = await begin();
      }
      const held = session;
      held.used = performance.now();
      held.open++;
      res.once('close', () => {
        held.open--;
        held.used = performance.now();
      });
      await held.transport.handleRequest(req, res, body);
    },
    async close(): Promise<void> {
      clearInterval(sweep);
      await Promise.allSettled([...sessions.values()].map(({ transport }) => transport.close()));
      if (sessions.size > 0) house.log.warn({ left: sessions.size }, 'sessions were left open');
    },
  };
}
