// The one way to a vendor: reads that may be repeated, and writes that never are (reliability.md section 3).
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent } from 'undici';
import { Failure, type FailureDetails } from '../errors.ts';
import { circuitBreaker } from './breaker.ts';
import { type Exchange, exchange, type Fault, gated } from './exchange.ts';
import { baseUrlOf, type Drawn, draw, masked } from './literal.ts';
import { rates, tokenBucket } from './pacing.ts';
import { refusal, remedy, titles } from './refusal.ts';
import { faultWords, understand } from './reply.ts';
import { attempts, backoff, isRetried, retryAfter, retryBudget } from './retry.ts';
import type { Sent, VendorName, VendorReply, VendorRequest } from './types.ts';

/** Milliseconds. All but `connect` are total: waiting for a turn, connecting and reading the whole answer included. */
export interface Deadlines {
  connect: number;
  read: number;
  write: number;
  run: number;
}

export interface HttpOptions {
  /** https, or anything on loopback; requests never leave its origin and path. */
  baseUrl: string;
  /** Authorization. Every value is masked in `literal`. */
  headers(): Record<string, string>;
  vendor: VendorName;
  /** Default: connect 3 s, read 15 s, write 30 s, run 120 s. */
  deadlines?: Partial<Deadlines>;
  /** Default: the vendor's published rate. */
  requestsPerMinute?: number;
  burst?: number;
  /** Sees every understood reply, writes' included, and when it was asked for, in milliseconds. */
  onReply?(reply: VendorReply, asked: number): void;
  /** Hides secrets in what comes back. */
  mask?: (text: string) => string;
  /** Told of each request as it is handed to the wire; what it returns is told what came of it. Must not throw. */
  watch?: Watch;
}

/** `url` has no query; `attempt` counts from 1. */
export type Watch = (request: { method: string; url: string; attempt: number }) => (came: Came) => void;

/** The status that came back; or why none did, and whether any byte may have left. */
export type Came = { status: number } | { fault: Fault; begun: boolean };

export interface VendorHttp {
  /**
   * GET only. At most 3 attempts within one deadline and a retry budget. Throws `Failure` with outcome `not_sent` unless the vendor
   * answered 2xx with a JSON object or nothing.
   */
  read(request: VendorRequest): Promise<VendorReply>;
  /**
   * One attempt on a connection of its own, never repeated; never throws. `signal` stops it only before the first byte leaves, and so
   * does `stopped`, which is asked right before that byte.
   */
  write(
    request: VendorRequest,
    options?: { signal?: AbortSignal; stopped?: () => Promise<boolean>; headers?: Record<string, string> },
  ): Promise<Sent>;
  /** The request as it would go out, secrets masked; `write` sends what the same function draws. Throws `Failure`. */
  literal(request: VendorRequest, headers?: Record<string, string>): Drawn;
  /** 0 where a write would be let through now, else whole seconds until then. Ask before a person is asked. */
  ready(): number;
  /** Like `onReply`, for those who come later. */
  observe(listener: (reply: VendorReply, asked: number) => void): void;
  /** Ends reads at once and waits for writes, which end by their deadline. */
  close(): Promise<void>;
}

const defaults: Deadlines = { connect: 3_000, read: 15_000, write: 30_000, run: 120_000 };
/** How long a turn may be waited for, in milliseconds. Longer for writes, so that reads in line never cost a person's yes. */
const patience = { read: 5_000, write: 10_000 };
/** Our pools are done with a connection before the vendor is (R8). */
const idle = 3_500;
const sockets = 16;

const seconds = (ms: number): number => Math.round(ms / 100) / 10;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const again = 'Try again in a moment.';
const unavailable = (text: string, details: FailureDetails = { next: again }): Failure =>
  new Failure('not_sent', 'unavailable', `${capital(text)}; nothing was changed.`, details);

