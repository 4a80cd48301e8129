// Sessions of older clients outlive the process that opened them, and answer nobody else.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connectTo, type Era, makeClient, said, yes } from '../fixtures.ts';
import { accept, answering, eventually, firings } from '../server/twin.ts';
import { type Answer, knockAt, opening, refusal } from './knock.ts';
import { openSession, ping, post, stream, within } from './knock-session.ts';
import { startReplicas } from './replicas.ts';

const { weeklyDigest, vipDoublePoints } = SCRIP_AUTOMATIONS;
const trigger = (automation_id: string, id = 1) => ({
  id,
  method: 'tools/call',
  params: { name: 'scrip_trigger_automation', arguments: { automation_id } },
});
const eliciting = { capabilities: { elicitation: {} } };
const asked = (message: { method?: string }) => message.method === 'elicitation/create';

describe.concurrent('after a restart', () => {
  test.each<Era>(['legacy', 'v1'])('a %s client simply goes on, and can still ask its user', async era => {
    await using r = await startReplicas(1);
    const person = answering(accept);
    const client = makeClient(era, person, 'a client of long standing');
    await connectTo(r.url, client, era);
    await client.listTools();
    await r.restart();
    expect((await client.listTools()).tools.length).toBeGreaterThan(10);
    const args = { automation_id: weeklyDigest };
    const fired = said(await client.callTool({ name: 'scrip_trigger_automation', arguments: args }));
    expect(fired.structured).toMatchObject({ outcome: 'done' });
    expect(person.shown).toHaveLength(1);
    expect(firings(await r.writes())).toHaveLength(1);
    const [question] = (await r.all[0]?.house.store.questions()) ?? [];
    expect(question).toMatchObject({ client: 'a client of long standing', state: 'consumed', channel: 'client' });
    await client.close();
  });

  test('several requests at once revive one session, streams too', async () => {
    await using r = await startReplicas(1);
    const id = await openSession(r.all[0]?.port ?? 0);
    const { port, sessions } = await r.restart();
    const opened = await knockAt(port, { method: 'GET', headers: within(id) });
    expect([opened.status, opened.headers['content-type']]).toEqual([200, 'text/event-stream']);
    const { port: again, sessions: held } = await r.restart();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ping(again, id)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect([sessions(), held()]).toEqual([0, 1]);
  });

  test('P5 P6: an answer to a question asked before it counts for that one, and never for one asked after it', async () => {
    await using r = await startReplicas(1);
    const before = r.all[0]?.port ?? 0;
    const id = await openSession(before, eliciting);
    const old = await stream(before, id, trigger(weeklyDigest)).seen(asked);
    const { port, house } = await r.restart();
    const now = stream(port, id, trigger(vipDoublePoints));
    const { id: number, params } = await now.seen(asked);
    expect(params.message).toContain(vipDoublePoints);
    const states = async () => {
      const questions = await house.store.questions();
      return [weeklyDigest, vipDoublePoints].map(
        of => questions.find(({ arguments: args }) => args.includes(of))?.state,
      );
    };
    const another = await openSession(port, eliciting);
    for (const [session, forged] of [
      ...[0, '0', '', `${number}x`, String(number).replace(/^./, 'x'), String(number).replace(/:\d+:/, ':7:')].map(
        one => [id, one] as const,
      ),
      [id, String(old.id).replace(/:0:[0-9a-f]+/, String(/:0:[0-9a-f]+/.exec(number)))],
      // What one session was asked, another one cannot answer.
      [another, number],
      [another, old.id],
    ] as const)
      expect((await post(port, session, { id: forged, result: accept })).status, String(forged)).toBe(202);
    expect(await states()).toEqual(['open', 'open']);
    expect((await post(port, id, { id: old.id, result: accept })).status).toBe(202);
    expect(await states()).toEqual(['approved', 'open']);
    expect((await post(port, id, { id: number, result: { action: 'decline' } })).status).toBe(202);
    expect((await now.over).at(-1).result.structuredContent).toMatchObject({ code: 'approval_declined' });
    expect(await r.writes()).toEqual([]);
    // The yes waits for the identical call, as any late one does, and is used once.
    const again = stream(port, id, trigger(weeklyDigest, 2));
    expect((await again.over).map(({ method, result }) => [method, result?.structuredContent?.outcome])).toEqual([
      [undefined, 'done'],
    ]);
    expect(firings(await r.writes())).toHaveLength(1);
  });

  test('a client that said more of itself than fits is remembered without what it can be asked', async () => {
    await using r = await startReplicas(0);
    const one = await r.start();
    const { port } = one;
    const capabilities = { elicitation: {}, experimental: { much: { of: 'x'.repeat(2_000) } } };
    const id = await openSession(port, {
      capabilities,
      clientInfo: { name: 'n'.repeat(5_000), version: 'v'.repeat(5_000) },
    });
    expect(id.length).toBeLessThan(1_000);
    const call = stream(port, id, trigger(weeklyDigest));
    await eventually(async () => (await one.house.store.questions())[0]);
    await r.end(one);
    const [answer, ...more] = await call.over;
    expect(more).toEqual([]);
    expect(answer.result.structuredContent).toMatchObject({ outcome: 'pending', waiting_for: 'person' });
  });
});

