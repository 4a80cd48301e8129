// Scrip's rules over every combination of states, the missing and the strange included (scrip.md 8.1, 8.2, 9.6).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAutomation, type ScripAutomation } from '../../../src/vendors/scrip/automation.ts';
import { createChecks, type ScripInput, triggerChecks, updateChecks } from '../../../src/vendors/scrip/rules.ts';
import type { JsonObject } from '../../../src/vendors/types.ts';

const kinds = [
  'cron',
  'one_time',
  'immediate',
  'participant_state',
  'Cron',
  'webhook',
  '',
  undefined,
  'constructor',
  '__proto__',
];
const scopes = ['program', 'participants', 'Program', '', undefined, 'toString'];
const statuses = [
  'active',
  'paused',
  'completed',
  'failed',
  'archived',
  'Active',
  'active ',
  '',
  undefined,
  'constructor',
];
const states = [
  'idle',
  'pending',
  'executing',
  'completed',
  'failed',
  'Idle',
  'idle ',
  '',
  undefined,
  'hasOwnProperty',
];

/** The table of scrip.md 8.1, last column, read once more by hand. */
const allowed = new Set(['cron program', 'cron participants', 'one_time participants', 'immediate participants']);

const failed = (checks: { name: string; pass: boolean }[]): string[] =>
  checks.filter(check => !check.pass).map(check => check.name);

describe('triggerChecks', () => {
  test.each(['strict', 'not_busy'] as const)('every combination, %s', mode => {
    let passed = 0;
    for (const trigger_type of kinds)
      for (const scope of scopes)
        for (const status of statuses)
          for (const execution_status of states) {
            const automation = JSON.parse(
              JSON.stringify({ id: 'x', trigger_type, scope, status, execution_status }),
            ) as ScripAutomation;
            const checks = triggerChecks(automation, mode);
            const expected = [
              ...(allowed.has(`${trigger_type} ${scope}`) ? [] : ['matrix']),
              ...(status === 'active' ? [] : ['active']),
              ...(scope === 'program' ||
              execution_status === 'idle' ||
              (mode === 'not_busy' && (execution_status === 'completed' || execution_status === 'failed'))
                ? []
                : ['idle']),
            ];
            expect(failed(checks), JSON.stringify(automation)).toEqual(expected);
            expect(checks.map(check => check.name)).toEqual(['matrix', 'active', 'idle']);
            for (const { reason } of checks) expect(reason).toMatch(/^\S.*\.$/);
            if (expected.length === 0) passed += 1;
          }
    // program: 1 pair × any of 10 states; participants: 3 pairs × idle, or × idle, completed and failed.
    expect(passed).toBe(10 + 3 * (mode === 'strict' ? 1 : 3));
  });

  const whole: ScripAutomation = {
    id: 'x',
    trigger_type: 'cron',
    scope: 'participants',
    status: 'active',
    execution_status: 'idle',
  };
  test.each<[Partial<ScripAutomation>, string, RegExp]>([
    [{ execution_status: 'completed' }, 'idle', /execution_status is completed.*"idle: not_busy"/],
    [{ execution_status: 'failed' }, 'idle', /execution_status is failed.*"idle: not_busy"/],
    [{ execution_status: 'executing' }, 'idle', /execution_status is executing.*[Ww]ait/],
    [{ execution_status: 'IDLE' }, 'idle', /execution_status is "IDLE"/],
    [{ status: 'paused' }, 'active', /status is "paused".*set its status to active/],
    [{ status: '<script>' }, 'active', /"‹script>"/],
    [{ trigger_type: 'participant_state' }, 'matrix', /refresh its subscriptions/],
    [{ trigger_type: 'one_time', scope: 'program' }, 'matrix', /trigger_at/],
  ])('%j: the reason names what was seen and a way forward', (change, name, words) => {
    const check = triggerChecks({ ...whole, ...change }, 'strict').find(one => one.name === name);
    expect(check).toMatchObject({ pass: false, reason: expect.stringMatching(words) });
  });

  test('fields of the wrong kind never pass', () => {
    for (const value of [['idle'], { idle: true }, true, 1, null] as const) {
      expect(
        failed(
          triggerChecks(
            parseAutomation({ ...(whole as unknown as JsonObject), execution_status: value as never }),
            'not_busy',
          ),
        ),
      ).toEqual(['idle']);
      expect(
        failed(
          triggerChecks(parseAutomation({ ...(whole as unknown as JsonObject), status: value as never }), 'not_busy'),
        ),
      ).toEqual(['active']);
    }
  });
});

