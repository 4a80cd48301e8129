// A call that no tool takes is answered with the call that was probably meant: ready to be made, and never one that reaches more people.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { asked, nearestCall, nearestTool } from '../../src/server/nearest.ts';
import { inputSchema } from '../../src/server/schema.ts';
import type { Tool } from '../../src/tool.ts';
import { catalogue } from '../../tools/index.ts';
import { connect, type Fixture } from '../fixtures.ts';
import { elsewhere } from './twin.ts';

const tools = new Map(catalogue.map(tool => [tool.name, tool]));
const tool = (name: string): Tool => tools.get(name) as Tool;
const id = SCRIP_AUTOMATIONS.weeklyDigest;
const at = { automation_id: id };

describe('arguments', () => {
  test.each<[what: string, tool: string, given: unknown, meant: object]>([
    ['id for automation_id', 'scrip_get_automation', { id }, at],
    ['camel case', 'scrip_get_automation', { automationId: id }, at],
    ['a misspelling', 'scrip_get_automation', { automaton_id: id }, at],
    ['spaces around it', 'scrip_get_automation', { automation_id: ` ${id} ` }, at],
    ['JSON text', 'scrip_get_automation', JSON.stringify(at), at],
    ['a list of one', 'scrip_get_automation', [at], at],
    ['wrapped in arguments', 'scrip_get_automation', { arguments: at }, at],
    ['wrapped in automation', 'scrip_get_automation', { automation: { id } }, at],
    ['an object where its id belongs', 'scrip_get_automation', { automation_id: { id, name: 'x' } }, at],
    ['the address of its resource', 'scrip_get_automation', { automation_id: `automation://scrip/${id}` }, at],
    [
      'the page of it',
      'trustpager_get_automation',
      { automation_id: 'https://app.trustpager.com/auto/automations/ab-1' },
      { automation_id: 'ab-1' },
    ],
    ['null for what is left out', 'scrip_get_automation', { ...at, program_id: null }, at],
    ['a number as text', 'scrip_list_automations', { limit: '20' }, { limit: 20 }],
    ['a number out of bounds', 'scrip_list_automations', { limit: 1_000 }, { limit: 50 }],
    ['another case of an enum', 'scrip_list_automations', { status: 'ACTIVE' }, { status: 'active' }],
    ['another word of an enum', 'scrip_update_automation', { ...at, status: 'resume' }, { ...at, status: 'active' }],
    ['a slip in an enum', 'scrip_update_automation', { ...at, status: 'pasued' }, { ...at, status: 'paused' }],
    ['state for status', 'scrip_update_automation', { ...at, state: 'paused' }, { ...at, status: 'paused' }],
    ['name for search', 'scrip_list_automations', { name: 'digest' }, { search: 'digest' }],
    [
      'true as text',
      'trustpager_create_automation',
      { name: 'A', trigger_type: 'api', enabled: 'true' },
      { name: 'A', trigger_type: 'api', enabled: true },
    ],
    [
      'an object as text',
      'trustpager_trigger_automation',
      { automation_id: 'ab-1', trigger_data: '{"a":1}' },
      { automation_id: 'ab-1', trigger_data: { a: 1 } },
    ],
    [
      'the other vendor’s word',
      'trustpager_trigger_automation',
      { automation_id: 'ab-1', payload: { a: 1 } },
      { automation_id: 'ab-1', trigger_data: { a: 1 } },
    ],
    [
      'one for a list',
      'trustpager_reorder_actions',
      { automation_id: 'ab-1', action_ids: 'x, y' },
      { automation_id: 'ab-1', action_ids: ['x', 'y'] },
    ],
    [
      'nested where flat is wanted',
      'scrip_create_automation',
      {
        name: 'A',
        event_name: 'a',
        scope: 'program',
        trigger: { type: 'cron', cron_expression: '0 9 * * 1', tz: 'UTC' },
      },
      {
        name: 'A',
        event_name: 'a',
        scope: 'program',
        trigger_type: 'cron',
        cron_expression: '0 9 * * 1',
        timezone: 'UTC',
      },
    ],
    [
      'words for the tool of a plan',
      'plan_call',
      { name: 'scrip_trigger_automation', args: at },
      { tool: 'scrip_trigger_automation', arguments: at },
    ],
  ])('%s', (_what, name, given, meant) => {
    expect(tool(name).input.safeParse(given).success).toBe(false);
    expect(nearestCall(tool(name), given)).toEqual({ tool: name, arguments: meant });
  });

  test('a name where the id belongs: the list that finds it, or the call with the id where it is known', () => {
    const known = () => [id];
    const call = { automation_id: 'Weekly coffee digest' };
    const list = { tool: 'scrip_list_automations', arguments: { search: 'Weekly coffee digest' } };
    expect(nearestCall(tool('scrip_trigger_automation'), call)).toEqual(list);
    expect(nearestCall(tool('scrip_get_automation'), { name: 'Weekly coffee digest' })).toEqual(list);
    expect(nearestCall(tool('trustpager_get_automation'), call)?.tool).toBe('trustpager_list_automations');
    expect(nearestCall(tool('scrip_trigger_automation'), call, known)).toEqual({
      tool: 'scrip_trigger_automation',
      arguments: at,
    });
    expect(nearestCall(tool('watch_run'), call, known)).toEqual({ tool: 'watch_run', arguments: at });
    // Two of that name: not guessed.
    expect(nearestCall(tool('scrip_trigger_automation'), call, () => [id, id])).toEqual(list);
  });

  test('a read does without what it does not know; a write is not suggested without it', () => {
    expect(nearestCall(tool('scrip_get_automation'), { ...at, verbose: true })).toEqual({
      tool: 'scrip_get_automation',
      arguments: at,
    });
    expect(nearestCall(tool('scrip_trigger_automation'), { ...at, participants: ['one'] })).toBeUndefined();
    expect(
      nearestCall(tool('trustpager_enable_automation'), { automation_id: 'ab-1', only: { contact: 'x' } }),
    ).toBeUndefined();
  });

  test.each([[undefined], [null], ['x'], [7], [[]], [{}]])('nothing comes of %j', given => {
    expect(nearestCall(tool('scrip_trigger_automation'), given)).toBeUndefined();
  });

  test('whatever is given, what is suggested is taken by its tool', () => {
    const keys = [...new Set(catalogue.flatMap(({ input }) => Object.keys(input.shape)))];
    const word = fc.constantFrom(...keys, 'id', 'trigger', 'automation', 'type', 'cron', 'data', 'x', 'Timezone');
    const value = fc.oneof(
      fc.constantFrom(id, 'ACTIVE', 'cron', '20', 'true', '{"a":1}', null, 7, true, 'Weekly coffee digest'),
      fc.dictionary(word, fc.constantFrom<unknown>(id, 'cron', 3, null, {}), { maxKeys: 3 }),
      fc.array(fc.string({ maxLength: 4 }), { maxLength: 2 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...catalogue), fc.dictionary(word, value, { maxKeys: 5 }), (of, given) => {
        const near = nearestCall(of, given);
        if (!near) return;
        expect(
          tools.get(near.tool)?.input.safeParse(near.arguments).success,
          JSON.stringify([of.name, given, near]),
        ).toBe(true);
        expect(near.tool === of.name || near.tool.endsWith('_list_automations')).toBe(true);
        for (const key of Object.keys(near.arguments))
          expect(Object.keys(inputSchema(tool(near.tool)).properties)).toContain(key);
      }),
      { numRuns: 500 },
    );
  });
});

