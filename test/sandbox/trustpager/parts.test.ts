// The parts of TrustPager automations: triggers, actions, the catalogues of both, and paging.
import { describe, expect, it } from 'vitest';
import { TRUSTPAGER_ACTIONS as ACT, TRUSTPAGER_AUTOMATIONS as ID } from '../../../src/sandbox/index.ts';
import { type Json, useSandbox } from '../fixtures.ts';

const talk = useSandbox();
const ask = (method: string, path: string, body?: unknown) => talk().trustpager(method, path, body);
const make = async (more: Json = {}) =>
  (await ask('POST', '/automations', { name: 'Made by a test', trigger_type: 'manual', ...more })).body.data;

describe('triggers', () => {
  it('take their source from the automation unless told otherwise', async () => {
    const { id } = await make({ trigger_type: 'sms_received' });
    const { status, body } = await ask('POST', `/automations/${id}/triggers`, { source_id: 'number-1' });
    expect(status).toBe(201);
    expect(body.data).toMatchObject({
      automation_id: id,
      trigger_type: 'sms_received',
      source_type: 'sms',
      source_id: 'number-1',
      config: {},
    });
    const path = `/automations/${id}/triggers/${body.data.id}`;
    expect((await ask('PATCH', path, { config: { a: 1 }, source_id: null })).body.data).toMatchObject({
      config: { a: 1 },
      source_id: null,
    });
    expect((await ask('GET', `/automations/${id}/triggers`)).body.data).toHaveLength(1);
    expect((await ask('DELETE', path)).status).toBe(204);
    expect((await ask('PATCH', path, {})).status).toBe(404);
    expect((await ask('GET', `/automations/${id}/triggers`)).body.data).toEqual([]);
  });

  it('are refused for stage_changed', async () => {
    const own = await ask('POST', `/automations/${ID.quoteFollowUp}/triggers`, { source_id: 'x' });
    expect([own.status, own.body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(own.body.error.fix).toContain('stage_id');
    const { id } = await make();
    expect((await ask('POST', `/automations/${id}/triggers`, { trigger_type: 'stage_changed' })).status).toBe(400);
  });

  it.each<[Json, number]>([
    [{ source_type: 5 }, 400],
    [{ source_id: {} }, 400],
    [{ config: [] }, 400],
    [{ trigger_type: 'form_submitted' }, 400],
    [{ trigger_type: 'full_moon' }, 422],
    [{ extra: 1 }, 400],
  ])('refuse %j', async (body, status) => {
    expect((await ask('POST', `/automations/${ID.welcomeSms}/triggers`, body)).status).toBe(status);
  });
});

describe('actions', () => {
  it('are added, changed, reordered and removed', async () => {
    const { id } = await make();
    const add = async (action_type: string, sequence: number) =>
      (await ask('POST', `/automations/${id}/actions`, { action_type, sequence })).body.data;
    const [a, b, c] = [await add('send_sms', 1), await add('add_tasks', 2), await add('call_webhook', 3)];
    expect(a).toEqual({
      id: expect.any(String),
      automation_id: id,
      action_type: 'send_sms',
      sequence: 1,
      config: {},
      created_at: expect.any(String),
    });
    const order = await ask('POST', `/automations/${id}/actions/reorder`, { action_ids: [c.id, a.id, b.id] });
    expect(order.body.data.map((row: Json) => [row.id, row.sequence])).toEqual([
      [c.id, 1],
      [a.id, 2],
      [b.id, 3],
    ]);
    expect(
      (await ask('PATCH', `/automations/${id}/actions/${a.id}`, { config: { message_body: 'Hi' } })).body.data.config,
    ).toEqual({ message_body: 'Hi' });
    expect((await ask('DELETE', `/automations/${id}/actions/${b.id}`)).status).toBe(204);
    expect((await ask('GET', `/automations/${id}/actions`)).body.data).toHaveLength(2);
  });

  it.each<[string, Json]>([
    ['VALIDATION_ERROR', { action_ids: [] }],
    ['VALIDATION_ERROR', { action_ids: [ACT.bigJobSlack] }],
    ['VALIDATION_ERROR', { action_ids: [ACT.bigJobSlack, ACT.bigJobSlack] }],
    ['VALIDATION_ERROR', { action_ids: [ACT.bigJobSlack, ACT.quoteSms] }],
    ['VALIDATION_ERROR', { action_ids: 'all' }],
    ['MISSING_FIELDS', {}],
  ])('reorder refuses with %s: %j', async (code, body) => {
    const answer = await ask('POST', `/automations/${ID.bigJob}/actions/reorder`, body);
    expect([answer.status, answer.body.error.code]).toEqual([400, code]);
  });

  it.each<[number, string, Json]>([
    [400, 'MISSING_FIELDS', {}],
    [400, 'MISSING_FIELDS', { action_type: 'send_sms' }],
    [400, 'MISSING_FIELDS', { sequence: 1 }],
    [422, 'VALIDATION_ERROR', { action_type: 'send_pigeon', sequence: 1 }],
    [400, 'VALIDATION_ERROR', { action_type: 'send_sms', sequence: 'first' }],
    [400, 'VALIDATION_ERROR', { action_type: 'send_sms', sequence: 1, config: 'x' }],
    [400, 'VALIDATION_ERROR', { action_type: 'send_sms', sequence: 1, extra: 1 }],
  ])('%i %s for %j', async (status, code, body) => {
    const answer = await ask('POST', `/automations/${ID.winterNewsletter}/actions`, body);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  it('belong to one automation only', async () => {
    expect((await ask('PATCH', `/automations/${ID.welcomeSms}/actions/${ACT.quoteSms}`, { sequence: 5 })).status).toBe(
      404,
    );
  });
});

describe('catalogues', () => {
  it('describe action types, by any of their names', async () => {
    const { body } = await ask('GET', '/automations/action-types');
    expect(body.data.length).toBeGreaterThan(25);
    expect((await ask('GET', '/automations/action-types/send_sms')).body.data).toMatchObject({
      action_type: 'send_sms',
      config_schema: { message_body: 'string' },
      warnings: [expect.any(String)],
    });
    expect((await ask('GET', '/automations/action-types/trigger_voice_call')).body.data.action_type).toBe(
      'voice_outbound_call',
    );
    expect((await ask('GET', '/automations/action-types/nonsense')).status).toBe(404);
  });

  it('describe triggers, one or all', async () => {
    const { body } = await ask('GET', '/schemas/triggers');
    expect(body.data.count).toBe(body.data.triggers.length);
    expect(body.data.enriched_variables).toHaveProperty('contact.*');
    const one = await ask('GET', '/schemas/triggers/stage_changed');
    expect(one.body.data).toMatchObject({
      trigger_type: 'stage_changed',
      sample_trigger_data: { deal_id: 'uuid' },
      available_variables: expect.any(Array),
    });
    expect((await ask('GET', '/schemas/triggers/nonsense')).status).toBe(404);
  });

  it('list prices, with no price for some actions', async () => {
    const { body } = await ask('GET', '/billing/pricing');
    for (const row of body.data)
      expect(Object.keys(row)).toEqual(['feature_key', 'credits_per_use', 'category', 'description']);
    const keys = body.data.map((row: Json) => row.feature_key);
    expect(keys).toEqual(expect.arrayContaining(['send_sms', 'send_gmail_email', 'voice_agent_minute']));
    for (const unpriced of ['portant', 'call_webhook', 'send_postcard', 'voice_outbound_call'])
      expect(keys).not.toContain(unpriced);
  });
});

describe('paging', () => {
  it.each(['after', 'cursor'])('walks the list by %s without repeats or gaps, and back by before', async name => {
    const whole = (await ask('GET', '/automations?limit=100')).body.data.map((row: Json) => row.id);
    const seen: string[] = [];
    let cursor = '';
    let last: Json;
    do {
      last = (await ask('GET', `/automations?limit=4${cursor && `&${name}=${cursor}`}`)).body;
      seen.push(...last.data.map((row: Json) => row.id));
      cursor = last.pagination.next_cursor;
      // A row that appears meanwhile belongs in front of what was read already.
      await make();
    } while (last.pagination.has_more);
    expect(seen).toEqual(whole);
    const back = (await ask('GET', `/automations?limit=4&before=${last.pagination.prev_cursor}`)).body;
    expect(back.data.at(-1).id).toBe(whole[whole.indexOf(last.data[0].id) - 1]);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'limit=1.5', 'after=nonsense', 'cursor=nonsense', 'before=nonsense'])(
    'refuses %s',
    async query => {
      const { status, body } = await ask('GET', `/automations?${query}`);
      expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    },
  );
});
