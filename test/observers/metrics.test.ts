// The metrics as Prometheus reads them: what was done is counted, who may read them is settled, and no label holds an id or a secret.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openMetrics } from '../../src/observers/metrics.ts';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connectTo, makeClient, no, said, yes } from '../fixtures.ts';
import { eventually, fault } from '../server/twin.ts';
import { json, knockAt } from '../transports/knock.ts';
import { openSession, post } from '../transports/knock-session.ts';
import { type Replica, startReplicas } from '../transports/replicas.ts';

const { weeklyDigest } = SCRIP_AUTOMATIONS;
const { welcomeSms } = TRUSTPAGER_AUTOMATIONS;
const on = { AUTOMATIONS_HTTP: 'true', AUTOMATIONS_METRICS_PORT: '0' };

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** The text format, read by hand: one sample a line. */
function samples(text: string): Sample[] {
  return text
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const [, name = '', , labels = '', value = ''] = /^([a-z_:0-9]+)(\{(.*)\})? (\S+)$/i.exec(line) ?? [];
      const pairs = [...labels.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, key = '', is = '']) => [key, is]);
      return { name, labels: Object.fromEntries(pairs), value: Number(value) };
    });
}

/** Adds up what has these labels. */
const sum = (all: Sample[], name: string, labels: Record<string, string> = {}): number =>
  all
    .filter(one => one.name === `automations_mcp_${name}`)
    .filter(one => Object.entries(labels).every(([key, is]) => one.labels[key] === is))
    .reduce((total, { value }) => total + value, 0);

const read = async ({ metrics }: Replica): Promise<{ text: string; all: Sample[] }> => {
  const text = await (await fetch(metrics ?? '')).text();
  return { text, all: samples(text) };
};

