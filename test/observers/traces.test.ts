// Spans as an exporter receives them: one for a call, its vendor requests in it, its parent where the client named one; and nothing without an SDK.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parentOf } from '../../src/observers/traces.ts';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connectTo, makeClient, said, yes } from '../fixtures.ts';
import { fault } from '../server/twin.ts';
import { protocol } from '../server/wire.ts';
import { type Replica, type Replicas, startReplicas } from '../transports/replicas.ts';

const { weeklyDigest } = SCRIP_AUTOMATIONS;
const { welcomeSms } = TRUSTPAGER_AUTOMATIONS;
const exporter = new InMemorySpanExporter();
let replicas: Replicas;
let replica: Replica;

/** What an operator's file does, loaded with `node --import`. */
beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  replicas = await startReplicas(1);
  [replica] = replicas.all as [Replica];
});
afterAll(async () => {
  await replicas[Symbol.asyncDispose]();
  trace.disable();
  context.disable();
});
beforeEach(() => exporter.reset());

const spans = () => exporter.getFinishedSpans();
const callsIn = (all: ReadableSpan[]) => all.filter(({ kind }) => kind === SpanKind.SERVER);
const only = (all: ReadableSpan[]): ReadableSpan => {
  expect(all).toHaveLength(1);
  return all[0] as ReadableSpan;
};
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

describe('a call', () => {
  test('of 2026-07-28 is a span by the conventions, with the vendor’s requests in it, under the client’s own span', async () => {
    const client = makeClient('modern', yes);
    await connectTo(replica.url, client, 'modern');
    const _meta = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'rojo=00f067aa0ba902b7' };
    const args = { name: 'scrip_list_automations', arguments: { search: 'digest-of-a-person' }, _meta };
    expect(said(await client.callTool(args)).structured).toMatchObject({ outcome: 'done' });
    const all = spans();
    const call = only(callsIn(all));
    expect(call.name).toBe('tools/call scrip_list_automations');
    expect(call.spanContext().traceId).toBe(traceId);
    expect(call.parentSpanContext).toMatchObject({ traceId, spanId, isRemote: true });
    expect(call.spanContext().traceState?.serialize()).toBe('rojo=00f067aa0ba902b7');
    expect(call.attributes).toEqual({
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'scrip_list_automations',
      'mcp.protocol.version': protocol,
      'jsonrpc.request.id': expect.any(String),
      'network.transport': 'tcp',
      'network.protocol.name': 'http',
      'automations_mcp.outcome': 'done',
      'automations_mcp.connection': 'scrip',
    });
    expect(call.status.code).toBe(SpanStatusCode.UNSET);
    const requests = all.filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(requests.length).toBeGreaterThan(0);
    for (const request of requests) {
      expect(request.parentSpanContext?.spanId).toBe(call.spanContext().spanId);
      const { baseUrl } = replicas.sandbox.scrip;
      expect(request.name).toBe('GET');
      expect(request.attributes).toMatchObject({
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(baseUrl).port),
        'automations_mcp.vendor': 'scrip',
      });
      expect(request.attributes['url.full']).toMatch(new RegExp(`^${baseUrl}/[^?]+$`));
    }
    await client.close();
  });

  test('of an older client’s session: the write is in it, the session by its digest; no secret and no argument anywhere', async () => {
    const client = makeClient('legacy', yes);
    await connectTo(replica.url, client, 'legacy');
    const run = { name: 'trustpager_trigger_automation', arguments: { automation_id: welcomeSms } };
    const { structured } = said(await client.callTool(run));
    const all = spans();
    const call = only(callsIn(all));
    expect(call.parentSpanContext).toBeUndefined();
    expect(call.attributes).toMatchObject({
      'mcp.session.id': expect.stringMatching(/^[0-9a-f]{16}$/),
      'mcp.protocol.version': '2025-11-25',
      'automations_mcp.intent': structured.intent_id,
    });
    const write = only(all.filter(({ attributes }) => attributes['http.request.method'] === 'POST'));
    expect(write.parentSpanContext?.spanId).toBe(call.spanContext().spanId);
    const text = JSON.stringify(all.map(({ name, attributes, events, status }) => [name, attributes, events, status]));
    expect(text).not.toContain(replicas.sandbox.trustpager.key);
    expect(text).not.toContain(replicas.sandbox.scrip.key);
    await client.close();
  });

  test('that fails is a failure, by its code; so are the requests that failed, each attempt by itself', async () => {
    const client = makeClient('modern', undefined);
    await connectTo(replica.url, client, 'modern');
    await fault(replicas.sandbox, { fault: '503', vendor: 'scrip', method: 'GET', times: 0 });
    const args = { name: 'scrip_get_automation', arguments: { automation_id: weeklyDigest } };
    expect(said(await client.callTool(args)).structured).toMatchObject({ code: 'unavailable' });
    await fetch(`${replicas.sandbox.url}/_twin/faults`, { method: 'DELETE' });
    const all = spans();
    const call = only(callsIn(all));
    expect(call.status.code).toBe(SpanStatusCode.ERROR);
    expect(call.attributes).toMatchObject({ 'error.type': 'unavailable', 'automations_mcp.outcome': 'not_sent' });
    const requests = all.filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(requests.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, 1, 2]);
    for (const { status, attributes } of requests) {
      expect(status.code).toBe(SpanStatusCode.ERROR);
      expect(attributes).toMatchObject({ 'error.type': '503', 'http.response.status_code': 503 });
    }
    exporter.reset();
    await fault(replicas.sandbox, { fault: 'reset_before', vendor: 'scrip', method: 'GET', times: 3 });
    await client.callTool(args);
    expect(spans().filter(({ attributes }) => attributes['error.type'] === 'cut')).not.toHaveLength(0);
    exporter.reset();
    await client.callTool({ name: 'no_such_tool_of_anybody', arguments: {} }).catch(() => {});
    const unknown = only(spans());
    expect(unknown.name).toBe('tools/call');
    expect(unknown.attributes).toMatchObject({ 'error.type': '-32602', 'rpc.response.status_code': '-32602' });
    expect(JSON.stringify(unknown.attributes)).not.toContain('anybody');
    await client.close();
  });
});

