// A vendor that sends as much as is read, of whatever text, and a call of each kind that meets it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SCRIP_AUTOMATIONS as SCRIP } from '../../src/sandbox/index.ts';

/** A text of so many characters. */
export type Write = (length: number) => string;

/** One record under every name that a vendor's answers have, its texts `each` long. */
const record = (id: string, each: number, write: Write) => {
  const text = write(each);
  const texts = [
    'name',
    'description',
    'event_name',
    'participant_filter',
    'participant_id',
    'label',
    'last_error',
    'error',
  ];
  return {
    id,
    run_id: id,
    trigger_type: 'cron',
    cron_expression: '0 9 * * 1',
    scope: 'participants',
    status: 'active',
    execution_status: 'idle',
    enabled: true,
    action_type: 'send_sms',
    sequence: 1,
    config: { body: text },
    payload: { text },
    created_at: '2026-01-01T00:00:00Z',
    ...Object.fromEntries(texts.map(name => [name, write(each)])),
  };
};

/** As many as fit below a size, each with an id of its own. */
function fill(room: number, each: number, write: Write): object[] {
  const one = Buffer.byteLength(JSON.stringify(record(SCRIP.weeklyDigest, each, write))) * 1.2 + 1;
  const id = (n: number) => `${SCRIP.weeklyDigest.slice(0, -6)}${100_000 + n}`;
  return Array.from({ length: Math.floor(room / one) }, (_, n) => record(id(n), each, write));
}

/** A vendor whose every answer is just below the mebibyte that is read: of many small records, of some, or of a few huge ones. */
export async function fullVendor(each: number, write: Write = length => 'w'.repeat(length)) {
  const room = 1_000_000;
  const list = JSON.stringify({ data: fill(room, each, write), credits_remaining: 50 });
  const part = fill(room / 4, each, write);
  const whole = {
    ...record(SCRIP.weeklyDigest, Math.min(each, 5_000), write),
    ...{ actions: part, triggers: part, action_results: part },
    trigger_data: Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`key${n}`, 'x'.repeat(50)])),
  };
  const server = createServer((req, res) => {
    const many = /(automations|runs|programs|subscriptions|events|actions|triggers|types|schemas)(\?|$)/.test(
      req.url ?? '',
    );
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(many ? list : JSON.stringify(req.url?.startsWith('/scrip') ? whole : { data: whole }));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: { SCRIP_BASE_URL: `${base}/scrip`, TRUSTPAGER_BASE_URL: `${base}/trustpager` },
    [Symbol.asyncDispose]: () =>
      new Promise<void>(done => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

/** One call of each kind; lists ask for so many rows, or for what is usual. */
export function callsOf(limit?: number): [string, Record<string, unknown>][] {
  const id = { automation_id: SCRIP.weeklyDigest };
  const page = limit === undefined ? {} : { limit };
  return [
    ['list_connections', {}],
    ['scrip_list_automations', page],
    ['scrip_get_automation', id],
    ['scrip_list_runs', id],
    ['scrip_list_subscriptions', id],
    ['trustpager_list_automations', page],
    ['trustpager_get_automation', id],
    ['trustpager_list_runs', { ...id, ...page }],
    ['trustpager_get_run', { run_id: id.automation_id }],
    ['trustpager_describe_actions', {}],
    ['trustpager_describe_actions', { action_type: 'send_sms' }],
    ['trustpager_describe_triggers', {}],
    ['watch_run', { ...id, wait_s: 0 }],
    ['watch_run', { run_id: id.automation_id, wait_s: 0 }],
    ['plan_call', { tool: 'scrip_trigger_automation', arguments: id }],
    ['plan_call', { tool: 'scrip_update_automation', arguments: { ...id, payload: { a: 'b' } } }],
    ['plan_call', { tool: 'trustpager_delete_automation', arguments: id }],
    ['scrip_trigger_automation', id],
    ['scrip_update_automation', { ...id, payload: { a: 'b' } }],
    ['trustpager_update_automation', { ...id, priority: 2 }],
  ];
}
