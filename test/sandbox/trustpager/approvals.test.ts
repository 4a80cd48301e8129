// The approval queue and Idempotency-Key: held writes, and writes that must not happen twice.
import { describe, expect, it } from 'vitest';
import {
  TRUSTPAGER_ACTIONS as ACT,
  TRUSTPAGER_AUTOMATIONS as ID,
  TRUSTPAGER_KEYS as KEY,
  TRUSTPAGER_CONTACTS as WHO,
} from '../../../src/sandbox/index.ts';
import { DAY, type Json, useSandbox } from '../fixtures.ts';

const talk = useSandbox({ actionMs: 20 });
const asAgent = (method: string, path: string, body?: unknown) => talk().trustpager(method, path, body, KEY.approval);
const asHuman = (method: string, path: string, body?: unknown) => talk().trustpager(method, path, body);
const runs = async (id: string) => (await asHuman('GET', `/automations/${id}/runs?limit=100`)).body.data;
const hold = async () =>
  (await asAgent('POST', `/automations/${ID.welcomeSms}/trigger`, { trigger_data: { contact_id: WHO.tom } })).body
    .approval_id;

describe('a held write', () => {
  it('does nothing until a person approves it, then happens once', async () => {
    const before = await runs(ID.welcomeSms);
    const held = await asAgent('POST', `/automations/${ID.welcomeSms}/trigger`, {
      trigger_data: { contact_id: WHO.tom },
    });
    expect(held.status).toBe(202);
    expect(held.body).toEqual({ approval_id: expect.any(String), status: 'pending', expires_at: expect.any(String) });
    expect(await runs(ID.welcomeSms)).toHaveLength(before.length);
    const { approval_id } = held.body;
    const row = (await asAgent('GET', `/approvals/${approval_id}`)).body.data;
    expect(row).toMatchObject({
      id: approval_id,
      company_id: expect.any(String),
      api_key_id: expect.any(String),
      resource: 'automations',
      action: 'trigger',
      method: 'POST',
      path: `/automations/${ID.welcomeSms}/trigger`,
      status: 'pending',
      request_body: { trigger_data: { contact_id: WHO.tom } },
      target_id: ID.welcomeSms,
      resolved_at: null,
      resolved_by: null,
      executed: false,
    });
    const approved = await asHuman('POST', `/approvals/${approval_id}/approve`);
    expect(approved.body).toMatchObject({
      approval_id,
      status: 'approved',
      execution_status: 200,
      execution_result: { data: { status: 'completed' } },
    });
    expect(approved.body).not.toHaveProperty('data');
    expect(await runs(ID.welcomeSms)).toHaveLength(before.length + 1);
    expect((await asAgent('GET', `/approvals/${approval_id}`)).body.data).toMatchObject({
      status: 'executed',
      executed: true,
      resolved_by: expect.any(String),
    });
    const again = await asHuman('POST', `/approvals/${approval_id}/approve`);
    expect([again.status, again.body.error.code]).toEqual([409, 'CONFLICT']);
    expect(await runs(ID.welcomeSms)).toHaveLength(before.length + 1);
  });

  it('never happens once rejected', async () => {
    const before = await runs(ID.welcomeSms);
    const id = await hold();
    expect((await asHuman('POST', `/approvals/${id}/reject`, { reason: 'no' })).body).toEqual({
      approval_id: id,
      status: 'rejected',
    });
    expect((await asHuman('POST', `/approvals/${id}/approve`)).status).toBe(409);
    expect(await runs(ID.welcomeSms)).toHaveLength(before.length);
  });

  it('cannot be approved by the key that made it', async () => {
    const id = await hold();
    for (const verb of ['approve', 'reject', 'assign', 'edit']) {
      const answer = await asAgent('POST', `/approvals/${id}/${verb}`);
      expect([answer.status, answer.body.error.required_scopes]).toEqual([403, ['approvals:write']]);
    }
    expect((await asHuman('GET', `/approvals/${id}`)).body.data.status).toBe('pending');
  });

  it('may be edited and assigned first', async () => {
    const id = await hold();
    expect((await asHuman('POST', `/approvals/${id}/assign`, { primary_assignee_id: 'gwen' })).status).toBe(200);
    expect((await asHuman('POST', `/approvals/${id}/assign`, {})).status).toBe(400);
    expect(
      (await asHuman('POST', `/approvals/${id}/edit`, { request_body: { trigger_data: { contact_id: WHO.priya } } }))
        .status,
    ).toBe(200);
    expect((await asHuman('POST', `/approvals/${id}/edit`, { request_body: 5 })).status).toBe(400);
    const { body } = await asHuman('POST', `/approvals/${id}/approve`);
    expect(body.execution_result.data.action_results[0].request.to).toBe('+61400000101');
  });

  it('that turns out wrong fails when it is carried out', async () => {
    const { body: held } = await asAgent('POST', '/automations', { name: 'x' });
    const { body } = await asHuman('POST', `/approvals/${held.approval_id}/approve`);
    expect(body).toMatchObject({
      status: 'approved',
      execution_status: 400,
      execution_result: { error: { code: 'MISSING_FIELDS' } },
    });
    expect((await asHuman('GET', `/approvals/${held.approval_id}`)).body.data.status).toBe('failed');
  });

  it('covers deletes and bodiless writes too', async () => {
    const made = (await asHuman('POST', '/automations', { name: 'To go', trigger_type: 'manual' })).body.data;
    const enable = (await asAgent('POST', `/automations/${made.id}/enable`)).body.approval_id;
    expect((await asHuman('POST', `/approvals/${enable}/approve`)).body.execution_status).toBe(200);
    const gone = (await asAgent('DELETE', `/automations/${made.id}`)).body.approval_id;
    expect((await asHuman('GET', `/automations/${made.id}`)).body.data.enabled).toBe(true);
    expect((await asHuman('POST', `/approvals/${gone}/approve`)).body).toMatchObject({
      execution_status: 204,
      execution_result: null,
    });
    expect((await asHuman('GET', `/automations/${made.id}`)).status).toBe(404);
  });

  it('is listed by state, with its paging in meta, and expires', async () => {
    const id = await hold();
    const { body } = await asAgent('GET', '/approvals?limit=1');
    expect(body.data[0].id).toBe(id);
    expect(body).not.toHaveProperty('pagination');
    expect(body.meta).toMatchObject({
      limit: 1,
      has_more: true,
      next_cursor: expect.any(String),
      credits_remaining: expect.any(Number),
    });
    expect((await asAgent('GET', `/approvals?limit=1&cursor=${body.meta.next_cursor}`)).body.data[0].id).not.toBe(id);
    expect(
      (await asAgent('GET', '/approvals?status=rejected')).body.data.every((row: Json) => row.status === 'rejected'),
    ).toBe(true);
    expect((await asAgent('GET', '/approvals?resource=contacts')).body.data).toEqual([]);
    expect((await asAgent('GET', '/approvals?status=maybe')).status).toBe(400);
    expect((await asAgent('GET', '/approvals/nowhere')).status).toBe(404);
    await talk().twin('POST', '/clock', { advance_ms: 8 * DAY });
    expect((await asAgent('GET', '/approvals')).body.data).toEqual([]);
    expect((await asAgent('GET', `/approvals/${id}`)).body.data.status).toBe('expired');
    expect((await asHuman('POST', `/approvals/${id}/approve`)).status).toBe(409);
  });

  it('must at least be readable', async () => {
    expect((await asAgent('POST', '/automations', '{')).body.error.code).toBe('INVALID_BODY');
  });
});

