// The operator's stop: before every other gate, for everything that changes anything, in every server on the same state folder.
import { describe, expect, test } from 'vitest';
import { decide, refusedUnread } from '../../src/policy/policy.ts';
import { effects } from '../../src/tool.ts';
import { folder, run } from '../cli/program.ts';
import { connect, yes } from '../fixtures.ts';
import { facts } from './facts.ts';

describe('the rule', () => {
  test.each([
    { writes: false, stop: undefined, refused: false },
    { writes: false, stop: 'fire drill', refused: false },
    { writes: true, stop: undefined, refused: false },
    { writes: true, stop: 'fire drill', refused: true },
    { writes: true, stop: '', refused: true },
  ])('writes $writes, stop $stop: refused $refused', ({ writes, stop, refused }) => {
    const verdict = refusedUnread(facts({ writes, ...(stop === undefined ? {} : { stop }) }));
    expect(verdict?.rule).toBe(refused ? 'stopped' : undefined);
    if (stop) expect(refused ? verdict?.reason : stop).toContain(stop);
  });

  test.each(effects)('no effect is let through, %s included', effect => {
    expect(decide(facts({ effect, stop: '' }))).toMatchObject({
      verdict: 'deny',
      rule: 'stopped',
      code: 'denied_by_policy',
    });
  });

  test('it comes before read-only mode and scopes', () => {
    const settings = { ...facts().settings, readOnly: true };
    const connection = { ...facts().connection, scopes: [] };
    expect(decide(facts({ stop: 'now', settings, connection })).rule).toBe('stopped');
  });
});

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
