// Runs marked with the id of the call that fired them, where the operator wants that: seen before the yes, sent, and found by it alone.
import { describe, expect, test } from 'vitest';
import { answerQuestion, host } from '../../src/approvals/approvals.ts';
import {
  TRUSTPAGER_AUTOMATIONS as AUTOMATION,
  TRUSTPAGER_ACTIONS,
  TRUSTPAGER_CONTACTS,
} from '../../src/sandbox/index.ts';
import { connect, type Fixture, type Options, yes } from '../fixtures.ts';
import { accept, answering, elsewhere, fault, inside } from './twin.ts';

const marked = (options: Options = {}) =>
  connect({ person: yes, ...options, env: { TRUSTPAGER_MARK_RUNS: 'true', ...options.env } });

const automation_id = AUTOMATION.welcomeSms;
const trigger_data = { contact_id: TRUSTPAGER_CONTACTS.priya };
const trigger = ['trustpager_trigger_automation', { automation_id, trigger_data }] as const;
const bare = ['trustpager_trigger_automation', { automation_id }] as const;
const execute = [
  'trustpager_execute_action',
  { automation_id: AUTOMATION.quoteFollowUp, action_id: TRUSTPAGER_ACTIONS.quoteTask, trigger_data },
] as const;

const firedElsewhere = (f: Fixture, data: object, id: string = automation_id) =>
  elsewhere(f.sandbox, 'trustpager', 'POST', `/automations/${id}/trigger`, { trigger_data: data });
const lost = async (f: Fixture, kind: string, call: readonly [string, Record<string, unknown>] = trigger) => {
  await fault(f.sandbox, { fault: kind, vendor: 'trustpager', method: 'POST' });
  const said = await f.call(...call);
  expect(said.structured).toMatchObject({ outcome: 'unknown' });
  return said.structured.intent_id as string;
};
const looked = async (f: Fixture, intent_id: string) => f.call('watch_run', { intent_id, wait_s: 0 });

