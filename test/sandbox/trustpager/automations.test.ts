// Building on TrustPager: automations, their shapes and every refusal.
import { describe, expect, it } from 'vitest';
import {
  TRUSTPAGER_ACTIONS as ACT,
  TRUSTPAGER_AUTOMATIONS as ID,
  TRUSTPAGER_STAGES,
  uuidOf,
} from '../../../src/sandbox/index.ts';
import { type Json, useSandbox } from '../fixtures.ts';

const talk = useSandbox();
const ask = (method: string, path: string, body?: unknown) => talk().trustpager(method, path, body);
const make = async (more: Json = {}) =>
  (await ask('POST', '/automations', { name: 'Made by a test', trigger_type: 'manual', ...more })).body.data;
const NOWHERE = uuidOf('nobody');

describe('shapes', () => {
  it('a list row is flat and short', async () => {
    const { body } = await ask('GET', '/automations?limit=100');
    const row = body.data.find((candidate: Json) => candidate.id === ID.welcomeSms);
    expect(row).toEqual({
      id: ID.welcomeSms,
      name: 'Welcome SMS to new leads',
      trigger_type: 'contact_created',
      enabled: true,
      priority: 1,
      created_at: expect.any(String),
    });
    expect(body.meta).toEqual({ credits_remaining: expect.any(Number) });
    expect(body.pagination).toEqual({ limit: 100, has_more: false, next_cursor: null, prev_cursor: null });
  });

  it('a single one comes with triggers and actions, the actions in no promised order', async () => {
    const { body } = await ask('GET', `/automations/${ID.quoteFollowUp}`);
    expect(body.data).toMatchObject({
      id: ID.quoteFollowUp,
      stage_id: TRUSTPAGER_STAGES.quoteSent,
      conditions: null,
      automations_triggers: [],
    });
    expect(body.data.automations_actions.map((action: Json) => action.sequence)).toEqual([2, 1, 3]);
    expect(body.meta.url).toBe(`https://app.trustpager.com/auto/automations/${ID.quoteFollowUp}`);
    const actions = await ask('GET', `/automations/${ID.quoteFollowUp}/actions`);
    expect(actions.body.data.map((action: Json) => action.id)).toEqual([ACT.quoteEmail, ACT.quoteSms, ACT.quoteTask]);
    expect(Object.keys(actions.body.data[0]).sort()).toEqual([
      'action_type',
      'automation_id',
      'config',
      'created_at',
      'id',
      'sequence',
    ]);
  });

  it('a new one is disabled and answers with seven fields', async () => {
    const { status, body } = await ask('POST', '/automations', {
      name: 'New',
      trigger_type: 'contact_created',
      conditions: { tags: { contains: 'x' } },
    });
    expect(status).toBe(201);
    expect(body.data).toEqual({
      id: expect.any(String),
      name: 'New',
      trigger_type: 'contact_created',
      stage_id: null,
      conditions: { tags: { contains: 'x' } },
      enabled: false,
      created_at: expect.any(String),
    });
  });
});

describe('create', () => {
  it('takes triggers and actions along', async () => {
    const { id } = await make({
      trigger_type: 'form_completed',
      enabled: true,
      triggers: [{ trigger_type: 'sms_received' }, { source_type: 'custom', source_id: 'abc' }],
      trigger: { trigger_type: 'call_voicemail', config: { a: 1 } },
      actions: [
        { action_type: 'send_sms', config: { message_body: 'Hi' } },
        { action_type: 'send_email', sequence: 7 },
      ],
    });
    const { data } = (await ask('GET', `/automations/${id}`)).body;
    expect(data.enabled).toBe(true);
    expect(
      data.automations_triggers.map(({ trigger_type, source_type, source_id }: Json) => [
        trigger_type,
        source_type,
        source_id,
      ]),
    ).toEqual([
      ['sms_received', 'sms', null],
      ['form_completed', 'custom', 'abc'],
      ['call_voicemail', 'voice_agent', null],
    ]);
    expect(data.automations_actions.map(({ action_type, sequence }: Json) => [action_type, sequence])).toEqual([
      ['send_sms', 1],
      ['send_email', 7],
    ]);
  });

  it('makes nothing when a part is wrong', async () => {
    const before = (await ask('GET', '/automations?limit=100')).body.data.length;
    const { status } = await ask('POST', '/automations', {
      name: 'x',
      trigger_type: 'manual',
      actions: [{ action_type: 'send_sms' }, { action_type: 'nonsense' }],
    });
    expect(status).toBe(422);
    expect((await ask('GET', '/automations?limit=100')).body.data).toHaveLength(before);
  });

  it.each<[number, string, Json, string]>([
    [400, 'MISSING_FIELDS', {}, 'name, trigger_type'],
    [400, 'MISSING_FIELDS', { name: 'x' }, 'trigger_type'],
    [400, 'MISSING_FIELDS', { name: '', trigger_type: 'manual' }, 'name'],
    [400, 'MISSING_FIELDS', { name: 'x', trigger_type: 'stage_changed' }, 'stage_id'],
    [400, 'VALIDATION_ERROR', { name: 'x', trigger_type: 'form_submitted' }, 'form_submitted'],
    [422, 'VALIDATION_ERROR', { name: 'x', trigger_type: 'full_moon' }, 'full_moon'],
    [400, 'VALIDATION_ERROR', { name: 5, trigger_type: 'manual' }, 'name'],
    [400, 'VALIDATION_ERROR', { name: 'x', trigger_type: 7 }, 'trigger_type'],
    [400, 'VALIDATION_ERROR', { enabled: 'yes' }, 'enabled'],
    [400, 'VALIDATION_ERROR', { priority: 'high' }, 'priority'],
    [400, 'VALIDATION_ERROR', { conditions: [] }, 'conditions'],
    [400, 'VALIDATION_ERROR', { stage_id: 'stage' }, 'stage_id'],
    [400, 'VALIDATION_ERROR', { description: 1 }, 'description'],
    [400, 'VALIDATION_ERROR', { dedup_enabled: 1 }, 'dedup_enabled'],
    [400, 'VALIDATION_ERROR', { dedup_window_minutes: -1 }, 'dedup_window_minutes'],
    [400, 'VALIDATION_ERROR', { max_executions_per_day: 1.5 }, 'max_executions_per_day'],
    [400, 'VALIDATION_ERROR', { surprise: 1 }, 'surprise'],
    [400, 'VALIDATION_ERROR', { triggers: {} }, 'triggers'],
    [400, 'VALIDATION_ERROR', { actions: 'send' }, 'actions'],
    [400, 'VALIDATION_ERROR', { actions: ['send'] }, 'action'],
    [400, 'VALIDATION_ERROR', { trigger: 'x' }, 'trigger'],
  ])('%i %s for %j', async (status, code, body, mentioned) => {
    const isWhole = 'name' in body || Object.keys(body).length === 0;
    const answer = await ask('POST', '/automations', isWhole ? body : { name: 'x', trigger_type: 'manual', ...body });
    expect([answer.status, answer.body.error.code, answer.body.error.status]).toEqual([status, code, status]);
    expect(answer.body.error.message).toContain(mentioned);
    if (status === 422) expect(answer.body.error.details.available).toContain('contact_created');
  });

  it('tells which fields can be written', async () => {
    const { body } = await ask('POST', '/automations', { name: 'x', trigger_type: 'manual', nmae: 'y' });
    expect(body.error.hint).toMatch(/^Writable fields: name, trigger_type/);
  });

  it.each(['{', '[]', '"x"', '7', 'null'])('%s is INVALID_BODY', async text => {
    const { status, body } = await ask('POST', '/automations', text);
    expect([status, body.error.code]).toEqual([400, 'INVALID_BODY']);
  });

  it.each(['xero_bill_paid', 'zoom_recording_ready', 'calcom_booking_cancelled', 'api', 'manual'])(
    'the list is open: %s',
    async trigger_type => {
      expect((await ask('POST', '/automations', { name: 'x', trigger_type })).status).toBe(201);
    },
  );
});