describe('Idempotency-Key', () => {
  const path = `/automations/${ID.welcomeSms}/trigger`;
  const body = { trigger_data: { contact_id: WHO.tom } };
  const send = (key: string, sent: unknown = body, target = path, method = 'POST', apiKey?: string) =>
    talk().trustpager(method, target, sent, apiKey, { 'idempotency-key': key });

  it('answers a repeat with the first answer, and runs once', async () => {
    const before = await runs(ID.welcomeSms);
    const first = await send('one');
    const second = await send('one');
    expect(second.status).toBe(first.status);
    expect(second.body).toEqual(first.body);
    expect(await runs(ID.welcomeSms)).toHaveLength(before.length + 1);
    expect((await send('two')).body.data.run_id).not.toBe(first.body.data.run_id);
  });

  it('holds back a repeat that comes while the first is under way', async () => {
    const before = await runs(ID.welcomeSms);
    const answers = await Promise.all([send('race'), send('race'), send('race')]);
    expect(new Set(answers.map(answer => answer.body.data.run_id)).size).toBe(1);
    expect(await runs(ID.welcomeSms)).toHaveLength(before.length + 1);
  });

  it('refuses the same key for another body, path or method', async () => {
    await send('mixed');
    const others = [
      await send('mixed', { trigger_data: { contact_id: WHO.priya } }),
      await send('mixed', body, `/automations/${ID.missedCall}/trigger`),
    ];
    for (const answer of others) expect([answer.status, answer.body.error.code]).toEqual([409, 'CONFLICT']);
  });

  it('forgets after 24 hours', async () => {
    const first = await send('day');
    await talk().twin('POST', '/clock', { advance_ms: DAY - 1000 });
    expect((await send('day')).body).toEqual(first.body);
    await talk().twin('POST', '/clock', { advance_ms: 2000 });
    expect((await send('day')).body.data.run_id).not.toBe(first.body.data.run_id);
  });

  it('keeps no refusal: the mended request goes through', async () => {
    expect((await send('mend', { name: 'x' }, '/automations')).status).toBe(400);
    expect((await send('mend', { name: 'x', trigger_type: 'manual' }, '/automations')).status).toBe(201);
  });

  it('belongs to one key', async () => {
    const first = await send('mine');
    const other = await send('mine', body, path, 'POST', KEY.triggerNew);
    expect(other.body.data.run_id).not.toBe(first.body.data.run_id);
  });

  it('covers execute, empty answers and held writes', async () => {
    const execute = `/automations/${ID.welcomeSms}/actions/${ACT.welcomeSms}/execute`;
    const done = await send('exec', body, execute);
    expect((await send('exec', body, execute)).body).toEqual(done.body);
    const made = (await asHuman('POST', '/automations', { name: 'To go', trigger_type: 'manual' })).body.data;
    for (let n = 0; n < 2; n++)
      expect((await send('gone', undefined, `/automations/${made.id}`, 'DELETE')).status).toBe(204);
    const held = await send('held', body, path, 'POST', KEY.approval);
    expect((await send('held', body, path, 'POST', KEY.approval)).body).toEqual(held.body);
    const { body: log } = await talk().twin('GET', '/requests');
    const notes = log.requests.slice(-2).map((entry: Json) => [entry.note, entry.effect]);
    expect(notes).toEqual([
      ['held', false],
      ['replayed', false],
    ]);
  });
});
