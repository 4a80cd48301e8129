// Whatever TrustPager answers, parsing it never throws; both shapes of a run become one (trustpager.md 5.1, 6.1 and 7).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configuration, parseAutomation } from '../../../src/vendors/trustpager/automation.ts';
import {
  createAutomation,
  disableAutomation,
  enableAutomation,
  executeAction,
  triggerAutomation,
  updateAutomation,
} from '../../../src/vendors/trustpager/requests.ts';
import { parseRun } from '../../../src/vendors/trustpager/run.ts';
import type { JsonObject } from '../../../src/vendors/types.ts';

const anything = (...keys: string[]) =>
  fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), fc.jsonValue()).map(body => body as JsonObject);

describe('parseAutomation', () => {
  const row: JsonObject = {
    id: 'a1',
    name: 'n',
    trigger_type: 'pipeline',
    enabled: true,
    priority: 1,
    created_at: '2026-01-01T00:00:00Z',
  };
  test('a list row has no triggers or actions; wrapped or not', () => {
    expect(parseAutomation(row)).toEqual(row);
    expect(parseAutomation({ data: row, meta: { credits_remaining: 5 } })).toEqual(row);
    expect(parseAutomation({})).toEqual({ id: '' });
  });

  test.each(['', 'automations_'])('%striggers and %sactions, actions by sequence', prefix => {
    const whole = parseAutomation({
      data: {
        ...row,
        [`${prefix}triggers`]: [{ id: 't1', source_type: 'sms', config: null }, 5],
        [`${prefix}actions`]: [
          { id: 'x3' },
          { id: 'x2', sequence: 2, action_type: 'b', config: {} },
          { id: 'x4', sequence: '1' },
          { id: 'x1', sequence: 1 },
        ],
      },
    });
    expect(whole.triggers).toEqual([{ id: 't1', source_type: 'sms' }]);
    expect(whole.actions?.map(({ id }) => id)).toEqual(['x1', 'x2', 'x3', 'x4']);
  });

  test('never throws, and only a real true is enabled', () => {
    fc.assert(
      fc.property(
        anything('id', 'enabled', 'data', 'actions', 'triggers', 'automations_actions', 'conditions'),
        body => {
          const automation = parseAutomation(body);
          const inner =
            typeof body.data === 'object' && body.data !== null && !Array.isArray(body.data) ? body.data : body;
          if (automation.enabled) expect(inner.enabled).toBe(true);
          expect(() => JSON.stringify(configuration(automation))).not.toThrow();
        },
      ),
    );
  });
});

test('the version changes with the configuration, not with times, and not with the order of trigger rows', () => {
  const version = (body: JsonObject): string => JSON.stringify(configuration(parseAutomation(body)));
  const body: JsonObject = {
    id: 'a1',
    name: 'n',
    enabled: true,
    conditions: { a: 1 },
    triggers: [{ id: 't1' }, { id: 't2' }],
    actions: [
      { id: 'x1', sequence: 1, action_type: 'a', config: { text: 'hi' } },
      { id: 'x2', sequence: 2, action_type: 'b' },
    ],
  };
  expect(
    version({ ...body, created_at: 'x', updated_at: 'y', last_run_at: 'z', triggers: [{ id: 't2' }, { id: 't1' }] }),
  ).toBe(version(body));
  for (const change of [
    { name: 'm' },
    { enabled: false },
    { conditions: null },
    { stage_id: 's' },
    { trigger_type: 't' },
    { priority: 1 },
    { max_executions_per_day: 5 },
    { dedup_enabled: true },
    { triggers: [{ id: 't1' }] },
    { triggers: [{ id: 't1', config: { a: 1 } }, { id: 't2' }] },
    { actions: [] },
    {
      actions: [
        { id: 'x1', sequence: 1, action_type: 'a', config: { text: 'ho' } },
        { id: 'x2', sequence: 2, action_type: 'b' },
      ],
    },
    {
      actions: [
        { id: 'x1', sequence: 2, action_type: 'a', config: { text: 'hi' } },
        { id: 'x2', sequence: 1, action_type: 'b' },
      ],
    },
  ] as JsonObject[])
    expect(version({ ...body, ...change }), JSON.stringify(change)).not.toBe(version(body));
});

describe('parseRun', () => {
  test('the detail', () => {
    const run: JsonObject = {
      run_id: 'r1',
      automation_id: 'a1',
      status: 'completed',
      trigger_type: 'api',
      started_at: 's',
      completed_at: 'c',
      duration_ms: 5,
      actions_total: 2,
      actions_executed: 1,
      actions_failed: 1,
      actions_skipped: 0,
      truncated: false,
      trigger_data: { deal_id: 'd' },
      action_results: [
        { action_id: 'x1', action_type: 'send_sms', sequence: 1, status: 'failed', duration_ms: 3, error: 'no number' },
      ],
    };
    expect(parseRun({ data: run })).toEqual(run);
  });

  test('a list row', () => {
    expect(
      parseRun({
        id: 'r1',
        status: 'failed',
        created_at: 'c',
        error_message: 'boom',
        actions_attempted: 3,
        actions_completed: 1,
        actions_failed: 1,
        skipped_action_ids: ['x3'],
        triggered_by_type: 'api',
      }),
    ).toEqual({
      run_id: 'r1',
      status: 'failed',
      started_at: 'c',
      actions_total: 3,
      actions_executed: 1,
      actions_failed: 1,
      actions_skipped: 1,
      error: 'boom',
      action_results: [],
    });
  });

  test("a single action's result, which is all that execute may answer", () => {
    expect(parseRun({ data: { action_id: 'x1', action_type: 'send_sms', status: 'success', error: null } })).toEqual({
      action_results: [{ action_id: 'x1', action_type: 'send_sms', status: 'success' }],
    });
    expect(parseRun({})).toEqual({ action_results: [] });
  });

  test('never throws', () => {
    fc.assert(
      fc.property(
        anything('id', 'run_id', 'data', 'status', 'action_results', 'action_id', 'error', 'skipped_action_ids'),
        body => {
          expect(Array.isArray(parseRun(body).action_results)).toBe(true);
        },
      ),
    );
  });
});

test('requests are drawn up as the pages say', () => {
  expect(createAutomation({ name: 'n' })).toEqual({
    method: 'POST',
    path: '/automations',
    body: { name: 'n' },
    pace: 'write',
  });
  expect(updateAutomation('a1', { conditions: null })).toEqual({
    method: 'PATCH',
    path: '/automations/a1',
    body: { conditions: null },
    pace: 'write',
  });
  expect(enableAutomation('a1')).toEqual({ method: 'POST', path: '/automations/a1/enable', pace: 'write' });
  expect(disableAutomation('a1')).toEqual({ method: 'POST', path: '/automations/a1/disable', pace: 'write' });
  expect(triggerAutomation('a1')).toEqual({ method: 'POST', path: '/automations/a1/trigger', pace: 'run' });
  expect(triggerAutomation('a1', { x: 1 }).body).toEqual({ trigger_data: { x: 1 } });
  expect(triggerAutomation('a1', { x: 1 }, { key: 'payload' }).body).toEqual({ payload: { x: 1 } });
  expect(executeAction('a1', 'x1', { x: 1 }, { key: 'both' })).toEqual({
    method: 'POST',
    path: '/automations/a1/actions/x1/execute',
    body: { trigger_data: { x: 1 }, payload: { x: 1 } },
    pace: 'run',
  });
  expect(() => executeAction('a1', '../a2/trigger')).toThrow(/The action id is/);
  expect(() => enableAutomation('runs/x')).toThrow(/The automation id is/);
});
