// A team from the outside: one person's agent asks, another person answers on the page, and the very call goes on and is sent once.
import { describe, expect, test } from 'vitest';
import { answerQuestion, host, oneself } from '../../src/approvals/approvals.ts';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { textOf } from '../approvals/page-visitor.ts';
import { agent, people, signedIn, team, twoPeople } from '../approvals/team-visitor.ts';
import { requestsOf } from '../fixtures.ts';
import type { Served } from '../identity/served.ts';
import { accept, answering, eventually, firings } from './twin.ts';

const tool = 'scrip_trigger_automation';
const digest = { automation_id: SCRIP_AUTOMATIONS.weeklyDigest };
const apology = { automation_id: SCRIP_AUTOMATIONS.apologyCredit };

const fired = async ({ sandbox }: Served): Promise<number> => firings(await requestsOf(sandbox)).length;
const open = ({ store }: Served) =>
  eventually(async () => (await store.questions({ open_at: Date.now() })).find(({ state }) => state === 'open'));

describe.concurrent('P4 P12: a question over HTTP', () => {
  test('ana’s agent asks, bo says yes on the page, and that very call is sent, once; who said yes is told and kept', async () => {
    await using s = await team();
    await using a = await agent(s, 'ana');
    const bo = await signedIn(s, 'bo');
    const call = a.call(tool, digest);
    const { id } = await open(s);
    const list = await bo.get();
    expect(textOf(list.text)).toMatch(
      /^ automations-mcp Approvals bo Sign out One call waits for your answer .*test-client , for ana , asks, on scrip Fire "Weekly coffee digest" now\. Cost: 0 credits ; expires in \d+:\d\d/,
    );
    expect(list.text).toContain(`<a href="/approvals/${id}">`);
    expect(await fired(s)).toBe(0);
    expect((await bo.answer(id, 'approve')).headers.location).toBe(`/approvals/${id}`);
    const said = await call;
    expect(said.structured).toMatchObject({ outcome: 'done', approved_by: 'bo' });
    expect(said.text).toMatch(/^approved by: bo$/m);
    expect(await fired(s)).toBe(1);
    expect(await s.store.question(id)).toMatchObject({ state: 'consumed', channel: 'page', decided_by: 'bo' });
    const answers = (await s.store.audit(0, 100)).filter(({ kind }) => kind === 'answer');
    expect(answers.map(({ principal, body }) => [principal, JSON.parse(body)])).toMatchObject([
      ['ana', { id, state: 'approved', channel: 'page', decided_by: 'bo' }],
    ]);
    const page = textOf((await bo.get(`/approvals/${id}`)).text);
    expect(page).toContain('It was answered on this page, by bo . The yes was used, once');
    // The identical call is the next one: a yes is good for one.
    expect(textOf((await bo.get()).text)).toContain('Nothing waits for you');
  });

  test('a no of bo’s ends the call, and nothing is sent', async () => {
    await using s = await team();
    await using a = await agent(s, 'ana');
    const bo = await signedIn(s, 'bo');
    const call = a.call(tool, digest);
    const { id } = await open(s);
    await bo.answer(id, 'reject');
    expect((await call).structured).toMatchObject({ outcome: 'denied', code: 'approval_declined' });
    expect(await fired(s)).toBe(0);
  });

  test('nobody answers in time: the result names the page, who may answer there, and holds no secret; a later yes serves the identical call', async () => {
    await using s = await team({ env: { AUTOMATIONS_CALL_TIMEOUT: '2' } });
    await using a = await agent(s, 'ana');
    const [bo, cy] = [await signedIn(s, 'bo'), await signedIn(s, 'cy')];
    // One whose token is gone, and one who may not answer for ana, are not named.
    const eve = await signedIn(s, 'eve');
    const said = await a.call(tool, digest);
    const { id } = await open(s);
    expect(said.structured).toMatchObject({ outcome: 'pending', waiting_for: 'person', approval_id: id });
    const url = `http://127.0.0.1:${s.port}/approvals/${id}`;
    expect(said.structured.next).toContain(`sign in at ${url} with a token for approvals (bo, cy may answer there)`);
    for (const { token, cookie } of [bo, cy, eve, { token: a.token, cookie: 'x'.repeat(40) }])
      for (const secret of [token, token.slice(-43), cookie]) expect(JSON.stringify(said)).not.toContain(secret);
    // Nor where things are at a machine that is not theirs.
    expect(JSON.stringify(said)).not.toContain(s.stateFolder);
    expect((await cy.answer(id, 'approve')).status).toBe(303);
    expect(await fired(s)).toBe(0);
    expect((await a.call(tool, digest)).structured).toMatchObject({ outcome: 'done', approved_by: 'cy' });
    expect(await fired(s)).toBe(1);
  });

  test('how a person can be asked is told by list_connections', async () => {
    await using s = await team();
    await using a = await agent(s, 'ana');
    await signedIn(s, 'cy');
    expect((await a.call('list_connections', {})).structured.asking).toMatch(
      /^on the team’s approval page, by cy, or in a terminal/,
    );
  });

  test('no window is opened at the server for somebody who sits elsewhere', async () => {
    const opened: string[] = [];
    await using s = await team({ env: { AUTOMATIONS_CALL_TIMEOUT: '2' } });
    s.house.page = {
      async open(question) {
        opened.push(question.id);
        return true;
      },
    };
    await using a = await agent(s, 'ana');
    expect((await a.call(tool, digest)).structured.outcome).toBe('pending');
    expect(opened).toEqual([]);
  });
});

