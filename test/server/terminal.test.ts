// Clients that cannot ask their user, and calls only a person outside the client may pass: the terminal answers, the call waits.
import { describe, expect, test } from 'vitest';
import { answerQuestion, host } from '../../src/approvals/approvals.ts';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect, type Era, type Fixture } from '../fixtures.ts';
import { accept, answering, elsewhere, eventually, firings, inRewards, pause } from './twin.ts';
import { fireDigest, post } from './wire.ts';

const tool = 'scrip_trigger_automation';
const digest = { automation_id: SCRIP_AUTOMATIONS.weeklyDigest };
const apology = { automation_id: SCRIP_AUTOMATIONS.apologyCredit };
const people = { AUTOMATIONS_ASK_ABOVE_PEOPLE: '1' };

const store = (f: Fixture) => {
  if (!f.house) throw new Error('the server runs elsewhere');
  return f.house.store;
};
const open = (f: Fixture) => eventually(async () => (await store(f).questions({ open_at: Date.now() }))[0]);
/** As `automations-mcp approvals` does once the word was typed. */
const inTerminal = async (f: Fixture, yes: boolean) =>
  answerQuestion(store(f), (await open(f)).id, { yes, channel: 'terminal', by: host, now: Date.now() });

describe.concurrent.each<Era>(['modern', 'legacy', 'v1'])('a %s client that cannot ask', era => {
  test('P12: the call waits, and goes on by itself when a terminal says yes', async () => {
    await using f = await connect({ era });
    const call = f.call(tool, digest);
    await open(f);
    expect(await f.writes()).toEqual([]);
    expect((await inTerminal(f, true))?.won).toBe(true);
    const said = await call;
    expect(said.structured.outcome).toBe('done');
    expect(firings(await f.writes())).toHaveLength(1);
    expect(await store(f).questions()).toMatchObject([{ state: 'consumed', channel: 'terminal' }]);
  });

  test('P12: a terminal that says no ends the waiting call, and nothing is sent', async () => {
    await using f = await connect({ era });
    const call = f.call(tool, digest);
    await inTerminal(f, false);
    expect((await call).structured).toMatchObject({ outcome: 'denied', code: 'approval_declined' });
    expect(await f.writes()).toEqual([]);
  });

  test('P2 P12: nobody there is pending with the command to type; after their yes the identical call sends once', async () => {
    await using f = await connect({ era, env: { AUTOMATIONS_CALL_TIMEOUT: '1.5' } });
    const first = await f.call(tool, digest);
    expect(first.isError).toBe(true);
    expect(first.structured).toMatchObject({ outcome: 'pending', code: 'approval_required', waiting_for: 'person' });
    const id: string = first.structured.approval_id;
    expect(first.text).toMatch(new RegExp(`approvals approve ${id.slice(0, 12)} --state-folder `));
    expect(first.text).toContain(f.stateFolder);
    expect(first.text).not.toContain('form in their client');

    await inTerminal(f, true);
    await pause(300);
    expect(await f.writes()).toEqual([]);
    expect((await f.call(tool, digest)).structured.outcome).toBe('done');
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('P12: what may only be confirmed outside the client never asks the client', async () => {
    const person = answering(accept);
    await using f = await connect({ era, person, env: { ...people, AUTOMATIONS_CALL_TIMEOUT: '1.5' } });
    const first = await f.call(tool, digest);
    expect(first.structured).toMatchObject({ outcome: 'pending', waiting_for: 'person' });
    expect(first.text).toContain('approvals approve');
    expect(person.shown).toEqual([]);
    await inTerminal(f, true);
    expect((await f.call(tool, digest)).structured.outcome).toBe('done');
    expect(person.shown).toEqual([]);
    expect(firings(await f.writes())).toHaveLength(1);
    expect(await store(f).questions()).toMatchObject([{ verdict: 'ask_human', channel: 'terminal' }]);
  });
});

describe.concurrent('without a form', () => {
  test('P11: a client that declares only other ways of asking is not sent a form', async () => {
    await using f = await connect({ env: { AUTOMATIONS_CALL_TIMEOUT: '1.5' } });
    for (const capabilities of [{}, { elicitation: { url: {} } }]) {
      const reply = await post(f.url ?? '', fireDigest, { capabilities });
      expect(reply.said.structured).toMatchObject({ outcome: 'pending', waiting_for: 'person' });
    }
    expect(await f.writes()).toEqual([]);
  });

  test('P6: a client’s yes to a question only a terminal may answer counts for nothing', async () => {
    await using f = await connect({ env: { ...people, AUTOMATIONS_CALL_TIMEOUT: '1.5' }, person: answering(accept) });
    await f.call(tool, digest);
    const { id } = await open(f);
    const said = await answerQuestion(store(f), id, { yes: true, channel: 'client', by: host, now: Date.now() });
    expect(said).toMatchObject({ won: false, question: { state: 'open' } });
    expect((await f.call(tool, digest)).structured.outcome).toBe('pending');
    expect(await f.writes()).toEqual([]);
  });

  test('P12: no terminal can reach a store in memory, so the call is refused at once with the ways out', async () => {
    await using f = await connect({ env: { AUTOMATIONS_STATE_FOLDER: ':memory:' } });
    const said = await f.call(tool, digest);
    expect(said.structured).toMatchObject({ outcome: 'denied', code: 'denied_by_policy' });
    expect(said.text).toContain('elicitation');
    expect(said.text).toContain('state folder');
    expect(await f.writes()).toEqual([]);
  });

  test('P12: a store in memory still serves a client that can ask', async () => {
    await using f = await connect({ env: { AUTOMATIONS_STATE_FOLDER: ':memory:' }, person: answering(accept) });
    expect((await f.call(tool, digest)).structured.outcome).toBe('done');
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('P9: the target changes while the call waits: the terminal’s yes is void, and a new question is open', async () => {
    await using f = await connect({ env: { AUTOMATIONS_CALL_TIMEOUT: '3' } });
    const call = f.call(tool, digest);
    const first = await open(f);
    await elsewhere(f.sandbox, 'scrip', 'PATCH', inRewards(digest.automation_id), { payload: { edition: 'other' } });
    await inTerminal(f, true);
    const said = await call;
    expect(said.structured).toMatchObject({ outcome: 'pending', waiting_for: 'person' });
    expect(said.structured.approval_id).not.toBe(first.id);
    expect(firings(await f.writes())).toEqual([]);
  });

  test('P4: two calls wait side by side; a yes to one sends only that one', async () => {
    await using f = await connect({ env: { AUTOMATIONS_CALL_TIMEOUT: '3' } });
    const one = f.call(tool, digest);
    const other = f.call(tool, apology);
    const both = await eventually(async () => {
      const questions = await store(f).questions({ open_at: Date.now() });
      return questions.length === 2 ? questions : undefined;
    });
    const mine = both.find(({ arguments: args }) => args.includes(digest.automation_id));
    await answerQuestion(store(f), mine?.id ?? '', { yes: true, channel: 'terminal', by: host, now: Date.now() });
    expect((await one).structured.outcome).toBe('done');
    expect((await other).structured.outcome).toBe('pending');
    expect(firings(await f.writes())).toMatchObject([{ path: expect.stringContaining(digest.automation_id) }]);
  });
});
