// Rules for TrustPager's triggers, actions and their order, and the hints beside them (trustpager.md 5.3 to 5.5).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TrustpagerAutomation } from '../../../src/vendors/trustpager/automation.ts';
import { limitHints, variableHints } from '../../../src/vendors/trustpager/hints.ts';
import {
  actionRowChecks,
  existsCheck,
  reorderChecks,
  triggerRowChecks,
} from '../../../src/vendors/trustpager/parts.ts';
import { createChecks, operators, updateChecks } from '../../../src/vendors/trustpager/rules.ts';

type Checks = { name: string; pass: boolean; reason: string }[];
const failed = (checks: Checks): string[] => checks.filter(check => !check.pass).map(check => check.name);
const noted = (checks: Checks): string[] =>
  checks.filter(check => check.reason.startsWith('Note:')).map(check => check.reason);
const refused = (checks: Checks): string => checks.find(check => !check.pass)?.reason ?? '';

const automation = (fields: Partial<TrustpagerAutomation> = {}): TrustpagerAutomation => ({
  id: 'a1',
  trigger_type: 'contact_created',
  triggers: [{ id: 't1', trigger_type: 'form_completed' }],
  actions: [
    { id: 'x1', action_type: 'add_tasks', sequence: 1 },
    { id: 'x2', action_type: 'send_sms', sequence: 2 },
  ],
  ...fields,
});

describe('triggerRowChecks', () => {
  test('stage_changed and form_submitted are refused, of the row or of the automation', () => {
    const types = ['contact_created', 'stage_changed', 'form_submitted', 'manual', 'a_new_type', undefined];
    for (const own of types)
      for (const parent of types) {
        const checks = triggerRowChecks(
          { id: 'a1', ...(parent ? { trigger_type: parent } : {}) },
          { trigger_type: own },
        );
        const type = own ?? parent;
        expect(failed(checks), `${own} in ${parent}`).toEqual(
          type === 'stage_changed' || type === 'form_submitted' ? ['trigger_type'] : [],
        );
        expect(noted(checks)).toHaveLength(type === 'manual' ? 1 : 0);
      }
  });

  test('the reasons name the field, the value, and one that passes', () => {
    expect(refused(triggerRowChecks(automation(), { trigger_type: 'form_submitted' }))).toBe(
      'trigger_type is form_submitted, which TrustPager rejects: use form_completed.',
    );
    expect(refused(triggerRowChecks(automation({ trigger_type: 'stage_changed' }), {}))).toMatch(
      /^trigger_type of the automation is stage_changed.*set stage_id.*such as deal_updated\.$/,
    );
    for (const trigger_type of ['form_completed', 'deal_updated'])
      expect(failed(triggerRowChecks(automation(), { trigger_type }))).toEqual([]);
  });
});

test('existsCheck: only ids that the automation has', () => {
  expect(existsCheck('trigger', 't1', automation().triggers)).toMatchObject({ name: 'trigger_id', pass: true });
  expect(existsCheck('action', 'x2', automation().actions)).toMatchObject({ name: 'action_id', pass: true });
  expect(existsCheck('action', 't1', automation().actions)).toMatchObject({
    pass: false,
    reason: 'action_id is "t1", which the automation does not have: use one of x1, x2.',
  });
  for (const parts of [undefined, [], [{}]])
    expect(existsCheck('trigger', 't1', parts)).toMatchObject({
      pass: false,
      reason: expect.stringContaining('add one first'),
    });
});

