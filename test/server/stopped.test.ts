// The operator's stop reaches every server on the same state folder, and every call that has not left yet.
import { expect, test } from 'vitest';
import { folder, run } from '../cli/program.ts';
import { connect, yes } from '../fixtures.ts';

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
