// Keys come back from a vendor in every form and place it can find; none of them leaves in a result, a question, a log or a frame.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect, type Era, type Person } from '../fixtures.ts';

const keys = { scrip: 'sk_Pl4nted/Key+odd=and~more.20', trustpager: 'tp_live_Pl4nted.other/Key+odd=chars~9' };

/** How a key may come back, each once. */
const forms = (key: string): string[] => [
  key,
  JSON.stringify(key),
  encodeURIComponent(key),
  Buffer.from(key).toString('base64'),
  Buffer.from(key).toString('base64url'),
  Buffer.from(`Bearer ${key}`).toString('base64'),
  Buffer.from(`{"x-api-key":"${key}"}`).toString('base64'),
  Buffer.from(key).toString('hex'),
  Buffer.from(key).toString('hex').toUpperCase(),
];

/** What must be found nowhere: the key in each form, and the part of its base64 that no neighbour decides, at each alignment. */
const traces = (key: string): string[] => [
  ...forms(key).map(form => form.replaceAll('"', '')),
  ...[0, 1, 2].map(offset =>
    Buffer.from(`${'.'.repeat(offset)}${key}`)
      .toString('base64')
      .slice(4, -4),
  ),
];
const both = Object.values(keys);
const nowhere = (text: string, where: string): void => {
  for (const trace of both.flatMap(traces)) {
    const found = text.includes(trace) || text.includes(JSON.stringify(trace).slice(1, -1));
    expect(found, `${where} holds ${trace}`).toBe(false);
  }
};

/** A vendor that puts what it was sent into everything it answers. */
interface Mood {
  read: number;
  write: number;
}
let mood: Mood = { read: 200, write: 200 };
/** Which form; one at a time, so that nothing is cut in the middle of it. */
let form = 0;
/** A run's status is an echo as well. */
let running = false;
let base = '';
let asked: string[] = [];

function said(req: IncomingMessage): string {
  const key = String(req.headers['x-api-key'] ?? req.headers.authorization?.replace('Bearer ', ''));
  return forms(key)[form % forms(key).length] ?? '';
}

const vendor = createServer((req, res) => {
  req.resume();
  asked.push(`${req.method} ${req.url}`);
  const echo = said(req);
  const status = req.method === 'GET' ? mood.read : mood.write;
  const scrip = req.url?.startsWith('/scrip');
  const automation = {
    id: SCRIP_AUTOMATIONS.weeklyDigest,
    name: echo,
    description: echo,
    event_name: echo,
    trigger_type: scrip ? 'cron' : 'manual',
    cron_expression: '0 9 * * 1',
    scope: 'participants',
    status: 'active',
    execution_status: 'idle',
    enabled: true,
    participant_filter: echo,
    payload: { [echo]: echo, nested: [{ authorization: echo }] },
    conditions: { [echo]: echo },
    actions: [{ id: 'a1', action_type: 'send_sms', sequence: 1, config: { body: echo } }],
    triggers: [],
    last_error: echo,
    last_run_at: '2026-01-01T00:00:00Z',
    created_at: '2026-01-01T00:00:00Z',
  };
  const refusal = { code: echo, message: echo, hint: echo, fix: echo, details: [{ field: echo, message: echo }] };
  const list = /automations(\?|$)|runs(\?|$)/.test(req.url ?? '');
  const good = scrip
    ? list
      ? { data: [automation], pagination: { has_more: false } }
      : automation
    : {
        data: list ? [automation] : { ...automation, run_id: 'r1', error: echo, ...(running ? { status: echo } : {}) },
        credits_remaining: 50,
      };
  const body = status < 300 ? good : scrip ? refusal : { error: { ...refusal, required_scopes: [echo] } };
  res.writeHead(status, { 'content-type': 'application/json', 'x-echo': encodeURIComponent(echo), 'retry-after': '0' });
  res.end(status === 204 ? undefined : JSON.stringify(body));
});

