// The one seam for whoever watches what happens: log lines, metrics, traces. The rest of the program tells facts here and knows none of them.
import { createHash } from 'node:crypto';
import {
  isInputRequiredResult,
  PROTOCOL_VERSION_META_KEY,
  ProtocolError,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Audited } from '../ledger/audit.ts';
import type { Verdict } from '../policy/policy.ts';
import type { IntentRow, QuestionRow, Store } from '../store/store.ts';
import type { VendorName } from '../vendors/types.ts';
import type { Result } from './call.ts';
import type { House } from './house.ts';
import { inRequest } from './request-id.ts';

export interface CallBegun {
  /** A name of the catalogue; absent where there is no such tool, since what a client writes must never become a label. */
  tool?: string;
  principal: string;
  /** Digest of the session's id; absent where there is none. */
  session?: string;
  /** The protocol's version, where it is known. */
  protocol?: string;
  /** The id of the JSON-RPC request. */
  id: string | number;
  over: 'http' | 'stdio';
  /** What stands in the request's `_meta` for a trace, unchecked. */
  traceparent?: unknown;
  tracestate?: unknown;
}

export interface CallEnded {
  /** As the result says; `asked`: a question went back with it; `refused`: it was no call, and JSON-RPC's error answered it. */
  outcome: string;
  /** The code of `errors.ts`, or JSON-RPC's. */
  code?: string;
  isError: boolean;
  connection?: string;
  intent?: string;
  question?: string;
  ms: number;
}

export interface Watched {
  /** Runs the call, so that what happens in it is known to be part of it. */
  within?<T>(run: () => T): T;
  ended(ended: CallEnded): void;
}

/** One request on its way to a vendor. */
export interface RequestBegun {
  vendor: VendorName;
  method: string;
  /** Without its query. */
  url: string;
  /** From 1 on; only reads have a second. */
  attempt: number;
}

export interface RequestEnded {
  /** The status that came back; or why none did, and whether anything may have left. */
  status?: number;
  fault?: string;
  begun?: boolean;
  ms: number;
}

/** Each method is there only where somebody wants to know; none may throw, and none is waited for. */
export interface Observer {
  call?(begun: CallBegun): Watched;
  request?(begun: RequestBegun): (ended: RequestEnded) => void;
  /** A verdict over a call that was really made; plans are not told. */
  verdict?(tool: string, verdict: Verdict): void;
  asked?(question: QuestionRow): void;
  /** The answer that won. */
  answered?(question: QuestionRow): void;
  /** Recorded, about to be sent; its `credits` are what is reserved. */
  opened?(intent: IntentRow): void;
  /** It has a receipt; its `credits` are what it counts for from now on. Told again where an unknown one was settled later. */
  settled?(intent: IntentRow): void;
  /** An HTTP request of a client was answered; `path` is one that is served, or `other`. */
  http?(path: string, status: number): void;
}

type Telling = Exclude<keyof Observer, 'call' | 'request'>;
const telling = ['verdict', 'asked', 'answered', 'opened', 'settled', 'http'] as const satisfies readonly Telling[];

/** Several as one. What one of them does wrong reaches `onerror`, and nobody else. */
export function together(observers: readonly Observer[], onerror: (error: unknown) => void): Observer {
  function safely<T>(tell: () => T): T | undefined {
    try {
      return tell();
    } catch (error) {
      onerror(error);
      return undefined;
    }
  }
  const who = (name: keyof Observer): Observer[] => observers.filter(observer => observer[name] !== undefined);
  const calls = who('call');
  const requests = who('request');
  return {
    ...(calls.length > 0 && {
      call(begun: CallBegun): Watched {
        const watched = calls.flatMap(one => safely(() => one.call?.(begun)) ?? []);
        return {
          within: run => watched.reduce((inner, { within }) => (within ? () => within(inner) : inner), run)(),
          ended: ended => {
            for (const one of watched) safely(() => one.ended(ended));
          },
        };
      },
    }),
    ...(requests.length > 0 && {
      request(begun: RequestBegun) {
        const ends = requests.flatMap(one => safely(() => one.request?.(begun)) ?? []);
        return (ended: RequestEnded) => {
          for (const end of ends) safely(() => end(ended));
        };
      },
    }),
    ...Object.fromEntries(
      telling.flatMap(name => {
        const some = who(name);
        if (some.length === 0) return [];
        // biome-ignore lint/suspicious/noExplicitAny: each is handed on exactly as it was told
        const tell = (...facts: any[]) => {
          // biome-ignore lint/suspicious/noExplicitAny: as above
          for (const one of some) safely(() => (one[name] as any)(...facts));
        };
        return [[name, tell]];
      }),
    ),
  };
}

