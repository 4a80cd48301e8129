// The clock of the twins: it runs, stands still, is stepped and set, and everything follows it.
import { describe, expect, it } from 'vitest';
import {
  TRUSTPAGER_AUTOMATIONS as ID,
  SCRIP_AUTOMATIONS,
  startSandbox,
  TRUSTPAGER_CONTACTS as WHO,
} from '../../../src/sandbox/index.ts';
import {
  AUTOMATIONS,
  DAY,
  HOUR,
  type Json,
  MINUTE,
  newAutomation,
  pause,
  speakTo,
  standing,
  until,
} from '../fixtures.ts';

describe('the clock', () => {
  it('runs, stands still, is set, and runs on from there', async () => {
    const sandbox = await startSandbox();
    const { twin } = speakTo(sandbox);
    const now = async () => Date.parse((await twin('GET', '/clock')).body.now);
    const first = await now();
    await until(now, later => later > first);
    expect((await twin('POST', '/clock', { freeze: true })).body).toMatchObject({ frozen: true });
    const stood = await now();
    await pause(30);
    expect(await now()).toBe(stood);
    const set = await twin('POST', '/clock', { now: new Date(stood + DAY).toISOString() });
    expect([Date.parse(set.body.now), set.body.frozen]).toEqual([stood + DAY, true]);
    await twin('POST', '/clock', { advance_ms: 500 });
    expect(await now()).toBe(stood + DAY + 500);
    expect((await twin('POST', '/clock', { freeze: false })).body.frozen).toBe(false);
    await until(now, later => later > stood + DAY + 500);
    expect(await now()).toBeLessThan(stood + DAY + HOUR);
    await sandbox.close();
  });

  it.each<Json>([
    {},
    [],
    'x',
    null,
    { freeze: 'yes' },
    { advance_ms: -1 },
    { advance_ms: '5' },
    { advance_ms: 1e15 },
    { now: 'tomorrow' },
    { now: '2020-01-01T00:00:00Z' },
    { now: '2026-03-03T00:00:00Z', advance_ms: 1 },
    { rewind: true },
  ])('refuses %j in a sentence, and does not move', async body => {
    await using at = await standing();
    const answer = await at.twin('POST', '/clock', body);
    expect([answer.status, typeof answer.body.error]).toEqual([400, 'string']);
    expect((await at.twin('GET', '/clock')).body).toEqual({ now: '2026-03-02T08:00:00.000Z', frozen: true });
  });

  it('lets requests through while it stands still', async () => {
    await using at = await standing({ actionMs: 20 });
    const { body } = await at.trustpager('POST', `/automations/${ID.welcomeSms}/trigger`, {
      trigger_data: { contact_id: WHO.tom },
    });
    expect(body.data).toMatchObject({ status: 'completed', duration_ms: 0 });
  });
});