describe('names of tools', () => {
  const one = (vendor: string) =>
    new Map(catalogue.filter(tool => ['common', vendor].includes(tool.vendor)).map(tool => [tool.name, tool]));

  test.each<[written: string, given: object, meant: string, args?: object]>([
    ['scrip_get_automations', at, 'scrip_get_automation', at],
    ['scripGetAutomation', at, 'scrip_get_automation', at],
    ['mcp__automations__scrip_get_automation', at, 'scrip_get_automation', at],
    ['scrip_enable_automation', at, 'scrip_update_automation', { ...at, status: 'active' }],
    ['scrip_pause_automation', { id }, 'scrip_update_automation', { ...at, status: 'paused' }],
    ['scrip_delete_automation', at, 'scrip_archive_automation', at],
    ['scrip_fire_automation', at, 'scrip_trigger_automation', at],
    ['scrip_get_run', at, 'scrip_list_runs', at],
    ['scrip_cancel_automation', at, 'scrip_cancel_run', at],
    [
      'trustpager_pause_automation',
      { automation_id: 'ab-1' },
      'trustpager_disable_automation',
      { automation_id: 'ab-1' },
    ],
    [
      'trustpager_archive_automation',
      { automation_id: 'ab-1' },
      'trustpager_delete_automation',
      { automation_id: 'ab-1' },
    ],
    ['trustpager_list_automation_runs', { automation_id: 'ab-1' }, 'trustpager_list_runs', { automation_id: 'ab-1' }],
    ['trustpager_get_automation_run', { run_id: 'r-1' }, 'trustpager_get_run', { run_id: 'r-1' }],
    [
      'trustpager_execute_automation_action',
      { automation_id: 'ab-1', action_id: 'c-1' },
      'trustpager_execute_action',
      { automation_id: 'ab-1', action_id: 'c-1' },
    ],
    [
      'trustpager_run_automation',
      { automation_id: 'ab-1' },
      'trustpager_trigger_automation',
      { automation_id: 'ab-1' },
    ],
    ['preview_call', { tool: 'watch_run' }, 'plan_call', { tool: 'watch_run' }],
    ['get_credit_balance', {}, 'list_connections', {}],
    ['scrip_trigger_automation_now', { ...at, participants: 3 }, 'scrip_trigger_automation'],
  ])('%s', (written, given, meant, args) => {
    expect(nearestTool(tools, written, given)).toEqual({ tool: meant, ...(args ? { arguments: args } : {}) });
  });

  test('with one vendor, its tools are meant; none that is not served is named', () => {
    expect(nearestTool(one('scrip'), 'trigger_automation', at)).toEqual({
      tool: 'scrip_trigger_automation',
      arguments: at,
    });
    expect(nearestTool(one('trustpager'), 'pause', { id: 'ab-1' })).toEqual({
      tool: 'trustpager_disable_automation',
      arguments: { automation_id: 'ab-1' },
    });
    const core = new Map([...tools].filter(([, { toolset }]) => toolset === 'core'));
    fc.assert(
      fc.property(
        fc.constantFrom('scrip_delete_automation', 'trustpager_add_actions', 'x', 'scrip_subscriptions'),
        written => {
          expect(core.has(nearestTool(core, written, at).tool)).toBe(true);
        },
      ),
    );
    expect(asked({ tool: 'x' })).toBe('x');
  });
});

