// One yes and everything that may be tried with it: a hundred redemptions at once, swaps, restarts, other people, clients that accept by themselves. The vendor's own record of requests judges.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { describe, expect, test } from 'vitest';
import { answerQuestion, host } from '../../src/approvals/approvals.ts';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { mcpServers } from '../../src/server/mcp.ts';
import { connect, type Fixture, requestsOf } from '../fixtures.ts';
import { openSession, post as postIn, stream } from '../transports/knock-session.ts';
import { type Program, start, surroundings } from '../transports/program.ts';
import { eventually, fault, firings, pause } from './twin.ts';
import { type Call, confirmed, fireDigest, post, type Reply } from './wire.ts';

const other: Call = {
  name: 'trustpager_trigger_automation',
  arguments: { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms },
};
const asked = async (url: string, call = fireDigest, options = {}): Promise<string> => {
  const { result, state } = await post(url, call, options);
  expect(result?.resultType).toBe('input_required');
  return state as string;
};
const withYes = (state: string, call = fireDigest): Call => ({
  ...call,
  requestState: state,
  inputResponses: confirmed(),
});
const told = ({ said, result, error }: Reply): string =>
  said.structured?.outcome ?? result?.resultType ?? String(error?.code);

/** Who is told that it is done is told by which one intent; on a machine too busy to answer in time some are told that nothing of theirs was sent. */
function oneIntent(replies: Reply[]): string {
  expect(replies.map(told).filter(word => !['done', 'not_sent', 'unknown'].includes(word))).toEqual([]);
  const done = replies.filter(reply => told(reply) === 'done');
  const [intent, ...more] = new Set(done.map(({ said }) => said.structured.intent_id));
  expect([typeof intent, more]).toEqual(['string', []]);
  return intent;
}

/** A server in a process of its own, on what it shares with others. */
async function served(env: Record<string, string>): Promise<AsyncDisposable & { program: Program; url: string }> {
  const program = start({ ...env, AUTOMATIONS_HTTP: 'true', AUTOMATIONS_PORT: '0' });
  const url = await eventually(() => /serving (\S+)/.exec(program.stderr())?.[1]);
  return { program, url, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

// Time for a machine that has much else to do: programs are started, and hundreds of calls made.
describe('P1 P4 P5: one yes', { timeout: 120_000 }, () => {
  test('redeemed a hundred times at once is one request, and all are told its intent', async () => {
    await using f = await connect();
    for (const call of [fireDigest, other]) {
      const state = await asked(f.url ?? '', call);
      oneIntent(await Promise.all(Array.from({ length: 100 }, () => post(f.url ?? '', withYes(state, call)))));
    }
    expect(firings(await f.writes())).toHaveLength(2);
    expect(await f.house?.store.intents({})).toHaveLength(2);
  });

  test('redeemed a hundred times at once at three servers on one store is one request', async () => {
    await using around = await surroundings();
    await using one = await served(around.env);
    await using two = await served(around.env);
    await using three = await served(around.env);
    const servers = [one, two, three];
    const state = await asked(servers[0]?.url ?? '');
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, n) => post(servers[n % 3]?.url ?? '', withYes(state))),
    );
    oneIntent(replies);
    expect(firings(await requestsOf(around.sandbox))).toHaveLength(1);
  });

  test('given after the server that asked was started anew counts once, at whichever server it comes back', async () => {
    await using around = await surroundings();
    await using first = await served(around.env);
    const state = await asked(first.url);
    first.program.child.kill('SIGKILL');
    await first.program.ended;
    await using next = await served(around.env);
    const intent = oneIntent([await post(next.url, withYes(state))]);
    next.program.child.kill('SIGKILL');
    await next.program.ended;
    await using last = await served(around.env);
    expect(oneIntent([await post(last.url, withYes(state)), await post(last.url, withYes(state))])).toBe(intent);
    expect(firings(await requestsOf(around.sandbox))).toHaveLength(1);
  });

  test('of two, swapped, is no yes to either call, and each still has its own', async () => {
    await using f = await connect();
    const [mine, its] = [await asked(f.url ?? '', fireDigest), await asked(f.url ?? '', other)];
    const swapped = await Promise.all([
      post(f.url ?? '', withYes(its, fireDigest)),
      post(f.url ?? '', withYes(mine, other)),
    ]);
    expect(swapped.map(told)).toEqual(['input_required', 'input_required']);
    expect(await f.writes()).toEqual([]);
    expect((await f.house?.store.questions())?.map(({ state }) => state)).toEqual(['open', 'open']);
    for (const [state, call] of [
      [mine, fireDigest],
      [its, other],
    ] as const)
      expect(told(await post(f.url ?? '', withYes(state, call)))).toBe('done');
    expect(firings(await f.writes())).toHaveLength(2);
  });

  test('that comes when nobody runs the call any more sends nothing by itself', async () => {
    await using around = await surroundings({ AUTOMATIONS_CALL_TIMEOUT: '2' });
    await using first = await served(around.env);
    const waiting = await post(first.url, fireDigest, { capabilities: {} });
    expect(waiting.said.structured).toMatchObject({ outcome: 'pending', waiting_for: 'person' });
    await first.program[Symbol.asyncDispose]();
    const { sqliteStore } = await import('../../src/store/sqlite.ts');
    const store = sqliteStore(`${around.stateFolder}/state.sqlite`);
    const said = { yes: true, channel: 'terminal', by: host, now: Date.now() };
    expect(await answerQuestion(store, waiting.said.structured.approval_id, said)).toMatchObject({ won: true });
    await store.close();
    expect(firings(await requestsOf(around.sandbox))).toEqual([]);
    await using next = await served({ ...around.env, AUTOMATIONS_CALL_TIMEOUT: '45' });
    const many = Array.from({ length: 20 }, () => post(next.url, fireDigest, { capabilities: {} }));
    const replies = await Promise.all(many);
    oneIntent(replies.filter(reply => told(reply) === 'done'));
    // Who came when it had begun already finds it running, or is asked anew once it ended.
    const others = replies
      .map(told)
      .filter(word => !['done', 'denied', 'pending', 'not_sent', 'unknown'].includes(word));
    expect(others).toEqual([]);
    expect(firings(await requestsOf(around.sandbox))).toHaveLength(1);
  });
});