const now = Date.UTC(2026, 2, 1, 9);
const base = { name: 'n', event_name: 'e' };
const fitting: Record<string, ScripInput> = {
  cron: { cron_expression: '0 9 * * 1' },
  one_time: { trigger_at: '2027-03-01T09:00:00Z' },
  immediate: {},
  participant_state: { schedule_type: 'INTERVAL', schedule_config: {} },
};

describe('createChecks', () => {
  test('the matrix of 8.1, with everything else in place', async () => {
    const good: string[] = [];
    for (const trigger_type of kinds)
      for (const scope of scopes)
        if (failed(await createChecks({ ...base, ...fitting[trigger_type ?? ''], trigger_type, scope })).length === 0)
          good.push(`${trigger_type} ${scope}`);
    expect(good).toEqual([
      'cron program',
      'cron participants',
      'one_time program',
      'one_time participants',
      'immediate participants',
      'participant_state participants',
    ]);
  });

  test('who: a filter needs participants, one participant needs program × one_time', async () => {
    for (const trigger_type of ['cron', 'one_time', 'immediate', 'participant_state'])
      for (const scope of ['program', 'participants', undefined]) {
        const input = { ...base, ...fitting[trigger_type], trigger_type, scope };
        expect(failed(await createChecks({ ...input, participant_filter: 'true' })).includes('audience')).toBe(
          scope !== 'participants',
        );
        expect(failed(await createChecks({ ...input, participant_id: 'p' })).includes('audience')).toBe(
          !(scope === 'program' && trigger_type === 'one_time'),
        );
      }
  });

  const cron = { ...base, trigger_type: 'cron', scope: 'program', cron_expression: '0 9 * * 1' };
  const once = { ...base, trigger_type: 'one_time', scope: 'program', trigger_at: '2027-03-01T09:00:00Z' };
  test.each<[ScripInput, string[]]>([
    [cron, []],
    [{ ...cron, cron_expression: '*/5 0-6,22 1 JAN-MAR MON#1' }, []],
    [{ ...cron, cron_expression: '0 9 * *' }, ['cron']],
    [{ ...cron, cron_expression: '0 0 9 * * 1' }, ['cron']],
    [{ ...cron, cron_expression: '@daily' }, ['cron']],
    [{ ...cron, cron_expression: '' }, ['cron']],
    [{ ...cron, cron_expression: 'CRON_TZ=UTC 0 9 * * 1' }, ['cron']],
    [{ ...cron, cron_expression: 'TZ=Europe/Rome 9 * * 1' }, ['cron']],
    [{ ...cron, cron_expression: '0 9 * * $(x)' }, ['cron']],
    [{ ...cron, cron_expression: undefined }, ['cron']],
    [{ ...cron, timezone: 'America/Argentina/Buenos_Aires' }, []],
    [{ ...cron, timezone: 'Etc/GMT+5' }, []],
    [{ ...cron, timezone: '+05:00' }, ['timezone']],
    [{ ...cron, timezone: '' }, ['timezone']],
    [{ ...cron, trigger_at: '2027-03-01T09:00:00Z' }, ['trigger_at']],
    [{ ...cron, schedule_type: 'INTERVAL' }, ['schedule']],
    [{ ...cron, name: '' }, ['name']],
    [{ ...cron, name: undefined, event_name: undefined }, ['name', 'event_name']],
    [{ ...cron, name: '🎉'.repeat(255) }, []],
    [{ ...cron, event_name: 'x'.repeat(256) }, ['event_name']],
    [once, []],
    [{ ...once, trigger_at: '2027-01-01T00:00:00.5+02:00' }, []],
    [{ ...once, trigger_at: '2020-01-01T00:00:00.5+02:00' }, ['trigger_at']],
    [{ ...once, trigger_at: '2026-03-01T09:00:00Z' }, ['trigger_at']],
    [{ ...once, trigger_at: '2027-02-30T09:00:00Z' }, ['trigger_at']],
    [{ ...once, trigger_at: undefined }, ['trigger_at']],
    [{ ...once, trigger_at: '2027-03-01' }, ['trigger_at']],
    [{ ...once, trigger_at: '2027-03-01T09:00:00' }, ['trigger_at']],
    [{ ...once, trigger_at: '2027-13-01T09:00:00Z' }, ['trigger_at']],
    [{ ...once, trigger_at: 'tomorrow' }, ['trigger_at']],
    [{ ...once, cron_expression: '0 9 * * 1' }, ['cron']],
    [{ ...base, trigger_type: 'participant_state', scope: 'participants' }, ['schedule']],
    [
      {
        ...base,
        trigger_type: 'participant_state',
        scope: 'participants',
        schedule_type: 'INTERVAL',
        schedule_config: null,
      },
      ['schedule'],
    ],
    [{}, ['matrix', 'name', 'event_name']],
  ])('%j fails %j', async (input, names) => {
    expect(failed(await createChecks(input, now))).toEqual(names);
  });

  test('any input gets an answer, and a reason for each', async () => {
    const text = fc.option(fc.string(), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          name: text,
          event_name: text,
          scope: text,
          trigger_type: text,
          cron_expression: text,
          timezone: text,
          trigger_at: text,
          participant_filter: text,
        }),
        async input => {
          for (const { reason } of await createChecks(input)) expect(reason).toMatch(/^[^\p{Cc}]+\.$/u);
        },
      ),
    );
  });
});

