// Every field of every TrustPager endpoint with values that do not belong there: the documented envelope with the field named, and nothing done.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  TRUSTPAGER_ACTIONS as ACT,
  TRUSTPAGER_AUTOMATIONS as ID,
  TRUSTPAGER_TRIGGERS as TRG,
  uuidOf,
} from '../../../src/sandbox/index.ts';
import { type Json, useSandbox } from '../fixtures.ts';
import { LONG, ODD, trustpagerRefuses } from './odd.ts';

const talk = useSandbox();

const NO_TEXT: Json[] = [5, true, [], {}, ['a']];
const NO_NAME: Json[] = [...NO_TEXT, '  '];
const NO_FLAG: Json[] = ['yes', 'true', 0, 1, null, [], {}];
const NO_NUMBER: Json[] = ['5', true, null, [], {}];
const NO_COUNT: Json[] = ['5', true, -1, 1.5, [], {}];
const NO_OBJECT: Json[] = ['x', 5, true, [], [{}]];
const NO_LIST: Json[] = ['x', 5, true, {}, null];
const NO_UUID: Json[] = [...NO_TEXT, 'x', '', uuidOf('nobody').slice(1), ...ODD];
const NO_TYPE: Json[] = ['full_moon', 'form_submitted', 'Contact_Created', ...ODD];

const automation = {
  trigger_type: [...NO_NAME, ...NO_TYPE, 'stage_changed'],
  stage_id: NO_UUID,
  description: NO_TEXT,
  enabled: NO_FLAG,
  priority: NO_NUMBER,
  conditions: NO_OBJECT,
  dedup_enabled: NO_FLAG,
  dedup_window_minutes: NO_COUNT,
  max_executions_per_day: NO_COUNT,
  unknown: [1, null],
};
const trigger = {
  trigger_type: [...NO_NAME, ...NO_TYPE, 'stage_changed'],
  source_type: [...NO_NAME, null, ''],
  source_id: [...NO_TEXT, ''],
  config: [...NO_OBJECT, null],
  unknown: [1],
};
const action = {
  action_type: [...NO_NAME, 'full_moon', ...ODD],
  sequence: ['1', true, -1, 1.5, [], {}],
  config: [...NO_OBJECT, null],
  unknown: [1],
};
const context = { trigger_data: [...NO_OBJECT, null], payload: [...NO_OBJECT, null] };

interface Endpoint {
  name: string;
  method: 'POST' | 'PATCH';
  path: string;
  right: Json;
  required?: string[];
  fields: Record<string, Json[]>;
}

const of = (id: string, rest = '') => `/automations/${id}${rest}`;
const endpoints: Endpoint[] = [
  {
    name: 'create',
    method: 'POST',
    path: '/automations',
    right: { name: 'A', trigger_type: 'manual' },
    required: ['name', 'trigger_type'],
    fields: {
      name: NO_NAME,
      ...automation,
      triggers: [
        ...NO_LIST,
        ['x'],
        [null],
        ...trigger.config.map(config => [{ config }]),
        [{ trigger_type: 'full_moon' }],
      ],
      trigger: [...NO_OBJECT, null, { trigger_type: 'form_submitted' }],
      actions: [...NO_LIST, ['x'], [{}], [{ action_type: 'full_moon' }], [{ action_type: 'add_tasks', config: 5 }]],
    },
  },
  {
    name: 'update',
    method: 'PATCH',
    path: of(ID.bigJob),
    right: {},
    fields: { name: NO_NAME, ...automation, triggers: [[]], trigger: [{}], actions: [[]], id: [uuidOf('nobody')] },
  },
  { name: 'add a trigger', method: 'POST', path: of(ID.welcomeSms, '/triggers'), right: {}, fields: trigger },
  {
    name: 'add a trigger to stage_changed',
    method: 'POST',
    path: of(ID.quoteFollowUp, '/triggers'),
    right: {},
    fields: { source_type: ['any'], trigger_type: ['manual'] },
  },
  {
    name: 'update a trigger',
    method: 'PATCH',
    path: of(ID.welcomeSms, `/triggers/${TRG.contactCreated}`),
    right: {},
    fields: trigger,
  },
  {
    name: 'add an action',
    method: 'POST',
    path: of(ID.welcomeSms, '/actions'),
    right: { action_type: 'add_tasks', sequence: 2 },
    required: ['action_type', 'sequence'],
    fields: action,
  },
  {
    name: 'update an action',
    method: 'PATCH',
    path: of(ID.welcomeSms, `/actions/${ACT.welcomeSms}`),
    right: {},
    fields: action,
  },
  {
    name: 'reorder',
    method: 'POST',
    path: of(ID.quoteFollowUp, '/actions/reorder'),
    right: {},
    required: ['action_ids'],
    fields: {
      action_ids: [
        ...NO_LIST,
        [],
        [ACT.quoteEmail],
        [ACT.quoteEmail, ACT.quoteEmail, ACT.quoteSms],
        [1, 2, 3],
        [{}, [], null],
        [ACT.quoteEmail, ACT.quoteSms, uuidOf('nobody')],
      ],
    },
  },
  { name: 'trigger', method: 'POST', path: of(ID.bigJob, '/trigger'), right: {}, fields: context },
  {
    name: 'execute',
    method: 'POST',
    path: of(ID.bigJob, `/actions/${ACT.bigJobSlack}/execute`),
    right: {},
    fields: context,
  },
];

const inside = async () => {
  const shown = (await talk().trustpager('GET', '/automations?limit=100')).body;
  const each = await Promise.all(
    shown.data.map(async (row: Json) => (await talk().trustpager('GET', of(row.id))).body.data),
  );
  return {
    each,
    runs: (await talk().twin('GET', '/state')).body.trustpager.runs.length,
    credits: shown.meta.credits_remaining,
  };
};
let before: Json;
beforeAll(async () => {
  before = await inside();
});
afterAll(async () => expect(await inside()).toEqual(before));

