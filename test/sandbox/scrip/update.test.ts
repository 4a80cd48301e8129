// Changing on Scrip: PATCH and its whitelist, pausing, archiving, cancelling.
import { describe, expect, it } from 'vitest';
import { SCRIP_AUTOMATIONS, scripParticipantId } from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, inFuture, type Json, newAutomation, useSandbox } from '../fixtures.ts';

const talk = useSandbox();
const make = async (type: string, scope: string, more: Json = {}) => {
  const { body } = await talk().scrip('POST', AUTOMATIONS, newAutomation(type, scope, more));
  return { made: body, path: `${AUTOMATIONS}/${body.id}` };
};
const patch = (path: string, body: unknown) => talk().scrip('PATCH', path, body);

describe('PATCH', () => {
  it('changes what was sent, and nothing else', async () => {
    const { made, path } = await make('cron', 'participants', {
      description: 'old',
      payload: { a: 1, b: 2 },
      participant_filter: 'true',
    });
    const { status, body } = await patch(path, { description: 'new', payload: { c: 3 } });
    expect(status).toBe(200);
    expect(body).toEqual({ ...made, description: 'new', payload: { c: 3 }, updated_at: body.updated_at });
    expect((await talk().scrip('GET', path)).body).toEqual(body);
    expect((await patch(path, {})).body).toEqual({ ...body, updated_at: expect.any(String) });
  });

  it('reckons the next run anew when the schedule changes', async () => {
    const { path } = await make('cron', 'program');
    const { body } = await patch(path, { cron_expression: '30 14 1 1 *', timezone: 'Asia/Tokyo' });
    expect(body).toMatchObject({ cron_expression: '30 14 1 1 *', timezone: 'Asia/Tokyo' });
    expect(body.next_run_at).toMatch(/-01-01T05:30:00\.000Z$/);
  });

  it('clears an optional field with null', async () => {
    const { path } = await make('cron', 'participants', {
      participant_filter: '"vip" in participant.tags',
      guard_condition: 'true',
      description: 'x',
    });
    const { body } = await patch(path, { participant_filter: null, guard_condition: null, description: null });
    for (const field of ['participant_filter', 'guard_condition', 'description'])
      expect(body).not.toHaveProperty(field);
  });

  it('pauses and resumes, and says so of the next run', async () => {
    const { made, path } = await make('cron', 'program');
    const paused = (await patch(path, { status: 'paused' })).body;
    expect(paused.status).toBe('paused');
    expect(paused).not.toHaveProperty('next_run_at');
    expect((await talk().scrip('POST', `${path}/trigger`)).status).toBe(400);
    expect((await patch(path, { status: 'active' })).body).toMatchObject({
      status: 'active',
      next_run_at: made.next_run_at,
    });
  });

  it.each<[string, Json, string, string]>([
    ['scope', { scope: 'program' }, 'cron', 'participants'],
    ['trigger', { trigger: { type: 'cron' } }, 'cron', 'participants'],
    ['trigger_type', { trigger_type: 'one_time' }, 'cron', 'participants'],
    ['schedule_type', { schedule_type: 'CRON' }, 'participant_state', 'participants'],
    ['participant_id', { participant_id: scripParticipantId('rewards', 1) }, 'one_time', 'program'],
    ['source', { source: 'rule_action' }, 'cron', 'program'],
    ['id', { id: 'x' }, 'cron', 'program'],
    ['status', { status: 'archived' }, 'cron', 'program'],
    ['status', { status: 'completed' }, 'cron', 'program'],
    ['status', { status: null }, 'cron', 'program'],
    ['name', { name: '' }, 'cron', 'program'],
    ['name', { name: null }, 'cron', 'program'],
    ['event_name', { event_name: 'x'.repeat(256) }, 'cron', 'program'],
    ['payload', { payload: [] }, 'cron', 'program'],
    ['cron_expression', { cron_expression: 'TZ=UTC 0 9 * * 1' }, 'cron', 'program'],
    ['cron_expression', { cron_expression: '0 9 * * 1' }, 'one_time', 'program'],
    ['timezone', { timezone: 'Mars/Olympus' }, 'cron', 'program'],
    ['trigger_at', { trigger_at: inFuture(-1000) }, 'one_time', 'program'],
    ['trigger_at', { trigger_at: inFuture(1000) }, 'cron', 'program'],
    ['schedule_config', { schedule_config: 5 }, 'participant_state', 'participants'],
    ['schedule_config', { schedule_config: {} }, 'cron', 'participants'],
    ['participant_filter', { participant_filter: 'a = b' }, 'cron', 'participants'],
    ['participant_filter', { participant_filter: 'true' }, 'cron', 'program'],
    ['guard_condition', { guard_condition: '' }, 'cron', 'participants'],
    ['filter_hints', { filter_hints: [1] }, 'cron', 'participants'],
    ['execution_status', { execution_status: 'idle' }, 'cron', 'participants'],
  ])('refuses %s: %j', async (field, body, type, scope) => {
    const { made, path } = await make(type, scope);
    const answer = await patch(path, body);
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_error']);
    expect(answer.body.details.map((detail: Json) => detail.field)).toContain(field);
    expect((await talk().scrip('GET', path)).body).toEqual(made);
  });

  it('refuses a name that is taken, and lets an automation keep its own', async () => {
    const { made, path } = await make('cron', 'program');
    expect((await patch(path, { name: 'Weekly coffee digest' })).status).toBe(409);
    expect((await patch(path, { name: made.name })).status).toBe(200);
  });

  it('refuses what is not a JSON object', async () => {
    const { path } = await make('cron', 'program');
    for (const text of ['', '{', '[]', 'null']) expect((await patch(path, text)).status).toBe(400);
  });
});

describe('DELETE', () => {
  it('archives for good: readable by id, gone from the list, deaf to everything', async () => {
    const { made, path } = await make('cron', 'participants');
    const { status, body } = await talk().scrip('DELETE', path);
    expect([status, body]).toEqual([204, undefined]);
    expect((await talk().scrip('GET', path)).body.status).toBe('archived');
    const ids = async (query: string) =>
      (await talk().scrip('GET', `${AUTOMATIONS}?limit=200${query}`)).body.data.map((row: Json) => row.id);
    expect(await ids('')).not.toContain(made.id);
    expect(await ids('&status=archived')).toContain(made.id);
    expect((await patch(path, { status: 'active' })).status).toBe(400);
    expect((await patch(path, { description: 'x' })).status).toBe(400);
    expect((await talk().scrip('POST', `${path}/trigger`)).status).toBe(400);
    expect((await talk().scrip('DELETE', path)).status).toBe(204);
  });
});

describe('cancel', () => {
  it.each(['pending', 'executing'])('ends a fan-out that is %s', async execution_status => {
    const { made, path } = await make('cron', 'participants');
    await talk().twin('PATCH', `/scrip/automations/${made.id}`, { execution_status });
    const { status, body } = await talk().scrip('POST', `${path}/cancel`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'active', participants_processed: 0, execution_error: expect.any(String) });
    expect(['failed', 'idle']).toContain(body.execution_status);
  });

  it.each(['idle', 'completed', 'failed'])('has nothing to end when %s', async execution_status => {
    const { made, path } = await make('cron', 'participants');
    await talk().twin('PATCH', `/scrip/automations/${made.id}`, { execution_status });
    expect((await talk().scrip('POST', `${path}/cancel`)).status).toBe(400);
  });

  it('knows no fan-out in program scope', async () => {
    expect((await talk().scrip('POST', `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.nightlySweep}/cancel`)).status).toBe(400);
  });
});
