// An HTTP server that is told to end: what is under way is finished and answered, what is new is sent elsewhere, and it ends in time.
import { connect as dial } from 'node:net';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import { connectTo, makeClient, requestsOf, said, yes } from '../fixtures.ts';
import { accept, arrange, eventually, fault, firings, pause } from '../server/twin.ts';
import { opening } from './knock.ts';
import { openSession, stream, within } from './knock-session.ts';
import { start, surroundings } from './program.ts';
import { type Replica, startReplicas } from './replicas.ts';

const { weeklyDigest } = SCRIP_AUTOMATIONS;
const run = { name: 'trustpager_trigger_automation', arguments: { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms } };
const fire = { name: 'scrip_trigger_automation', arguments: { automation_id: weeklyDigest } };

const one = (replicas: { all: Replica[] }): Replica => {
  const [first] = replicas.all;
  if (!first) throw new Error('no replica');
  return first;
};

/** A request over a connection of its own whose last bytes wait until they are called for. */
async function half(port: number, line: string, { headers, body }: { headers: object; body: string }) {
  const all = { ...headers, host: `127.0.0.1:${port}`, 'content-length': body.length };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const text = [`${line} HTTP/1.1`, ...lines, '', body].join('\r\n');
  const socket = dial(port, '127.0.0.1');
  let got = '';
  socket
    .on('error', () => {})
    .on('data', chunk => {
      got += String(chunk);
    });
  socket.write(text.slice(0, -2));
  await pause(100);
  return {
    rest: async (): Promise<string> => {
      socket.write(text.slice(-2));
      await eventually(() => /\r\n\r\n/.test(got));
      await pause(50);
      socket.destroy();
      return got;
    },
  };
}

describe.concurrent('what is under way', () => {
  test.each(['modern', 'legacy', 'v1', 'sse'] as const)(
    'P7 P18 R14: a write of a %s client is finished, and its client told',
    async how => {
      await using r = await startReplicas(1, { AUTOMATIONS_LEGACY_SSE: 'true' });
      await fault(r.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'POST', ms: 700 });
      const client = makeClient(how === 'sse' ? 'v1' : how, yes);
      if (how === 'sse')
        // biome-ignore lint/suspicious/noExplicitAny: another package's transport
        await (client as any).connect(new SSEClientTransport(new URL(`http://127.0.0.1:${one(r).port}/sse`)));
      else await connectTo(one(r).url, client, how);
      const call = client.callTool(run).then(said);
      await eventually(async () => (await r.writes())[0]);
      await r.end(one(r));
      expect((await call).structured).toMatchObject({ outcome: 'done' });
      expect(firings(await r.writes())).toHaveLength(1);
      await client.close();
    },
  );

  test.each(['modern', 'legacy', 'v1'] as const)(
    'R14: a %s client’s call that waits for a person is told to come again',
    async era => {
      await using r = await startReplicas(1);
      const client = makeClient(era, era === 'modern' ? undefined : () => new Promise(() => {}));
      await connectTo(one(r).url, client, era);
      const call = client.callTool(fire).then(said);
      const { house } = one(r);
      const question = await eventually(async () => (await house.store.questions())[0]);
      await r.end(one(r));
      expect((await call).structured).toMatchObject({ outcome: 'pending', approval_id: question.id });
      // The question outlives the server, and any other one on the same store can take the answer.
      const next = await r.start();
      expect((await next.house.store.question(question.id))?.state).toBe('open');
      expect(await r.writes()).toEqual([]);
      await client.close();
    },
  );

  test('a call that watches answers with what it has seen', async () => {
    await using r = await startReplicas(1);
    await arrange(r.sandbox, weeklyDigest, { execution_status: 'executing' });
    const client = makeClient('modern', undefined);
    await connectTo(one(r).url, client, 'modern');
    const call = client.callTool({ name: 'watch_run', arguments: { ...fire.arguments, wait_s: 40 } }).then(said);
    await eventually(async () => (await requestsOf(r.sandbox)).length > 1);
    await r.end(one(r));
    expect((await call).structured).toMatchObject({ state: 'under_way' });
    await client.close();
  });

  test('a person’s answer that is on its way while it ends is kept', async () => {
    await using r = await startReplicas(1);
    await fault(r.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'POST', ms: 3_000 });
    const { port, house } = one(r);
    const slow = makeClient('modern', yes);
    await connectTo(one(r).url, slow, 'modern');
    const id = await openSession(port, { capabilities: { elicitation: {} } });
    const asking = stream(port, id, { id: 1, method: 'tools/call', params: fire });
    const question = await asking.seen(message => message.method === 'elicitation/create');
    const body = JSON.stringify({ jsonrpc: '2.0', id: question.id, result: accept });
    const answer = await half(port, 'POST /mcp', { headers: within(id), body });
    const call = slow.callTool(run).then(said);
    await eventually(async () => (await r.writes())[0]);
    const ended = r.end(one(r));
    expect((await asking.over).at(-1).result.structuredContent).toMatchObject({ outcome: 'pending' });
    expect(await answer.rest()).toMatch(/^HTTP\/1\.1 202 /);
    const asked = (await house.store.questions()).find(({ tool }) => tool === fire.name);
    expect(asked).toMatchObject({ state: 'approved', channel: 'client' });
    await Promise.all([call, ended]);
    await slow.close();
  });
});

