// Several servers on one PostgreSQL: whatever one of them begins, another one can end; and neither a kill nor a restart sends or loses anything.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerQuestion, host } from '../../src/approvals/approvals.ts';
import { isWhole } from '../../src/ledger/chain-check.ts';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { postgresStore } from '../../src/store/postgres.ts';
import type { Store } from '../../src/store/store.ts';
import { connectTo, type Era, type ModelClient, makeClient, said, settingsFor, yes } from '../fixtures.ts';
import { accept, answering, eventually, fault, firings } from '../server/twin.ts';
import { missing, type Server, startPostgres } from '../store/postgres-server.ts';
import { knockAt, refusal } from './knock.ts';
import { openSession, ping, post, stream, within } from './knock-session.ts';
import { start } from './program.ts';
import { startReplicas } from './replicas.ts';

const { weeklyDigest, vipDoublePoints } = SCRIP_AUTOMATIONS;
const fire = (automation_id: string) => ({ name: 'scrip_trigger_automation', arguments: { automation_id } });
const create = (name: string) => ({ name: 'trustpager_create_automation', arguments: { name, trigger_type: 'api' } });
const run = { name: 'trustpager_trigger_automation', arguments: { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms } };

let server: Server;
if (missing) {
  // Where the tests must be whole, leaving these out is a failure.
  if (process.env.CI) test('PostgreSQL is installed', () => expect.fail(missing));
  else process.stdout.write(`${missing}\n`);
}
beforeAll(async () => {
  if (!missing) server = await startPostgres();
});
afterAll(() => server?.end());

/** Servers that share a database and nothing else: none of them has a folder. */
async function servers(count: number, env: Record<string, string> = {}) {
  const address = server.fresh();
  const replicas = await startReplicas(count, {
    AUTOMATIONS_STORE: address,
    AUTOMATIONS_STATE_FOLDER: ':memory:',
    ...env,
  });
  const store = postgresStore(address);
  return {
    ...replicas,
    address,
    /** The same records, as another program sees them. */
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await replicas[Symbol.asyncDispose]();
    },
  };
}

const settings = (r: { address: string; sandbox: Parameters<typeof settingsFor>[0] }, more: Record<string, string>) =>
  settingsFor(r.sandbox, ':memory:', { AUTOMATIONS_STORE: r.address, AUTOMATIONS_HTTP: 'true', ...more });

/** A client of one server. */
async function at(port: number, era: Era, person?: Parameters<typeof makeClient>[1]): Promise<ModelClient> {
  const client = makeClient(era, person);
  await connectTo(`http://127.0.0.1:${port}/mcp`, client, era);
  return client;
}
const portOf = (r: { all: { port: number }[] }, n: number): number => r.all[n]?.port ?? 0;
const waiting = (store: Store) => eventually(async () => (await store.questions({ open_at: Date.now() }))[0]);
const sayYes = (store: Store, id: string) =>
  answerQuestion(store, id, { yes: true, channel: 'terminal', by: host, now: Date.now() });