describe('updateChecks', () => {
  const automation: ScripAutomation = {
    id: 'x',
    name: 'n',
    event_name: 'e',
    trigger_type: 'cron',
    scope: 'participants',
    status: 'active',
    cron_expression: '0 9 * * 1',
  };
  test.each<[Partial<ScripAutomation>, Record<string, unknown>, string[]]>([
    [{}, { name: 'new' }, []],
    [{}, { status: 'paused' }, []],
    [{}, { participant_filter: 'true', guard_condition: 'x', payload: {}, description: '' }, []],
    [{}, { participant_filter: null }, []],
    [{}, { name: '' }, ['name']],
    [{}, { status: 'archived' }, ['status']],
    [{}, { status: 'completed' }, ['status']],
    [{}, { scope: 'program' }, ['changeable']],
    [{}, { trigger_type: 'one_time', participant_id: 'p', source: 'api', schedule_type: 'CRON' }, ['changeable']],
    [{}, { trigger_at: '2027-03-01T09:00:00Z' }, ['trigger_at']],
    [{}, { cron_expression: '@daily' }, ['cron']],
    [{}, { timezone: 'TZ=x' }, ['timezone']],
    [{}, { schedule_config: {} }, ['schedule']],
    [{ scope: 'program' }, { participant_filter: 'true' }, ['audience']],
    [{ status: 'archived' }, { name: 'new' }, ['archived']],
    [{ cron_expression: 'odd' }, { name: 'what is there already is not judged' }, []],
  ])('%j with %j fails %j', async (seen, change, names) => {
    expect(failed(await updateChecks({ ...automation, ...seen }, change, now))).toEqual(names);
  });
});
