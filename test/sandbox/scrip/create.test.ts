// Creating on Scrip: what is taken, what comes back, and every refusal.
import { describe, expect, it } from 'vitest';
import { SCRIP_PROGRAMS, scripParticipantId } from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, inFuture, type Json, newAutomation, useSandbox } from '../fixtures.ts';

const talk = useSandbox();
const create = (body: unknown) => talk().scrip('POST', AUTOMATIONS, body);

describe('a new automation', () => {
  it('comes back flat, active, made by the API, without what does not concern it', async () => {
    const asked = newAutomation('cron', 'program', { description: 'Why', payload: { a: { b: [1] } } });
    asked.trigger.timezone = 'America/Chicago';
    const { status, body } = await create(asked);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      program_id: SCRIP_PROGRAMS.rewards,
      name: asked.name,
      description: 'Why',
      event_name: asked.event_name,
      scope: 'program',
      trigger_type: 'cron',
      cron_expression: '0 9 * * 1',
      timezone: 'America/Chicago',
      payload: { a: { b: [1] } },
      source: 'api',
      status: 'active',
      next_run_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT1[45]:00:00\.000Z$/),
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect((await talk().scrip('GET', `${AUTOMATIONS}/${body.id}`)).body).toEqual(body);
  });

  it('reckons in UTC unless told otherwise', async () => {
    expect((await create(newAutomation('cron', 'program'))).body.timezone).toBe('UTC');
  });

  it('starts idle in participants scope, and has run nobody yet', async () => {
    const { body } = await create(
      newAutomation('one_time', 'participants', { participant_filter: '"vip" in participant.tags' }),
    );
    expect(body.execution_status).toBe('idle');
    expect(body).not.toHaveProperty('participants_total');
    expect(body.trigger_at).toMatch(/Z$/);
    expect(body).not.toHaveProperty('next_run_at');
  });

  it('runs at once when it is immediate', async () => {
    const { body } = await create(newAutomation('immediate', 'participants'));
    expect(body).toMatchObject({
      status: 'active',
      execution_status: expect.stringMatching(/^(pending|executing)$/),
      participants_total: 360,
      participants_processed: 0,
    });
  });

  it('passes schedule_config and filter_hints through untouched', async () => {
    const config = { anything: [1, { deep: null }], at: 'all' };
    const asked = newAutomation('participant_state', 'participants', { filter_hints: [{ has_tag: 'vip' }, {}] });
    asked.trigger = { type: 'participant_state', schedule_type: 'THRESHOLD', schedule_config: config };
    const { status, body } = await create({ ...asked, participant_filter: 'participant.counters.points > 100000' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      schedule_type: 'THRESHOLD',
      schedule_config: config,
      filter_hints: [{ has_tag: 'vip' }, {}],
    });
  });

  it('may be aimed at one participant: program scope, one_time', async () => {
    const participant_id = scripParticipantId('rewards', 5);
    expect((await create(newAutomation('one_time', 'program', { participant_id }))).body.participant_id).toBe(
      participant_id,
    );
    const elsewhere = { participant_id: scripParticipantId('wholesale', 5) };
    expect((await create(newAutomation('one_time', 'program', elsewhere))).status).toBe(404);
  });

  it('takes 255 characters of name and not 256', async () => {
    const long = `${Date.now()}${'é'.repeat(255)}`.slice(0, 255);
    expect((await create(newAutomation('cron', 'program', { name: long }))).status).toBe(201);
    expect((await create(newAutomation('cron', 'program', { name: `${long}x` }))).status).toBe(400);
  });

  it('refuses a name the program already has, and takes it once the other is archived', async () => {
    const asked = newAutomation('cron', 'program');
    const first = await create(asked);
    const again = await create(asked);
    expect([again.status, again.body.code, again.body.details[0].field]).toEqual([409, 'conflict', 'name']);
    expect((await talk().scrip('POST', `/programs/${SCRIP_PROGRAMS.wholesale}/automations`, asked)).status).toBe(201);
    await talk().scrip('DELETE', `${AUTOMATIONS}/${first.body.id}`);
    expect((await create(asked)).status).toBe(201);
  });
});

describe('trigger and scope', () => {
  it.each([
    ['cron', 'program', 201],
    ['cron', 'participants', 201],
    ['one_time', 'program', 201],
    ['one_time', 'participants', 201],
    ['immediate', 'program', 400],
    ['immediate', 'participants', 201],
    ['participant_state', 'program', 400],
    ['participant_state', 'participants', 201],
  ])('%s with %s: %i', async (type, scope, expected) => {
    const { status, body } = await create(newAutomation(type, scope));
    expect(status).toBe(expected);
    if (expected === 400)
      expect(body.details).toContainEqual(expect.objectContaining({ field: 'scope', reason: 'combination' }));
  });
});

const cron = (trigger: Json): Json => newAutomation('cron', 'program', { trigger: { type: 'cron', ...trigger } });
const once = (trigger_at: unknown): Json =>
  newAutomation('one_time', 'program', { trigger: { type: 'one_time', trigger_at } });
const without = (field: string): Json => {
  const { [field]: _, ...rest } = newAutomation('cron', 'program');
  return rest;
};

