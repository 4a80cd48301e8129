// Sessions of older clients beside requests of newer ones: they never mix, they end when told to, and closing waits for what is under way.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, startSandbox, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import { connect, connectTo, type Era, type Fixture, fastTwins, makeClient, said, yes } from '../fixtures.ts';
import { accept, answering, eventually, fault, firings } from '../server/twin.ts';
import { json, knockAt, opening, refusal } from './knock.ts';

const at = (f: Fixture): number => Number(new URL(f.url ?? '').port);
const pinged = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'ping' });

async function session(port: number): Promise<string> {
  const { status, headers } = await knockAt(port, opening('legacy'));
  expect(status).toBe(200);
  return String(headers['mcp-session-id']);
}

describe.concurrent('a session', () => {
  test('that nobody opened is 404, and none at all is 400, on every method', async () => {
    await using f = await connect();
    const unknown = '00000000-0000-4000-8000-000000000000';
    for (const method of ['POST', 'GET', 'DELETE']) {
      const body = method === 'POST' ? { body: pinged } : {};
      for (const id of [unknown, 'x', '', `${unknown}, ${unknown}`])
        refusal(await knockAt(at(f), { method, headers: { ...json, 'mcp-session-id': id }, ...body }), 404, unknown);
      refusal(await knockAt(at(f), { method, headers: json, ...body }), 400);
    }
    // Even the first request of a session may not bring an id of its own choice.
    const { headers, body } = opening('legacy');
    refusal(await knockAt(at(f), { headers: { ...headers, 'mcp-session-id': unknown }, body }), 404);
  });

  test('C11: has an id that cannot be guessed, serves until it is ended, and is 404 from then on', async () => {
    await using f = await connect();
    const [one, other] = [await session(at(f)), await session(at(f))];
    expect(one).toMatch(/^[\w-]+\.[\w-]{43}$/);
    expect(one).not.toBe(other);
    const ping = (id: string) =>
      knockAt(at(f), {
        headers: { ...json, 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' },
        body: pinged,
      });
    expect((await ping(one)).status).toBe(200);
    expect((await knockAt(at(f), { method: 'DELETE', headers: { 'mcp-session-id': one } })).status).toBe(200);
    refusal(await ping(one), 404);
    expect((await ping(other)).status).toBe(200);
  });
});

describe.concurrent('many clients at once', () => {
  test('P15 C13: each is asked about its own call only, and one’s yes or no is nobody else’s', async () => {
    await using f = await connect({ clientName: 'first' });
    const automations = [
      SCRIP_AUTOMATIONS.weeklyDigest,
      SCRIP_AUTOMATIONS.vipDoublePoints,
      SCRIP_AUTOMATIONS.apologyCredit,
      SCRIP_AUTOMATIONS.cuppingClass,
    ];
    const eras: Era[] = ['modern', 'legacy', 'v1', 'legacy'];
    const clients = await Promise.all(
      automations.map(async (automation_id, n) => {
        const person = answering(n % 2 === 0 ? accept : { action: 'decline' });
        const era = eras[n] ?? 'modern';
        const client = makeClient(era, person, `client-${n}`);
        await connectTo(f.url ?? '', client, era);
        return { client, person, automation_id, n };
      }),
    );
    const told = await Promise.all(
      clients.map(({ client, automation_id }) =>
        client.callTool({ name: 'scrip_trigger_automation', arguments: { automation_id } }).then(said),
      ),
    );
    expect(told.map(({ structured }) => structured.outcome)).toEqual(['done', 'denied', 'done', 'denied']);
    for (const { person, automation_id } of clients) {
      expect(person.shown).toHaveLength(1);
      expect(person.shown[0]).toContain(automation_id);
    }
    const questions = (await f.house?.store.questions()) ?? [];
    expect(questions.map(({ client, state }) => `${client} ${state}`).sort()).toEqual([
      'client-0 consumed',
      'client-1 rejected',
      'client-2 consumed',
      'client-3 rejected',
    ]);
    expect(
      firings(await f.writes())
        .map(({ path }) => path.split('/').at(-2))
        .sort(),
    ).toEqual([automations[0], automations[2]].sort());
    await Promise.all(clients.map(({ client }) => client.close()));
  });

  test('fifty reads at once over three eras all get their own answer', async () => {
    await using f = await connect();
    const clients = await Promise.all(
      (['modern', 'legacy', 'v1'] as const).map(async era => {
        const client = makeClient(era, undefined);
        await connectTo(f.url ?? '', client, era);
        return client;
      }),
    );
    const ids = Object.values(SCRIP_AUTOMATIONS).slice(0, 14);
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const automation_id = ids[n % ids.length];
        const client = clients[n % clients.length];
        const result = said(await client?.callTool({ name: 'scrip_get_automation', arguments: { automation_id } }));
        return [automation_id, result.structured.automation_id];
      }),
    );
    for (const [wanted, got] of answers) expect(got).toBe(wanted);
    await Promise.all(clients.map(client => client.close()));
  });
});

test('P16: a thousand sessions, and a thousand calls at once in them: none is lost, and memory holds no more than it may', async () => {
  await using f = await connect({ env: { AUTOMATIONS_RATE_LIMIT: '100000', AUTOMATIONS_SESSION_LIMIT: '600' } });
  const ids: string[] = [];
  const open = async (): Promise<void> => {
    while (ids.length < 1_000) ids.push(await session(at(f)));
  };
  await Promise.all(Array.from({ length: 16 }, open));
  const call = (id: string, n: number) => ({
    headers: { ...json, 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' },
    body: JSON.stringify({ jsonrpc: '2.0', id: n, method: 'prompts/list' }),
  });
  // Those that are busy make no room, so as many sessions may be busy at once as memory holds.
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, n) => knockAt(at(f), call(ids[n % 600] ?? '', n))),
  );
  expect(answers.filter(({ status, text }, n) => status !== 200 || !text.includes(`"id":${n}`))).toEqual([]);
  const others = await Promise.all(Array.from({ length: 400 }, (_, n) => knockAt(at(f), call(ids[600 + n] ?? '', n))));
  expect(others.filter(({ status }) => status !== 200)).toEqual([]);
});

describe.concurrent('closing', () => {
  test('P18 R14: waits for a write that is under way, and its receipt is kept', async () => {
    const stateFolder = await mkdtemp(join(tmpdir(), 'automations-mcp-'));
    try {
      await using f = await connect({ person: yes, stateFolder });
      await fault(f.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'POST', ms: 800 });
      const args = { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms };
      const call = f.call('trustpager_trigger_automation', args).catch(() => undefined);
      await eventually(async () => (await f.writes())[0]);
      await f.house?.close();
      await call;
      const store = sqliteStore(join(stateFolder, 'state.sqlite'));
      expect(await store.intents({})).toMatchObject([{ outcome: 'done' }]);
      await store.close();
      expect(firings(await f.writes())).toMatchObject([{ effect: true }]);
    } finally {
      await rm(stateFolder, { recursive: true, force: true });
    }
  });

  test.each<Era>(['modern', 'legacy', 'v1'])(
    'P18: ends at once though a %s client’s call waits for a person',
    async era => {
      const sandbox = await startSandbox(fastTwins);
      const f = await connect({ era, sandbox });
      const args = { automation_id: SCRIP_AUTOMATIONS.weeklyDigest };
      const call = f.call('scrip_trigger_automation', args).catch(() => undefined);
      await eventually(async () => (await f.house?.store.questions())?.[0]);
      await f.close();
      await call;
      expect(await f.writes()).toEqual([]);
      await sandbox.close();
    },
  );
});