describe.concurrent('any replica', () => {
  test.each<Era>(['legacy', 'v1', 'modern'])('takes any request of a %s client', async era => {
    await using r = await startReplicas(3);
    const client = makeClient(era, yes);
    await connectTo(r.url, client, era);
    const names = await Promise.all(
      Array.from({ length: 12 }, () => client.listTools().then(({ tools }) => tools.length)),
    );
    expect(new Set(names).size).toBe(1);
    const args = { automation_id: weeklyDigest };
    const fired = said(await client.callTool({ name: 'scrip_trigger_automation', arguments: args }));
    expect(fired.structured).toMatchObject({ outcome: 'done' });
    expect(firings(await r.writes())).toHaveLength(1);
    await client.close();
  });

  test.each([
    [accept, 'done', 1],
    [{ action: 'accept', content: { confirm: false } }, 'denied', 0],
    [{ action: 'decline' }, 'denied', 0],
  ])('takes the answer to what another one asked: %j is %s', async (answer, outcome, sent) => {
    await using r = await startReplicas(2);
    const [one, two] = [r.all[0]?.port ?? 0, r.all[1]?.port ?? 0];
    const id = await openSession(one, eliciting);
    // The other one holds the session too, and asks in it meanwhile.
    const elsewhere = stream(two, id, trigger(vipDoublePoints, 2));
    await elsewhere.seen(asked);
    const call = stream(one, id, trigger(weeklyDigest));
    const question = await call.seen(asked);
    expect(question.params._meta).toBeUndefined();
    expect((await post(two, id, { id: question.id, result: answer })).status).toBe(202);
    expect((await call.over).at(-1).result.structuredContent).toMatchObject({ outcome });
    expect(firings(await r.writes())).toHaveLength(sent);
    const [other] = (await r.all[0]?.house.store.questions({ open_at: Date.now() })) ?? [];
    expect(other?.arguments).toContain(vipDoublePoints);
    elsewhere.drop();
  });

  test('takes an error for a no, and nothing for an answer', async () => {
    await using r = await startReplicas(2);
    const [one, two] = [r.all[0]?.port ?? 0, r.all[1]?.port ?? 0];
    const id = await openSession(one, eliciting);
    const call = stream(one, id, trigger(weeklyDigest));
    const question = await call.seen(asked);
    const error = { code: -32603, message: 'broken' };
    expect((await post(two, id, { id: question.id, error })).status).toBe(202);
    expect((await call.over).at(-1).result.structuredContent).toMatchObject({ code: 'approval_declined' });
    expect((await post(two, id, { id: question.id, result: accept })).status).toBe(202);
    expect(await r.writes()).toEqual([]);
  });

  test('knows what another one closed, whoever opened it, and after any restart', async () => {
    await using r = await startReplicas(2);
    const [one, two] = [r.all[0]?.port ?? 0, r.all[1]?.port ?? 0];
    const ids = [await openSession(one), await openSession(one)];
    for (const id of ids) expect((await ping(two, id)).status).toBe(200);
    const [first = '', second = ''] = ids;
    // Closed where it is held, and where it is not held any more than known.
    expect((await knockAt(one, { method: 'DELETE', headers: within(first) })).status).toBe(200);
    const third = await r.start();
    expect((await knockAt(third.port, { method: 'DELETE', headers: within(second) })).status).toBe(200);
    for (const id of ids)
      for (const port of [one, two, third.port]) {
        refusal(await ping(port, id), 404, id);
        refusal(await knockAt(port, { method: 'GET', headers: within(id) }), 404, id);
        refusal(await knockAt(port, { method: 'DELETE', headers: within(id) }), 404, id);
      }
    const { port } = await r.restart();
    for (const id of ids) refusal(await ping(port, id), 404, id);
  });
});

