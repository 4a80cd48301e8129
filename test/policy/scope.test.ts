// Scopes: every set of the names the vendors know against every tool's needs, by a table of its own taken from design section 5.2.
import { describe, expect, test } from 'vitest';
import { decide, refusedUnread } from '../../src/policy/policy.ts';
import { covered } from '../../src/policy/scope.ts';
import type { Capability, Tool } from '../../src/tool.ts';
import { catalogue } from '../../tools/index.ts';
import { facts } from './facts.ts';

/** Which names give what, written from the page: `write` includes reading, `admin` all, both trigger spellings, `-approval` as its scope. */
const gives: Record<string, string> = {
  admin: 'read write trigger delete',
  'automations:read': 'read',
  'automations:write': 'read write delete',
  'automations:write-approval': 'read write delete',
  'automations:delete': 'delete',
  'automations:delete-approval': 'delete',
  'automations:trigger': 'trigger',
  'automations:trigger-approval': 'trigger',
  'automations-trigger:trigger': 'trigger',
  'automations-trigger:trigger-approval': 'trigger',
};

/** What each tool needs, for the input that needs most; `immediate` fires, so it needs what firing needs. */
const wants: { tool: string; input?: Record<string, unknown>; needs: string }[] = [
  { tool: 'scrip_list_automations', needs: 'read' },
  { tool: 'scrip_get_automation', needs: 'read' },
  { tool: 'scrip_list_runs', needs: 'read' },
  { tool: 'scrip_create_automation', input: { trigger_type: 'cron' }, needs: 'write' },
  { tool: 'scrip_create_automation', input: { trigger_type: 'one_time' }, needs: 'write' },
  { tool: 'scrip_create_automation', input: { trigger_type: 'participant_state' }, needs: 'write' },
  { tool: 'scrip_create_automation', input: { trigger_type: 'immediate' }, needs: 'write trigger' },
  { tool: 'scrip_update_automation', needs: 'read write' },
  { tool: 'scrip_trigger_automation', needs: 'read trigger' },
  { tool: 'scrip_cancel_run', needs: 'read write' },
  { tool: 'scrip_archive_automation', needs: 'read delete' },
  { tool: 'scrip_refresh_subscriptions', needs: 'read write' },
  { tool: 'scrip_list_subscriptions', needs: 'read' },
  { tool: 'trustpager_list_automations', needs: 'read' },
  { tool: 'trustpager_get_automation', needs: 'read' },
  { tool: 'trustpager_list_runs', needs: 'read' },
  { tool: 'trustpager_get_run', needs: 'read' },
  { tool: 'trustpager_create_automation', needs: 'write' },
  { tool: 'trustpager_create_automation', input: { enabled: true }, needs: 'read write' },
  { tool: 'trustpager_update_automation', needs: 'read write' },
  { tool: 'trustpager_enable_automation', needs: 'read write' },
  { tool: 'trustpager_disable_automation', needs: 'read write' },
  { tool: 'trustpager_trigger_automation', needs: 'read trigger' },
  { tool: 'trustpager_execute_action', needs: 'read write trigger' },
  { tool: 'trustpager_add_trigger', needs: 'read write' },
  { tool: 'trustpager_update_trigger', needs: 'read write' },
  { tool: 'trustpager_delete_trigger', needs: 'read delete' },
  { tool: 'trustpager_add_action', needs: 'read write' },
  { tool: 'trustpager_update_action', needs: 'read write' },
  { tool: 'trustpager_reorder_actions', needs: 'read write' },
  { tool: 'trustpager_delete_action', needs: 'read delete' },
  { tool: 'trustpager_delete_automation', needs: 'read delete' },
  { tool: 'trustpager_describe_actions', needs: 'read' },
  { tool: 'trustpager_describe_triggers', needs: 'read' },
];

const names = Object.keys(gives);
const subsets = Array.from({ length: 2 ** names.length }, (_, bits) => names.filter((_name, at) => bits & (1 << at)));

const toolNamed = (name: string): Tool => {
  const tool = catalogue.find(candidate => candidate.name === name);
  if (!tool) throw new Error(`There is no tool ${name}`);
  return tool;
};
const needsOf = (tool: Tool, input: object): readonly Capability[] =>
  tool.kind === 'write' ? tool.needs(input) : ['automations:read'];
