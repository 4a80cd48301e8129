// Trouble on request: what a network, a gateway or a tired vendor does to a request before or after it took effect.
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Clock } from '../clock.ts';
import { isObject } from '../json.ts';
import type { Entry, Vendor } from './log.ts';

export const FAULTS = [
  'latency',
  'timeout_before',
  'timeout_after',
  'reset_before',
  'reset_after',
  'reset_mid_body',
  '429',
  '500_before',
  '500_after',
  '503',
  'malformed',
  'html',
  'oversized',
  'redirect',
  'drip',
  'action_failed',
  'action_overcharged',
] as const;

/** What happens to a single TrustPager action, whatever request it came with. */
type ActionFault = Extract<(typeof FAULTS)[number], `action_${string}`>;
const ofActions: readonly string[] = ['action_failed', 'action_overcharged'] satisfies ActionFault[];

export interface Fault {
  fault: (typeof FAULTS)[number];
  vendor?: Vendor;
  method?: string;
  /** A part of the path, or a regular expression that finds something in it. */
  path?: string;
  /** For faults of actions: which action type; any when left out. */
  action_type?: string;
  /** For action_overcharged: how many times its price is charged; 2 when left out. */
  factor?: number;
  /** How often it strikes; 1 when left out, 0 until the faults are deleted. */
  times: number;
  struck: number;
  ms?: number;
}

export interface Faults {
  add(body: unknown): Fault | string;
  take(entry: Entry): Fault | undefined;
  /** What this kind of fault does to the next action of this type, if anything. */
  takeAction(fault: ActionFault, actionType: string): Fault | undefined;
  list(): readonly Fault[];
  clear(): void;
}

function matchesPath(pattern: string | undefined, path: string): boolean {
  return pattern === undefined || path.includes(pattern) || new RegExp(pattern).test(path);
}

/** The fault a body describes, or the sentence that says why it is none. */
function readFault(body: unknown): Fault | string {
  if (!isObject(body)) return 'The body must be a JSON object';
  const kind = FAULTS.find(known => known === body.fault);
  if (!kind) return `fault must be one of ${FAULTS.join(', ')}`;
  const { vendor, method, path, times = 1, ms, action_type, factor } = body;
  if (vendor !== undefined && vendor !== 'scrip' && vendor !== 'trustpager')
    return 'vendor must be scrip or trustpager';
  if (method !== undefined && typeof method !== 'string') return 'method must be a string';
  if (action_type !== undefined && typeof action_type !== 'string') return 'action_type must be a string';
  if (path !== undefined && typeof path !== 'string') return 'path must be a string';
  if (typeof times !== 'number' || !Number.isInteger(times) || times < 0)
    return 'times must be a whole number, 0 for always';
  if (ms !== undefined && (typeof ms !== 'number' || !(ms >= 0 && ms <= 600_000)))
    return 'ms must be a number up to 600000';
  if (factor !== undefined && (typeof factor !== 'number' || !(factor >= 0 && factor <= 1000)))
    return 'factor must be a number up to 1000';
  try {
    matchesPath(path, '');
  } catch {
    return 'path must be a part of a path or a regular expression';
  }
  return {
    fault: kind,
    vendor,
    method: method?.toUpperCase(),
    path,
    action_type,
    factor,
    times,
    ms,
    struck: 0,
  } as Fault;
}

export function createFaults(): Faults {
  let faults: Fault[] = [];
  const strike = (fault: Fault | undefined) => {
    if (fault) fault.struck += 1;
    return fault;
  };
  const isLive = (fault: Fault) => fault.times === 0 || fault.struck < fault.times;
  return {
    add(body) {
      const fault = readFault(body);
      if (typeof fault !== 'string') faults.push(fault);
      return fault;
    },
    take: entry =>
      strike(
        faults.find(
          fault =>
            isLive(fault) &&
            !ofActions.includes(fault.fault) &&
            (fault.vendor === undefined || fault.vendor === entry.vendor) &&
            (fault.method === undefined || fault.method === entry.method) &&
            matchesPath(fault.path, entry.path),
        ),
      ),
    takeAction: (kind, actionType) =>
      strike(
        faults.find(
          fault =>
            isLive(fault) &&
            fault.fault === kind &&
            (fault.action_type === undefined || fault.action_type === actionType),
        ),
      ),
    list: () => faults,
    clear: () => {
      faults = [];
    },
  };
}

