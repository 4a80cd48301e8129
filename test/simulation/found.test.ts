// What the simulation found, each told as the story of one user.
import { describe, expect, test } from 'vitest';
import { answerQuestion, host } from '../../src/approvals/approvals.ts';
import { TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect, yes } from '../fixtures.ts';
import { elsewhere, fault } from '../server/twin.ts';

const automation_id = TRUSTPAGER_AUTOMATIONS.welcomeSms;

describe.concurrent('found by the simulation', () => {
  test('a stop is sent though somebody else changed since what the agent last read', async () => {
    await using f = await connect();
    await f.call('trustpager_get_automation', { automation_id });
    for (const verb of ['disable', 'enable', 'disable'])
      await elsewhere(f.sandbox, 'trustpager', 'POST', `/automations/${automation_id}/${verb}`);
    expect((await f.call('trustpager_disable_automation', { automation_id })).structured.outcome).toBe('done');
    expect((await f.call('trustpager_update_automation', { automation_id, name: 'x' })).structured.outcome).toBe(
      'done',
    );
  });

  test('P3: a creation that was lost is not taken for the one of the same name just before it', async () => {
    await using f = await connect({ person: yes });
    const create = { name: 'Twice wanted', trigger_type: 'contact_created', enabled: true };
    expect((await f.call('trustpager_create_automation', create)).structured.outcome).toBe('done');
    await fault(f.sandbox, { fault: 'reset_before', vendor: 'trustpager', method: 'POST', path: '/automations' });
    const lost = (await f.call('trustpager_create_automation', create)).structured;
    expect(lost.outcome).toBe('unknown');
    const watched = await f.call('watch_run', { intent_id: lost.intent_id, wait_s: 1 });
    expect(watched.structured).toMatchObject({ outcome: 'unknown', intent_id: lost.intent_id });
    expect((await f.writes()).map(({ effect }) => effect)).toEqual([true, false]);
  });

  test.each([
    [-30_000, 'done', 2],
    [-120_000, 'not_sent', 1],
  ])(
    'P13: with a clock set back by %s ms, what a call came to before is not told of its repeat',
    async (set, outcome, sent) => {
      await using f = await connect({ person: yes });
      const enable = () => f.call('trustpager_enable_automation', { automation_id });
      const disable = () => elsewhere(f.sandbox, 'trustpager', 'POST', `/automations/${automation_id}/disable`);
      await disable();
      const { structured: first } = await enable();
      expect(first.outcome).toBe('done');
      await disable();
      if (f.house) f.house.now = () => Date.now() + set;
      const { structured: again } = await enable();
      expect([again.outcome, again.intent_id === first.intent_id]).toEqual([outcome, false]);
      const mine = (await f.writes()).filter(({ path }) => path.endsWith('/enable'));
      expect(mine).toHaveLength(sent);
    },
  );

  test('P9: after each yes that comes while the call is looking it looks once more, also where it asked anew meanwhile', async () => {
    await using f = await connect();
    if (!f.house) throw new Error('no house');
    const { store } = f.house;
    const reads = async () =>
      (await f.requests()).filter(({ method, path }) => method === 'GET' && path.endsWith(automation_id));
    const looksBefore: number[] = [];
    // Somebody says yes, elsewhere, in the very moment each question is asked; and after the first, somebody renames the automation.
    f.house.store = {
      ...store,
      async ask(row, ...more) {
        const asked = await store.ask(row, ...more);
        const { question } = asked;
        if (question.state !== 'open') return asked;
        await answerQuestion(store, question.id, { yes: true, channel: 'terminal', by: host, now: Date.now() });
        if (looksBefore.length === 0)
          await elsewhere(f.sandbox, 'trustpager', 'PATCH', `/automations/${automation_id}`, { name: 'Renamed' });
        looksBefore.push((await reads()).length);
        return store.ask(row, ...more);
      },
    };
    expect((await f.call('trustpager_trigger_automation', { automation_id })).structured.outcome).toBe('done');
    expect(looksBefore).toHaveLength(2);
    const all = await f.requests();
    const fired = all.findIndex(({ path }) => path.endsWith('/trigger'));
    const looks = all.slice(0, fired).filter(({ method, path }) => method === 'GET' && path.endsWith(automation_id));
    expect(looks.length).toBeGreaterThan(looksBefore[1] ?? Number.POSITIVE_INFINITY);
  });

  test('P16: a call that waits for a person answers though the clock on the wall is set back meanwhile', async () => {
    const asked = Promise.withResolvers<void>();
    const nobody = () => {
      asked.resolve();
      return new Promise<never>(() => {});
    };
    await using f = await connect({ era: 'legacy', person: nobody, env: { AUTOMATIONS_CALL_TIMEOUT: '1.5' } });
    let set = 0;
    if (f.house) f.house.now = () => Date.now() + set;
    const call = f.call('trustpager_trigger_automation', { automation_id });
    await asked.promise;
    set = -50_000;
    expect((await call).structured).toMatchObject({ outcome: 'pending', code: 'approval_required' });
  });
});
