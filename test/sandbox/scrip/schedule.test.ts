// Time on Scrip: cron, one_time and participant_state, with the twin's clock wound forward.
import { describe, expect, it } from 'vitest';
import { SCRIP_AUTOMATIONS as ID, SCRIP_PROGRAMS, startSandbox } from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, DAY, HOUR, type Json, newAutomation, speakTo, until, useSandbox } from '../fixtures.ts';

/** A sandbox in which it is Monday 2 March 2026, 08:00 UTC, until somebody winds the clock. */
async function monday() {
  const sandbox = await startSandbox({
    now: () => Date.parse('2026-03-02T08:00:00Z'),
    rateLimits: false,
    fanoutRate: 1000,
    idleAfterMs: 1000,
  });
  const talk = speakTo(sandbox);
  return {
    ...talk,
    wind: (ms: number) => talk.twin('POST', '/clock', { advance_ms: ms }),
    look: async (id: string) => (await talk.scrip('GET', `${AUTOMATIONS}/${id}`)).body,
    named: async (name: string) => (await talk.twin('GET', '/state')).body.scrip.events_by_name[name] ?? 0,
    make: async (type: string, scope: string, more: Json = {}) =>
      (await talk.scrip('POST', AUTOMATIONS, newAutomation(type, scope, more))).body,
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

describe('cron', () => {
  it('runs by itself in program scope and plans its next run', async () => {
    await using at = await monday();
    const made = await at.make('cron', 'program');
    expect(made.next_run_at).toBe('2026-03-02T09:00:00.000Z');
    await at.wind(HOUR + 1000);
    const after = await at.look(made.id);
    expect(after).toMatchObject({ last_run_at: '2026-03-02T09:00:00.300Z', next_run_at: '2026-03-09T09:00:00.000Z' });
    expect(await at.named(made.event_name)).toBe(1);
    await at.wind(14 * DAY);
    expect((await at.look(made.id)).next_run_at).toBe('2026-03-23T09:00:00.000Z');
    expect(await at.named(made.event_name)).toBe(3);
  });

  it('fans out by itself in participants scope, whatever was last completed', async () => {
    await using at = await monday();
    const made = await at.make('cron', 'participants', { participant_filter: '"vip" in participant.tags' });
    await at.wind(HOUR + 400);
    expect(await at.look(made.id)).toMatchObject({
      execution_status: 'executing',
      participants_total: 108,
      status: 'active',
    });
    await at.wind(10_000);
    expect(await at.look(made.id)).toMatchObject({ execution_status: 'idle', participants_processed: 108 });
    await at.wind(7 * DAY);
    expect(await at.named(made.event_name)).toBe(216);
  });

  it('keeps to its zone through a change of daylight saving time', async () => {
    await using at = await monday();
    const trigger = { type: 'cron', cron_expression: '0 9 * * 0', timezone: 'America/Chicago' };
    const made = await at.make('cron', 'program', { trigger });
    expect(made.next_run_at).toBe('2026-03-08T14:00:00.000Z');
  });

  it('does not run while paused, and makes up for nothing afterwards', async () => {
    await using at = await monday();
    const made = await at.make('cron', 'program');
    await at.scrip('PATCH', `${AUTOMATIONS}/${made.id}`, { status: 'paused' });
    await at.wind(8 * DAY);
    const { body } = await at.scrip('PATCH', `${AUTOMATIONS}/${made.id}`, { status: 'active' });
    expect(body.next_run_at).toBe('2026-03-16T09:00:00.000Z');
    expect(await at.named(made.event_name)).toBe(0);
  });

  it('catches up with a month of minutes, and passes over the rest of a year', async () => {
    await using at = await monday();
    const made = await at.make('cron', 'program', { trigger: { type: 'cron', cron_expression: '* * * * *' } });
    await at.wind(365 * DAY);
    const after = await at.look(made.id);
    expect(Date.parse(after.next_run_at)).toBeGreaterThan(Date.parse('2027-03-02T08:00:00Z'));
    const fired = await at.named(made.event_name);
    expect([fired > 44_640, fired < 45_001]).toEqual([true, true]);
  });
});

describe('one_time', () => {
  const trigger = { type: 'one_time', trigger_at: '2026-03-02T10:00:00+01:00' };

  it('fires once at its time in program scope, and is completed', async () => {
    await using at = await monday();
    const made = await at.make('one_time', 'program', { trigger });
    expect(made.trigger_at).toBe('2026-03-02T09:00:00.000Z');
    await at.wind(DAY);
    expect(await at.look(made.id)).toMatchObject({ status: 'completed', processed_at: '2026-03-02T09:00:00.300Z' });
    expect(await at.named(made.event_name)).toBe(1);
  });

  it('fans out at its time, is active until the end and completed then', async () => {
    await using at = await monday();
    const made = await at.make('one_time', 'participants', { trigger });
    await at.wind(HOUR + 400);
    expect(await at.look(made.id)).toMatchObject({ status: 'active', execution_status: 'executing' });
    await at.wind(5000);
    expect(await at.look(made.id)).toMatchObject({ status: 'completed', participants_processed: 360 });
    await at.wind(DAY);
    expect(await at.named(made.event_name)).toBe(360);
  });

  it('fired by hand it still fires at its time: everyone gets it twice', async () => {
    await using at = await monday();
    const made = await at.make('one_time', 'participants', { trigger });
    expect((await at.scrip('POST', `${AUTOMATIONS}/${made.id}/trigger`)).status).toBe(200);
    await at.wind(5000);
    expect(await at.look(made.id)).toMatchObject({ status: 'active', execution_status: 'idle' });
    await at.wind(DAY);
    expect(await at.named(made.event_name)).toBe(720);
    expect((await at.look(made.id)).status).toBe('completed');
  });

  it('waits while paused and fires when set active again', async () => {
    await using at = await monday();
    const made = await at.make('one_time', 'program', { trigger });
    await at.scrip('PATCH', `${AUTOMATIONS}/${made.id}`, { status: 'paused' });
    await at.wind(DAY);
    expect(await at.named(made.event_name)).toBe(0);
    await at.scrip('PATCH', `${AUTOMATIONS}/${made.id}`, { status: 'active' });
    await at.wind(1000);
    expect(await at.named(made.event_name)).toBe(1);
  });
});

describe('immediate', () => {
  it('set active again it may be fired by hand, and stays active', async () => {
    await using at = await monday();
    const made = await at.make('immediate', 'participants');
    const path = `${AUTOMATIONS}/${made.id}`;
    await at.wind(5000);
    expect((await at.look(made.id)).status).toBe('completed');
    expect((await at.scrip('POST', `${path}/trigger`)).status).toBe(400);
    await at.scrip('PATCH', path, { status: 'active' });
    expect((await at.scrip('POST', `${path}/trigger`)).status).toBe(200);
    await at.wind(5000);
    expect((await at.look(made.id)).status).toBe('active');
    expect(await at.named(made.event_name)).toBe(720);
  });
});

describe('participant_state', () => {
  it('fires on its own when a subscription is due', async () => {
    await using at = await monday();
    const made = await at.make('participant_state', 'participants', {
      participant_filter: '"vip" in participant.tags',
      trigger: { type: 'participant_state', schedule_type: 'INTERVAL', schedule_config: { interval: '12h' } },
    });
    await at.wind(1000);
    expect((await at.look(made.id)).last_evaluated_at).toBe('2026-03-02T08:00:00.200Z');
    await at.wind(DAY);
    expect(await at.named(made.event_name)).toBe(216);
    const { body } = await at.scrip('GET', `${AUTOMATIONS}/${made.id}/subscriptions?limit=200`);
    expect(body.data).toHaveLength(108);
    expect(body.data[0]).toMatchObject({ automation_id: made.id, status: 'active', trigger_count: 2, retry_count: 0 });
  });

  it('enrols and drops people at a refresh, which answers before it has worked', async () => {
    await using at = await monday();
    const path = `${AUTOMATIONS}/${ID.birthdayTreat}`;
    const subscribed = async () => (await at.scrip('GET', `${path}/subscriptions?limit=200`)).body;
    expect((await subscribed()).pagination.has_more).toBe(true);
    await at.scrip('PATCH', path, {
      participant_filter: '"vip" in participant.tags && has(participant.attributes.birthday)',
    });
    const { status, body } = await at.scrip('POST', `${path}/refresh-subscriptions`);
    expect([status, body]).toEqual([202, {}]);
    expect((await subscribed()).pagination.has_more).toBe(true);
    await at.wind(1000);
    const after = await subscribed();
    expect(after.pagination.has_more).toBe(false);
    expect(after.data.every((row: Json) => row.next_trigger_at !== undefined)).toBe(true);
  });

  it('a refresh may fire for people who match only now', async () => {
    await using at = await monday();
    const before = await at.named('hundred_points');
    await at.scrip('POST', `${AUTOMATIONS}/${ID.hundredPoints}/refresh-subscriptions`);
    await at.wind(1000);
    await at.look(ID.hundredPoints);
    expect(await at.named('hundred_points')).toBeGreaterThan(before + 50);
    const { body } = await at.scrip(
      'GET',
      `${AUTOMATIONS}/${ID.hundredPoints}/subscriptions?status=completed&limit=200`,
    );
    expect(body.data.every((row: Json) => row.status === 'completed' && row.trigger_count === 1)).toBe(true);
  });
});

describe('subscriptions over HTTP', () => {
  const talk = useSandbox();

  it.each([
    ['birthdayTreat', 202],
    ['hundredPoints', 202],
    ['winBack', 400],
    ['weeklyDigest', 400],
    ['nightlySweep', 400],
    ['welcomeBonus', 400],
    ['stampCard', 400],
  ] as const)('refresh of %s: %i', async (name, expected) => {
    const { status, body } = await talk().scrip('POST', `${AUTOMATIONS}/${ID[name]}/refresh-subscriptions`);
    expect(status).toBe(expected);
    if (expected === 400) expect(body).toEqual({ code: 'bad_request', message: expect.any(String) });
  });

  it('are an empty list for other trigger types', async () => {
    for (const name of ['weeklyDigest', 'nightlySweep', 'newBlendLaunch', 'welcomeBonus'] as const)
      expect((await talk().scrip('GET', `${AUTOMATIONS}/${ID[name]}/subscriptions`)).body).toEqual({
        data: [],
        pagination: { has_more: false },
      });
  });

  it('can be filtered and paged', async () => {
    const path = `${AUTOMATIONS}/${ID.winBack}/subscriptions`;
    const first = (await talk().scrip('GET', `${path}?limit=15&status=active`)).body;
    const rest = (await talk().scrip('GET', `${path}?limit=15&status=active&cursor=${first.pagination.next_cursor}`))
      .body;
    expect([first.data.length, rest.data.length, rest.pagination.has_more]).toEqual([15, 5, false]);
    expect(new Set([...first.data, ...rest.data].map((row: Json) => row.participant_id)).size).toBe(20);
    expect((await talk().scrip('GET', `${path}?status=failed`)).body.data).toEqual([]);
    expect((await talk().scrip('GET', `${path}?status=cancelled`)).status).toBe(400);
  });

  it('appear shortly after creation', async () => {
    const { body: made } = await talk().scrip(
      'POST',
      AUTOMATIONS,
      newAutomation('participant_state', 'participants', { participant_filter: '"new" in participant.tags' }),
    );
    const { body } = await until(
      () => talk().scrip('GET', `${AUTOMATIONS}/${made.id}/subscriptions`),
      answer => answer.body.data.length > 0,
    );
    expect(body.data).toHaveLength(8);
    expect(made.program_id).toBe(SCRIP_PROGRAMS.rewards);
  });
});