/** The store and its notebook, with what they did told to an observer once it is done. */
export function observed({ store, note }: Audited, observer: Observer): Audited {
  const { verdict, asked, answered, opened, settled } = observer;
  const told: Partial<Store> = {
    ...(asked && {
      async ask(...args) {
        const result = await store.ask(...args);
        if (!result.joined && !result.raced) asked(result.question);
        return result;
      },
    }),
    ...(answered && {
      async answer(...args) {
        const result = await store.answer(...args);
        if (result?.won) answered(result.question);
        return result;
      },
    }),
    ...(opened && {
      async open(...args) {
        const result = await store.open(...args);
        if ('opened' in result) opened(result.opened);
        return result;
      },
    }),
    ...(settled && {
      async settle(id, receipt, audit) {
        // Only what was changed is audited, and a transaction that is tried again is audited again.
        let changed: IntentRow | undefined;
        const row = await store.settle(id, receipt, row => {
          changed = row;
          return audit?.(row) ?? [];
        });
        if (changed) settled(changed);
        return row;
      },
    }),
  };
  return {
    store: { ...store, ...told },
    note(what) {
      note(what);
      if (what.kind === 'decision' && !what.body.plan) verdict?.(what.tool ?? '', what.body.verdict);
    },
  };
}

interface About {
  server: Server;
  ctx: ServerContext;
  /** As the client wrote it. */
  tool: string;
  principal: string;
}

/** One `tools/call`, with its beginning and its end told. */
export const watched = (house: House, about: About, run: () => Promise<Result>): Promise<Result> =>
  inRequest(() => (house.observer?.call ? told(house, house.observer.call, about, run) : run()));

async function told(
  { tools }: House,
  begins: NonNullable<Observer['call']>,
  { server, ctx, tool, principal }: About,
  run: () => Promise<Result>,
): Promise<Result> {
  const { sessionId, http, mcpReq } = ctx;
  const envelope = mcpReq.envelope as Record<string, string> | undefined;
  const version = envelope?.[PROTOCOL_VERSION_META_KEY] ?? server.getNegotiatedProtocolVersion();
  const { traceparent, tracestate } = mcpReq._meta ?? {};
  const began = performance.now();
  const call = begins({
    ...(tools.has(tool) ? { tool } : {}),
    principal,
    ...(http && sessionId ? { session: createHash('sha256').update(sessionId).digest('hex').slice(0, 16) } : {}),
    ...(version === undefined ? {} : { protocol: version }),
    id: mcpReq.id,
    over: http ? 'http' : 'stdio',
    ...(traceparent === undefined ? {} : { traceparent, tracestate }),
  });
  const ended = (end: Omit<CallEnded, 'ms'>): void =>
    call.ended({ ...end, ms: Math.round((performance.now() - began) * 10) / 10 });
  try {
    const result = await (call.within ? call.within(run) : run());
    ended(endOf(result));
    return result;
  } catch (error) {
    ended({ outcome: 'refused', code: error instanceof ProtocolError ? String(error.code) : 'error', isError: true });
    throw error;
  }
}

function endOf(result: Result): Omit<CallEnded, 'ms'> {
  if (isInputRequiredResult(result)) return { outcome: 'asked', isError: false };
  const { outcome, code, connection, intent_id, approval_id } = (result.structuredContent ?? {}) as Record<
    string,
    string
  >;
  return {
    outcome: outcome ?? 'done',
    ...(code === undefined ? {} : { code }),
    isError: result.isError === true,
    ...(connection === undefined ? {} : { connection }),
    ...(intent_id === undefined ? {} : { intent: intent_id }),
    ...(approval_id === undefined ? {} : { question: approval_id }),
  };
}
