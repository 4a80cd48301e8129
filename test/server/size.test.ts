// Bounds: whatever a vendor sends, a result stays small enough for a model to read, and the server lives on.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  SCRIP_AUTOMATIONS as SCRIP,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
  TRUSTPAGER_ACTIONS,
} from '../../src/sandbox/index.ts';
import { connect, type Fixture, yes } from '../fixtures.ts';
import { elsewhere, inRewards } from './twin.ts';

const MAX_RESULT = 256 * 1024;
const long = 'lorem ipsum '.repeat(4_000);

/** What the client received, whole. */
async function size(f: Fixture, name: string, args: Record<string, unknown>): Promise<number> {
  const result = await f.client.callTool({ name, arguments: args });
  expect(result.structuredContent.outcome, name).toBe('done');
  expect(result.content[0].text.length, name).toBeLessThan(10_000);
  return JSON.stringify(result).length;
}

describe.concurrent('P16: a result', () => {
  test('of an automation that a vendor made huge stays readable', async () => {
    await using f = await connect();
    const payload = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`part${n}`, long]));
    await elsewhere(f.sandbox, 'scrip', 'PATCH', inRewards(SCRIP.weeklyDigest), {
      payload,
      description: 'd'.repeat(900),
    });
    const config = { message_body: long.repeat(8) };
    await elsewhere(
      f.sandbox,
      'trustpager',
      'PATCH',
      `/automations/${TRUSTPAGER.welcomeSms}/actions/${TRUSTPAGER_ACTIONS.welcomeSms}`,
      { config },
    );
    for (const [name, args] of [
      ['scrip_get_automation', { automation_id: SCRIP.weeklyDigest }],
      ['scrip_list_automations', { limit: 50 }],
      ['scrip_list_runs', { automation_id: SCRIP.weeklyDigest }],
      ['trustpager_get_automation', { automation_id: TRUSTPAGER.welcomeSms }],
      ['trustpager_list_automations', { limit: 50 }],
      ['plan_call', { tool: 'trustpager_trigger_automation', arguments: { automation_id: TRUSTPAGER.welcomeSms } }],
    ] as const)
      expect(await size(f, name, args), name).toBeLessThan(MAX_RESULT);
  });

  test('and a question about arguments as large as they may be stay readable', async () => {
    let shown = '';
    await using f = await connect({
      person: message => {
        shown = message;
        return yes(message);
      },
    });
    const trigger_data = { text: 'x'.repeat(60_000) };
    expect(
      await size(f, 'trustpager_trigger_automation', { automation_id: TRUSTPAGER.welcomeSms, trigger_data }),
    ).toBeLessThan(MAX_RESULT);
    expect(shown.length).toBeLessThan(2_500);
    expect(shown).toContain('Cost:');
    expect(await f.writes()).toMatchObject([{ body: { trigger_data } }]);
  });
});

/** One record under every name that a vendor's answers have, its texts `each` long. */
const record = (id: string, each: number) => {
  const text = 'w'.repeat(each);
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
    ...Object.fromEntries(texts.map(name => [name, text])),
  };
};

/** As many as fit below a size, each with an id of its own. */
function fill(room: number, each: number): object[] {
  const one = JSON.stringify(record(SCRIP.weeklyDigest, each)).length + 1;
  const id = (n: number) => `${SCRIP.weeklyDigest.slice(0, -6)}${100_000 + n}`;
  return Array.from({ length: Math.floor(room / one) }, (_, n) => record(id(n), each));
}

/** A vendor whose every answer is just below the mebibyte that is read: of many small records, of some, or of a few huge ones. */
async function fullVendor(each: number) {
  const room = 1_000_000;
  const list = JSON.stringify({ data: fill(room, each), credits_remaining: 50 });
  const part = fill(room / 4, each);
  const whole = {
    ...record(SCRIP.weeklyDigest, Math.min(each, 5_000)),
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

describe.concurrent('P16: a result of a vendor that sends a mebibyte', () => {
  const id = { automation_id: SCRIP.weeklyDigest };
  const calls = [
    ['list_connections', {}],
    ['scrip_list_automations', { limit: 50 }],
    ['scrip_get_automation', id],
    ['scrip_list_runs', id],
    ['scrip_list_subscriptions', id],
    ['trustpager_list_automations', { limit: 50 }],
    ['trustpager_get_automation', id],
    ['trustpager_list_runs', { ...id, limit: 50 }],
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
  ] as const;

  test.each([5, 500, 20_000])('is whole JSON below 256 KiB, records of %i characters a field', async each => {
    await using vendor = await fullVendor(each);
    await using f = await connect({ person: yes, env: vendor.env });
    const done: string[] = [];
    for (const [name, args] of calls) {
      const result = await f.client.callTool({ name, arguments: args });
      expect(Buffer.byteLength(JSON.stringify(result)), `${name} ${JSON.stringify(args)}`).toBeLessThan(MAX_RESULT);
      if (result.structuredContent?.outcome === 'done') done.push(name);
    }
    // Most of it is read all the same, not refused.
    expect(done.length).toBeGreaterThan(10);
  });

  test('and of arguments that a client made huge says what is wrong with them in few words', async () => {
    await using f = await connect();
    const huge = 'k'.repeat(900_000);
    for (const args of [
      { [huge]: 1 },
      { automation_id: huge },
      { automation_id: [huge] },
      { ...id, trigger_data: { [huge]: 1 } },
    ]) {
      const result = await f.client.callTool({ name: 'trustpager_trigger_automation', arguments: args });
      expect(result.isError).toBe(true);
      expect(JSON.stringify(result).length).toBeLessThan(10_000);
    }
    const unknown = await f.client.callTool({ name: huge, arguments: {} }).catch((error: Error) => error.message);
    expect(JSON.stringify(unknown).length).toBeLessThan(1_000);
  });
});
