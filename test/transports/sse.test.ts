// HTTP+SSE for the oldest clients: off unless wanted, behind the same walls, with questions, and for its own principal only.
import { Client as ModernClient, SSEClientTransport as ModernSse } from '@modelcontextprotocol/client';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { type ModelClient, makeClient, no, said, yes } from '../fixtures.ts';
import { accept, answering, eventually, firings } from '../server/twin.ts';
import { type Answer, json, type Knock, knockAt, opening, refusal } from './knock.ts';
import { type Replica, startReplicas } from './replicas.ts';

const sse = { AUTOMATIONS_LEGACY_SSE: 'true' };
const { weeklyDigest } = SCRIP_AUTOMATIONS;
const fire = { name: 'scrip_trigger_automation', arguments: { automation_id: weeklyDigest } };

/** Both official clients' own SSE transports. */
async function connected(port: number, which: 'v1' | 'legacy', person = yes): Promise<ModelClient> {
  const address = new URL(`http://127.0.0.1:${port}/sse`);
  const client = makeClient(which, person, 'an old client');
  // biome-ignore lint/suspicious/noExplicitAny: each client takes its own package's transport
  await (client as any).connect(which === 'v1' ? new SSEClientTransport(address) : new ModernSse(address));
  return client;
}

/** A stream opened by hand: where to post, and what has come on it. */
async function stream(port: number, headers: Record<string, string> = {}) {
  const abort = new AbortController();
  const response = await fetch(`http://127.0.0.1:${port}/sse`, { headers, signal: abort.signal });
  let text = '';
  const over = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  })().catch(() => {});
  const path = await eventually(() => /event: endpoint\ndata: (\S+)\n\n/.exec(text)?.[1]);
  const post = (message: object | string, more: Knock = {}): Promise<Answer> =>
    knockAt(port, {
      path,
      ...more,
      headers: { ...json, ...headers, ...more.headers },
      body: typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message }),
    });
  return { status: response.status, path, post, text: () => text, over, close: () => abort.abort() };
}

const one = (replicas: { all: Replica[] }): Replica => {
  const [first] = replicas.all;
  if (!first) throw new Error('no replica');
  return first;
};

describe.concurrent('HTTP+SSE', () => {
  test('is not there unless it is wanted', async () => {
    await using r = await startReplicas(1);
    for (const path of ['/sse', '/messages', '/messages?sessionId=x'])
      for (const method of ['GET', 'POST']) refusal(await knockAt(one(r).port, { method, path, headers: json }), 404);
  });

  test.each(['v1', 'legacy'] as const)('serves the official %s client, its questions included', async which => {
    await using r = await startReplicas(1, sse);
    const person = answering({ action: 'decline' }, accept);
    const client = await connected(one(r).port, which, person);
    expect((await client.listTools()).tools.length).toBeGreaterThan(10);
    expect((await client.listPrompts()).prompts.length).toBeGreaterThan(0);
    expect(said(await client.callTool(fire)).structured).toMatchObject({ code: 'approval_declined' });
    expect(await r.writes()).toEqual([]);
    expect(said(await client.callTool(fire)).structured).toMatchObject({ outcome: 'done' });
    expect(firings(await r.writes())).toHaveLength(1);
    expect(person.shown).toHaveLength(2);
    await client.close();
  });

  test('serves several at once, each with its own answers', async () => {
    await using r = await startReplicas(1, sse);
    const ids = Object.values(SCRIP_AUTOMATIONS).slice(0, 6);
    const clients = await Promise.all(ids.map((_, n) => connected(one(r).port, n % 2 ? 'v1' : 'legacy', no)));
    const answers = await Promise.all(
      clients.flatMap(client =>
        ids.map(automation_id =>
          client.callTool({ name: 'scrip_get_automation', arguments: { automation_id } }).then(said),
        ),
      ),
    );
    expect(answers.map(({ structured }) => structured.automation_id)).toEqual(clients.flatMap(() => ids));
    await Promise.all(clients.map(client => client.close()));
  });

  test('P18: ends at once though a call waits for a person, and its client is told to ask again', async () => {
    await using r = await startReplicas(1, sse);
    const waiting = answering();
    const client = await connected(
      one(r).port,
      'v1',
      Object.assign(() => new Promise<never>(() => {}), waiting),
    );
    const call = client.callTool(fire).then(said);
    const { house } = one(r);
    await eventually(async () => (await house.store.questions())[0]);
    await r.end(one(r));
    expect((await call).structured).toMatchObject({ outcome: 'pending', waiting_for: 'person' });
    await client.close();
  });
});

