// HTTP+SSE, the transport of 2024-11-05, for clients that know no other: one stream per client, and a second route to post to.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type JSONRPCMessage,
  type MessageExtraInfo,
  parseJSONRPCMessage,
  type Transport,
} from '@modelcontextprotocol/server';
import type { Calls } from './calls.ts';
import { authInfo, type Principal, shareOf } from './principal.ts';
import { refuse } from './refuse.ts';
import type { Servers } from './sessions.ts';

/** Keeps what stands between from closing a quiet stream. */
const EVERY = 15_000;

class Stream implements Transport {
  onmessage?: (message: JSONRPCMessage, extra?: MessageExtraInfo) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly sessionId: string;
  readonly principal: Principal;
  readonly #res: ServerResponse;
  readonly #calls: Calls;
  /** What ends each call that is under way. */
  readonly #open = new Map<unknown, () => void>();
  readonly #closed: Promise<void>;
  #alive: NodeJS.Timeout | undefined;

  constructor(res: ServerResponse, principal: Principal, calls: Calls) {
    this.sessionId = randomBytes(16).toString('base64url');
    this.principal = principal;
    this.#res = res;
    this.#calls = calls;
    this.#closed = new Promise(resolve => {
      res.once('close', () => resolve(this.#over()));
    });
    res.on('error', error => this.onerror?.(error));
  }

  async start(): Promise<void> {
    this.#res.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    this.#res.write(`event: endpoint\ndata: /messages?sessionId=${this.sessionId}\n\n`);
    this.#alive = setInterval(() => this.#res.write(': keep-alive\n\n'), EVERY).unref();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (!this.#res.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`))
      await Promise.race([new Promise(drained => this.#res.once('drain', drained)), this.#closed]);
    if (!('method' in message)) this.#end(message.id);
  }

  /** Takes what its client posted; false where that client has too many calls under way. */
  take(message: JSONRPCMessage): boolean {
    if ('method' in message && 'id' in message) {
      const end = this.#calls.begin(this.principal.id);
      if (!end) return false;
      this.#end(message.id);
      this.#open.set(message.id, end);
    } else if ('method' in message && message.method === 'notifications/cancelled')
      this.#end(message.params?.requestId);
    this.onmessage?.(message, { authInfo: authInfo(this.principal) });
    return true;
  }

  #end(id: unknown): void {
    this.#open.get(id)?.();
    this.#open.delete(id);
  }

  #over(): void {
    clearInterval(this.#alive);
    for (const id of [...this.#open.keys()]) this.#end(id);
    this.onclose?.();
  }

  async close(): Promise<void> {
    this.#res.end();
    await this.#closed;
  }
}

export function openStreams(servers: Servers, calls: Calls, { sessionLimit }: { sessionLimit: number }) {
  const streams = new Map<string, Stream>();
  return {
    async open(res: ServerResponse, principal: Principal): Promise<void> {
      // Its client left while it was asked who it is.
      if (res.closed) return;
      const mine = [...streams.values()].filter(stream => stream.principal.id === principal.id).length;
      if (streams.size >= sessionLimit || mine >= shareOf(principal, sessionLimit))
        return refuse(res, 503, -32000, 'Too many streams are open.', { 'retry-after': '60' });
      const stream = new Stream(res, principal, calls);
      streams.set(stream.sessionId, stream);
      stream.onclose = () => streams.delete(stream.sessionId);
      await servers(principal).connect(stream);
    },

    /** The stream that a post names, if it is this principal's; anybody else's is as unknown as one that never was. */
    named(req: IncomingMessage, principal: Principal): Stream | undefined {
      const id = new URLSearchParams(req.url?.split('?', 2)[1]).get('sessionId');
      const stream = streams.get(id ?? '');
      return stream?.principal.id === principal.id ? stream : undefined;
    },

    /** The answer goes out on the stream; here only that it was taken. */
    async post(stream: Stream, json: unknown, res: ServerResponse): Promise<void> {
      let message: JSONRPCMessage;
      try {
        message = parseJSONRPCMessage(json);
      } catch {
        return refuse(res, 400, -32600, 'The body is no JSON-RPC message.');
      }
      if (!stream.take(message))
        return refuse(res, 429, -32000, 'Too many calls are under way.', { 'retry-after': '1' });
      res.writeHead(202).end();
    },

    async close(): Promise<void> {
      await Promise.allSettled([...streams.values()].map(stream => stream.close()));
    },
  };
}