describe.concurrent('an id', () => {
  const unknown = '00000000-0000-4000-8000-000000000000';
  const alike = ({ status, headers: { date: _, 'x-request-id': __, ...headers }, text }: Answer) => ({
    status,
    headers,
    text,
  });

  test('C13 P15: of another principal answers exactly like one that never was', async () => {
    await using r = await startReplicas(0);
    const { port } = await r.start({
      authenticate: async req => ({ principal: { id: String(req.headers['x-who']) } }),
    });
    const { headers, body } = opening('legacy');
    const { headers: answered } = await knockAt(port, { headers: { ...headers, 'x-who': 'ann' }, body });
    const id = String(answered['mcp-session-id']);
    const as = (who: string, session: string, method: string) =>
      knockAt(port, {
        method,
        headers: { ...within(session), 'x-who': who },
        ...(method === 'POST' ? { body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }) } : {}),
      });
    for (const method of ['POST', 'GET', 'DELETE'])
      expect(alike(await as('bob', id, method))).toEqual(alike(await as('bob', unknown, method)));
    for (const who of ['Ann', 'ann ', 'an', 'annn', ''])
      expect((await as(who, id, 'POST')).status, who).toBe(who === 'ann ' ? 200 : 404);
    expect((await as('ann', id, 'POST')).status).toBe(200);
  });

  test('is good for as long as it says, and not a moment longer', async () => {
    await using r = await startReplicas(1, { AUTOMATIONS_SESSION_LIFE: '2' });
    const [one] = r.all;
    if (!one) throw new Error('no replica');
    const start = Date.now();
    one.house.now = () => start;
    const id = await openSession(one.port);
    one.house.now = () => start + 2 * 86_400_000 - 1;
    expect((await ping(one.port, id)).status).toBe(200);
    one.house.now = () => start + 2 * 86_400_000;
    refusal(await ping(one.port, id), 404, id);
  });

  test('made with another key, or changed in any place, is unknown', async () => {
    await using r = await startReplicas(1);
    await using elsewhere = await startReplicas(1);
    const port = r.all[0]?.port ?? 0;
    const id = await openSession(port);
    refusal(await ping(port, await openSession(elsewhere.all[0]?.port ?? 0)), 404);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(id.length - 1),
        fc.constantFrom(...'ABCDabcd0189-_.=+/ '),
        fc.constantFrom('instead', 'before', 'without'),
        async (at, character, how) => {
          const rest = id.slice(at + 1);
          const put = { instead: character + rest, before: character + id[at] + rest, without: rest }[how];
          const other = (id.slice(0, at) + put).trim();
          const { status } = await ping(port, other);
          expect(status, other).toBe(other === id ? 200 : 404);
        },
      ),
      { numRuns: 150 },
    );
    // Said with other words, signed with what is not a key.
    const [payload = ''] = id.split('.');
    for (const forged of [payload, `${payload}.`, `.${payload}`, `${id}.${id}`, `${payload}.${payload}`])
      refusal(await ping(port, forged), 404);
  });

  test('P17 C2: carries no key, whatever its client calls itself, and its session works', async () => {
    await using r = await startReplicas(1);
    const { port = 0 } = r.all[0] ?? {};
    const { key } = r.sandbox.scrip;
    for (const said of [
      { clientInfo: { name: `client ${key}`, version: '1' } },
      { clientInfo: { name: 'x', version: key } },
      { capabilities: { experimental: { [key]: {} } } },
    ]) {
      const id = await openSession(port, said);
      expect(Buffer.from(id.split('.')[0] ?? '', 'base64url').toString()).not.toContain(key.slice(4, -4));
      expect((await ping(port, id)).status).toBe(200);
    }
  });

  test('tells nobody who it belongs to, and is kept nowhere', async () => {
    await using r = await startReplicas(1);
    const [one] = r.all;
    const id = await openSession(one?.port ?? 0);
    expect(Buffer.from(id.split('.')[0] ?? '', 'base64url').toString()).not.toContain('local');
    await knockAt(one?.port ?? 0, { method: 'DELETE', headers: within(id) });
    const { readFileSync, readdirSync } = await import('node:fs');
    for (const file of readdirSync(r.stateFolder))
      expect(readFileSync(`${r.stateFolder}/${file}`).includes(id), file).toBe(false);
  });
});