describe('a step', () => {
  it('lets everything due in between happen, in its order, each at its own time', async () => {
    await using at = await standing({ fanoutRate: 100 });
    const cron = (cron_expression: string) => ({ trigger: { type: 'cron', cron_expression } });
    const make = async (type: string, scope: string, more: Json) =>
      (await at.scrip('POST', AUTOMATIONS, newAutomation(type, scope, more))).body;
    const often = await make('cron', 'program', cron('*/20 * * * *'));
    const hourly = await make('cron', 'program', cron('10 * * * *'));
    const once = await make('one_time', 'program', {
      trigger: { type: 'one_time', trigger_at: '2026-03-02T09:05:00Z' },
    });
    const people = await make('cron', 'participants', {
      ...cron('0 9 * * *'),
      participant_filter: '"new" in participant.tags',
    });
    const { happened, now } = await at.step(90 * MINUTE);
    expect(now).toBe('2026-03-02T09:30:00.000Z');
    expect(happened.scrip_firings).toBeGreaterThanOrEqual(8);
    const { body } = await at.scrip('GET', '/events?limit=200&sort_dir=asc&from=2026-03-02T08:00:00Z');
    const names = new Map(
      [often, hourly, once, people].map((row, n) => [row.event_name, ['often', 'hourly', 'once', 'people'][n]]),
    );
    const seen = body.data.flatMap((event: Json) => {
      const name = names.get(event.event_data.type);
      return name ? [`${event.created_at.slice(11, 16)} ${name}`] : [];
    });
    expect(seen).toEqual([
      '08:10 hourly',
      '08:20 often',
      '08:40 often',
      '09:00 often',
      ...Array.from({ length: 8 }, () => '09:00 people'),
      '09:05 once',
      '09:10 hourly',
      '09:20 often',
    ]);
  });

  it('in one go or in many, it comes to the same', async () => {
    const live = async (steps: number) => {
      await using at = await standing();
      await at.scrip('POST', `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.vipDoublePoints}/trigger`);
      for (let n = 0; n < steps; n++) await at.step((8 * DAY) / steps);
      const { scrip } = await at.inside();
      return {
        events: scrip.events_by_name,
        ledger: scrip.ledger,
        points: scrip.points,
        automations: scrip.automations.map(({ updated_at, evaluated_by, ...row }: Json) => row),
      };
    };
    expect(await live(64)).toEqual(await live(1));
  });

  it('credits points by rule, once per event, and none to who is suspended or closed', async () => {
    await using at = await standing();
    const before = (await at.inside()).scrip;
    expect(before.ledger).toEqual({ events: 0, entries: 0, credited: 0, by_rule: {}, blocked: 0 });
    await at.scrip('POST', `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.weeklyDigest}/trigger`);
    await at.step(MINUTE);
    const after = (await at.inside()).scrip;
    // 360 members, three of them suspended and one closed.
    expect(after.ledger).toEqual({
      events: 360,
      entries: 356,
      credited: 1780,
      by_rule: { 'Digest readers': 1780 },
      blocked: 4,
    });
    expect(after.points[0].points - before.points[0].points).toBe(1780);
    const failed = await at.scrip('GET', '/events?status=FAILED');
    expect(failed.body.data).toHaveLength(4);
    expect(failed.body.data[0]).toMatchObject({ status: 'FAILED', error_message: 'Participant is SUSPENDED' });
  });

  it('credits what the payload carries in points', async () => {
    await using at = await standing();
    await at.scrip(
      'POST',
      AUTOMATIONS,
      newAutomation('immediate', 'participants', {
        payload: { points: '30' },
        participant_filter: '"new" in participant.tags',
      }),
    );
    await at.step(MINUTE);
    // The last of the eight new members, number 360, is suspended.
    expect((await at.inside()).scrip.ledger).toMatchObject({ events: 8, entries: 7, credited: 210, blocked: 1 });
  });

  it('carries participants over a threshold that waits for them', async () => {
    await using at = await standing();
    const asked = newAutomation('participant_state', 'participants', {
      participant_filter: '"new" in participant.tags',
      trigger: {
        type: 'participant_state',
        schedule_type: 'THRESHOLD',
        schedule_config: { counter: 'points', at_least: 100_000 },
      },
    });
    const { body: made } = await at.scrip('POST', AUTOMATIONS, asked);
    await at.step(1000);
    const rows = async () => (await at.scrip('GET', `${AUTOMATIONS}/${made.id}/subscriptions`)).body.data;
    expect((await rows()).map((row: Json) => [row.status, row.next_trigger_at])).toEqual(
      Array.from({ length: 8 }, () => ['active', undefined]),
    );
    const credits = newAutomation('immediate', 'participants', {
      payload: { points: 200_000 },
      participant_filter: 'participant.attributes.city == "Melbourne"',
    });
    await at.scrip('POST', AUTOMATIONS, credits);
    const { happened } = await at.step(MINUTE);
    const reached = (await rows()).filter((row: Json) => row.status === 'completed');
    expect(reached.length).toBeGreaterThan(0);
    expect(reached.length).toBeLessThan(8);
    const { events_by_name } = (await at.inside()).scrip;
    expect(events_by_name[made.event_name]).toBe(reached.length);
    // In the very step that carried them over.
    expect(happened.scrip_events).toBe(events_by_name[credits.event_name] + reached.length);
  });

  it('lets what happens first be seen by what happens next', async () => {
    await using at = await standing({ fanoutRate: 1 });
    const rich = 'participant.counters.points >= 500000';
    const credits = { payload: { points: 500_000 }, participant_filter: '"new" in participant.tags' };
    await at.scrip('POST', AUTOMATIONS, newAutomation('immediate', 'participants', credits));
    // One a second from now on: four of the eight have their points when this one is due.
    const trigger = { type: 'one_time', trigger_at: '2026-03-02T08:00:04.5Z' };
    const asked = newAutomation('one_time', 'participants', { trigger, participant_filter: rich });
    const { body: made } = await at.scrip('POST', AUTOMATIONS, asked);
    const waits = newAutomation('participant_state', 'participants', { participant_filter: rich });
    const { body: enrols } = await at.scrip('POST', AUTOMATIONS, waits);
    await at.step(MINUTE);
    expect((await at.scrip('GET', `${AUTOMATIONS}/${made.id}`)).body.participants_total).toBe(4);
    // It was evaluated when it was made, and is again within the hour.
    const subscribed = async () =>
      (await at.scrip('GET', `${AUTOMATIONS}/${enrols.id}/subscriptions`)).body.data.length;
    expect(await subscribed()).toBe(0);
    await at.step(HOUR);
    expect(await subscribed()).toBe(7);
  });

  it('moves every kind of subscription on', async () => {
    await using at = await standing();
    const kinds: Record<string, [string, Json, number]> = {
      interval: ['INTERVAL', { interval: '6h' }, 8 * 4],
      cron: ['CRON', { cron_expression: '0 12 * * *', timezone: 'Europe/Berlin' }, 8],
      date: ['ATTRIBUTE_DATE', { attribute: 'birthday' }, 0],
      threshold: ['THRESHOLD', { counter: 'points', at_least: 0 }, 8],
    };
    const made: Record<string, Json> = {};
    for (const [name, [schedule_type, schedule_config]] of Object.entries(kinds)) {
      const trigger = { type: 'participant_state', schedule_type, schedule_config };
      const filter = { participant_filter: '"new" in participant.tags', trigger };
      made[name] = (
        await at.scrip('POST', AUTOMATIONS, newAutomation('participant_state', 'participants', filter))
      ).body;
    }
    await at.step(DAY + MINUTE);
    const counts = async () => {
      const { events_by_name } = (await at.inside()).scrip;
      return Object.fromEntries(Object.entries(made).map(([name, row]) => [name, events_by_name[row.event_name] ?? 0]));
    };
    expect(await counts()).toEqual(Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, kind[2]])));
    for (const name of ['interval', 'cron', 'threshold']) await at.scrip('DELETE', `${AUTOMATIONS}/${made[name].id}`);
    await at.step(365 * DAY);
    // Seven of the eight new members told us their birthday, or as many as did: each has one a year.
    const { body } = await at.scrip('GET', `${AUTOMATIONS}/${made.date.id}/subscriptions`);
    const known = body.data.filter((row: Json) => row.next_trigger_at !== undefined);
    expect(known.length).toBeGreaterThan(4);
    expect((await counts()).date).toBe(known.length);
  });
});