test('what is new is sent elsewhere: no connection is taken, and a request on its way is told so', async () => {
  await using r = await startReplicas(1);
  await fault(r.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'POST', ms: 3_000 });
  const { port } = one(r);
  const client = makeClient('modern', yes);
  await connectTo(one(r).url, client, 'modern');
  const id = await openSession(port);
  const [late, stream, ready, alive] = await Promise.all([
    half(port, 'POST /mcp', opening('modern')),
    half(port, 'GET /mcp', { headers: within(id), body: '' }),
    half(port, 'GET /readyz', { headers: {}, body: '' }),
    half(port, 'GET /healthz', { headers: {}, body: '' }),
  ]);
  const call = client.callTool(run).then(said);
  await eventually(async () => (await r.writes())[0]);
  const ended = r.end(one(r));
  for (const refused of await Promise.all([late.rest(), stream.rest()])) {
    expect(refused).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 1\r\n/);
    expect(refused).toMatch(/connection: close\r\n/i);
  }
  expect(await ready.rest()).toMatch(/^HTTP\/1\.1 503 [\s\S]*"ending"/);
  expect(await alive.rest()).toMatch(/^HTTP\/1\.1 200 /);
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  expect((await call).structured).toMatchObject({ outcome: 'done' });
  await ended;
  await client.close();
});

test.concurrent('a lame duck goes on as before, but says that it is not ready; whoever is in a hurry ends that', async () => {
  await using r = await startReplicas(1, { AUTOMATIONS_LAME_DUCK: '600' });
  const { port, url, house } = one(r);
  const hurry = Promise.withResolvers<void>();
  const ended = one(r).close(hurry.promise);
  const ask = (path: string) =>
    fetch(`http://127.0.0.1:${port}${path}`).then(async res => [res.status, await res.text()]);
  expect(await ask('/readyz')).toEqual([503, '{"status":"ending"}']);
  expect(await ask('/healthz')).toEqual([200, '{"status":"ok"}']);
  const client = makeClient('legacy', yes);
  await connectTo(url, client, 'legacy');
  expect(said(await client.callTool(run)).structured).toMatchObject({ outcome: 'done' });
  expect(house.ending?.told).toBe(false);
  hurry.resolve();
  await ended;
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  await client.close();
});

test.concurrent('R14: whoever is in a hurry does not wait for a vendor: the client is told what is not known', async () => {
  await using r = await startReplicas(1, { AUTOMATIONS_GRACE: '600' });
  await fault(r.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'POST', ms: 7_000 });
  const client = makeClient('legacy', yes);
  await connectTo(one(r).url, client, 'legacy');
  const call = client.callTool(run).then(said);
  await eventually(async () => (await r.writes())[0]);
  const hurry = Promise.withResolvers<void>();
  const ended = one(r).close(hurry.promise);
  await eventually(() => one(r).house.ending?.told);
  hurry.resolve();
  expect((await call).structured).toMatchObject({ outcome: 'unknown', intent_id: expect.any(String) });
  await ended;
  await client.close();
});

describe.concurrent('the program', () => {
  test('P18 R14: SIGTERM while a write is under way: its client is told, its receipt kept, and it exits with 0', async () => {
    await using around = await surroundings({ AUTOMATIONS_HTTP: 'true' });
    await fault(around.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'POST', ms: 1_000 });
    await using program = start(around.env);
    const url = await eventually(() => /serving (\S+)/.exec(program.stderr())?.[1]);
    const client = makeClient('legacy', yes);
    await connectTo(url, client, 'legacy');
    const call = client.callTool(run).then(said);
    await eventually(async () => (await requestsOf(around.sandbox)).find(({ method }) => method === 'POST'));
    program.child.kill('SIGTERM');
    expect((await call).structured).toMatchObject({ outcome: 'done' });
    expect(await program.ended).toEqual({ code: 0, signal: null });
    const store = sqliteStore(`${around.stateFolder}/state.sqlite`);
    expect(await store.intents({})).toMatchObject([{ outcome: 'done' }]);
    await store.close();
    await client.close();
  });

  test.each([
    ['it ends in its grace all the same', '2', 1],
    ['a second signal does not wait for the grace', '600', 2],
  ])('P18 R14: SIGTERM while a vendor never answers a write: %s', async (_, grace, signals) => {
    await using around = await surroundings({ AUTOMATIONS_HTTP: 'true', AUTOMATIONS_GRACE: grace });
    await fault(around.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'POST', ms: 60_000 });
    await using program = start(around.env);
    const url = await eventually(() => /serving (\S+)/.exec(program.stderr())?.[1]);
    const client = makeClient('modern', yes);
    await connectTo(url, client, 'modern');
    const call = client.callTool(run).then(said);
    await eventually(async () => (await requestsOf(around.sandbox)).find(({ method }) => method === 'POST'));
    program.child.kill('SIGTERM');
    if (signals === 2) {
      // The first has been heard once nothing new is taken.
      await eventually(() =>
        fetch(url).then(
          () => false,
          () => true,
        ),
      );
      program.child.kill('SIGINT');
    }
    // Not done, and not called done: the intent is on record, and whoever asks later is told what came of it.
    expect((await call).structured).toMatchObject({ outcome: 'unknown', intent_id: expect.any(String) });
    expect(await program.ended).toEqual({ code: 0, signal: null });
    await client.close();
  });
});
