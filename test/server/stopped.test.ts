// The operator's stop reaches every server on the same state folder, and every call that has not left yet.
import { expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { folder, run } from '../cli/program.ts';
import { connect, yes } from '../fixtures.ts';
import { accept, answering } from './twin.ts';

test('stop and resume reach two servers that are running already', async () => {
  await using home = await folder();
  const state = ['--state-folder', home.path];
  await using one = await connect({ stateFolder: home.path, person: yes });
  await using two = await connect({ stateFolder: home.path, person: yes, era: 'v1' });
  const create = (name: string) => ({ name, trigger_type: 'api' });

  expect((await run(['stop', 'fire', 'drill', ...state])).code).toBe(0);
  for (const { call, requests, writes } of [one, two]) {
    const said = await call('trustpager_create_automation', create('Made while stopped'));
    expect(said.structured).toMatchObject({ outcome: 'denied', code: 'denied_by_policy', rule: 'stopped' });
    expect(said.text).toContain('fire drill');
    const plan = await call('plan_call', { tool: 'trustpager_create_automation', arguments: create('Planned') });
    expect(plan.structured).toMatchObject({ verdict: 'deny', rule: 'stopped' });
    expect(await requests()).toEqual([]);
    expect((await call('trustpager_list_automations')).isError).toBe(false);
    expect(await writes()).toEqual([]);
  }

  expect((await run(['resume', ...state])).code).toBe(0);
  for (const { call } of [one, two])
    expect((await call('trustpager_create_automation', create('Made afterwards'))).structured.outcome).toBe('done');
});

test('P10: a stop that comes while a person is asked counts: their yes sends nothing', async () => {
  await using home = await folder();
  await using fixture = await connect({
    stateFolder: home.path,
    async person() {
      await run(['stop', '--state-folder', home.path]);
      return { action: 'accept', content: { confirm: true } };
    },
  });
  const said = await fixture.call('trustpager_create_automation', { name: 'Late', trigger_type: 'api', enabled: true });
  expect(said.structured).toMatchObject({ outcome: 'denied', rule: 'stopped' });
  expect(await fixture.writes()).toEqual([]);
});

test.each([
  ['trustpager_trigger_automation', { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms }],
  ['scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.apologyCredit }],
])(
  'P1 P2: a stop that comes after the intent of %s was recorded sends nothing, and the yes is used up',
  async (tool, args) => {
    await using home = await folder();
    const state = ['--state-folder', home.path];
    const person = answering(accept);
    await using f = await connect({ stateFolder: home.path, person });
    const { store } = f.house ?? {};
    if (!store) throw new Error('the house is not here');
    const { open } = store;
    store.open = async (...given) => {
      const opened = await open(...given);
      await run(['stop', ...state]);
      return opened;
    };
    const said = await f.call(tool, args);
    expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    expect(said.text).toContain('The operator stopped everything before it left; nothing was sent.');
    expect(said.text).toContain('The yes for it is used up');
    expect(await f.writes()).toEqual([]);
    expect(await store.intents({})).toMatchObject([{ id: said.structured.intent_id, outcome: 'not_sent' }]);
    expect(await store.questions()).toMatchObject([{ state: 'consumed' }]);
    // Nothing of it stands in the way afterwards, and nothing of it goes through.
    store.open = open;
    await run(['resume', ...state]);
    const again = await f.call(tool, args);
    expect(again.structured.outcome).toBe('done');
    expect(again.structured.intent_id).not.toBe(said.structured.intent_id);
    expect(person.shown).toHaveLength(2);
    expect(await f.writes()).toHaveLength(1);
  },
);