describe.concurrent('memory', () => {
  test('holds a bounded number of sessions; those that made room come back', async () => {
    await using r = await startReplicas(1, { AUTOMATIONS_SESSION_LIMIT: '3' });
    const { port = 0, sessions = () => -1 } = r.all[0] ?? {};
    const ids: string[] = [];
    for (let n = 0; n < 8; n++) ids.push(await openSession(port));
    expect(sessions()).toBe(3);
    for (const id of [...ids, ...ids.toReversed()]) expect((await ping(port, id)).status).toBe(200);
    expect(sessions()).toBe(3);
  });

  test('makes room only of what nobody is using: a request that came in is never told that its session is unknown', async () => {
    await using r = await startReplicas(0, { AUTOMATIONS_SESSION_LIMIT: '2' });
    const { port } = await r.start({ slow: 200 });
    const ids = [await openSession(port), await openSession(port), await openSession(port), await openSession(port)];
    const told = (await Promise.all(ids.map(id => ping(port, id)))).map(({ status }) => status);
    expect(told.filter(status => status !== 200 && status !== 503)).toEqual([]);
  });

  test('P16: a session whose call is under way never makes room, though its client hung up; when all are busy, that is said', async () => {
    await using r = await startReplicas(1, { AUTOMATIONS_SESSION_LIMIT: '2' });
    const { port = 0, sessions = () => -1 } = r.all[0] ?? {};
    const [one, two] = [await openSession(port, eliciting), await openSession(port, eliciting)];
    const first = stream(port, one, trigger(weeklyDigest));
    const question = await first.seen(asked);
    const second = stream(port, two, trigger(vipDoublePoints));
    await second.seen(asked);
    second.drop();
    const refused = await knockAt(port, opening('legacy'));
    refusal(refused, 503);
    expect(refused.headers['retry-after']).toBe('5');
    expect((await knockAt(port, opening('modern'))).status).toBe(200);
    await post(port, one, { id: question.id, result: accept });
    expect((await first.over).at(-1).result.structuredContent).toMatchObject({ outcome: 'done' });
    await openSession(port);
    expect(sessions()).toBe(2);
    for (const id of [one, two]) expect((await ping(port, id)).status).toBe(200);
    expect(sessions()).toBe(2);
  });

  test('lets go of a session that nobody uses, and takes it up again', async () => {
    await using r = await startReplicas(1, { AUTOMATIONS_SESSION_IDLE: '0.3' });
    const { port = 0, sessions = () => -1 } = r.all[0] ?? {};
    const id = await openSession(port);
    expect(sessions()).toBe(1);
    await eventually(() => sessions() === 0);
    expect((await ping(port, id)).status).toBe(200);
    expect(sessions()).toBe(1);
  });
});

test('P13: where the store cannot be used no session opens, newer clients still read, and nothing is told of files', async () => {
  await using r = await startReplicas(0);
  const { port } = await r.start({ env: { AUTOMATIONS_STATE_FOLDER: '/dev/null/nowhere' } });
  const refused = await knockAt(port, opening('legacy'));
  refusal(refused, 503, 'nowhere');
  expect(refused.headers['retry-after']).toBe('5');
  expect((await knockAt(port, opening('modern'))).status).toBe(200);
});
