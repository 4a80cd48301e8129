// Every field of every Scrip endpoint with values that do not belong there: the documented envelope with the field named, and nothing done.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCRIP_AUTOMATIONS as ID, scripParticipantId, uuidOf } from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, inFuture, type Json, newAutomation, useSandbox } from '../fixtures.ts';
import { LONG, ODD, scripRefuses } from './odd.ts';

const talk = useSandbox();

const NO_TEXT: Json[] = [5, true, [], {}, ['a']];
const NO_OBJECT: Json[] = ['x', 5, true, [], [{}]];
const NO_CHOICE: Json[] = ['', 'other', 'ACTIVE ', 5, null, [], {}, ...ODD];
const NO_CEL: Json[] = [
  ...NO_TEXT,
  '',
  '  ',
  '((',
  'a = b',
  '"open',
  'participant.',
  '('.repeat(100_000),
  `${'('.repeat(20_000)}true${')'.repeat(20_000)}`,
];
const NO_CRON: Json[] = [
  ...NO_TEXT,
  null,
  '',
  'x',
  '* * * *',
  '* * * * * *',
  '61 * * * *',
  '0 0 31 2 *',
  '@daily',
  'CRON_TZ=UTC 0 9 * * 1',
  'TZ=UTC 0 9 * * 1',
  '*/0 * * * *',
  '5-1 * * * *',
  ...ODD,
];
const NO_ZONE: Json[] = [...NO_TEXT, null, '', 'Mars/Base', '+05:00', 'UTC+1', ...ODD];
const NO_TIME: Json[] = [
  ...NO_TEXT,
  null,
  '',
  'tomorrow',
  '2026-02-31T00:00:00Z',
  '2099-01-01',
  '2099-01-01T00:00:00',
  '2001-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  ...ODD,
];
const NO_HINTS: Json[] = ['x', 5, {}, [5], [[]], [null], ['has_tag']];
const NO_NAME: Json[] = [...NO_TEXT, null, '', LONG, '💧'.repeat(256)];
const NO_UUID: Json[] = [...NO_TEXT, null, '', 'x', uuidOf('nobody').slice(1), ...ODD];

interface Endpoint {
  name: string;
  method: 'POST' | 'PATCH';
  path: string;
  right(): Json;
  /** By field, with dots into `trigger`. */
  fields: Record<string, Json[]>;
}

const made =
  (type: string, scope: string, more: Json = {}) =>
  () =>
    newAutomation(type, scope, more);