describe('what is counted', () => {
  test('calls, verdicts, questions, credits, vendors, requests and sessions, with labels from what is configured alone', async () => {
    await using r = await startReplicas(0);
    const replica = await r.start({ env: { ...on, AUTOMATIONS_RATE_LIMIT: '20', AUTOMATIONS_CALL_TIMEOUT: '2' } });
    const { port, url } = replica;
    const agree = makeClient('modern', yes, 'client-with-a-name');
    const refuse = makeClient('legacy', no);
    await connectTo(url, agree, 'modern');
    await connectTo(url, refuse, 'legacy');
    const run = { name: 'trustpager_trigger_automation', arguments: { automation_id: welcomeSms } };
    const first = said(await agree.callTool(run));
    expect(first.structured).toMatchObject({ outcome: 'done' });
    const fire = { name: 'scrip_trigger_automation', arguments: { automation_id: weeklyDigest } };
    expect(said(await refuse.callTool(fire)).structured).toMatchObject({ code: 'approval_declined' });
    await agree.callTool({ name: 'plan_call', arguments: { tool: fire.name, arguments: fire.arguments } });
    await fault(r.sandbox, { fault: 'reset_after', vendor: 'trustpager', method: 'POST' });
    const lost = { name: 'trustpager_create_automation', arguments: { name: 'Lost', trigger_type: 'contact_created' } };
    expect(said(await agree.callTool(lost)).structured).toMatchObject({ outcome: 'unknown' });
    await agree.callTool({ name: 'no_such_tool_sk_live', arguments: {} }).catch(() => {});
    const session = await openSession(port);
    const waits = post(port, session, { id: 3, method: 'tools/call', params: fire });
    await eventually(async () => sum((await read(replica)).all, 'open_questions') === 1);
    expect(sum((await read(replica)).all, 'calls_under_way')).toBe(1);
    await waits;
    // More requests than this principal may make.
    const many = await Promise.all(
      Array.from({ length: 210 }, () => knockAt(port, { headers: json, body: '{}' }).then(({ status }) => status)),
    );
    await knockAt(port, { headers: { ...json, host: 'evil.example' }, path: '/secret-path' });

    const { text, all } = await read(replica);
    expect(sum(all, 'calls_total', { tool: run.name, outcome: 'done', code: '' })).toBe(1);
    expect(sum(all, 'calls_total', { tool: run.name, outcome: 'asked' })).toBe(1);
    expect(sum(all, 'calls_total', { tool: fire.name, outcome: 'denied', code: 'approval_declined' })).toBe(1);
    expect(sum(all, 'calls_total', { tool: fire.name, outcome: 'pending', code: 'approval_required' })).toBe(1);
    expect(sum(all, 'calls_total', { tool: 'unknown', outcome: 'refused', code: '-32602' })).toBe(1);
    expect(sum(all, 'call_duration_seconds_count', { tool: run.name })).toBe(2);
    expect(sum(all, 'calls_under_way')).toBe(0);
    // One for each look at each call that was made, and none for the plan.
    const asks = sum(all, 'verdicts_total', { tool: fire.name, verdict: 'ask', rule: 'defaults' });
    expect(asks).toBe(sum(all, 'verdicts_total', { tool: fire.name }));
    expect(asks).toBe(2);
    expect(sum(all, 'questions_total', { event: 'asked' })).toBe(3);
    expect(sum(all, 'questions_total', { event: 'approved', channel: 'client' })).toBe(1);
    expect(sum(all, 'questions_total', { event: 'rejected', channel: 'client' })).toBe(1);
    const [intent] = await replica.house.store
      .intents({ limit: 10 })
      .then(rows => rows.filter(({ tool }) => tool === run.name));
    const quoted = JSON.parse(intent?.quote ?? '{}').high;
    expect(quoted).toBeGreaterThan(0);
    expect(sum(all, 'credits_reserved_total', { connection: 'trustpager' })).toBe(quoted);
    expect(sum(all, 'credits_settled_total', { connection: 'trustpager', outcome: 'done' })).toBe(intent?.credits);
    expect(sum(all, 'receipts_total', { tool: run.name, outcome: 'done' })).toBe(1);
    expect(sum(all, 'receipts_total', { tool: lost.name, outcome: 'unknown' })).toBe(1);
    expect(
      sum(all, 'vendor_requests_total', { vendor: 'trustpager', method: 'POST', outcome: 'answered', status: '2xx' }),
    ).toBe(1);
    expect(
      sum(all, 'vendor_requests_total', { vendor: 'trustpager', method: 'POST', outcome: 'lost', status: 'cut' }),
    ).toBe(1);
    expect(
      sum(all, 'vendor_requests_total', { vendor: 'scrip', method: 'GET', outcome: 'answered', status: '2xx' }),
    ).toBeGreaterThan(0);
    expect(sum(all, 'vendor_request_duration_seconds_count', { vendor: 'trustpager', method: 'POST' })).toBe(2);
    const limited = many.filter(status => status === 429).length;
    expect(limited).toBeGreaterThan(0);
    expect(sum(all, 'http_requests_total', { path: '/mcp', status: '429' })).toBe(limited);
    expect(sum(all, 'http_requests_total', { path: 'other', status: '403' })).toBe(1);
    expect(sum(all, 'sessions')).toBe(2);
    expect(sum(all, 'store_usable')).toBe(1);
    expect(sum(all, 'info', { version: '0.0.0-test' })).toBe(1);
    expect(all.some(({ name }) => name === 'process_resident_memory_bytes')).toBe(true);

    // Whatever the labels hold comes from a short list.
    const values = new Set(
      all.filter(({ name }) => name.startsWith('automations_mcp_')).flatMap(({ labels }) => Object.values(labels)),
    );
    for (const value of values) expect(value).toMatch(/^[\w/+.-]{0,40}$/);
    for (const leaked of [
      r.sandbox.scrip.key,
      r.sandbox.trustpager.key,
      session,
      welcomeSms,
      weeklyDigest,
      intent?.id ?? '?',
      'client-with-a-name',
      'no_such_tool',
      'secret-path',
    ])
      expect(text).not.toContain(leaked);
    await Promise.all([agree.close(), refuse.close()]);
  });

  test('P13: a store that cannot be used is told, and hides nothing else', async () => {
    await using r = await startReplicas(0);
    const replica = await r.start({ env: { ...on, AUTOMATIONS_STATE_FOLDER: '/dev/null/nowhere' } });
    const { all } = await read(replica);
    expect(sum(all, 'store_usable')).toBe(0);
    expect(sum(all, 'open_questions')).toBeNaN();
    expect(sum(all, 'sessions')).toBe(0);
  });

  test('docs/hosting.md tells of every one of them, with its labels', async () => {
    await using r = await startReplicas(0);
    const { text } = await read(await r.start({ env: on }));
    const names = [...text.matchAll(/^# TYPE (automations_mcp_\w+) /gm)].map(([, name]) => name ?? '');
    expect(names.length).toBeGreaterThan(10);
    const page = readFileSync(new URL('../../docs/hosting.md', import.meta.url), 'utf8');
    const told = [...page.matchAll(/^\| `(automations_mcp_\w+)` \|/gm)].map(([, name]) => name ?? '');
    expect(told.toSorted()).toEqual(names.toSorted());
  });

  test('the operator’s rules count as one kind', async () => {
    const { observer, text } = openMetrics('1');
    observer.verdict?.('a_tool', { verdict: 'deny', rule: 'no-calls-to-Mrs-Miller', reason: '' });
    observer.verdict?.('a_tool', { verdict: 'deny', rule: 'stopped', reason: '' });
    const { body } = await text();
    expect(body).toContain('{tool="a_tool",verdict="deny",rule="operator"} 1');
    expect(body).toContain('{tool="a_tool",verdict="deny",rule="stopped"} 1');
    expect(body).not.toContain('Miller');
  });
});

describe('who may read them', () => {
  test('there are none unless a port is named', async () => {
    await using r = await startReplicas(1);
    expect(r.all[0]?.metrics).toBeUndefined();
    // Nobody watches, so nothing is told to anybody.
    expect(r.all[0]?.house.observer).toEqual({});
    expect((await knockAt(r.all[0]?.port ?? 0, { method: 'GET', path: '/metrics' })).status).toBe(404);
  });

  test('C11: on loopback whoever names it exactly; no web page, and nothing but metrics', async () => {
    await using r = await startReplicas(0);
    const { metrics = '', port: main } = await r.start({ env: on });
    const port = Number(new URL(metrics).port);
    expect(port).not.toBe(main);
    const get = (headers: Record<string, string>, path = '/metrics', method = 'GET') =>
      knockAt(port, { method, path, headers }).then(({ status }) => status);
    expect(await get({})).toBe(200);
    expect(await get({ host: `localhost:${port}` })).toBe(200);
    expect(await get({ host: 'rebound.example' })).toBe(403);
    expect(await get({ host: `127.0.0.1:${main}` })).toBe(403);
    expect(await get({ origin: 'https://page.example' })).toBe(403);
    expect(await get({}, '/mcp')).toBe(404);
    expect(await get({}, '/metrics', 'POST')).toBe(405);
  });

  test('C12: with a token nobody else, and the token stands in no output', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'automations-mcp-'));
    const token = 'read-the-numbers-4711';
    await writeFile(join(folder, 'token'), `${token}\n`);
    await using r = await startReplicas(0);
    const { metrics = '', house } = await r.start({
      env: { ...on, AUTOMATIONS_METRICS_TOKEN_FILE: join(folder, 'token') },
    });
    const get = (authorization?: string) =>
      fetch(metrics, authorization ? { headers: { authorization } } : {}).then(({ status, headers }) => [
        status,
        headers.get('www-authenticate'),
      ]);
    expect(await get(`Bearer ${token}`)).toEqual([200, null]);
    for (const wrong of [undefined, token, `Bearer ${token.slice(1)}`, `Bearer ${token} `.repeat(2), 'Bearer '])
      expect(await get(wrong)).toEqual([401, 'Bearer']);
    expect(house.redact(`the token is ${token}`)).not.toContain(token);
    await rm(folder, { recursive: true });
  });

  test('C17: beyond loopback it does not start without one, nor on the port of /mcp', () => {
    const config = (env: Record<string, string>) => () => readConfig({}, { AUTOMATIONS_METRICS_PORT: '9464', ...env });
    const away = { AUTOMATIONS_METRICS_HOST: '0.0.0.0' };
    expect(config({})().metricsPort).toBe(9464);
    expect(config(away)).toThrow(/AUTOMATIONS_METRICS_TOKEN_FILE/);
    expect(config({ ...away, AUTOMATIONS_METRICS_TOKEN: 'x'.repeat(16) })().metricsHost).toBe('0.0.0.0');
    expect(config({ ...away, AUTOMATIONS_METRICS_TOKEN: 'x'.repeat(15) })).toThrow(/at least 16/);
    expect(config({ AUTOMATIONS_PORT: '9464' })).toThrow(/must not be --port/);
    expect(config({ AUTOMATIONS_METRICS_PORT: '70000' })).toThrow(/at most 65535/);
  });
});