describe.concurrent('its walls', () => {
  test('C11: strangers are refused on both routes, before anything else', async () => {
    await using r = await startReplicas(1, sse);
    const { port } = one(r);
    const open = await stream(port);
    const initialize = opening('legacy').body;
    for (const bad of [{ host: 'evil.example' }, { origin: 'http://evil.example' }, { origin: 'null' }] as Record<
      string,
      string
    >[]) {
      const host = bad.host ?? `127.0.0.1:${port}`;
      refusal(await knockAt(port, { method: 'GET', path: '/sse', headers: { ...json, ...bad, host } }), 403, 'evil');
      refusal(await open.post(initialize, { headers: { ...bad, host } }), 403, 'evil');
    }
    for (const [path, method] of [
      ['/sse', 'POST'],
      ['/sse', 'DELETE'],
      ['/messages', 'GET'],
      ['/messages', 'PUT'],
    ] as const)
      refusal(await knockAt(port, { path, method, headers: json }), 405);
    open.close();
  });

  test('what is posted is bounded, is JSON, and is never repeated', async () => {
    await using r = await startReplicas(1, { ...sse, AUTOMATIONS_BODY_LIMIT: '2000' });
    const open = await stream(one(r).port);
    refusal(await open.post('{"secret":'), 400, 'secret');
    refusal(await open.post('{"jsonrpc":"2.0","secret":1}'), 400, 'secret');
    refusal(await open.post(`[${opening('legacy').body}]`), 400);
    refusal(await open.post(opening('legacy').body, { headers: { 'content-type': 'text/plain' } }), 415);
    refusal(await open.post(JSON.stringify('x'.repeat(2_000))), 413);
    for (const path of [
      '/messages',
      '/messages?sessionId=',
      '/messages?sessionId=x',
      `${open.path}x`,
      '/messages?sessionid=x',
    ])
      refusal(await open.post(opening('legacy').body, { path }), 404);
    const { status, text } = await open.post(opening('legacy').body);
    expect([status, text]).toEqual([202, '']);
    await eventually(() => open.text().includes('"serverInfo"'));
    expect(open.text()).not.toContain('secret');
    open.close();
  });

  test('C13: another principal’s stream is as unknown as one that never was, and ids tell nothing', async () => {
    await using r = await startReplicas(0, sse);
    const { port } = await r.start({
      authenticate: async req => ({ principal: { id: String(req.headers['x-who']) } }),
    });
    const [ann, bob] = [await stream(port, { 'x-who': 'ann' }), await stream(port, { 'x-who': 'bob' })];
    expect(ann.path).toMatch(/^\/messages\?sessionId=[\w-]{22}$/);
    expect(ann.path).not.toBe(bob.path);
    const headersAt = async (path: string) => {
      const { date: _, 'x-request-id': __, ...headers } = (await bob.post(opening('legacy').body, { path })).headers;
      return headers;
    };
    expect(await headersAt(ann.path)).toEqual(await headersAt('/messages?sessionId=x'));
    refusal(await bob.post(opening('legacy').body, { path: ann.path }), 404);
    expect((await ann.post(opening('legacy').body)).status).toBe(202);
    for (const open of [ann, bob]) open.close();
  });

  test('a stream that ended takes nothing more, and makes room', async () => {
    await using r = await startReplicas(1, { ...sse, AUTOMATIONS_SESSION_LIMIT: '2' });
    const { port } = one(r);
    const [first, second] = [await stream(port), await stream(port)];
    const full = await knockAt(port, { method: 'GET', path: '/sse', headers: json });
    refusal(full, 503);
    expect(full.headers['retry-after']).toBeDefined();
    first.close();
    await eventually(async () => (await first.post(opening('legacy').body)).status === 404);
    (await stream(port)).close();
    expect((await second.post(opening('legacy').body)).status).toBe(202);
    second.close();
  });

  test('a client has a bounded number of calls under way; each that ends makes room', async () => {
    await using r = await startReplicas(1, { ...sse, AUTOMATIONS_CALL_LIMIT: '2' });
    const open = await stream(one(r).port);
    const params = {
      protocolVersion: '2024-11-05',
      capabilities: { elicitation: {} },
      clientInfo: { name: 'x', version: '1' },
    };
    expect((await open.post({ id: 0, method: 'initialize', params })).status).toBe(202);
    await eventually(() => open.text().includes('"serverInfo"'));
    const call = (id: number, automation_id: string) =>
      open.post({ id, method: 'tools/call', params: { name: fire.name, arguments: { automation_id } } });
    const [a = '', b = '', c = ''] = Object.values(SCRIP_AUTOMATIONS);
    expect([(await call(1, a)).status, (await call(2, b)).status]).toEqual([202, 202]);
    const refused = await call(3, c);
    refusal(refused, 429);
    expect(refused.headers['retry-after']).toBe('1');
    expect((await open.post({ method: 'notifications/cancelled', params: { requestId: 1 } })).status).toBe(202);
    expect((await call(4, c)).status).toBe(202);
    open.close();
  });
});

test('a 2026-07-28 client finds that nobody here speaks its revision over it', async () => {
  await using r = await startReplicas(1, sse);
  const client = new ModernClient(
    { name: 'new', version: '1' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  await expect(client.connect(new ModernSse(new URL(`http://127.0.0.1:${one(r).port}/sse`)))).rejects.toThrow();
  await client.close();
});