describe.skipIf(missing !== undefined)('two servers behind a door that takes them in turn', () => {
  test.each<Era>(['legacy', 'v1', 'modern'])('serve a %s client as one, questions included', async era => {
    await using r = await servers(2);
    const person = answering(accept);
    const client = makeClient(era, person);
    await connectTo(r.url, client, era);
    for (let n = 0; n < 4; n++) expect((await client.listTools()).tools.length).toBeGreaterThan(10);
    for (const automation of [weeklyDigest, vipDoublePoints])
      expect(said(await client.callTool(fire(automation))).structured).toMatchObject({ outcome: 'done' });
    expect(person.shown).toHaveLength(2);
    expect(firings(await r.writes())).toHaveLength(2);
    expect((await r.store.questions()).map(({ state }) => state)).toEqual(['consumed', 'consumed']);
    expect(await isWhole(r.store)).toBe(true);
    await client.close();
  });

  test('P5 P6: a form is answered, and a session closed, at another server than the one that began it', async () => {
    await using r = await servers(2);
    const [one, two] = [portOf(r, 0), portOf(r, 1)];
    const id = await openSession(one, { capabilities: { elicitation: {} } });
    expect((await ping(two, id)).status).toBe(200);
    const call = stream(one, id, { id: 1, method: 'tools/call', params: fire(weeklyDigest) });
    const question = await call.seen(({ method }) => method === 'elicitation/create');
    expect((await post(two, id, { id: question.id, result: accept })).status).toBe(202);
    expect((await call.over).at(-1).result.structuredContent).toMatchObject({ outcome: 'done' });
    expect((await knockAt(two, { method: 'DELETE', headers: within(id) })).status).toBe(200);
    refusal(await ping(one, id), 404, id);
    expect(firings(await r.writes())).toHaveLength(1);
  });

  test('P12: a call that waits for a terminal goes on by itself, whichever server it waits at; its repeat elsewhere is told of it', async () => {
    await using r = await servers(2);
    const clients = await Promise.all([at(portOf(r, 0), 'modern'), at(portOf(r, 1), 'modern')]);
    const calls = clients.map(client => client.callTool(fire(weeklyDigest)).then(said));
    const question = await waiting(r.store);
    expect(await sayYes(r.store, question.id)).toMatchObject({ won: true });
    const told = await Promise.all(calls);
    expect(told.map(({ structured }) => structured.outcome)).toEqual(['done', 'done']);
    expect(new Set(told.map(({ structured }) => structured.intent_id)).size).toBe(1);
    expect(firings(await r.writes())).toHaveLength(1);
    expect(await r.store.questions()).toHaveLength(1);
    for (const client of clients) await client.close();
  });

  test('P14: a budget holds across both', async () => {
    await using r = await servers(0);
    const file = join(r.stateFolder, 'automations.yaml');
    writeFileSync(file, 'budgets: [{ name: three, per: day, calls: 3 }]\n');
    for (let n = 0; n < 2; n++) await r.start({ env: { AUTOMATIONS_CONFIG: file } });
    const clients = await Promise.all([0, 1].map(n => at(portOf(r, n), 'modern', yes)));
    const told = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => said(await clients[n % 2]?.callTool(create(`Number ${n}`)))),
    );
    const codes = told.map(({ structured }) => structured.code ?? structured.outcome).sort();
    expect(codes).toEqual([...Array(9).fill('budget_exceeded'), ...Array(3).fill('done')]);
    expect(await r.writes()).toHaveLength(3);
    for (const client of clients) await client.close();
  });

  test('an older look at one server holds up nobody who read or wrote at the other; ids are good at both', async () => {
    await using r = await servers(2);
    const [one, two] = await Promise.all([at(portOf(r, 0), 'modern', yes), at(portOf(r, 1), 'modern', yes)]);
    const { automation_id } = run.arguments;
    const get = (client: ModelClient) =>
      client.callTool({ name: 'trustpager_get_automation', arguments: { automation_id } }).then(said);
    const describeIt = (client: ModelClient, description: string) =>
      client.callTool({ name: 'trustpager_update_automation', arguments: { automation_id, description } }).then(said);
    await get(one);
    await get(two);
    expect((await describeIt(one, 'mine')).structured.outcome).toBe('done');
    const held = await describeIt(two, 'mine again');
    expect(held.structured).toMatchObject({ outcome: 'denied', code: 'precondition_failed' });
    expect(held.text).toContain('now "mine"');
    await get(one);
    expect((await describeIt(two, 'mine again')).structured.outcome).toBe('done');
    await one.callTool(run);
    const runs = said(await one.callTool({ name: 'trustpager_list_runs', arguments: { automation_id } }));
    const [{ run_id }] = runs.structured.runs as [{ run_id: string }];
    // What a model reads is the text.
    expect(runs.text).toContain(run_id);
    expect(said(await two.callTool({ name: 'trustpager_get_run', arguments: { run_id } })).isError).toBe(false);
    await Promise.all([one.close(), two.close()]);
  });

  test('the stop reaches both, also a call whose intent is recorded already', async () => {
    await using r = await servers(2);
    const clients = await Promise.all([0, 1].map(n => at(portOf(r, n), 'modern', yes)));
    await r.store.stop('drill');
    for (const client of clients) {
      const refused = said(await client.callTool(create('While stopped')));
      expect(refused.structured).toMatchObject({ outcome: 'denied', rule: 'stopped' });
      expect(refused.text).toContain('drill');
      expect(said(await client.callTool({ name: 'scrip_list_automations', arguments: {} })).isError).toBe(false);
    }
    await r.store.resume();
    const store = r.all[0]?.house.store;
    if (!store) throw new Error('no server');
    const { open } = store;
    store.open = async (...given) => {
      const opened = await open(...given);
      await r.store.stop('too late to refuse, early enough to keep back');
      return opened;
    };
    const late = said(await clients[0]?.callTool(create('At the last moment')));
    expect(late.structured).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    expect(late.text).toContain('The operator stopped everything before it left; nothing was sent.');
    expect(await r.writes()).toEqual([]);
    expect(await r.store.intents({})).toMatchObject([{ outcome: 'not_sent' }]);
    await r.store.resume();
    expect(said(await clients[1]?.callTool(create('Afterwards'))).structured.outcome).toBe('done');
    for (const client of clients) await client.close();
  });
});