beforeAll(async () => {
  await new Promise<void>(resolve => vendor.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
});
afterAll(async () => {
  vendor.closeAllConnections();
  await new Promise(resolve => vendor.close(resolve));
});

const env = () => ({
  SCRIP_API_KEY: keys.scrip,
  TRUSTPAGER_API_KEY: keys.trustpager,
  SCRIP_BASE_URL: `${base}/scrip`,
  TRUSTPAGER_BASE_URL: `${base}/trustpager`,
  AUTOMATIONS_LOG_LEVEL: 'debug',
  AUTOMATIONS_CALL_TIMEOUT: '10',
});

const id = { automation_id: SCRIP_AUTOMATIONS.weeklyDigest };
const calls: [string, Record<string, unknown>][] = [
  ['list_connections', {}],
  ['plan_call', { tool: 'scrip_trigger_automation', arguments: id }],
  ['plan_call', { tool: 'trustpager_trigger_automation', arguments: id }],
  ['scrip_list_automations', {}],
  ['scrip_get_automation', id],
  ['scrip_list_runs', id],
  ['scrip_update_automation', { ...id, status: 'paused' }],
  ['scrip_update_automation', { ...id, payload: { a: 1 } }],
  ['scrip_trigger_automation', id],
  ['watch_run', { ...id, wait_s: 0 }],
  ['trustpager_list_automations', {}],
  ['trustpager_get_automation', id],
  ['trustpager_list_runs', id],
  ['trustpager_get_run', { run_id: 'r1' }],
  ['trustpager_disable_automation', id],
  ['trustpager_execute_action', { ...id, action_id: 'a1' }],
  ['watch_run', { run_id: 'r1', wait_s: 0 }],
];

const moods: Mood[] = [
  { read: 200, write: 200 },
  { read: 200, write: 400 },
  { read: 200, write: 403 },
  { read: 200, write: 500 },
  { read: 401, write: 200 },
  { read: 422, write: 200 },
  { read: 500, write: 200 },
];

describe('P17 C2 C10 C16: keys that a vendor echoes', () => {
  // One after the other: they share the vendor and its mood.
  test.each<Era>(['modern', 'legacy'])('leave by no way of a %s client over stdio', async era => {
    const shown: string[] = [];
    const person: Person = async message => {
      shown.push(message);
      return { action: 'accept', content: { confirm: true } };
    };
    await using f = await connect({ transport: 'stdio', era, person, env: env() });
    asked = [];
    // Every form once, every mood at least once.
    for (let n = 0; n < 9; n++) {
      const now = moods[n % moods.length] ?? mood;
      mood = now;
      form = n;
      for (const [tool, args] of calls) {
        const result = await f.client
          .callTool({ name: tool, arguments: args })
          .catch(error => ({ message: String(error) }));
        nowhere(JSON.stringify(result), `${tool} ${JSON.stringify(now)}`);
      }
    }
    expect(asked.length).toBeGreaterThan(50);
    expect(asked.some(line => line.startsWith('POST'))).toBe(true);
    expect(shown.length).toBeGreaterThan(0);
    nowhere(shown.join('\n'), 'a question');
    nowhere(f.stderr(), 'stderr');
  });

  test('are in no word of progress', async () => {
    mood = { read: 200, write: 200 };
    running = true;
    await using f = await connect({ era: 'legacy', env: { ...env(), AUTOMATIONS_LOG_LEVEL: 'silent' } });
    const told: unknown[] = [];
    const options = { onprogress: (progress: unknown) => told.push(progress) };
    for (form = 0; form < 9; form++)
      await f.client.callTool({ name: 'watch_run', arguments: { run_id: 'r1', wait_s: 0 } }, options);
    running = false;
    expect(told.length).toBeGreaterThan(0);
    nowhere(JSON.stringify(told), 'progress');
  });

  test('are in no question as it is stored, which a terminal shows', async () => {
    mood = { read: 200, write: 200 };
    form = 0;
    await using f = await connect({
      env: { ...env(), AUTOMATIONS_LOG_LEVEL: 'silent', AUTOMATIONS_CALL_TIMEOUT: '2' },
    });
    for (const tool of ['scrip_trigger_automation', 'trustpager_trigger_automation']) await f.call(tool, id);
    const questions = (await f.house?.store.questions()) ?? [];
    expect(questions.length).toBeGreaterThan(0);
    nowhere(questions.map(({ shown }) => shown).join('\n'), 'a stored question');
  });
});