describe('the client’s own span', () => {
  const good = `00-${traceId}-${spanId}-01`;
  test.each([
    [good, 1],
    [`00-${traceId}-${spanId}-00`, 0],
    [`00-${traceId}-${spanId}-ff`, 1],
    [`cc-${traceId}-${spanId}-01-what-a-later-version-says`, 1],
  ])('%s is one', (traceparent, traceFlags) => {
    expect(parentOf({ traceparent })).toEqual({ traceId, spanId, traceFlags, isRemote: true });
  });
  test.each([
    undefined,
    7,
    '',
    [good],
    `${good} `,
    good.toUpperCase(),
    good.replace('00-', 'ff-'),
    `${good}-more`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}-${spanId}`,
    `00-${traceId}-${spanId}-1`,
    `cc-${traceId}-${spanId}-01-${'x'.repeat(300)}`,
  ])('%j is none', traceparent => expect(parentOf({ traceparent })).toBeUndefined());
  test('whatever a client writes, it is W3C’s form or nothing', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (traceparent, tracestate) => {
        const parent = parentOf({ traceparent, tracestate });
        if (parent) expect(parent.traceId).toMatch(/^[0-9a-f]{32}$/);
      }),
    );
  });
});

test('without an SDK nothing of it is loaded, over stdio neither metrics', () => {
  // What a server over stdio loads as it starts, told by itself.
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, ctx, next) => { loaded.push(url); return next(url, ctx); } });
    const { watching } = await import('./src/cli/watching.ts');
    const { readConfig } = await import('./src/config.ts');
    const { observers } = await watching(readConfig({}, { AUTOMATIONS_METRICS_PORT: '9464' }), '0');
    process.stdout.write(JSON.stringify({ observers: observers.length, loaded }));
  `;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  });
  const { observers, loaded } = JSON.parse(stdout) as { observers: number; loaded: string[] };
  expect(observers).toBe(0);
  expect(loaded.some(url => url.endsWith('/watching.ts'))).toBe(true);
  expect(loaded.filter(url => /opentelemetry|prom-client|src\/observers/.test(url))).toEqual([]);
});