describe('every mistake is named by its field', () => {
  const people = (more: Json) => newAutomation('cron', 'participants', more);
  it.each<[string, () => unknown]>([
    ['name', () => without('name')],
    ['name', () => people({ name: '' })],
    ['name', () => people({ name: 7 })],
    ['name', () => people({ name: null })],
    ['event_name', () => without('event_name')],
    ['event_name', () => people({ event_name: 'x'.repeat(256) })],
    ['scope', () => without('scope')],
    ['scope', () => people({ scope: 'everyone' })],
    ['trigger', () => without('trigger')],
    ['trigger', () => people({ trigger: 'cron' })],
    ['trigger', () => people({ trigger: [] })],
    ['trigger.type', () => people({ trigger: {} })],
    ['trigger.type', () => people({ trigger: { type: 'CRON' } })],
    ['trigger.cron_expression', () => cron({})],
    ['trigger.cron_expression', () => cron({ cron_expression: '0 9 * *' })],
    ['trigger.cron_expression', () => cron({ cron_expression: '0 0 9 * * 1' })],
    ['trigger.cron_expression', () => cron({ cron_expression: '@daily' })],
    ['trigger.cron_expression', () => cron({ cron_expression: '61 * * * *' })],
    ['trigger.cron_expression', () => cron({ cron_expression: '0 9 30 2 *' })],
    ['trigger.cron_expression', () => cron({ cron_expression: 'CRON_TZ=UTC 0 9 * * 1' })],
    ['trigger.cron_expression', () => cron({ cron_expression: 'TZ=UTC 0 9 * * 1' })],
    [
      'trigger.cron_expression',
      () =>
        once(inFuture(1000)) &&
        newAutomation('one_time', 'program', {
          trigger: { type: 'one_time', trigger_at: inFuture(1e6), cron_expression: '0 9 * * 1' },
        }),
    ],
    ['trigger.timezone', () => cron({ cron_expression: '0 9 * * 1', timezone: 'Mars/Olympus' })],
    ['trigger.timezone', () => cron({ cron_expression: '0 9 * * 1', timezone: '+05:00' })],
    ['trigger.timezone', () => cron({ cron_expression: '0 9 * * 1', timezone: '' })],
    ['trigger.trigger_at', () => once(undefined)],
    ['trigger.trigger_at', () => once('tomorrow')],
    ['trigger.trigger_at', () => once('2099-02-31T00:00:00Z')],
    ['trigger.trigger_at', () => once('2099-01-01')],
    ['trigger.trigger_at', () => once(inFuture(-60_000))],
    ['trigger.trigger_at', () => once(4_000_000_000)],
    [
      'trigger.schedule_type',
      () =>
        newAutomation('participant_state', 'participants', {
          trigger: { type: 'participant_state', schedule_config: {} },
        }),
    ],
    [
      'trigger.schedule_type',
      () =>
        newAutomation('participant_state', 'participants', {
          trigger: { type: 'participant_state', schedule_type: 'interval', schedule_config: {} },
        }),
    ],
    [
      'trigger.schedule_config',
      () =>
        newAutomation('participant_state', 'participants', {
          trigger: { type: 'participant_state', schedule_type: 'INTERVAL' },
        }),
    ],
    [
      'trigger.schedule_config',
      () =>
        newAutomation('participant_state', 'participants', {
          trigger: { type: 'participant_state', schedule_type: 'INTERVAL', schedule_config: [] },
        }),
    ],
    ['trigger.surprise', () => cron({ cron_expression: '0 9 * * 1', surprise: 1 })],
    ['description', () => people({ description: 5 })],
    ['payload', () => people({ payload: [] })],
    ['payload', () => people({ payload: 'x' })],
    ['participant_filter', () => people({ participant_filter: 'participant.tags = 1' })],
    ['participant_filter', () => people({ participant_filter: ' ' })],
    ['participant_filter', () => newAutomation('cron', 'program', { participant_filter: 'true' })],
    ['guard_condition', () => people({ guard_condition: '((' })],
    ['filter_hints', () => people({ filter_hints: {} })],
    ['filter_hints', () => people({ filter_hints: ['vip'] })],
    ['participant_id', () => people({ participant_id: scripParticipantId('rewards', 1) })],
    ['participant_id', () => newAutomation('cron', 'program', { participant_id: scripParticipantId('rewards', 1) })],
    ['participant_id', () => newAutomation('one_time', 'program', { participant_id: 'member-1' })],
    ['status', () => people({ status: 'paused' })],
    ['cron_expression', () => people({ cron_expression: '0 9 * * 1' })],
  ])('%s', async (field, make) => {
    const { status, body } = await create(make());
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'validation_error', message: expect.any(String) });
    expect(body.details.map((detail: Json) => detail.field)).toContain(field);
    for (const detail of body.details)
      expect(detail).toMatchObject({ message: expect.any(String), reason: expect.any(String) });
  });

  it.each([
    ['not JSON', '{'],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['nothing', ''],
  ])('%s is a bad request', async (_, text) => {
    const { status, body } = await create(text);
    expect([status, body.code]).toEqual([400, 'bad_request']);
  });

  it.each(['CRON_TZ=UTC 0 9 * * 1', 'TZ=UTC 9 * * 1', 'tz=UTC 0 9 * * 1'])(
    '%s is sent to timezone',
    async cron_expression => {
      const { body } = await create(cron({ cron_expression }));
      expect(body.details[0].message).toContain('use timezone');
    },
  );

  it('names all mistakes at once', async () => {
    const { body } = await create({});
    expect(body.details.map((detail: Json) => detail.field)).toEqual([
      'name',
      'event_name',
      'scope',
      'trigger',
      'trigger.type',
    ]);
  });
});