const endpoints: Endpoint[] = [
  {
    name: 'create',
    method: 'POST',
    path: AUTOMATIONS,
    right: made('cron', 'participants'),
    fields: {
      name: NO_NAME,
      event_name: NO_NAME,
      scope: NO_CHOICE,
      trigger: [...NO_OBJECT, null],
      description: [...NO_TEXT, null],
      participant_filter: [...NO_CEL, null],
      guard_condition: [...NO_CEL, null],
      filter_hints: [...NO_HINTS, null],
      participant_id: [...NO_UUID, scripParticipantId('rewards', 1)],
      payload: [...NO_OBJECT, null],
      status: ['active', 'paused', null],
      unknown: [1, null],
      'trigger.type': [...NO_CHOICE, 'one_time', 'participant_state'],
      'trigger.cron_expression': NO_CRON,
      'trigger.timezone': NO_ZONE,
      'trigger.trigger_at': [inFuture(86_400_000)],
      'trigger.schedule_type': ['INTERVAL', 5],
      'trigger.schedule_config': [{}, 'x'],
      'trigger.unknown': [1],
    },
  },
  {
    name: 'create, one_time for the program',
    method: 'POST',
    path: AUTOMATIONS,
    right: made('one_time', 'program'),
    fields: {
      'trigger.trigger_at': NO_TIME,
      participant_id: NO_UUID,
      participant_filter: ['true'],
      'trigger.cron_expression': ['0 9 * * 1'],
      'trigger.timezone': NO_ZONE,
    },
  },
  {
    name: 'create, participant_state',
    method: 'POST',
    path: AUTOMATIONS,
    right: made('participant_state', 'participants'),
    fields: { 'trigger.schedule_type': NO_CHOICE, 'trigger.schedule_config': [...NO_OBJECT, null], scope: ['program'] },
  },
  {
    name: 'create, immediate',
    method: 'POST',
    path: AUTOMATIONS,
    right: made('immediate', 'participants'),
    fields: { scope: ['program'], 'trigger.cron_expression': ['* * * * *'] },
  },
  {
    name: 'update of a cron',
    method: 'PATCH',
    path: `${AUTOMATIONS}/${ID.weeklyDigest}`,
    right: () => ({}),
    fields: {
      name: NO_NAME,
      event_name: NO_NAME,
      description: NO_TEXT,
      payload: NO_OBJECT,
      status: [...NO_CHOICE, 'archived', 'completed', 'failed'],
      cron_expression: NO_CRON,
      timezone: NO_ZONE,
      trigger_at: [inFuture(86_400_000)],
      schedule_config: [{}],
      participant_filter: NO_CEL,
      guard_condition: NO_CEL,
      filter_hints: NO_HINTS,
      scope: ['program'],
      trigger_type: ['one_time'],
      trigger: [{ type: 'cron' }],
      schedule_type: ['CRON'],
      participant_id: [uuidOf('nobody')],
      source: ['api'],
      id: [uuidOf('nobody')],
      unknown: [1],
    },
  },
  {
    name: 'update of a one_time',
    method: 'PATCH',
    path: `${AUTOMATIONS}/${ID.newBlendLaunch}`,
    right: () => ({}),
    fields: { trigger_at: NO_TIME, cron_expression: ['* * * * *'], participant_filter: ['true'] },
  },
  {
    name: 'update of a participant_state',
    method: 'PATCH',
    path: `${AUTOMATIONS}/${ID.birthdayTreat}`,
    right: () => ({}),
    fields: { schedule_config: [...NO_OBJECT, null], trigger_at: [inFuture(86_400_000)] },
  },
];

const inside = async () => {
  const { scrip } = (await talk().twin('GET', '/state')).body;
  return scrip.automations.map(({ updated_at, last_evaluated_at, evaluated_by, ...row }: Json) => row);
};
let before: Json;
beforeAll(async () => {
  await talk().twin('POST', '/clock', { freeze: true });
  before = await inside();
});
afterAll(async () => expect(await inside()).toEqual(before));

describe.each(endpoints)('$name', ({ method, path, right, fields }) => {
  it.each(Object.keys(fields))('%s', async field => {
    for (const value of fields[field] ?? []) {
      const body = right();
      const [outer, inner] = field.split('.') as [string, string | undefined];
      if (inner) body[outer] = { ...body[outer], [inner]: value };
      else body[outer] = value;
      const what = `${field} ${JSON.stringify(value)?.slice(0, 60)}`;
      const answer = await talk().scrip(method, path, body);
      scripRefuses(answer, what);
      const details: Json[] = answer.body.details ?? [];
      const named = details.map(detail => detail.field);
      // A wrong type makes another field the misplaced one: any field of the same object may carry the blame then.
      expect(named.length, what).toBeGreaterThan(0);
      if (!/type$|^scope$|^trigger$/.test(field)) expect(named, what).toContain(field);
      for (const detail of details)
        expect(detail, what).toMatchObject({
          field: expect.any(String),
          message: expect.any(String),
          reason: expect.any(String),
        });
    }
  });

  it('a body that is none', async () => {
    for (const text of [
      '',
      '{',
      'null',
      '5',
      '"x"',
      '[]',
      '[{}]',
      '{"name":',
      '\u0000',
      '{"a":1}{',
      `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
      '['.repeat(100_000),
    ])
      scripRefuses(await talk().scrip(method, path, text), JSON.stringify(text));
  });
});

describe('what create cannot do without', () => {
  it.each(['name', 'event_name', 'scope', 'trigger', 'trigger.type', 'trigger.cron_expression'])('%s', async field => {
    const body = newAutomation('cron', 'program');
    const [outer, inner] = field.split('.') as [string, string | undefined];
    if (inner) delete body[outer][inner];
    else delete body[outer];
    const answer = await talk().scrip('POST', AUTOMATIONS, body);
    scripRefuses(answer, field);
    expect(answer.body.details).toContainEqual({
      field,
      message: 'This field is required',
      reason: 'required',
      expected: 'present',
    });
  });
});