describe('actionRowChecks', () => {
  test.each<[object, string[]]>([
    [{ action_type: 'send_sms', sequence: 0 }, []],
    [{ action_type: 'a_new_type', sequence: 7 }, []],
    [{ sequence: 1 }, ['action_type']],
    [{ action_type: ' ', sequence: 1 }, ['action_type']],
    [{ action_type: 'send_sms' }, ['sequence']],
    [{ action_type: 'send_sms', sequence: -1 }, ['sequence']],
    [{ action_type: 'send_sms', sequence: 1.5 }, ['sequence']],
    [{ action_type: 'send_sms', sequence: Number.NaN }, ['sequence']],
    [{ action_type: 'send_sms', sequence: '1' }, ['sequence']],
  ])('%j fails %j', (action, names) => {
    const checks = actionRowChecks(action, automation().actions);
    expect(failed(checks)).toEqual(names);
    for (const { pass, reason, name } of checks)
      if (!pass) {
        const better = /such as (\w+)\.$/.exec(reason)?.[1] ?? '';
        const mended = {
          action_type: 'send_sms',
          sequence: 9,
          ...action,
          [name]: name === 'sequence' ? Number(better) : better,
        };
        expect(failed(actionRowChecks(mended, automation().actions)), reason).toEqual([]);
      }
  });

  test.each<[object, RegExp[]]>([
    [{ action_type: 'send_sms', sequence: 3 }, []],
    [{ action_type: 'send_sms', sequence: 2 }, [/sequence is 2, which another action has.*3 is free/]],
    [{ action_type: 'send_email', sequence: 3 }, [/action_type is "send_email".*; send_gmail_email is on them/]],
    [{ action_type: 'Send-SMS', sequence: 3 }, [/; send_sms is on them/]],
    [{ action_type: 'frobnicate', sequence: 3 }, [/on none of the vendor's pages, so it counts as costly/]],
  ])('%j passes with notes', (action, words) => {
    const checks = actionRowChecks(action, automation().actions);
    expect(failed(checks)).toEqual([]);
    expect(noted(checks)).toEqual(words.map(word => expect.stringMatching(word)));
  });
});

describe('reorderChecks', () => {
  test.each<[string[], RegExp]>([
    [['x1'], /x2 is left out/],
    [['x2', 'x1', 'x3'], /"x3" is not one of its actions/],
    [['x2', 'x2'], /x2 is named twice; x1 is left out/],
    [['x1', 'x2', 'x1'], /x1 is named twice/],
    [[], /x1 is left out; x2 is left out/],
  ])('%j is refused, with an order that passes', (ids, words) => {
    const [check, ...rest] = reorderChecks(automation(), ids);
    expect([check?.pass, rest]).toEqual([false, []]);
    expect(check?.reason).toMatch(words);
    expect(check?.reason).toContain(`action_ids is ${JSON.stringify(ids)}`);
    const better = JSON.parse(/such as (\[.*\])\.$/.exec(check?.reason ?? '')?.[1] ?? '[]') as string[];
    expect(failed(reorderChecks(automation(), better))).toEqual([]);
  });

  test('the same ids in another order pass; in the same, with a note', () => {
    expect(reorderChecks(automation(), ['x2', 'x1'])).toMatchObject([
      { pass: true, reason: expect.not.stringMatching(/^Note/) },
    ]);
    expect(reorderChecks(automation(), ['x1', 'x2'])).toMatchObject([
      { pass: true, reason: expect.stringMatching(/^Note.*already/) },
    ]);
  });

  test('nothing to order, and actions that cannot be named', () => {
    expect(refused(reorderChecks(automation({ actions: [] }), ['x1']))).toMatch(/the automation has no actions/);
    expect(refused(reorderChecks({ id: 'a1' }, []))).toMatch(/the automation has no actions/);
    expect(refused(reorderChecks(automation({ actions: [{ id: 'x1' }, { sequence: 2 }] }), ['x1']))).toMatch(
      /has no id/,
    );
  });

  test('passes exactly for permutations', () => {
    const ids = fc.constantFrom('x1', 'x2', 'x3', 'y');
    fc.assert(
      fc.property(fc.array(ids, { maxLength: 5 }), given => {
        const actions = ['x1', 'x2', 'x3'].map(id => ({ id }));
        const whole = given.toSorted().join() === 'x1,x2,x3';
        expect(failed(reorderChecks(automation({ actions }), given)).length === 0).toBe(whole);
      }),
    );
  });
});

describe('hints', () => {
  test.each<[unknown, RegExp[]]>([
    [
      {
        body: 'Hi {{contact.first_name}}, {{ deal.value }} {{products[0].name}} {{today}} {{now}} {{trigger.form_id}} {{var.x}}',
      },
      [],
    ],
    [{ body: 'Hi {{contact_email}}' }, [/\{\{contact_email\}\}.*: use \{\{contact\.email\}\}\.$/]],
    [{ a: { b: ['{{lead.name}}'] } }, [/\{\{lead\.name\}\}.*such as \{\{contact\.first_name\}\}\.$/]],
    [{ body: '{{contact}} {{}}' }, [/\{\{contact\}\}/, /\{\{\}\}/]],
    [{ body: '{{lead.a}} {{lead.a}}' }, [/lead\.a/]],
    [{ body: '{{<b>}}' }, [/\{\{‹b>\}\}/]],
    ['{{nope}}', [/nope/]],
    [undefined, []],
    [null, []],
    [{ body: 'no { { variables }}' }, []],
  ])('%j', (config, words) => {
    const hints = variableHints('config', config);
    expect(hints.every(hint => hint.pass)).toBe(true);
    expect(hints.map(hint => hint.reason)).toEqual(words.map(word => expect.stringMatching(word)));
  });

  test('at most five, and any nesting is walked through', () => {
    expect(
      variableHints(
        'config',
        Array.from({ length: 20 }, (_, at) => `{{v${at}}}`),
      ),
    ).toHaveLength(5);
    let deep: unknown = '{{nope}}';
    for (let at = 0; at < 5_000; at++) deep = { deep };
    expect(variableHints('config', deep)).toHaveLength(1);
  });

  test('what reaches somebody without a limit is noted', () => {
    const actions = [{ action_type: 'add_tasks' }, { action_type: 'send_sms' }];
    expect(limitHints({ actions })[0]?.reason).toMatch(
      /^Note: it has the action "send_sms" and no max_executions_per_day, nor dedup_enabled/,
    );
    expect(limitHints({ actions, dedup_enabled: true })[0]?.reason).not.toMatch(/dedup/);
    expect(limitHints({ actions, max_executions_per_day: 100 })).toEqual([]);
    expect(limitHints({ actions: actions.slice(0, 1) })).toEqual([]);
    expect(limitHints({})).toEqual([]);
    expect(limitHints({ actions: [{}] })).toHaveLength(1);
  });
});

describe('conditions', () => {
  const base = { name: 'n', trigger_type: 'contact_created' };

  test.each<[unknown, string, string]>([
    [{ 'deal.value': { '>=': 500 } }, '">="', '{"deal.value":{"gte":500}}'],
    [{ tags: { Contains: 'vip' } }, '"Contains"', '{"tags":{"contains":"vip"}}'],
    [{ lead_source: { equals: 'web' } }, '"equals"', '{"lead_source":{"eq":"web"}}'],
    [{ 'deal.value': { above: 5 } }, '"above"', '{"deal.value":{"gte":500}}'],
    [{ tags: {} }, 'no operator', '{"deal.value":{"gte":500}}'],
    [{ tags: { '=': 'x'.repeat(500) } }, '"="', '{"deal.value":{"gte":500}}'],
    [{ tags: { __proto__x: 1 } }, '"__proto__x"', '{"deal.value":{"gte":500}}'],
    [['tags'], '["tags"]', '{"deal.value":{"gte":500}}'],
    ['vip', '"vip"', '{"deal.value":{"gte":500}}'],
  ])('%j is refused with field, value, operators and one that passes', (conditions, shown, better) => {
    const checks = createChecks({ ...base, conditions });
    expect(failed(checks)).toEqual(['conditions']);
    const reason = refused(checks);
    expect(reason).toMatch(/^conditions/);
    expect(reason).toContain(shown);
    expect(reason).toContain(operators.join(', '));
    expect(reason.endsWith(`such as ${better}.`), reason).toBe(true);
    expect(failed(createChecks({ ...base, conditions: JSON.parse(better) }))).toEqual([]);
  });

  test.each<[unknown, RegExp]>([
    [{ tags: { contains_any: 'vip' } }, /contains_any without a list/],
    [{ lead_source: { in: 'web' } }, /in without a list/],
    [{ lead_source: { exists: false } }, /exists with something else than true/],
  ])('%j passes with a note', (conditions, words) => {
    const checks = createChecks({ ...base, conditions });
    expect(failed(checks)).toEqual([]);
    expect(noted(checks)).toEqual([expect.stringMatching(words)]);
  });
});

describe('a create made in one call', () => {
  const base = { name: 'n', trigger_type: 'contact_created', max_executions_per_day: 10 };

  test('its actions are judged too, and may leave their sequence out', () => {
    expect(
      failed(
        createChecks({ ...base, actions: [{ action_type: 'send_sms' }, { action_type: 'add_tasks', sequence: 2 }] }),
      ),
    ).toEqual([]);
    expect(
      failed(createChecks({ ...base, actions: [{ action_type: '' }, { action_type: 'add_tasks', sequence: -1 }] })),
    ).toEqual(['action_type', 'sequence']);
    const double = [
      { action_type: 'add_tasks', sequence: 1 },
      { action_type: 'add_tasks', sequence: 1, config: { title: '{{deal_name}}' } },
    ];
    expect(noted(createChecks({ ...base, actions: double }))).toEqual([
      expect.stringContaining('another action has'),
      expect.stringContaining('{{deal.name}}'),
    ]);
  });

  test('sending without a limit is noted, on a change of the limit too', () => {
    const { max_executions_per_day: _, ...open } = base;
    expect(noted(createChecks({ ...open, actions: [{ action_type: 'send_sms' }] }))).toEqual([
      expect.stringContaining('max_executions_per_day'),
    ]);
    expect(
      noted(updateChecks(automation({ max_executions_per_day: 5 }), { max_executions_per_day: null })),
    ).toHaveLength(1);
    expect(noted(updateChecks(automation(), { max_executions_per_day: 5 }))).toEqual([]);
    expect(noted(updateChecks(automation(), { name: 'new' }))).toEqual([]);
  });
});