describe.skipIf(missing !== undefined)('C18: a server that is killed in mid-call', () => {
  test('has sent what it sent, once; the other one finds out, asks nobody again, and takes what was answered', async () => {
    await using r = await servers(1);
    await fault(r.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'POST', ms: 2_000 });
    await using killed = start(settings(r, { AUTOMATIONS_RUN_TIMEOUT: '3', HOME: r.stateFolder }));
    const url = await eventually(() => /serving (\S+)/.exec(killed.stderr())?.[1]);
    const port = Number(new URL(url).port);
    const [asks, waits] = await Promise.all([at(port, 'modern', yes), at(port, 'legacy')]);
    const session = await openSession(port);
    const lost = [asks.callTool(run), waits.callTool(fire(weeklyDigest))].map(call => call.catch(() => 'cut off'));
    const question = await eventually(async () =>
      (await r.store.questions()).find(({ tool }) => tool === 'scrip_trigger_automation'),
    );
    await eventually(async () => (await r.writes())[0]);
    killed.child.kill('SIGKILL');
    expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(await Promise.all(lost)).toEqual(['cut off', 'cut off']);

    const person = answering(accept);
    const other = await at(portOf(r, 0), 'modern', person);
    expect((await ping(portOf(r, 0), session)).status).toBe(200);
    const again = said(await other.callTool(run));
    expect(again.structured).toMatchObject({ outcome: 'done' });
    expect(again.text).toContain('nothing was sent again');
    expect(await sayYes(r.store, question.id)).toMatchObject({ won: true });
    const quiet = await at(portOf(r, 0), 'legacy');
    expect(said(await quiet.callTool(fire(weeklyDigest))).structured).toMatchObject({ outcome: 'done' });
    expect(person.shown).toEqual([]);
    expect(firings(await r.writes())).toHaveLength(2);
    expect((await r.store.intents({})).map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    expect(await isWhole(r.store)).toBe(true);
    for (const client of [other, quiet]) await client.close();
  });
});

describe.skipIf(missing !== undefined)('the database', () => {
  test('P1 P2: restarted in mid-work, twice: every outcome is true, nothing is sent twice, and who waits goes on', async () => {
    const { stop, start: begin } = server;
    if (!stop || !begin) return;
    await using r = await servers(2);
    const clients = await Promise.all([0, 1].map(n => at(portOf(r, n), 'modern', yes)));
    const patient = await at(portOf(r, 0), 'modern');
    const waits = patient.callTool(fire(weeklyDigest)).then(said);
    const question = await waiting(r.store);
    const work = Promise.all(
      Array.from({ length: 24 }, async (_, n) => said(await clients[n % 2]?.callTool(create(`Number ${n}`)))),
    );
    for (const how of ['now', 'crash'] as const) {
      await stop(how);
      await begin();
    }
    const told = await work;
    const made = (await r.writes()).flatMap(({ path, effect }) => (path.endsWith('/automations') && effect ? [1] : []));
    const outcomes = told.map(({ structured }) => structured.outcome);
    expect(outcomes.filter(outcome => !['done', 'not_sent', 'unknown'].includes(outcome))).toEqual([]);
    expect(made.length).toBeGreaterThanOrEqual(outcomes.filter(outcome => outcome === 'done').length);
    expect(made.length).toBeLessThanOrEqual(outcomes.filter(outcome => outcome !== 'not_sent').length);
    // What came of each reaches the records, though they were away when it came.
    await eventually(async () => (await r.store.intents({})).every(({ outcome }) => outcome !== null));
    const intents = await r.store.intents({});
    expect(intents.filter(({ outcome }) => outcome === 'done')).toHaveLength(made.length);
    expect(await sayYes(r.store, question.id)).toMatchObject({ won: true });
    expect((await waits).structured).toMatchObject({ outcome: 'done' });
    expect(firings(await r.writes())).toHaveLength(1);
    expect(await isWhole(r.store)).toBe(true);
    for (const client of [...clients, patient]) await client.close();
  });

  test('P13: away at the start: the server says that it is not ready and sends nothing, reads, and goes on when it comes', async () => {
    const { stop, start: begin } = server;
    if (!stop || !begin) return;
    await stop();
    await using r = await servers(1);
    const ready = () => fetch(`http://127.0.0.1:${portOf(r, 0)}/readyz`).then(({ status }) => status);
    const client = await at(portOf(r, 0), 'modern', yes);
    expect(await ready()).toBe(503);
    const refused = said(await client.callTool(create('Too early')));
    expect(refused.structured).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    expect(said(await client.callTool({ name: 'scrip_list_automations', arguments: {} })).isError).toBe(false);
    await begin();
    await eventually(async () => (await ready()) === 200);
    expect(said(await client.callTool(create('In time'))).structured.outcome).toBe('done');
    expect(await r.writes()).toHaveLength(1);
    await client.close();
  });
});