/** The same house behind a door that says who knocks, as one with tokens would. */
async function doorTo(f: Fixture) {
  if (!f.house) throw new Error('no house');
  const servers = mcpServers(f.house);
  const answer = toNodeHandler(createMcpHandler(() => servers(), { legacy: 'reject' }));
  const server = createServer((req, res) => {
    const clientId = String(req.headers['x-who']);
    void answer(Object.assign(req, { auth: { clientId, token: 'x', scopes: [] } }), res);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>(done => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
const as = (who: string) => ({ headers: { 'x-who': who } });

describe.concurrent('P4 C13: another principal', () => {
  test('gives no yes, and finds neither the question nor what came of it', async () => {
    await using f = await connect();
    await using door = await doorTo(f);
    const state = await asked(door.url, fireDigest, as('ann'));
    // What was sealed for one opens for nobody else, not even under the same client name.
    for (const who of ['bob', 'local', 'ANN', 'ann2'])
      expect(told(await post(door.url, withYes(state), as(who))), who).toBe('-32602');
    expect(await f.writes()).toEqual([]);
    expect((await f.house?.store.questions())?.map(({ state }) => state)).toEqual(['open']);
    // Their own identical call is a call of its own: it asks them, and joins nothing.
    const theirs = await asked(door.url, fireDigest, as('bob'));
    expect((await f.house?.store.questions())?.map(({ principal }) => principal).sort()).toEqual(['ann', 'bob']);
    const intent_id = oneIntent([await post(door.url, withYes(state), as('ann'))]);
    expect(firings(await f.writes())).toHaveLength(1);
    // Ann's yes is used up; Bob's question still stands, and his replay of hers gets nothing.
    expect(told(await post(door.url, withYes(state), as('bob')))).toBe('-32602');
    expect((await f.house?.store.questions({ principal: 'bob' }))?.map(({ state }) => state)).toEqual(['open']);
    const watch = { name: 'watch_run', arguments: { intent_id, wait_s: 0 } };
    const nobody = { name: 'watch_run', arguments: { intent_id: '0'.repeat(32), wait_s: 0 } };
    const [his, hers, unknown] = [
      await post(door.url, watch, as('bob')),
      await post(door.url, watch, as('ann')),
      await post(door.url, nobody, as('bob')),
    ];
    expect(told(hers)).toBe('done');
    expect(his.said.structured).toEqual({
      ...unknown.said.structured,
      message: unknown.said.structured.message.replaceAll('0'.repeat(32), intent_id),
    });
    expect(theirs).not.toBe(state);
  });

  test('is told that a write is under way, and not whose or which', async () => {
    await using f = await connect();
    await using door = await doorTo(f);
    await fault(f.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'POST', path: '/trigger', ms: 1_500 });
    const state = await asked(door.url, other, as('ann'));
    const first = post(door.url, withYes(state, other), as('ann'));
    const [intent] = await eventually(async () => {
      const found = await f.house?.store.intents({});
      return found?.length ? found : undefined;
    });
    const call = { name: 'trustpager_update_automation', arguments: { ...other.arguments, name: 'Hello' } };
    const refused = await post(door.url, call, as('bob'));
    expect(refused.said.structured).toMatchObject({ outcome: 'denied', code: 'precondition_failed' });
    expect(JSON.stringify(refused.result)).not.toContain(intent?.id);
    expect(JSON.stringify((await post(door.url, call, as('ann'))).result)).toContain(intent?.id);
    expect(told(await first)).toBe('done');
  });
});

describe.concurrent('P6: a client that accepts by itself', () => {
  // What such clients send: the form accepted with nothing in it, or with the defaults of its schema filled in, of which it has none.
  test.each([
    ['an empty form', {}],
    ['the schema’s defaults', { applyDefaults: true }],
  ])('by %s sends nothing, however often it is called', async (_, form) => {
    await using f = await connect();
    const client = new Client(
      { name: 'eager', version: '1' },
      { capabilities: { elicitation: { form } }, versionNegotiation: { mode: 'legacy' } },
    );
    let accepted = 0;
    client.setRequestHandler('elicitation/create', async () => {
      accepted++;
      return { action: 'accept' as const, content: {} };
    });
    await client.connect(new StreamableHTTPClientTransport(new URL(f.url ?? '')));
    for (const automation_id of [
      SCRIP_AUTOMATIONS.weeklyDigest,
      SCRIP_AUTOMATIONS.weeklyDigest,
      SCRIP_AUTOMATIONS.apologyCredit,
    ]) {
      const said = await client.callTool({ name: 'scrip_trigger_automation', arguments: { automation_id } });
      expect(said.structuredContent).toMatchObject({ outcome: 'denied', code: 'approval_declined' });
    }
    expect(accepted).toBe(3);
    expect(await f.writes()).toEqual([]);
    await client.close();
  });
});

describe.concurrent('P4 P6: an answer from somebody else, or a second one', () => {
  const accept = { action: 'accept', content: { confirm: true } };
  const fire = { method: 'tools/call', params: fireDigest };
  const capabilities = { elicitation: {} };

  test('of another session of the same client, to the same question’s number, is no yes', async () => {
    await using f = await connect();
    const port = Number(new URL(f.url ?? '').port);
    const [mine, other] = [await openSession(port, { capabilities }), await openSession(port, { capabilities })];
    const call = stream(port, mine, { id: 'call', ...fire });
    const { id } = await call.seen(({ method }) => method === 'elicitation/create');
    for (const guess of [id, 0, 1, 'call']) await postIn(port, other, { id: guess, result: accept });
    await pause(300);
    expect(await f.writes()).toEqual([]);
    expect((await f.house?.store.questions())?.map(({ state }) => state)).toEqual(['open']);
    await postIn(port, mine, { id, result: { action: 'decline' } });
    const { result } = await call.seen(({ id }) => id === 'call');
    expect(result.structuredContent).toMatchObject({ outcome: 'denied', code: 'approval_declined' });
    expect(await f.writes()).toEqual([]);
  });

  test.each([
    ['a no, then a yes', [{ action: 'decline' }, accept, accept], 'denied', 0],
    ['a yes, again and again, then a no', [accept, accept, accept, { action: 'decline' }], 'done', 1],
  ] as const)('over stdio, %s: the first counts', async (_, answers, outcome, sent) => {
    await using around = await surroundings();
    await using program = start(around.env);
    await program.open(capabilities);
    program.send({ id: 'call', ...fire });
    const { id } = await eventually(() => program.frames().find(({ method }) => method === 'elicitation/create'));
    for (const result of answers) program.send({ id, result });
    expect((await program.reply('call')).result.structuredContent.outcome).toBe(outcome);
    expect(firings(await requestsOf(around.sandbox))).toHaveLength(sent);
  });
});