describe.each(endpoints)('$name', ({ method, path, right, required = [], fields }) => {
  it.each(Object.keys(fields))('%s', async field => {
    for (const value of fields[field] ?? []) {
      const what = `${field} ${JSON.stringify(value)?.slice(0, 80)}`;
      const answer = await talk().trustpager(method, path, { ...right, [field]: value });
      trustpagerRefuses(answer, what);
      const { error } = answer.body;
      expect(['VALIDATION_ERROR', 'MISSING_FIELDS'], what).toContain(error.code);
      // Whoever made the mistake is told where, or what to do instead.
      expect(`${error.message} ${error.fix ?? ''} ${error.hint ?? ''}`, what).toMatch(
        new RegExp(`${field}|${field.replace(/s$/, '')}|stage_|config|action_type|trigger`),
      );
      if (answer.status === 422) expect(error.details.available.length, what).toBeGreaterThan(5);
    }
  });

  it('what it cannot do without', async () => {
    for (const name of required)
      for (const missing of [undefined, null, '']) {
        const answer = await talk().trustpager(method, path, { ...right, [name]: missing });
        trustpagerRefuses(answer, name, [400]);
        if (name !== 'action_ids' || missing === undefined) {
          expect(answer.body.error.code, name).toBe('MISSING_FIELDS');
          expect(answer.body.error.message).toContain(name);
        }
      }
  });

  it('a body that is none', async () => {
    for (const text of [
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
    ]) {
      const answer = await talk().trustpager(method, path, text);
      trustpagerRefuses(answer, text.slice(0, 40), [400]);
      expect(answer.body.error.code, text.slice(0, 40)).toBe('INVALID_BODY');
    }
  });
});

describe('paths', () => {
  const bad = [
    'x',
    '0',
    '%00',
    '..%2f..',
    encodeURIComponent(LONG),
    '%F0%9F%92%A7',
    uuidOf('nobody'),
    '__proto__',
    'constructor',
  ];
  const routes: [string, (id: string) => string][] = [
    ['GET', id => of(id)],
    ['PATCH', id => of(id)],
    ['DELETE', id => of(id)],
    ['POST', id => of(id, '/enable')],
    ['POST', id => of(id, '/disable')],
    ['POST', id => of(id, '/trigger')],
    ['GET', id => of(id, '/runs')],
    ['GET', id => `/automations/runs/${id}`],
    ['GET', id => of(id, '/triggers')],
    ['POST', id => of(id, '/triggers')],
    ['PATCH', id => of(ID.welcomeSms, `/triggers/${id}`)],
    ['PATCH', id => of(id, `/triggers/${TRG.contactCreated}`)],
    ['DELETE', id => of(ID.welcomeSms, `/triggers/${id}`)],
    ['GET', id => of(id, '/actions')],
    ['POST', id => of(id, '/actions')],
    ['POST', id => of(id, '/actions/reorder')],
    ['PATCH', id => of(ID.welcomeSms, `/actions/${id}`)],
    ['DELETE', id => of(ID.bigJob, `/actions/${id}`)],
    ['DELETE', id => of(id, `/actions/${ACT.welcomeSms}`)],
    ['POST', id => of(ID.welcomeSms, `/actions/${id}/execute`)],
    ['POST', id => of(id, `/actions/${ACT.welcomeSms}/execute`)],
    ['GET', id => `/automations/action-types/${id}`],
    ['GET', id => `/schemas/triggers/${id}`],
    ['GET', id => `/approvals/${id}`],
    ['POST', id => `/approvals/${id}/approve`],
    ['POST', id => `/approvals/${id}/reject`],
    ['POST', id => `/approvals/${id}/assign`],
    ['POST', id => `/approvals/${id}/edit`],
    ['GET', id => `/scheduled-communications/${id}`],
    ['POST', id => `/scheduled-communications/${id}/dispatch-now`],
    ['DELETE', id => `/scheduled-communications/${id}`],
  ];
  it.each(routes.map(([method, path]) => [method, path('{id}'), path] as const))('%s %s', async (method, _, path) => {
    for (const id of bad) {
      const answer = await talk().trustpager(
        method,
        path(id),
        method === 'GET' || method === 'DELETE' ? undefined : {},
      );
      trustpagerRefuses(answer, id, [404]);
      expect(answer.body.error.code, id).toBe('NOT_FOUND');
      expect(answer.headers.get('link'), id).toContain('rel="help"');
    }
  });
});

describe('queries', () => {
  const NUMBERS = ['0', '101', '-1', '0x10', '1e1', '1.5', 'x', '', '1e9', ' ', '٥'];
  const CURSORS = [
    'x',
    '0',
    'e30',
    Buffer.from('["k",{},1]').toString('base64url'),
    Buffer.from('[]').toString('base64url'),
    LONG,
  ];
  const lists: [string, Record<string, string[]>][] = [
    ['/automations', {}],
    [of(ID.welcomeSms, '/runs'), {}],
    ['/approvals', { status: ['other', 'Pending', '', LONG] }],
    ['/scheduled-communications', { status: ['other', 'Pending', '', LONG] }],
  ];
  it.each(lists)('%s', async (path, more) => {
    const fields = { limit: NUMBERS, after: CURSORS, before: CURSORS, cursor: CURSORS, ...more };
    for (const [name, values] of Object.entries(fields))
      for (const value of values) {
        const answer = await talk().trustpager('GET', `${path}?${new URLSearchParams({ [name]: value })}`);
        trustpagerRefuses(answer, `${name}=${value}`);
        expect(answer.body.error.message).toContain(name);
      }
  });
});
