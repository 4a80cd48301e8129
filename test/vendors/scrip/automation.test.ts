// Whatever Scrip answers, parsing it never throws, and only what a person configured makes up its version (scrip.md section 8).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configuration, parseAutomation } from '../../../src/vendors/scrip/automation.ts';
import { createAutomation, triggerAutomation, updateAutomation } from '../../../src/vendors/scrip/requests.ts';
import type { JsonObject } from '../../../src/vendors/types.ts';

const full: JsonObject = {
  id: 'a1',
  program_id: 'p1',
  name: 'Weekly',
  description: null,
  event_name: 'weekly',
  scope: 'participants',
  trigger_type: 'cron',
  cron_expression: '0 9 * * 1',
  timezone: 'UTC',
  participant_filter: 'true',
  filter_hints: [{ has_tag: 'vip' }],
  payload: { a: 1 },
  source: 'api',
  status: 'active',
  execution_status: 'executing',
  execution_started_at: '2026-01-01T00:00:00Z',
  participants_total: 12,
  participants_processed: 3,
  last_run_at: '2026-01-01T00:00:00Z',
  next_run_at: '2026-01-08T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  brand_new_field: 5,
};

describe('parseAutomation', () => {
  test('keeps what is there, and leaves out what is absent, null or unknown', () => {
    const { description: _, brand_new_field: __, ...rest } = full;
    expect(parseAutomation(full)).toEqual(rest);
    expect(parseAutomation({})).toEqual({ id: '' });
  });

  test('never throws, and never turns another kind into a state that passes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(full)), fc.string()), fc.jsonValue()), body => {
        const automation = parseAutomation(body as JsonObject);
        expect(typeof automation.id).toBe('string');
        if (typeof body.status !== 'string') expect(automation.status).not.toBe('active');
        if (typeof body.execution_status !== 'string') expect(automation.execution_status).not.toBe('idle');
        expect(() => JSON.stringify(configuration(automation))).not.toThrow();
      }),
    );
  });
});

test('the version changes with the configuration and with nothing else', () => {
  const version = (body: JsonObject): string => JSON.stringify(configuration(parseAutomation(body)));
  const moved = [
    'execution_status',
    'execution_started_at',
    'participants_total',
    'participants_processed',
    'last_run_at',
    'next_run_at',
    'updated_at',
    'source',
  ];
  for (const field of moved) expect(version({ ...full, [field]: 'moved' }), field).toBe(version(full));
  for (const field of [
    'name',
    'description',
    'event_name',
    'scope',
    'trigger_type',
    'cron_expression',
    'timezone',
    'trigger_at',
    'schedule_type',
    'schedule_config',
    'participant_filter',
    'guard_condition',
    'participant_id',
    'payload',
    'status',
  ])
    expect(version({ ...full, [field]: 'changed' }), field).not.toBe(version(full));
  expect(version({ ...full, filter_hints: [] })).not.toBe(version(full));
  // Also where a value changes its kind.
  expect(version({ ...full, participant_filter: { all: true } })).not.toBe(
    version({ ...full, participant_filter: { all: false } }),
  );
});

test('requests are drawn up as the pages say', () => {
  const program = '0b0e7a52-5d0b-4c9c-9a54-7f1c2f1f6f01';
  const automation = '0b0e7a52-5d0b-4c9c-9a54-7f1c2f1f6f02';
  const body = { name: 'n', trigger: { type: 'immediate' } };
  expect(createAutomation(program, body)).toEqual({
    method: 'POST',
    path: `/programs/${program}/automations`,
    body,
    pace: 'write',
  });
  expect(updateAutomation(program, automation, { status: 'paused' })).toEqual({
    method: 'PATCH',
    path: `/programs/${program}/automations/${automation}`,
    body: { status: 'paused' },
    pace: 'write',
  });
  expect(triggerAutomation(program, automation)).toEqual({
    method: 'POST',
    path: `/programs/${program}/automations/${automation}/trigger`,
    pace: 'write',
  });
  expect(() => triggerAutomation(program, 'x')).toThrow(/The automation id is "x"/);
  expect(() => triggerAutomation('../x', automation)).toThrow(/The program id is/);
});