describe('update, enable, disable, delete', () => {
  it('changes what was sent; null removes conditions', async () => {
    const { id } = await make({ conditions: { a: 1 }, description: 'old', priority: 4 });
    const { body } = await ask('PATCH', `/automations/${id}`, { conditions: null, name: 'Renamed' });
    expect(body.data).toMatchObject({ conditions: null, name: 'Renamed', enabled: false });
    expect((await ask('GET', `/automations/${id}`)).body.data).toMatchObject({ description: 'old', priority: 4 });
  });

  it.each<[Json]>([
    [{ name: '' }],
    [{ trigger_type: 'form_submitted' }],
    [{ trigger_type: 'stage_changed' }],
    [{ actions: [] }],
    [{ triggers: [] }],
    [{ id: 'x' }],
    [{ enabled: null }],
  ])('refuses %j', async change => {
    const { id } = await make();
    const answer = await ask('PATCH', `/automations/${id}`, change);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: expect.any(String), message: expect.any(String), status: 400 });
  });

  it('enables and disables, again and again', async () => {
    const { id } = await make();
    for (const [verb, enabled] of [
      ['enable', true],
      ['enable', true],
      ['disable', false],
      ['disable', false],
    ] as const) {
      const { status, body } = await ask('POST', `/automations/${id}/${verb}`);
      expect([status, body.data.enabled]).toEqual([200, enabled]);
    }
  });

  it('deletes for good, with everything below', async () => {
    const { id } = await make({ triggers: [{}], actions: [{ action_type: 'send_sms' }] });
    const { status, body } = await ask('DELETE', `/automations/${id}`);
    expect([status, body]).toEqual([204, undefined]);
    for (const path of ['', '/actions', '/triggers', '/runs'])
      expect((await ask('GET', `/automations/${id}${path}`)).status).toBe(404);
    expect((await ask('DELETE', `/automations/${id}`)).status).toBe(404);
  });

  it('bills two credits for each write, and nothing for reads', async () => {
    const balance = async () => (await ask('GET', '/billing/balance')).body.data.credits;
    const before = await balance();
    const { id } = await make();
    await ask('GET', `/automations/${id}`);
    await ask('POST', `/automations/${id}/enable`);
    await ask('DELETE', `/automations/${id}`);
    expect(before - (await balance())).toBe(6);
  });

  it.each([
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/enable'],
    ['POST', '/disable'],
    ['POST', '/trigger'],
    ['GET', '/runs'],
    ['GET', '/triggers'],
    ['POST', '/triggers'],
    ['GET', '/actions'],
    ['POST', '/actions'],
    ['POST', '/actions/reorder'],
    ['PATCH', `/actions/${ACT.welcomeSms}`],
    ['DELETE', `/actions/${ACT.welcomeSms}`],
    ['POST', `/actions/${ACT.welcomeSms}/execute`],
  ])('404 for %s %s of nothing', async (method, path) => {
    const answer = await ask(method, `/automations/${NOWHERE}${path}`);
    expect([answer.status, answer.body.error.code]).toEqual([404, 'NOT_FOUND']);
    expect(answer.headers.get('link')).toContain('rel="help"');
  });
});
