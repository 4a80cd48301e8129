// One call for a test: a running sandbox and short ways to speak to each side of it over HTTP.
import { afterAll, beforeAll } from 'vitest';
import { type Sandbox, type SandboxOptions, SCRIP_PROGRAMS, startSandbox } from '../../src/sandbox/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read field by field, and a wrong field is what a test is about.
export type Json = any;

export interface Answer {
  status: number;
  body: Json;
  headers: Headers;
}

export async function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const type = text === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url, {
    method,
    headers: { ...type, ...headers },
    redirect: 'manual',
    ...(text === undefined ? {} : { body: text as string }),
  });
  const answer = await response.text();
  return { status: response.status, body: answer === '' ? undefined : JSON.parse(answer), headers: response.headers };
}

export function speakTo(sandbox: Sandbox) {
  const { url, scrip, trustpager } = sandbox;
  return {
    sandbox,
    scrip: (
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = { 'x-api-key': scrip.key },
    ) => send(scrip.baseUrl + path, method, headers, body),
    trustpager: (
      method: string,
      path: string,
      body?: unknown,
      key = trustpager.key,
      headers: Record<string, string> = {},
    ) => send(trustpager.baseUrl + path, method, { authorization: `Bearer ${key}`, ...headers }, body),
    twin: (method: string, path: string, body?: unknown) => send(`${url}/_twin${path}`, method, {}, body),
  };
}

export type Talk = ReturnType<typeof speakTo>;

/** A sandbox for the whole file, quick by default; `talk()` is there from the first test on. */
export function useSandbox(options: SandboxOptions = {}): () => Talk {
  let talk: Talk | undefined;
  beforeAll(async () => {
    talk = speakTo(
      await startSandbox({ fanoutRate: 5000, actionMs: 2, idleAfterMs: 0, rateLimits: false, ...options }),
    );
  });
  afterAll(async () => talk?.sandbox.close());
  return () => {
    if (!talk) throw new Error('The sandbox starts before the first test');
    return talk;
  };
}

/** Twins whose clock stands at Monday 2 March 2026, 08:00 UTC, until it is stepped. */
export async function standing(options: SandboxOptions = {}) {
  const sandbox = await startSandbox({
    now: () => Date.parse('2026-03-02T08:00:00Z'),
    actionMs: 1,
    rateLimits: false,
    ...options,
  });
  const talk = speakTo(sandbox);
  await talk.twin('POST', '/clock', { freeze: true });
  return {
    ...talk,
    step: async (advance_ms: number) => (await talk.twin('POST', '/clock', { advance_ms })).body,
    inside: async () => (await talk.twin('GET', '/state')).body,
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

export const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms));

/** Asks again until the answer is as wanted. */
export async function until<T>(ask: () => Promise<T>, wanted: (value: T) => boolean, timeoutMs = 5000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (wanted(value)) return value;
    if (Date.now() > deadline) throw new Error(`Not so after ${timeoutMs} ms: ${JSON.stringify(value).slice(0, 500)}`);
    await pause(10);
  }
}

export const AUTOMATIONS = `/programs/${SCRIP_PROGRAMS.rewards}/automations`;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const MINUTE = 60_000;
export const inFuture = (ms: number) => new Date(Date.now() + ms).toISOString();

let made = 0;
/** The smallest body Scrip takes for each trigger and scope, under a new name every time. */
export function newAutomation(type: string, scope: string, more: Json = {}): Json {
  made += 1;
  const schedule = {
    cron: { cron_expression: '0 9 * * 1' },
    one_time: { trigger_at: inFuture(30 * DAY) },
    immediate: {},
    participant_state: { schedule_type: 'INTERVAL', schedule_config: { interval: '30d' } },
  }[type];
  return {
    name: `Made by a test ${made}`,
    event_name: `made_by_test_${made}`,
    scope,
    trigger: { type, ...schedule },
    ...more,
  };
}
