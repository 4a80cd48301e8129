// A vendor that puts the key it was sent into everything it answers, in every form it can find, and how to tell that none of it is left.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';

export const keys = { scrip: 'sk_Pl4nted/Key+odd=and~more.20', trustpager: 'tp_live_Pl4nted.other/Key+odd=chars~9' };

const hex = (code: number) => code.toString(16).padStart(2, '0');
const each = (key: string, write: (code: number) => string) =>
  [...key].map(character => write(character.charCodeAt(0))).join('');

/** How a key may come back. */
export const forms = (key: string): string[] => [
  key,
  JSON.stringify(key),
  JSON.stringify(JSON.stringify(JSON.stringify(key))),
  key.toUpperCase(),
  key.toLowerCase(),
  [...key].reverse().join(''),
  encodeURIComponent(key),
  encodeURIComponent(encodeURIComponent(key)),
  each(key, code => `%${hex(code)}`),
  each(key, code => `\\u00${hex(code)}`),
  each(key, code => `&#${code};`),
  Buffer.from(key).toString('base64'),
  Buffer.from(key).toString('base64url'),
  Buffer.from(`Bearer ${key}`).toString('base64'),
  Buffer.from(`{"x-api-key":"${key}"}`).toString('base64'),
  Buffer.from(key).toString('hex'),
  Buffer.from(key).toString('hex').toUpperCase(),
  [...Buffer.from(key)].map(hex).join(' '),
  JSON.stringify([...Buffer.from(key)]),
];

/** What must be found nowhere: the key in each form, and the part of its base64 that no neighbour decides, at each alignment. */
const traces = (key: string): string[] => [
  ...forms(key).map(form => form.replace(/^["\\[]+|["\\\]]+$/g, '')),
  ...[0, 1, 2].map(offset =>
    Buffer.from(`${'.'.repeat(offset)}${key}`)
      .toString('base64')
      .slice(4, -4),
  ),
];

/** As it stands, and as JSON would have it. */
export function nowhere(text: string, where: string, secrets: string[] = Object.values(keys)): void {
  const all = text.toLowerCase();
  const found = secrets
    .flatMap(traces)
    .flatMap(trace => [trace, JSON.stringify(trace).slice(1, -1)])
    .filter(trace => all.includes(trace.toLowerCase()));
  expect(found, where).toEqual([]);
}

/** Statuses of what it answers to reads and to writes. */
export interface Mood {
  read: number;
  write: number;
}

export const id = { automation_id: SCRIP_AUTOMATIONS.weeklyDigest };

export async function echoingVendor() {
  const vendor = {
    env: {} as Record<string, string>,
    mood: { read: 200, write: 200 } as Mood,
    /** The form in the first field of each answer; each field has the next, one form alone, so that nothing is cut in the middle of one. */
    form: 0,
    /** A run's status is an echo as well. */
    running: false,
    asked: [] as string[],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
  const server = createServer((req, res) => {
    req.resume();
    vendor.asked.push(`${req.method} ${req.url}`);
    const all = forms(String(req.headers['x-api-key'] ?? req.headers.authorization?.replace('Bearer ', '')));
    let at = vendor.form;
    const echo = () => all[at++ % all.length] ?? '';
    const status = req.method === 'GET' ? vendor.mood.read : vendor.mood.write;
    const scrip = req.url?.startsWith('/scrip');
    const automation = {
      id: id.automation_id,
      name: echo(),
      description: echo(),
      event_name: echo(),
      trigger_type: scrip ? 'cron' : 'manual',
      cron_expression: '0 9 * * 1',
      scope: 'participants',
      status: 'active',
      execution_status: 'idle',
      enabled: true,
      participant_filter: echo(),
      payload: { [echo()]: echo(), nested: [{ authorization: echo() }] },
      conditions: { [echo()]: echo() },
      actions: [{ id: 'a1', action_type: 'send_sms', sequence: 1, config: { body: echo() } }],
      triggers: [],
      last_error: echo(),
      last_run_at: '2026-01-01T00:00:00Z',
      created_at: '2026-01-01T00:00:00Z',
    };
    const details = [{ field: echo(), message: echo() }];
    const refusal = { code: echo(), message: echo(), hint: echo(), fix: echo(), details };
    const list = /automations(\?|$)|runs(\?|$)/.test(req.url ?? '');
    const run = { run_id: 'r1', error: echo(), ...(vendor.running ? { status: echo() } : {}) };
    const good = scrip
      ? list
        ? { data: [automation], pagination: { has_more: false } }
        : automation
      : { data: list ? [automation] : { ...automation, ...run }, credits_remaining: 50 };
    const body = status < 300 ? good : scrip ? refusal : { error: { ...refusal, required_scopes: [echo()] } };
    const headers = { 'content-type': 'application/json', 'x-echo': encodeURIComponent(echo()), 'retry-after': '0' };
    res.writeHead(status, headers);
    res.end(JSON.stringify(body));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vendor.env = {
    SCRIP_API_KEY: keys.scrip,
    TRUSTPAGER_API_KEY: keys.trustpager,
    SCRIP_BASE_URL: `${base}/scrip`,
    TRUSTPAGER_BASE_URL: `${base}/trustpager`,
    AUTOMATIONS_LOG_LEVEL: 'debug',
    AUTOMATIONS_CALL_TIMEOUT: '10',
  };
  return vendor;
}