const judge = (tool: Tool, input: object, scopes: readonly string[]) =>
  refusedUnread(
    facts({
      tool: tool.name,
      writes: tool.kind === 'write',
      needs: needsOf(tool, input),
      connection: { ...facts().connection, id: 'here', scopes },
    }),
  );

describe('scopes', () => {
  test('the table names every tool of a vendor', () => {
    const tools = catalogue.filter(({ vendor }) => vendor !== 'common').map(({ name }) => name);
    expect(new Set(wants.map(({ tool }) => tool))).toEqual(new Set(tools));
  });

  test.each(wants)('$tool $input needs $needs, with every set of declared scopes', ({ tool, input = {}, needs }) => {
    const found = toolNamed(tool);
    const wrong = subsets.filter(scopes => {
      const has = new Set(scopes.flatMap(scope => gives[scope]?.split(' ') ?? []));
      const allowed = needs.split(' ').every(need => has.has(need));
      return (judge(found, input, scopes) === undefined) !== allowed;
    });
    expect(wrong).toEqual([]);
  });

  test('deleting needs automations:delete or, for older keys, automations:write', () => {
    const enough = subsets.filter(scopes => scopes.length === 1 && covered('automations:delete', scopes)).flat();
    expect(enough.toSorted()).toEqual(
      [
        'admin',
        'automations:delete',
        'automations:delete-approval',
        'automations:write',
        'automations:write-approval',
      ].toSorted(),
    );
  });

  test('write alone is never enough to trigger or to execute', () => {
    for (const tool of ['scrip_trigger_automation', 'trustpager_trigger_automation', 'trustpager_execute_action'])
      for (const scopes of [['automations:write'], ['automations:write', 'automations:read', 'automations:delete']])
        expect(judge(toolNamed(tool), {}, scopes)).toMatchObject({ verdict: 'deny', code: 'insufficient_scope' });
  });

  test.each([
    'Automations:read',
    'AUTOMATIONS:READ',
    'automations:Read',
    ' automations:read',
    'automations:read ',
    'automations:*',
    'automations',
    'read',
    'automations:readonly',
    'automations-read:read',
    'Admin',
    'admin-approval',
    'superadmin',
    'billing:read',
    '',
    'automations:write-approval-approval',
    'automations:write-approvals',
    'automations:write-approval:write',
    '__proto__',
    'constructor',
  ])('P13: %j gives nothing: names are exact and case-sensitive', scope => {
    for (const capability of [
      'automations:read',
      'automations:write',
      'automations:trigger',
      'automations:delete',
    ] as const)
      expect(covered(capability, [scope])).toBe(false);
  });

  test('nothing declared leaves it to the vendor; an empty list allows nothing', () => {
    for (const { tool, input = {} } of wants) {
      const found = toolNamed(tool);
      expect(refusedUnread(facts({ tool, needs: needsOf(found, input) }))).toBeUndefined();
      expect(judge(found, input, [])).toMatchObject({ verdict: 'deny', rule: 'scope' });
    }
  });

  test('the refusal names what is missing, the connection, what is declared, and who can change it', () => {
    expect(judge(toolNamed('trustpager_execute_action'), {}, ['automations:write'])).toEqual({
      verdict: 'deny',
      rule: 'scope',
      code: 'insufficient_scope',
      reason:
        'trustpager_execute_action needs automations:trigger, which the scopes declared for connection "here" do not cover (automations:write). Its operator can declare the scope, if the key has it.',
    });
    const reason = (tool: string, scopes: string[]) => judge(toolNamed(tool), {}, scopes)?.reason;
    expect(reason('scrip_trigger_automation', [])).toBe(
      'scrip_trigger_automation needs automations:read and automations:trigger (the state must be read before anything is changed), which the scopes declared for connection "here" do not cover (none). Its operator can declare the scope, if the key has it.',
    );
    expect(reason('trustpager_get_automation', ['billing:read', 'automations:delete'])).toBe(
      'trustpager_get_automation needs automations:read, which the scopes declared for connection "here" do not cover (billing:read, automations:delete). Its operator can declare the scope, if the key has it.',
    );
  });

  test('P13: a need that the rule does not know is refused', () => {
    const needs = ['automations:launch'] as unknown as Capability[];
    expect(decide(facts({ needs, connection: { ...facts().connection, scopes: ['admin'] } }))).toMatchObject({
      verdict: 'deny',
      rule: 'scope',
    });
  });
});
