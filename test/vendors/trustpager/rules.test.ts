// TrustPager's rules over every combination of states, the missing and the strange included (trustpager.md sections 5 and 6).
import { describe, expect, test } from 'vitest';
import type { TrustpagerAutomation } from '../../../src/vendors/trustpager/automation.ts';
import { createChecks, operators, triggerChecks, updateChecks } from '../../../src/vendors/trustpager/rules.ts';
import { parseRun, type Run } from '../../../src/vendors/trustpager/run.ts';
import type { Json } from '../../../src/vendors/types.ts';

const failed = (checks: { name: string; pass: boolean }[]): string[] =>
  checks.filter(check => !check.pass).map(check => check.name);
const run = (status?: string): Run => ({
  run_id: 'r1',
  action_results: [],
  ...(status === undefined ? {} : { status }),
});

describe('triggerChecks', () => {
  test('every state of the automation with every state of its runs', () => {
    const states = ['completed', 'failed', 'skipped', 'running', 'Running', 'completed ', 'queued', '', undefined];
    const over = new Set(['completed', 'failed', 'skipped']);
    let passed = 0;
    for (const enabled of [true, false, undefined, 'true', 1, null])
      for (const first of [null, ...states])
        for (const second of states) {
          const automation = { id: 'a1', ...(enabled === undefined ? {} : { enabled }) } as TrustpagerAutomation;
          const runs = first === null ? [] : [run(first), run(second)];
          const expected = [
            ...(enabled === true ? [] : ['enabled']),
            ...(first === null || (over.has(first ?? '') && over.has(second ?? '')) ? [] : ['no_run_going']),
          ];
          const checks = triggerChecks(automation, runs);
          expect(failed(checks), JSON.stringify([enabled, first, second])).toEqual(expected);
          for (const { reason } of checks) expect(reason).toMatch(/^\S.*\.$/);
          if (expected.length === 0) passed += 1;
        }
    expect(passed).toBe(9 + 9);
  });

  test('the reasons name what was seen and a way forward', () => {
    expect(triggerChecks({ id: 'a', enabled: false }, [])[0]?.reason).toMatch(/enabled is false.*enable it first/);
    expect(triggerChecks({ id: 'a', enabled: true }, [run('running')])[1]?.reason).toMatch(/run "r1" is running: wait/);
    expect(triggerChecks({ id: 'a', enabled: true }, [run('<b>odd')])[1]?.reason).toMatch(
      /status is "‹b>odd" at run "r1"/,
    );
  });

  test('a run whose status is of another kind refuses', () => {
    for (const status of [['completed'], { completed: true }, true, null] as Json[])
      expect(failed(triggerChecks({ id: 'a', enabled: true }, [parseRun({ id: 'r', status })]))).toEqual([
        'no_run_going',
      ]);
  });
});

describe('createChecks', () => {
  const base = { name: 'n', trigger_type: 'contact_created' };
  test.each<[Parameters<typeof createChecks>[0], string[]]>([
    [base, []],
    [{}, ['name', 'trigger_type']],
    [{ ...base, name: '' }, ['name']],
    [{ ...base, trigger_type: 'a_type_nobody_knows' }, []],
    [{ ...base, trigger_type: 'form_submitted' }, ['trigger_type']],
    [{ ...base, triggers: [{ trigger_type: 'form_submitted' }] }, ['trigger_type']],
    [{ ...base, triggers: [{ trigger_type: 'form_completed' }, {}] }, []],
    [{ ...base, trigger_type: 'stage_changed' }, ['stage_id']],
    [{ ...base, trigger_type: 'stage_changed', stage_id: 's1' }, []],
    [{ ...base, trigger_type: 'stage_changed', stage_id: 's1', triggers: [] }, []],
    [{ ...base, trigger_type: 'stage_changed', stage_id: 's1', triggers: [{}] }, ['stage_id']],
    [{ ...base, triggers: [{ trigger_type: 'stage_changed' }] }, ['stage_id']],
    [{ ...base, conditions: null }, []],
    [{ ...base, conditions: {} }, []],
    [
      {
        ...base,
        conditions: {
          tags: { contains: 'vip' },
          'deal.value': { gte: 5, lt: 10 },
          lead_source: 'web',
          x: ['a'],
          y: null,
        },
      },
      [],
    ],
    [{ ...base, conditions: { 'deal.value': { above: 5 } } }, ['conditions']],
    [{ ...base, conditions: { 'deal.value': { gte: 5, GT: 5 } } }, ['conditions']],
    [{ ...base, conditions: { tags: {} } }, ['conditions']],
    [{ ...base, conditions: { tags: { constructor: 1 } } }, ['conditions']],
    [{ ...base, conditions: [] }, ['conditions']],
    [{ ...base, conditions: 'tags' }, ['conditions']],
  ])('%j fails %j', (input, names) => {
    expect(failed(createChecks(input))).toEqual(names);
  });

  test('every documented operator passes, and the refusal names them all', () => {
    for (const operator of operators)
      expect(failed(createChecks({ ...base, conditions: { a: { [operator]: 1 } } }))).toEqual([]);
    const reason = createChecks({ ...base, conditions: { 'deal.value': { above: 5 } } }).find(
      check => !check.pass,
    )?.reason;
    expect(reason).toBe(
      'conditions: "deal.value" is {"above":5} and has the operator "above", with which no run would ever pass: use one of eq, neq, exists, not_exists, gt, gte, lt, lte, contains, not_contains, contains_any, contains_text, in, such as {"deal.value":{"gte":500}}.',
    );
    expect(createChecks({ ...base, trigger_type: 'form_submitted' }).find(check => !check.pass)?.reason).toContain(
      'use form_completed',
    );
  });
});

test.each<[Partial<TrustpagerAutomation>, Record<string, unknown>, string[]]>([
  [{}, { name: 'new' }, []],
  [{}, { name: '' }, ['name']],
  [{ trigger_type: 'form_submitted' }, { description: 'x' }, []],
  [{}, { trigger_type: 'form_submitted' }, ['trigger_type']],
  [{}, { trigger_type: 'stage_changed' }, ['stage_id']],
  [{ stage_id: 's' }, { trigger_type: 'stage_changed' }, []],
  [{ trigger_type: 'stage_changed', stage_id: 's' }, { stage_id: null }, ['stage_id']],
  [{ triggers: [{ trigger_type: 'stage_changed' }] }, { stage_id: 's2' }, []],
  [{}, { conditions: null }, []],
  [{}, { conditions: { a: { nope: 1 } } }, ['conditions']],
  [{ conditions: { a: { nope: 1 } } }, { priority: 1 }, []],
])('updateChecks: %j with %j fails %j', (now, change, names) => {
  expect(failed(updateChecks({ id: 'a', name: 'n', trigger_type: 'contact_created', ...now }, change))).toEqual(names);
});