describe.concurrent('a marked run', () => {
  test.each([trigger, bare, execute])(
    '%s %j: plan and question name the marker, and it is sent with the intent’s id',
    async (tool, args) => {
      const person = answering(accept);
      await using f = await marked({ person });
      const plan = await f.call('plan_call', { tool, arguments: args });
      expect(plan.text).toContain('trigger_data._automations_mcp: "the id of this call, to mark its run"');
      expect(plan.structured.request.body).toContain('"_automations_mcp":"{intent}"');
      expect(await f.writes()).toEqual([]);
      const { intent_id, outcome } = (await f.call(tool, args)).structured;
      expect(outcome).toBe('done');
      expect(person.shown[0]).toContain(
        'trigger_data._automations_mcp: not set → "the id of this call, to mark its run"',
      );
      const [sent] = await f.writes();
      expect(JSON.stringify(sent?.body)).toBe(plan.structured.request.body.replace('{intent}', intent_id));
      expect(sent?.headers).toMatchObject({ 'idempotency-key': intent_id });
      const [row] = (await f.house?.store.intents({})) ?? [];
      expect(JSON.parse(row?.request ?? '').body.trigger_data).toMatchObject({ _automations_mcp: intent_id });
    },
  );

  test('is not marked unless the operator says so', async () => {
    await using f = await connect({ person: yes });
    expect((await f.call('plan_call', { tool: trigger[0], arguments: trigger[1] })).text).not.toContain(
      '_automations_mcp',
    );
    await f.call(...trigger);
    await f.call(...execute);
    expect((await f.writes()).map(({ body }) => body)).toEqual([{ trigger_data }, { trigger_data }]);
  });

  test('P3: is told from the very same that somebody else fires in the same moment', async () => {
    await using f = await marked();
    const before = await firedElsewhere(f, trigger_data);
    const intent_id = await lost(f, 'reset_after');
    const after = await firedElsewhere(f, trigger_data);
    const found = await looked(f, intent_id);
    expect(found.structured.outcome).toBe('done');
    expect(found.text).toContain('Exactly one run bears its marker');
    const theirs = [before.data.run_id, after.data.run_id];
    const runs = (await inside(f.sandbox)).trustpager.runs.filter(({ id }: { id: string }) => !theirs.includes(id));
    const [own] = runs.filter((run: { trigger_data: object }) => JSON.stringify(run.trigger_data).includes(intent_id));
    expect(found.text).toContain(own.id);
  });

  test('P3: that never was is not found in what somebody else fired', async () => {
    await using f = await marked();
    const intent_id = await lost(f, 'reset_before');
    for (const data of [trigger_data, { ...trigger_data, _automations_mcp: '0'.repeat(32) }]) {
      await firedElsewhere(f, data);
      expect((await looked(f, intent_id)).structured).toMatchObject({ outcome: 'unknown', intent_id });
    }
  });

  test('P3: whose very data, marker included, somebody fired again, is one of two', async () => {
    await using f = await marked();
    const intent_id = await lost(f, 'reset_after');
    await firedElsewhere(f, { ...trigger_data, _automations_mcp: intent_id });
    expect((await looked(f, intent_id)).structured).toMatchObject({ outcome: 'unknown', intent_id });
  });

  test('P3: of two lost calls of ours is found each by itself', async () => {
    await using f = await marked();
    const first = await lost(f, 'reset_after', bare);
    const second = await lost(f, 'reset_after', ['trustpager_trigger_automation', { automation_id, trigger_data: {} }]);
    for (const id of [first, second]) expect((await looked(f, id)).structured.outcome).toBe('done');
  });

  test('P3: is found however much else ran since', async () => {
    await using f = await marked();
    const intent_id = await lost(f, 'reset_after');
    const cascade = await elsewhere(f.sandbox, 'trustpager', 'POST', '/automations', {
      name: 'Fires the other',
      trigger_type: 'manual',
      enabled: true,
      actions: [{ action_type: 'trigger_automation', sequence: 1, config: { automation_id } }],
    });
    for (let n = 0; n < 6; n++)
      await Promise.all(Array.from({ length: 20 }, () => firedElsewhere(f, trigger_data, cascade.data.id)));
    expect((await looked(f, intent_id)).structured.outcome).toBe('done');
  });

  test('P3: an execution is found where a run bears its marker, and nowhere else', async () => {
    await using f = await marked();
    const intent_id = await lost(f, 'reset_after', execute);
    await firedElsewhere(f, trigger_data, AUTOMATION.quoteFollowUp);
    expect((await looked(f, intent_id)).structured).toMatchObject({ outcome: 'unknown', intent_id });
    // The twin lists no run for an execution; at a vendor that does, it bears the data.
    await firedElsewhere(f, { ...trigger_data, _automations_mcp: intent_id }, AUTOMATION.quoteFollowUp);
    expect((await looked(f, intent_id)).structured.outcome).toBe('done');
    await using plain = await connect({ person: yes });
    const unmarked = await lost(plain, 'reset_after', execute);
    await firedElsewhere(plain, trigger_data, AUTOMATION.quoteFollowUp);
    expect((await looked(plain, unmarked)).structured).toMatchObject({ outcome: 'unknown' });
  });

  test('P3: is looked for by what was sent, though the operator has switched marking off or on since', async () => {
    await using f = await marked();
    const intent_id = await lost(f, 'reset_after');
    await using off = await connect({ person: yes, sandbox: f.sandbox, stateFolder: f.stateFolder });
    expect((await looked(off, intent_id)).structured.outcome).toBe('done');
    await using g = await connect({ person: yes });
    const plain = await lost(g, 'reset_after');
    await using on = await marked({ sandbox: g.sandbox, stateFolder: g.stateFolder });
    expect((await looked(on, plain)).structured.outcome).toBe('done');
  });

  test('P4: marking that is switched on between question and yes asks anew', async () => {
    const env = { AUTOMATIONS_CALL_TIMEOUT: '2.5' };
    await using f = await connect({ env });
    const posed = (await f.call(...trigger)).structured;
    expect(posed).toMatchObject({ outcome: 'pending', waiting_for: 'person' });
    if (f.house)
      await answerQuestion(f.house.store, posed.approval_id, {
        yes: true,
        channel: 'terminal',
        by: host,
        now: Date.now(),
      });
    const marking = { ...env, TRUSTPAGER_MARK_RUNS: 'true' };
    await using on = await connect({ env: marking, sandbox: f.sandbox, stateFolder: f.stateFolder });
    const again = (await on.call(...trigger)).structured;
    expect(again).toMatchObject({ outcome: 'pending', waiting_for: 'person' });
    expect(again.approval_id).not.toBe(posed.approval_id);
    expect((await f.call(...trigger)).structured.outcome).toBe('done');
    expect(await f.writes()).toMatchObject([{ body: { trigger_data } }]);
  });

  test.each(['false', 'true'])('data that has the field already is refused, marking or not: %s', async on => {
    await using f = await connect({ person: yes, env: { TRUSTPAGER_MARK_RUNS: on } });
    for (const [tool, args] of [trigger, execute]) {
      const said = await f.call(tool, { ...args, trigger_data: { ...trigger_data, _automations_mcp: 'x' } });
      expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'invalid_input' });
      expect(said.text).toContain('trigger_data: must not have the field _automations_mcp');
    }
    expect(await f.requests()).toEqual([]);
  });

  test('that does not show its marker is told so', async () => {
    await using f = await marked({ sandboxOptions: { readings: { body_key: 'payload' } } });
    expect((await f.call(...bare)).text).toContain('The run does not show its marker');
    await using g = await marked();
    expect((await g.call(...trigger)).text).not.toMatch(/marker|The run shows/);
  });
});