describe.concurrent('P4 P6 C4: two people', () => {
  const file = { operator: twoPeople };

  test('the caller’s own yes counts nowhere: not in the client, which is not even asked, not on the page', async () => {
    const person = answering(accept);
    await using s = await team({
      ...file,
      principals: people.map(one => (one.id === 'ana' ? { ...one, approves: ['self', 'bo'] } : one)),
    });
    await using a = await agent(s, 'ana', person);
    const [ana, bo] = [await signedIn(s, 'ana'), await signedIn(s, 'bo')];
    const call = a.call(tool, digest);
    const { id } = await open(s);
    expect(await s.store.question(id)).toMatchObject({ verdict: 'ask_human', approver: 'another', rule: 'two-people' });
    const mine = await ana.form(id);
    expect(textOf(mine.html)).toContain('You asked this yourself, and a rule wants another person’s yes.');
    expect(textOf(mine.html)).toContain('Approver another person than "ana"');
    expect(mine.html).not.toContain('value="approve"');
    const refused = await ana.answer(id, 'approve', { phrase: mine.phrase });
    expect([refused.status, textOf(refused.text)]).toEqual([
      403,
      expect.stringContaining('Another person must approve this. Nothing was approved.'),
    ]);
    expect((await s.store.question(id))?.state).toBe('open');
    expect((await bo.answer(id, 'approve')).status).toBe(303);
    expect((await call).structured).toMatchObject({ outcome: 'done', approved_by: 'bo' });
    expect(person.shown).toEqual([]);
    expect(await fired(s)).toBe(1);
  });

  test('the caller may still say no', async () => {
    await using s = await team({
      ...file,
      principals: people.map(one => (one.id === 'ana' ? { ...one, approves: ['self'] } : one)),
    });
    await using a = await agent(s, 'ana');
    const [ana] = [await signedIn(s, 'ana'), await signedIn(s, 'bo')];
    const call = a.call(tool, digest);
    const { id } = await open(s);
    expect((await ana.answer(id, 'reject')).status).toBe(303);
    expect((await call).structured.outcome).toBe('denied');
  });

  test('plan and pending result say that it must be another person, and who can be', async () => {
    await using s = await team({ ...file, env: { AUTOMATIONS_CALL_TIMEOUT: '2' } });
    await using a = await agent(s, 'ana');
    await signedIn(s, 'bo');
    const plan = await a.call('plan_call', { tool, arguments: digest });
    expect(plan.text).toContain('Another person than its caller would have to approve it first, outside this client:');
    const said = await a.call(tool, digest);
    expect(said.text).toMatch(/^Another person than "ana" must confirm this first\. The question stays open until/);
    expect(said.text).toContain('(bo may answer there)');
  });

  test('where nobody else can answer it is refused, and says so; over stdio and open loopback nobody ever can', async () => {
    const alone = [{ id: 'ana', approves: ['self'] }];
    await using s = await team({ ...file, principals: alone });
    delete s.house.approveCommand;
    await using a = await agent(s, 'ana');
    await signedIn(s, 'ana');
    const said = await a.call(tool, digest);
    expect(said.structured).toMatchObject({ outcome: 'denied', code: 'denied_by_policy', rule: 'two-people' });
    expect(said.text).toMatch(/^Another person than "ana" must confirm this, and nobody can be asked:/);
    expect(said.structured.next).toContain('docs/approvals.md');
    expect(await fired(s)).toBe(0);
  });

  test('P1 P9: a yes of somebody who may not is void where it is used, however it came into the row', async () => {
    await using s = await team({ ...file, env: { AUTOMATIONS_CALL_TIMEOUT: '2' } });
    await using a = await agent(s, 'ana');
    const bo = await signedIn(s, 'bo');
    expect((await a.call(tool, digest)).structured.outcome).toBe('pending');
    const { id } = await open(s);
    const at = Date.now();
    const forged = { state: 'approved', channel: 'page', at, by: 'ana', usable_until: at + 60_000 } as const;
    await s.store.answer(id, forged);
    const again = await a.call(tool, digest);
    expect(again.structured.outcome).toBe('pending');
    const next = await open(s);
    expect(next.id).not.toBe(id);
    expect(await s.store.question(id)).toMatchObject({ state: 'rejected', channel: 'replaced' });
    // And a good one is void once its giver may answer no more.
    expect((await bo.answer(next.id, 'approve')).status).toBe(303);
    await s.store.revokeToken(bo.id, Date.now());
    expect((await a.call(tool, digest)).structured.outcome).toBe('pending');
    expect(await s.store.question(next.id)).toMatchObject({ state: 'rejected', channel: 'replaced' });
    expect(await fired(s)).toBe(0);
  });

  test('a person at the server’s own terminal is another one than ana, and not than whoever started the program', async () => {
    await using s = await team({ ...file, env: { AUTOMATIONS_CALL_TIMEOUT: '2' } });
    await using a = await agent(s, 'ana');
    expect((await a.call(tool, digest)).text).toMatch(
      /They can type in a terminal at the server: automations-mcp approvals approve [0-9a-f]{12}\./,
    );
    const { id } = await open(s);
    const say = (by: typeof host) =>
      answerQuestion(s.store, id, { yes: true, channel: 'terminal', by, now: Date.now() });
    expect(await say(oneself('ana'))).toMatchObject({ won: false, barred: true });
    expect(await say(host)).toMatchObject({ won: true });
    expect((await a.call(tool, digest)).structured).toMatchObject({ outcome: 'done', approved_by: 'local' });
  });
});

test('P8: two people who answer at once: the first counts, and the other is told', async () => {
  await using s = await team();
  await using a = await agent(s, 'ana');
  const [bo, cy] = [await signedIn(s, 'bo'), await signedIn(s, 'cy')];
  const call = a.call(tool, apology);
  const { id } = await open(s);
  const forms = [await bo.form(id), await cy.form(id)];
  const [one, two] = await Promise.all([
    bo.post(`/approvals/${id}/answer`, { csrf: forms[0]?.csrf ?? '', answer: 'approve' }),
    cy.post(`/approvals/${id}/answer`, { csrf: forms[1]?.csrf ?? '', answer: 'reject' }),
  ]);
  expect([one.status, two.status].sort()).toEqual([303, 409]);
  const approved = one.status === 303;
  expect(textOf((approved ? two : one).text)).toContain('Too late: your answer changed nothing.');
  expect((await call).structured.outcome).toBe(approved ? 'done' : 'denied');
  expect(await fired(s)).toBe(approved ? 1 : 0);
});
