// One session of an older client as this process holds it: the SDK's transport, which of its calls are under way, and ids of our own
// for what we ask the client.
import { randomBytes } from 'node:crypto';
import {
  type AuthInfo,
  type JSONRPCMessage,
  type TransportSendOptions,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { QUESTION } from '../server/ask.ts';
import type { AskedIds } from './asked-id.ts';
import type { Said } from './session-id.ts';

const CANCELLED = 'notifications/cancelled';

/** Whether a client answers something that it was asked. */
export const isAnswer = (message: unknown): message is object =>
  typeof message === 'object' && message !== null && ('result' in message || 'error' in message);

const post = (): Request =>
  new Request('http://localhost/mcp', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
  });

/** What lets a session's requests in. */
export interface Pass {
  id: string;
  digest: string;
  principal: string;
  expires_at: number;
}

export class Session extends WebStandardStreamableHTTPServerTransport {
  readonly pass: Pass;
  readonly #asked: AskedIds;
  /**
   * The SDK counts what it asks a client from 0 on, in every process and after every restart. An answer to an earlier question would
   * then pass for one to a later question that bears the same number: a yes to something else. So each number goes out with a mark that
   * no other process and no earlier life of the session has.
   */
  readonly #mark = randomBytes(16).toString('base64url');
  /** What each number went out as. */
  readonly #names = new Map<unknown, string>();
  readonly #calls = new Set<unknown>();
  /** Requests, and streams of notices, that are open. */
  posts = 0;
  streams = 0;
  /** When the last one came or ended, in milliseconds of a clock that nobody can set. */
  used = performance.now();
  /** Settles once the session can take requests. */
  ready: Promise<void> = Promise.resolve();

  constructor(pass: Pass, asked: AskedIds) {
    super({ sessionIdGenerator: () => pass.id });
    this.pass = pass;
    this.#asked = asked;
  }

  /** Calls go on when their client's connection breaks (2025-11-25), so open requests alone do not tell. */
  get busy(): boolean {
    return this.posts > 0 || this.#calls.size > 0;
  }

  override async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (!('method' in message)) this.#calls.delete(message.id);
    return super.send(this.#marked(message), options);
  }

  #marked(message: JSONRPCMessage): JSONRPCMessage {
    if (!('method' in message)) return message;
    if ('id' in message) {
      const { [QUESTION]: question, ...meta } = (message.params?._meta ?? {}) as Record<string, unknown>;
      const { _meta: _, ...params } = message.params ?? {};
      const number = Number(message.id);
      const id = this.#asked.make(this.pass.id, {
        mark: this.#mark,
        number,
        ...(typeof question === 'string' ? { question } : {}),
      });
      this.#names.set(number, id);
      return { ...message, id, params: Object.keys(meta).length > 0 ? { ...params, _meta: meta } : params };
    }
    if (message.method !== CANCELLED) return message;
    const requestId = this.#names.get(message.params?.requestId) ?? '';
    this.#names.delete(message.params?.requestId);
    return { ...message, params: { ...message.params, requestId } };
  }

  /** Answers a request. An answer to what this session, here and now, did not ask never comes here. */
  async exchange(request: Request, message: object | undefined, authInfo: AuthInfo): Promise<Response> {
    if (!message || isAnswer(message)) return this.handleRequest(request, { authInfo, parsedBody: message });
    const { id, method, params } = message as { id?: unknown; method?: unknown; params?: { requestId?: unknown } };
    if (id !== undefined) this.#calls.add(id);
    else if (method === CANCELLED) this.#calls.delete(params?.requestId);
    const response = await this.handleRequest(request, { authInfo, parsedBody: message });
    if (!response.ok) this.#calls.delete(id);
    return response;
  }

  /** A client's answer as the SDK is to see it; nothing where another life of the session asked. */
  mine(answer: object, { mark, number }: { mark: string; number: number }): object | undefined {
    if (mark !== this.#mark || !this.#names.delete(number)) return undefined;
    return { ...answer, id: number };
  }

  /** Says again what the client said when it opened the session, to a transport and a server that know nothing of it. */
  async revive(said: Said): Promise<void> {
    const parsedBody = { jsonrpc: '2.0', id: 0, method: 'initialize', params: said };
    const answer = await this.handleRequest(post(), { parsedBody });
    await answer.text();
    if (this.sessionId !== this.pass.id) throw new Error(`a session could not be revived: HTTP ${answer.status}`);
  }
}
