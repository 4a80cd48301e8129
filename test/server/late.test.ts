// Silence, late answers and old yeses: what time does to a question, in each era.
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect, type Era, type Fixture, type Person } from '../fixtures.ts';
import { accept, eventually, firings, pause } from './twin.ts';

const tool = 'scrip_trigger_automation';
const digest = { automation_id: SCRIP_AUTOMATIONS.weeklyDigest };

/** A person who answers only when the test lets them. */
function slow() {
  const shown: string[] = [];
  const gates: PromiseWithResolvers<Awaited<ReturnType<Person>>>[] = [];
  const person: Person = message => {
    shown.push(message);
    const gate = Promise.withResolvers<Awaited<ReturnType<Person>>>();
    gates.push(gate);
    return gate.promise;
  };
  return { person, shown, say: (n: number, answer: Awaited<ReturnType<Person>>) => gates[n]?.resolve(answer) };
}

const questions = async (f: Fixture) => (await f.house?.store.questions()) ?? [];

describe.concurrent.each<Era>(['legacy', 'v1'])('asked live in a %s client', era => {
  test('P2 P4: silence until the call’s clock is pending; the late yes sends nothing; the identical call sends once', async () => {
    const { person, shown, say } = slow();
    await using f = await connect({ era, person, env: { AUTOMATIONS_CALL_TIMEOUT: '1.5' } });
    const first = await f.call(tool, digest);
    expect(first.isError).toBe(true);
    expect(first.structured).toMatchObject({
      outcome: 'pending',
      code: 'approval_required',
      waiting_for: 'person',
      approval_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(first.text).toContain('Nothing has been sent.');
    expect(first.text).toContain('identical call');

    say(0, accept);
    await eventually(async () => (await questions(f)).find(({ state }) => state === 'approved'));
    await pause(300);
    expect(await f.writes()).toEqual([]);

    const second = await f.call(tool, digest);
    expect(second.structured.outcome).toBe('done');
    expect(shown).toHaveLength(1);
    expect(firings(await f.writes())).toHaveLength(1);
    expect(await questions(f)).toMatchObject([{ id: first.structured.approval_id, state: 'consumed' }]);
  });

  test('P8: the same call while the question is open joins it: nobody is asked twice', async () => {
    const { person, shown, say } = slow();
    await using f = await connect({ era, person, env: { AUTOMATIONS_CALL_TIMEOUT: '1.5' } });
    const first = await f.call(tool, digest);
    const second = await f.call(tool, digest);
    expect(second.structured.approval_id).toBe(first.structured.approval_id);
    expect(shown).toHaveLength(1);
    say(0, { action: 'decline' });
    await eventually(async () => (await questions(f)).find(({ state }) => state === 'rejected'));
    expect(await f.writes()).toEqual([]);
  });

  test('P6: a yes after the question’s expiry counts for nothing: the identical call asks anew', async () => {
    const { person, shown, say } = slow();
    await using f = await connect({
      era,
      person,
      env: { AUTOMATIONS_CALL_TIMEOUT: '4', AUTOMATIONS_QUESTION_EXPIRY: '1' },
    });
    const first = await f.call(tool, digest);
    expect(first.structured).toMatchObject({ outcome: 'pending', waiting_for: 'person' });
    expect(first.text).toContain('asks again');
    say(0, accept);
    await pause(200);
    expect((await questions(f)).map(({ state }) => state)).toEqual(['open']);

    const asking = f.call(tool, digest);
    await eventually(() => shown.length === 2);
    expect(await f.writes()).toEqual([]);
    say(1, accept);
    expect((await asking).structured.outcome).toBe('done');
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('P4: a yes older than its life is worth nothing: the identical call asks anew', async () => {
    const { person, shown, say } = slow();
    await using f = await connect({
      era,
      person,
      env: { AUTOMATIONS_CALL_TIMEOUT: '1.5', AUTOMATIONS_YES_EXPIRY: '0.2' },
    });
    await f.call(tool, digest);
    say(0, accept);
    await eventually(async () => (await questions(f)).find(({ state }) => state === 'approved'));
    await pause(250);
    const asking = f.call(tool, digest);
    await eventually(() => shown.length === 2);
    expect(await f.writes()).toEqual([]);
    say(1, { action: 'decline' });
    expect((await asking).structured).toMatchObject({ outcome: 'denied', code: 'approval_declined' });
    expect(await f.writes()).toEqual([]);
  });

  test('P7: a client that goes away while its person thinks has not said yes: nothing is sent', async () => {
    const { person, shown, say } = slow();
    await using f = await connect({ era, person, env: { AUTOMATIONS_CALL_TIMEOUT: '1.5' } });
    const call = f.call(tool, digest).catch(() => 'gone');
    await eventually(() => shown.length === 1);
    await f.client.close();
    expect(await call).toBe('gone');
    say(0, accept);
    await pause(1_600);
    expect(await f.writes()).toEqual([]);
    expect(await f.house?.store.intents({})).toEqual([]);
  });
});

describe.concurrent('asked by a round trip', () => {
  test('P4: a yes that comes after the expiry of the question asks anew, and the next one counts', async () => {
    const shown: string[] = [];
    await using f = await connect({
      env: { AUTOMATIONS_QUESTION_EXPIRY: '1' },
      person: async message => {
        shown.push(message);
        if (shown.length === 1) await pause(1_200);
        return accept;
      },
    });
    const said = await f.call(tool, digest);
    expect(said.structured.outcome).toBe('done');
    expect(shown).toHaveLength(2);
    expect(firings(await f.writes())).toHaveLength(1);
    expect((await questions(f)).map(({ state }) => state)).toEqual(['consumed', 'open']);
  });
});
