// One session of an older client as this process holds it: a transport of the SDK's over Node's own requests and answers, which of its
// calls are under way, and ids of our own for what we ask the client.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type AuthInfo,
  isInitializeRequest,
  type JSONRPCMessage,
  type MessageExtraInfo,
  parseJSONRPCMessage,
  type Transport,
  type TransportSendOptions,
} from '@modelcontextprotocol/server';
import { QUESTION } from '../server/ask.ts';
import type { AskedIds } from './asked-id.ts';
import { refuse } from './refuse.ts';
import { Reply, whenClosed } from './reply.ts';
import type { Said } from './session-id.ts';

const CANCELLED = 'notifications/cancelled';

/** Whether a client answers something that it was asked. */
export const isAnswer = (message: unknown): message is object =>
  typeof message === 'object' && message !== null && ('result' in message || 'error' in message);

/** What a call is answered through. */
type Answering = Pick<Reply, 'say' | 'end'>;

/** What lets a session's requests in. */
export interface Pass {
  id: string;
  digest: string;
  principal: string;
  expires_at: number;
}

export class Session implements Transport {
  onmessage?: (message: JSONRPCMessage, extra?: MessageExtraInfo) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
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
  /** Calls that are under way, by the ids that the client gave them. */
  readonly #calls = new Map<unknown, Answering>();
  /** The stream that a GET opened; a session has one at most. */
  #notices: Reply | undefined;
  #versions: readonly string[] = [];
  #begun = false;
  #closed = false;
  /** Requests, and streams of notices, that are open. */
  posts = 0;
  streams = 0;
  /** When the last one came or ended, in milliseconds of a clock that nobody can set. */
  used = performance.now();
  /** Settles once the session can take requests. */
  ready: Promise<void> = Promise.resolve();

  constructor(pass: Pass, asked: AskedIds) {
    this.pass = pass;
    this.#asked = asked;
  }

  /** Nothing before the client has said who it is. */
  get sessionId(): string | undefined {
    return this.#begun ? this.pass.id : undefined;
  }

  /** Calls go on when their client's connection breaks (2025-11-25), so open requests alone do not tell. */
  get busy(): boolean {
    return this.posts > 0 || this.#calls.size > 0;
  }

  async start(): Promise<void> {}

  setSupportedProtocolVersions(versions: readonly string[]): void {
    this.#versions = versions;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const call of this.#calls.values()) call.end();
    this.#calls.clear();
    this.#notices?.end();
    this.onclose?.();
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (!('method' in message)) return this.#over(message.id, message);
    const { relatedRequestId: of } = options ?? {};
    // What belongs to no call goes out on the stream of notices; nobody hears it where there is none.
    await (of === undefined ? this.#notices : this.#calls.get(of))?.say(this.#marked(message));
  }

  #over(id: unknown, answer?: JSONRPCMessage): void {
    this.#calls.get(id)?.end(answer);
    this.#calls.delete(id);
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
  exchange(req: IncomingMessage, res: ServerResponse, body: unknown, authInfo: AuthInfo): void {
    const { accept = '', 'mcp-protocol-version': version } = req.headers;
    const [wants, words] =
      req.method === 'GET'
        ? [['text/event-stream'], 'text/event-stream']
        : [['application/json', 'text/event-stream'], 'both application/json and text/event-stream'];
    if (!wants.every(type => accept.includes(type)))
      return void refuse(res, 406, -32000, `Not Acceptable: Client must accept ${words}`);
    if (this.#closed) return void refuse(res, 404, -32001, 'There is no such session; initialize anew.');
    if (version !== undefined && !this.#versions.includes(String(version)))
      return void refuse(res, 400, -32000, `Unsupported protocol version; supported are ${this.#versions.join(', ')}.`);
    if (req.method === 'GET') this.#listen(res);
    else this.#take(res, body, authInfo);
  }

  #listen(res: ServerResponse): void {
    if (this.#notices) return void refuse(res, 409, -32000, 'Only one stream of notices may be open in a session.');
    const notices = new Reply(res);
    this.#notices = notices;
    whenClosed(res, () => {
      if (this.#notices === notices) this.#notices = undefined;
    });
    notices.open();
  }

  #take(res: ServerResponse, body: unknown, authInfo: AuthInfo): void {
    let message: JSONRPCMessage;
    try {
      message = parseJSONRPCMessage(body);
    } catch {
      return void refuse(res, 400, -32600, 'The body is no JSON-RPC message.');
    }
    const first = 'method' in message && message.method === 'initialize' && isInitializeRequest(message);
    if (first && this.#begun) return void refuse(res, 400, -32600, 'The session is initialized already.');
    this.#begun ||= first;
    if (!('method' in message && 'id' in message)) {
      // A call that its client gave up gets no answer of the protocol, but its request has an end.
      if ('method' in message && message.method === CANCELLED) this.#over(message.params?.requestId);
      this.onmessage?.(message, { authInfo });
      return void res.writeHead(202).end();
    }
    // Its answer could not be told from that of the one before it.
    if (this.#calls.has(message.id)) return void refuse(res, 400, -32600, 'A call with this id is under way.');
    this.#calls.set(message.id, new Reply(res, first ? { 'mcp-session-id': this.pass.id } : {}));
    this.onmessage?.(message, { authInfo });
  }

  /** A client's answer as the SDK is to see it; nothing where another life of the session asked. */
  mine(answer: object, { mark, number }: { mark: string; number: number }): object | undefined {
    if (mark !== this.#mark || !this.#names.delete(number)) return undefined;
    return { ...answer, id: number };
  }

  /** Says again what the client said when it opened the session, to a server that knows nothing of it. */
  async revive(said: Said): Promise<void> {
    this.#begun = true;
    const answer = await new Promise<JSONRPCMessage | undefined>(end => {
      this.#calls.set(0, { say: async () => {}, end });
      this.onmessage?.({ jsonrpc: '2.0', id: 0, method: 'initialize', params: said });
    });
    if (!answer || !('result' in answer)) throw new Error('a session could not be revived');
  }
}