describe('from the outside', () => {
  let f: Fixture;
  beforeAll(async () => {
    f = await connect();
  });
  afterAll(() => f.close());

  test('the suggestion is in the text and in the structure, can be made as it stands, and nothing was sent', async () => {
    const said = await f.call('scrip_get_automation', { automationId: id });
    expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'invalid_input' });
    expect(said.structured.closest).toEqual({ tool: 'scrip_get_automation', arguments: at });
    expect(said.text).toContain(`Closest valid call: scrip_get_automation ${JSON.stringify(at)}`);
    expect(await f.requests()).toEqual([]);
    expect((await f.call(said.structured.closest.tool, said.structured.closest.arguments)).structured.outcome).toBe(
      'done',
    );
  });

  test('a misspelled argument is told what it should be', async () => {
    expect((await f.call('scrip_get_automation', { ...at, progam_id: 'x' })).text).toContain(
      'unknown argument "progam_id"; did you mean "program_id"',
    );
    expect((await f.call('scrip_get_automation', { ...at, colour: 'x' })).text).toContain(
      'unknown argument "colour"; it takes automation_id, program_id',
    );
  });

  test('a name is known once a list has shown it', async () => {
    await using f = await connect();
    const call = { automation_id: 'Weekly coffee digest' };
    expect((await f.call('scrip_trigger_automation', call)).structured.closest.tool).toBe('scrip_list_automations');
    await f.call('scrip_list_automations', { search: 'Weekly coffee digest' });
    expect((await f.call('scrip_trigger_automation', call)).structured.closest).toEqual({
      tool: 'scrip_trigger_automation',
      arguments: at,
    });
    expect(await f.writes()).toEqual([]);
  });

  test('a name that might be an id is not found there; where it is known, the call with the id is told', async () => {
    await using f = await connect();
    const automation_id = TRUSTPAGER_AUTOMATIONS.welcomeSms;
    await elsewhere(f.sandbox, 'trustpager', 'PATCH', `/automations/${automation_id}`, { name: 'Welcome' });
    expect((await f.call('trustpager_get_automation', { automation_id: 'Welcome' })).structured).toMatchObject({
      code: 'not_found',
    });
    await f.call('trustpager_list_automations', { limit: 50 });
    const said = await f.call('trustpager_disable_automation', { automation_id: 'welcome' });
    expect(said.structured).toMatchObject({
      code: 'not_found',
      closest: { tool: 'trustpager_disable_automation', arguments: { automation_id } },
    });
    expect(said.text).toContain('Nothing was sent');
  });

  test('a plan of what no tool takes suggests a plan', async () => {
    const said = await f.call('plan_call', {
      tool: 'trustpager_trigger_automation',
      arguments: { id: TRUSTPAGER_AUTOMATIONS.welcomeSms },
    });
    expect(said.structured.closest).toEqual({
      tool: 'plan_call',
      arguments: {
        tool: 'trustpager_trigger_automation',
        arguments: { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms },
      },
    });
    const other = await f.call('plan_call', { tool: 'scrip_resume_automation', arguments: at });
    expect(other.text).toContain(
      `Did you mean scrip_update_automation ${JSON.stringify({ ...at, status: 'active' })}?`,
    );
  });

  test('a tool that is not there is an error of the protocol that names the call', async () => {
    const call = f.call('scrip_disable_automation', { automation_id: id });
    await expect(call).rejects.toThrow(
      `did you mean scrip_update_automation ${JSON.stringify({ ...at, status: 'paused' })}?`,
    );
  });
});