/** Throws `Failure` where the base URL is neither https nor loopback, or TLS checks are switched off (R11). */
export function vendorHttp(options: HttpOptions): VendorHttp {
  const { vendor } = options;
  const title = titles[vendor];
  const base = baseUrlOf(options.baseUrl, title);
  const deadlines = { ...defaults, ...options.deadlines };
  const pace = tokenBucket({
    requestsPerMinute: options.requestsPerMinute ?? rates[vendor].requestsPerMinute,
    burst: options.burst ?? rates[vendor].burst,
  });
  const breaker = circuitBreaker();
  const budget = retryBudget();
  const listeners = [options.onReply ?? (() => {})];
  const writing = new Set<Promise<Sent>>();
  let agent: Agent | undefined;
  let closed = false;

  const common = {
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    // Said here, so that no environment variable can switch it off.
    connect: { timeout: deadlines.connect, rejectUnauthorized: true },
  };
  const words = (fault: Fault, request: VendorRequest): string =>
    faultWords(fault, title, seconds(deadlines[request.pace]), seconds(deadlines.connect));
  const tell = (reply: VendorReply, asked: number): void => {
    for (const listener of listeners) {
      try {
        listener(reply, asked);
      } catch {
        // What a listener does wrong changes nothing about what the vendor answered.
      }
    }
  };
  const settle = (result: Exchange): void => {
    if (result.kind === 'answered') breaker.answered();
    else if (notTried.has(result.fault)) breaker.left();
    else breaker.failed();
  };
  async function watched({ method, url }: Drawn, attempt: number, exchanged: Promise<Exchange>): Promise<Exchange> {
    const ended = options.watch?.({ method, url: url.split('?', 1)[0] ?? '', attempt });
    const result = await exchanged;
    ended?.(result.kind === 'answered' ? { status: result.status } : { fault: result.fault, begun: result.begun });
    return result;
  }
  /** What a 429 asks for; also kept from every later request of this connection. */
  const silence = (result: Extract<Exchange, { kind: 'answered' }>): number | undefined => {
    const after = retryAfter(result.headers['retry-after']);
    if (result.status === 429 && after !== undefined) pace.hold(after);
    return after;
  };

  /** One attempt of a read, with its turn waited for. */
  async function attempt(drawn: Drawn, deadline: AbortSignal, longest: number, at: number): Promise<Exchange> {
    const wait = pace.take(longest);
    if (wait === undefined) {
      const retry_after_s = Math.ceil(pace.wait() / 1000);
      throw new Failure(
        'not_sent',
        'rate_limited',
        `The rate limit of ${title} is used up for now; nothing was sent.`,
        { next: `Call again in ${retry_after_s} s.`, retry_after_s },
      );
    }
    if (!breaker.enter()) {
      pace.giveBack();
      throw unavailable(`${title} has not answered several times in a row, so it is not asked`, {
        next: `Call again in ${breaker.wait()} s.`,
        retry_after_s: breaker.wait(),
      });
    }
    try {
      if (wait > 0) await sleep(wait);
      if (!agent) {
        const { Agent } = await import('undici');
        // Several first reads wait for it together.
        agent ??= new Agent({
          ...common,
          connections: sockets,
          pipelining: 1,
          keepAliveTimeout: idle,
          keepAliveMaxTimeout: idle,
        });
      }
    } catch (error) {
      breaker.left();
      throw error;
    }
    const result = await watched(drawn, at, exchange(agent, wireOf(drawn), deadline));
    settle(result);
    return result;
  }

  function refused(status: number, reply: VendorReply | undefined, after: number | undefined): Failure {
    if (status >= 500) return unavailable(`${title} had an internal error (${status})`);
    const { code, said } = refusal(status, reply?.body);
    return new Failure(
      'not_sent',
      code,
      `${title} refused to answer (${[status, said].filter(Boolean).join(' ')}); nothing was changed.`,
      {
        next: remedy[code] ?? 'Look at what the vendor says; asking again will not help.',
        ...(after === undefined ? {} : { retry_after_s: after }),
      },
    );
  }

  async function read(request: VendorRequest): Promise<VendorReply> {
    if (request.method !== 'GET')
      throw new Failure('not_sent', 'internal_error', `A ${request.method} is not a read; nothing was sent.`);
    if (closed) throw unavailable(words('closed', request));
    const drawn = draw(base, request, options.headers());
    const allowed = deadlines[request.pace];
    const end = performance.now() + allowed;
    // `AbortSignal.timeout` would stay, and be looked at by every collection of garbage, until its time has come.
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), allowed).unref();
    budget.earn();
    try {
      return await tries(request, drawn, over.signal, end);
    } finally {
      clearTimeout(timer);
    }
  }

  async function tries(request: VendorRequest, drawn: Drawn, deadline: AbortSignal, end: number): Promise<VendorReply> {
    for (let at = 1; ; at++) {
      const asked = Date.now();
      const result = await attempt(drawn, deadline, Math.min(patience.read, end - performance.now()), at);
      let failure: Failure;
      let after: number | undefined;
      if (result.kind === 'failed') {
        failure = unavailable(words(result.fault, request));
        if (!repeatable.has(result.fault)) throw failure;
      } else {
        after = silence(result);
        const { reply, why } = understand(result, options.mask);
        if (reply) tell(reply, asked);
        if (why !== undefined && result.status < 400) throw unavailable(`${title} ${why}`);
        if (reply && result.status < 300) return reply;
        failure = refused(result.status, reply, after);
        if (!isRetried(result.status)) throw failure;
      }
      const rest = Math.max(backoff(at), (after ?? 0) * 1000);
      if (at === attempts || closed || performance.now() + rest >= end || !budget.spend()) throw failure;
      await sleep(rest);
    }
  }

  async function send(
    request: VendorRequest,
    { signal, stopped, headers }: NonNullable<Parameters<VendorHttp['write']>[1]> = {},
  ): Promise<Sent> {
    let begun = false;
    const notSent = (text: string, retry_after_s?: number): Sent => ({
      kind: 'not_sent',
      reason: `${capital(text)}; nothing was sent.`,
      ...(retry_after_s === undefined ? {} : { retry_after_s }),
    });
    const unknown = (text: string): Sent => ({
      kind: 'unknown',
      reason: `${capital(text)}; it may or may not have run.`,
    });
    const asked = Date.now();
    try {
      if (closed) return notSent(words('closed', request));
      if (request.method === 'GET') return notSent('A GET is not a write');
      const deadline = AbortSignal.timeout(deadlines[request.pace]);
      const drawn = draw(base, request, options.headers(), headers);
      if (!breaker.enter())
        return notSent(`${title} has not answered several times in a row, so it is not asked for ${breaker.wait()} s`);
      const wait = pace.take(patience.write);
      if (wait === undefined) {
        breaker.left();
        return notSent(`The rate limit of ${title} is used up for now`, Math.ceil(pace.wait() / 1000));
      }
      // A cancellation ends the wait, and is then seen by `exchange`.
      if (wait > 0) await sleep(wait, undefined, signal ? { signal } : {}).catch(() => pace.giveBack());
      const { Client, buildConnector } = await import('undici').catch(error => {
        breaker.left();
        throw error;
      });
      const connect = stopped ? gated(buildConnector({ ...common.connect, allowH2: false }), stopped) : common.connect;
      const client = new Client(base.origin, { ...common, connect, pipelining: 0 });
      const result = await watched(drawn, 1, exchange(client, wireOf(drawn), deadline, signal));
      begun = result.kind === 'answered' || result.begun;
      client.destroy().catch(() => {});
      settle(result);
      if (result.kind === 'failed')
        return begun ? unknown(words(result.fault, request)) : notSent(words(result.fault, request));
      const after = silence(result);
      const { reply, why } = understand(result, options.mask);
      if (reply) tell(reply, asked);
      const answer = reply ?? { status: result.status, body: undefined };
      // A status of 4xx refuses and one of 5xx does not tell, whatever the body; but 2xx counts only when it was understood, and 3xx
      // never: 303 is what a server says after it has acted, and 302 is used for either (R1: only a 4xx is a refusal).
      return reply || result.status >= 400
        ? { kind: 'answered', reply: answer, ...(after === undefined ? {} : { retry_after_s: after }) }
        : unknown(`${title} ${why}`);
    } catch (error) {
      if (begun) return unknown(`the answer of ${title} could not be read`);
      return notSent(
        error instanceof Failure
          ? error.message.replace(/; nothing was sent\.$|\.$/, '')
          : words('not_drawable', request),
      );
    }
  }

  return {
    read,
    write(request, options) {
      const sent = send(request, options);
      writing.add(sent);
      void sent.finally(() => writing.delete(sent));
      return sent;
    },
    literal: (request, headers) =>
      masked(draw(base, request, options.headers(), headers), Object.keys(options.headers())),
    ready() {
      const wait = pace.wait();
      return Math.max(breaker.wait(), wait > patience.write ? Math.ceil(wait / 1000) : 0);
    },
    observe: listener => void listeners.push(listener),
    async close() {
      closed = true;
      await agent?.destroy();
      await Promise.allSettled(writing);
    },
  };
}

/** What says nothing about the vendor. */
const notTried = new Set<Fault>(['cancelled', 'stopped', 'not_asked', 'closed', 'not_drawable']);

/** What may be repeated for a read: failures of the connection, not answers that make no sense, nor a deadline that is over. */
const repeatable = new Set<Fault>(['refused', 'no_address', 'unreachable', 'tls', 'connect_timeout', 'cut']);

const wireOf = ({ method, url, headers, body }: Drawn) => {
  const { origin, pathname, search } = new URL(url);
  return { method, origin, path: `${pathname}${search}`, headers, ...(body === undefined ? {} : { body }) };
};
