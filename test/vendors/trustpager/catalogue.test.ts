// Reading what TrustPager says about its types, its approvals and the parts of an automation, over real HTTP (trustpager.md 4.1, 5.4 and 5.5).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseApproval } from '../../../src/vendors/trustpager/approval.ts';
import {
  describedActionType,
  describedTrigger,
  parseActionTypes,
  parseTriggerSchemas,
} from '../../../src/vendors/trustpager/catalogue.ts';
import { trustpagerReader } from '../../../src/vendors/trustpager/reader.ts';
import type { JsonObject } from '../../../src/vendors/types.ts';
import { client, httpServer, json, patient } from '../fault-server.ts';

async function reading(answer: (url: URL, nth: number) => [number, unknown]) {
  const server = await httpServer((request, response, nth) =>
    json(response, ...answer(new URL(request.url ?? '', 'http://x'), nth)),
  );
  return {
    server,
    reader: trustpagerReader(client(server.url, patient)),
    urls: () => server.requests.map(({ method, url }) => `${method} ${url}`),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe('action types', () => {
  test.each<[unknown]>([
    [{ data: [{ action_type: 'send_sms', label: 'SMS', category: 'sends' }] }],
    [{ data: { action_types: [{ type: 'send_sms', label: 'SMS', category: 'sends' }] } }],
    [{ data: { count: 1, types: [{ key: 'send_sms', label: 'SMS', category: 'sends' }] } }],
    [{ data: { actions: { send_sms: { label: 'SMS', category: 'sends' } } } }],
    [{ data: { send_sms: { label: 'SMS', category: 'sends' } } }],
    [{ action_types: [{ name: 'send_sms', label: 'SMS', category: 'sends' }] }],
  ])('the list, however it is shaped: %j', async body => {
    await using at = await reading(() => [200, body]);
    expect(await at.reader.listActionTypes()).toEqual([
      { action_type: 'send_sms', label: 'SMS', details: { category: 'sends' } },
    ]);
    expect(at.urls()).toEqual(['GET /automations/action-types']);
  });

  test('bare names are a list too, and rows without a name are left out', async () => {
    await using at = await reading(() => [200, { data: ['send_sms', { label: 'nameless' }, 5, null] }]);
    expect(await at.reader.listActionTypes()).toEqual([{ action_type: 'send_sms', details: {} }]);
  });

  test.each([{}, { data: {} }, { data: 'x' }, { data: { count: 3 } }])(
    'without a list nothing is taken for empty: %j',
    async body => {
      await using at = await reading(() => [200, body]);
      await expect(at.reader.listActionTypes()).rejects.toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    },
  );

  test('one type, under the newer name where it was asked for by an older', async () => {
    const told = {
      action_type: 'voice_outbound_call',
      schema: { voice_agent_outbound_config_id: 'uuid' },
      warnings: ['costs per minute'],
    };
    await using at = await reading(() => [200, { data: told, meta: {} }]);
    expect(await at.reader.describeActionType('trigger_voice_call')).toEqual({
      action_type: 'voice_outbound_call',
      details: { schema: told.schema, warnings: told.warnings },
    });
    expect(at.urls()).toEqual(['GET /automations/action-types/trigger_voice_call']);
    await expect(at.reader.describeActionType('../runs')).rejects.toMatchObject({ code: 'invalid_input' });
    await using nameless = await reading(() => [200, { data: { schema: {} } }]);
    expect(await nameless.reader.describeActionType('send_sms')).toEqual({
      action_type: 'send_sms',
      details: { schema: {} },
    });
    await using nothing = await reading(() => [200, {}]);
    await expect(nothing.reader.describeActionType('send_sms')).rejects.toMatchObject({ code: 'unavailable' });
    await using unknown = await reading(() => [404, { error: { code: 'NOT_FOUND', message: 'no' } }]);
    await expect(unknown.reader.describeActionType('send_sms')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('what is long is cut', async () => {
    await using at = await reading(() => [200, { data: { action_type: 'x', example: 'y'.repeat(100_000) } }]);
    expect(JSON.stringify(await at.reader.describeActionType('x')).length).toBeLessThan(3_000);
  });
});

describe('trigger types', () => {
  const schema = {
    trigger_type: 'form_completed',
    label: 'Form completed',
    description: 'When a form comes in',
    sample_trigger_data: { form_id: 'f1', contact_id: 'c1' },
    available_variables: ['contact.email'],
  };

  test('the list with the variables that every run has', async () => {
    await using at = await reading(() => [
      200,
      {
        data: { count: 1, enriched_variables: { 'contact.*': 'the contact' }, triggers: [{ ...schema, beta: true }] },
        meta: {},
      },
    ]);
    expect(await at.reader.listTriggerSchemas()).toEqual({
      triggers: [{ ...schema, details: { beta: true } }],
      enriched_variables: { 'contact.*': 'the contact' },
    });
    expect(at.urls()).toEqual(['GET /schemas/triggers']);
  });

  test.each([[{ data: schema }], [{ data: { trigger: schema } }], [schema]])('one of them: %j', async body => {
    await using at = await reading(() => [200, body]);
    expect(await at.reader.getTriggerSchema('form_completed')).toEqual({ ...schema, details: {} });
    expect(at.urls()).toEqual(['GET /schemas/triggers/form_completed']);
  });

  test('refused where there is none', async () => {
    await using at = await reading(() => [200, { data: [] }]);
    expect(await at.reader.listTriggerSchemas()).toEqual({ triggers: [] });
    await using odd = await reading(() => [200, { data: null }]);
    await expect(odd.reader.listTriggerSchemas()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(odd.reader.getTriggerSchema('a b')).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('approvals', () => {
  test.each<[unknown, object]>([
    [
      { data: { id: 'p1', status: 'pending', expires_at: '2026-01-02T00:00:00Z', request_body: { secret: 1 } } },
      { approval_id: 'p1', status: 'pending', expires_at: '2026-01-02T00:00:00Z' },
    ],
    [
      { approval_id: 'p1', status: 'approved', execution_status: 201, execution_result: { data: { id: 'a9' } } },
      { approval_id: 'p1', status: 'approved', execution_status: 201, execution_result: { data: { id: 'a9' } } },
    ],
    [
      { data: { approval_id: 'p1', status: 'rejected', reason: 'too dear', resolved_at: '2026-01-01T00:00:00Z' } },
      { approval_id: 'p1', status: 'rejected', reason: 'too dear', resolved_at: '2026-01-01T00:00:00Z' },
    ],
    [
      { id: 'p1', status: 'failed', execution_status: 'timeout' },
      { approval_id: 'p1', status: 'failed', execution_status: 'timeout' },
    ],
    [
      { id: 'p1', status: 'something_new' },
      { approval_id: 'p1', status: 'something_new' },
    ],
  ])('%j', async (body, approval) => {
    await using at = await reading(() => [200, body]);
    expect(await at.reader.getApproval('p1')).toEqual(approval);
    expect(at.urls()).toEqual(['GET /approvals/p1']);
  });

  test.each([
    {},
    { data: { id: 'p2', status: 'approved' } },
    { id: 'p1' },
    { id: 'p1', status: true },
    { status: 'approved' },
  ])('refuses %j', async body => {
    await using at = await reading(() => [200, body]);
    await expect(at.reader.getApproval('p1')).rejects.toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
  });

  test('an id that walks elsewhere is not asked for', async () => {
    await using at = await reading(() => [200, {}]);
    await expect(at.reader.getApproval('p1/approve')).rejects.toMatchObject({ code: 'invalid_input' });
    expect(at.urls()).toEqual([]);
  });
});

describe('triggers and actions of one automation', () => {
  test('every page of them, actions in order', async () => {
    await using at = await reading(url => {
      const after = url.searchParams.get('after');
      if (url.pathname.endsWith('/triggers')) return [200, { data: [{ id: 't1', trigger_type: 'api' }] }];
      return after === null
        ? [200, { data: [{ id: 'x3', sequence: 3 }], pagination: { has_more: true, next_cursor: 'c1' } }]
        : [200, { data: [{ id: 'x1', sequence: 1 }], pagination: { has_more: false } }];
    });
    expect(await at.reader.listTriggers('a1')).toEqual([{ id: 't1', trigger_type: 'api' }]);
    expect((await at.reader.listActions('a1')).map(({ id }) => id)).toEqual(['x1', 'x3']);
    expect(at.urls()).toEqual([
      'GET /automations/a1/triggers',
      'GET /automations/a1/actions',
      'GET /automations/a1/actions?after=c1',
    ]);
  });

  test('a part of them never passes for the whole', async () => {
    const more = (next_cursor: string, id: string) => ({ data: [{ id }], pagination: { has_more: true, next_cursor } });
    await using same = await reading((_, nth) => [200, more(`c${nth}`, 'x1')]);
    await expect(same.reader.listActions('a1')).rejects.toMatchObject({ code: 'unavailable' });
    await using endless = await reading((_, nth) => [200, more(`c${nth}`, `x${nth}`)]);
    await expect(endless.reader.listActions('a1')).rejects.toMatchObject({ code: 'unavailable' });
    expect(endless.urls()).toHaveLength(10);
    await expect(endless.reader.listTriggers('a/b')).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

test('whatever TrustPager answers, reading it never throws', () => {
  const key = fc.oneof(
    fc.constantFrom(
      'data',
      'triggers',
      'action_types',
      'types',
      'trigger',
      'action_type',
      'id',
      'status',
      'approval_id',
      'details',
    ),
    fc.string(),
  );
  const body = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie('value'), { maxLength: 4 }),
      tie('object'),
    ),
    object: fc.dictionary(key, tie('value'), { maxKeys: 5 }),
  })).object;
  fc.assert(
    fc.property(body, given => {
      const row = given as JsonObject;
      for (const parse of [parseActionTypes, parseTriggerSchemas, parseApproval])
        expect(() => parse(row)).not.toThrow();
      for (const parse of [describedActionType, describedTrigger]) expect(() => parse(row, 'asked')).not.toThrow();
    }),
  );
});