/** The refusals in each vendor's own envelope. */
function refusal(vendor: Vendor, status: 429 | 500 | 503, headers: Record<string, string> = {}): Response {
  const scrip = { 429: 'too_many_requests', 500: 'internal_error', 503: 'unavailable' }[status];
  const trustpager = { 429: 'RATE_LIMITED', 500: 'INTERNAL_ERROR', 503: 'UNAVAILABLE' }[status];
  const message = 'Fault on request';
  const body = vendor === 'scrip' ? { code: scrip, message } : { error: { code: trustpager, message, status } };
  return Response.json(body, { status, headers });
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** Written by hand, piece by piece: an adapter in between would log to the console when the client leaves half way. */
async function write(
  env: HttpBindings,
  status: number,
  pieces: Iterable<string>,
  pause: () => Promise<void>,
): Promise<Response> {
  const { outgoing } = env;
  const left = new Promise<void>(resolve => outgoing.once('close', resolve));
  outgoing.writeHead(status, JSON_TYPE);
  for (const piece of pieces) {
    await pause();
    if (outgoing.destroyed) break;
    if (!outgoing.write(piece))
      await Promise.race([left, new Promise<void>(resolve => outgoing.once('drain', resolve))]);
  }
  outgoing.end();
  return RESPONSE_ALREADY_SENT;
}

/** Sixteen megabytes of valid JSON. */
function* tooMuch(): Generator<string> {
  yield '{"data":"';
  for (let n = 0; n < 256; n++) yield 'a'.repeat(64 * 1024);
  yield '"}';
}

function* drops(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += 16) yield text.slice(at, at + 16);
}

/** No answer: the connection stays open until the client leaves, the twin closes, or `ms` are over. */
async function hold(clock: Clock, { incoming, outgoing }: HttpBindings, ms: number | undefined): Promise<Response> {
  const left = new Promise<void>(resolve => {
    if (outgoing.closed) resolve();
    else outgoing.once('close', resolve);
  });
  await (ms === undefined ? left : Promise.race([left, clock.sleep(ms)]));
  incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}

function reset({ incoming }: HttpBindings): Response {
  incoming.socket.resetAndDestroy();
  return RESPONSE_ALREADY_SENT;
}

/** Half of the answer, with the length of the whole in its head. */
async function resetMidBody(clock: Clock, env: HttpBindings, status: number, text: string): Promise<Response> {
  env.outgoing.writeHead(status, { ...JSON_TYPE, 'content-length': Buffer.byteLength(text) });
  env.outgoing.write(text.slice(0, text.length / 2));
  await clock.sleep(20);
  return reset(env);
}

export async function strikeWith(
  { fault, ms }: Fault,
  {
    vendor,
    clock,
    env,
    elsewhere,
    run,
  }: { vendor: Vendor; clock: Clock; env: HttpBindings; elsewhere: string; run(): Promise<Response> },
): Promise<Response> {
  switch (fault) {
    case 'latency':
      await clock.sleep(ms ?? 1000);
      return run();
    case 'timeout_before':
      return hold(clock, env, ms);
    case 'reset_before':
      return reset(env);
    case '429':
      return refusal(vendor, 429, { 'Retry-After': String(Math.max(1, Math.ceil((ms ?? 1000) / 1000))) });
    case '500_before':
      return refusal(vendor, 500);
    case '503':
      return refusal(vendor, 503);
    case 'redirect':
      return new Response(null, { status: 307, headers: { location: elsewhere } });
  }
  const response = await run();
  if (fault === 'timeout_after') return hold(clock, env, ms);
  if (fault === 'reset_after') return reset(env);
  if (fault === '500_after') return refusal(vendor, 500);
  // An answer that has no body cannot be damaged: it gets a small one.
  const status = response.status === 204 ? 200 : response.status;
  const text = (await response.text()) || '{"data":{}}';
  switch (fault) {
    case 'reset_mid_body':
      return resetMidBody(clock, env, status, text);
    case 'malformed':
      return new Response(text.slice(0, -Math.ceil(text.length / 3)), { status, headers: JSON_TYPE });
    case 'html':
      return new Response('<!doctype html><title>Gateway</title><p>Please wait.</p>', {
        status,
        headers: { 'content-type': 'text/html' },
      });
    case 'oversized':
      return write(env, status, tooMuch(), async () => undefined);
    case 'drip':
      return write(env, status, drops(text), () => clock.sleep(ms ?? 200));
    default:
      return new Response(text, { status, headers: response.headers });
  }
}
