// What a person may answer, in each era: one answer is a yes, and every other one leaves the vendor untouched.
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect, type Era, type Person } from '../fixtures.ts';
import { accept, answering, firings, inside } from './twin.ts';

const eras: Era[] = ['modern', 'legacy', 'v1'];
const call = { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms, trigger_data: { contact: { phone: '+61400000001' } } };

const nos: [string, Awaited<ReturnType<Person>>][] = [
  ['decline', { action: 'decline' }],
  ['cancel', { action: 'cancel' }],
  ['accept without content', { action: 'accept' }],
  ['accept with an empty form', { action: 'accept', content: {} }],
  ['accept with the box unticked', { action: 'accept', content: { confirm: false } }],
  ['accept with the word "true"', { action: 'accept', content: { confirm: 'true' } }],
  ['accept with the number 1', { action: 'accept', content: { confirm: 1 } }],
  ['accept with another field beside it', { action: 'accept', content: { confirm: true, also: 'this' } }],
  ['accept with another field instead', { action: 'accept', content: { confirmed: true } }],
  ['decline with the box ticked', { action: 'decline', content: { confirm: true } }],
];

describe.concurrent.each(eras)('a %s client', era => {
  test('P1 P6 C4: the box ticked and accepted sends exactly one request, and it took effect once', async () => {
    const person = answering(accept);
    await using f = await connect({ era, person });
    const said = await f.call('trustpager_trigger_automation', call);
    expect(said.structured).toMatchObject({ outcome: 'done', status: 'completed', actions_executed: 1 });
    expect(said.isError).toBe(false);
    expect(said.text).toContain(said.structured.intent_id);
    const writes = await f.writes();
    expect(writes).toMatchObject([
      {
        method: 'POST',
        path: `/trustpager/functions/v1/api/v1/automations/${call.automation_id}/trigger`,
        body: { trigger_data: call.trigger_data },
        effect: true,
        headers: { 'idempotency-key': said.structured.intent_id },
      },
    ]);
    const runs = (await inside(f.sandbox)).trustpager.runs as { id: string }[];
    expect(runs.map(({ id }) => id)).toContain(said.structured.run_id);
    expect(person.shown).toHaveLength(1);
  });

  test('P4: what the person is shown is what is stored, and names account, automation and price', async () => {
    const person = answering(accept);
    await using f = await connect({ era, person });
    const said = await f.call('trustpager_trigger_automation', call);
    const [question, ...others] = (await f.house?.store.questions()) ?? [];
    expect(others).toEqual([]);
    expect(question).toMatchObject({
      shown: person.shown[0],
      state: 'consumed',
      channel: 'client',
      client: 'test-client',
      principal: 'local',
      intent_id: said.structured.intent_id,
    });
    expect(person.shown[0]).toContain('Welcome SMS to new leads');
    expect(person.shown[0]).toContain(call.automation_id);
    expect(person.shown[0]).toContain('trustpager');
    expect(person.shown[0]).toMatch(/Cost: .*credit/);
    expect(person.shown[0]).toContain('Cannot be undone');
  });

  test('P6 C4: every other answer is a no, and nothing is sent', async () => {
    const person = answering(...nos.map(([, answer]) => answer));
    await using f = await connect({ era, person });
    for (const [name, answer] of nos) {
      const said = await f.call('scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest });
      expect(said.isError, name).toBe(true);
      expect(said.structured, name).toMatchObject({ outcome: 'denied', code: 'approval_declined' });
      expect(said.text, name).toContain('Nothing was sent, nothing was spent.');
      const [question] = (await f.house?.store.questions({ limit: 1 })) ?? [];
      expect(question, JSON.stringify(answer)).toMatchObject({ state: 'rejected', channel: 'client', intent_id: null });
    }
    expect(person.shown).toHaveLength(nos.length);
    expect(await f.writes()).toEqual([]);
    expect(await f.house?.store.intents({})).toEqual([]);
  });

  test('P6: a client whose handler throws has not said yes, and nothing is sent', async () => {
    await using f = await connect({
      era,
      person: async () => {
        throw new Error('no window could be opened');
      },
    });
    const ended = await f
      .call('scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest })
      .catch(error => error as Error);
    // The modern client gives the call up by itself; older ones hand the error back, which is a no.
    if (ended instanceof Error) expect(era).toBe('modern');
    else expect(ended.structured).toMatchObject({ outcome: 'denied', code: 'approval_declined' });
    expect(await f.writes()).toEqual([]);
    expect(await f.house?.store.intents({})).toEqual([]);
  });

  test('a no closes the question: the identical call asks anew, and a yes then sends once', async () => {
    const person = answering({ action: 'decline' }, accept);
    await using f = await connect({ era, person });
    const call = ['scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest }] as const;
    expect((await f.call(...call)).structured.outcome).toBe('denied');
    expect((await f.call(...call)).structured.outcome).toBe('done');
    expect(person.shown).toHaveLength(2);
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('P10: what an earlier gate refuses asks nobody', async () => {
    const person = answering(accept);
    await using f = await connect({ era, person });
    const paused = await f.call('scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.happyHour });
    expect(paused.structured).toMatchObject({ outcome: 'denied', code: 'precondition_failed' });
    expect(paused.text).toContain('paused');
    const absent = await f.call('trustpager_trigger_automation', { automation_id: 'nobody-knows-it' });
    expect(absent.structured).toMatchObject({ outcome: 'not_sent', code: 'not_found' });
    expect(person.shown).toEqual([]);
    expect(await f.writes()).toEqual([]);
  });
});
