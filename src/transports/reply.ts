// How one request is answered over HTTP: with JSON where its answer is all there is to say, and with a stream of events from the moment
// that something is said before it.
import type { ServerResponse } from 'node:http';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';

/** Keeps what stands between from closing a quiet connection; milliseconds. */
export const KEEP_ALIVE = 15_000;

const stream = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** Once the answer is out or the client is gone, which it may be already: whoever was let in late would never hear of it. */
export function whenClosed(res: ServerResponse, then: () => void): void {
  if (res.closed) then();
  else res.once('close', then);
}

export class Reply {
  readonly #res: ServerResponse;
  readonly #headers: Record<string, string>;
  readonly #alive: NodeJS.Timeout;

  /** `headers` go out with whichever comes first. */
  constructor(res: ServerResponse, headers: Record<string, string> = {}) {
    this.#res = res;
    this.#headers = headers;
    this.#alive = setInterval(() => this.#write(': keep-alive\n\n'), KEEP_ALIVE).unref();
    whenClosed(res, () => clearInterval(this.#alive));
  }

  /** Opens the stream with nothing in it yet. */
  open(): void {
    if (this.#res.headersSent) return;
    this.#res.writeHead(200, { ...stream, ...this.#headers });
    this.#res.flushHeaders();
  }

  /** What comes before the answer. Nobody hears it where the client is gone. */
  async say(message: JSONRPCMessage): Promise<void> {
    if (this.#write(event(message)) || this.#res.closed) return;
    await new Promise<void>(resolve => {
      this.#res.once('drain', resolve);
      this.#res.once('close', resolve);
    });
  }

  /** The answer, the last thing that is said; without one the stream just ends. */
  end(message?: JSONRPCMessage): void {
    if (!message) this.open();
    if (this.#res.headersSent) return void this.#res.end(message && event(message));
    const text = JSON.stringify(message);
    const length = { 'content-length': Buffer.byteLength(text) };
    this.#res.writeHead(200, { 'content-type': 'application/json', ...length, ...this.#headers }).end(text);
  }

  #write(text: string): boolean {
    if (this.#res.closed) return true;
    this.open();
    return this.#res.write(text);
  }
}

const event = (message: JSONRPCMessage): string => `event: message\ndata: ${JSON.stringify(message)}\n\n`;
