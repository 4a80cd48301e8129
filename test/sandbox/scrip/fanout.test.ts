// Fan-outs: who is reached, how progress shows, what pausing, cancelling and archiving do to one.
import { describe, expect, it } from 'vitest';
import { SCRIP_AUTOMATIONS, SCRIP_PROGRAMS, scripParticipantId, startSandbox } from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, type Json, newAutomation, speakTo, type Talk, until, useSandbox } from '../fixtures.ts';

/** Every event of one name since then, through all pages. */
async function eventsNamed({ scrip }: Talk, name: string, since = '2020-01-01T00:00:00Z'): Promise<Json[]> {
  const found: Json[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await scrip(
      'GET',
      `/events?limit=200&program_id=${SCRIP_PROGRAMS.rewards}&from=${since}${cursor && `&cursor=${cursor}`}`,
    );
    found.push(...body.data.filter((event: Json) => event.event_data.type === name));
    if (!body.pagination.has_more) return found;
    cursor = body.pagination.next_cursor;
  }
}

describe('in slow motion', () => {
  it('shows pending, executing with growing progress, completed, and then idle again', async () => {
    let now = Date.parse('2026-03-02T10:00:00Z');
    const sandbox = await startSandbox({ now: () => now, idleAfterMs: 1500, rateLimits: false });
    const talk = speakTo(sandbox);
    const path = `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.vipDoublePoints}`;
    const look = async () => (await talk.scrip('GET', path)).body;
    const { body: fired } = await talk.scrip('POST', `${path}/trigger`);
    expect(fired).toMatchObject({ execution_status: 'pending', participants_total: 108, participants_processed: 0 });
    expect(fired.last_run_at).toBe('2026-03-02T10:00:00.000Z');
    expect((await talk.scrip('POST', `${path}/trigger`)).status).toBe(400);
    const seen: number[] = [];
    for (let second = 0; second < 7; second++) {
      now += 1000;
      const { execution_status, participants_processed, updated_at } = await look();
      expect(execution_status).toBe('executing');
      expect(Date.parse(updated_at)).toBeGreaterThan(now - 100);
      seen.push(participants_processed);
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(new Set(seen).size).toBe(7);
    now += 1000;
    const done = await look();
    expect(done).toMatchObject({ status: 'active', execution_status: 'completed', participants_processed: 108 });
    expect(Date.parse(done.execution_completed_at)).toBeLessThanOrEqual(now);
    now += 1500;
    const idle = await look();
    expect(idle).toMatchObject({ execution_status: 'idle', execution_completed_at: done.execution_completed_at });
    // The guard wants five visits: the rest of the VIPs were skipped, and counted as processed.
    const events = await eventsNamed(talk, 'vip_double_points');
    expect(events.length).toBeGreaterThan(50);
    expect(events.length).toBeLessThan(108);
    expect(new Set(events.map(event => event.participant_id)).size).toBe(events.length);
    expect(events[0]).toMatchObject({
      event_type: 'SYSTEM',
      event_data: { type: 'vip_double_points', multiplier: '2' },
      status: 'COMPLETED',
    });
    expect((await talk.scrip('POST', `${path}/trigger`)).status).toBe(200);
    await sandbox.close();
  });

  it.each([
    [SCRIP_AUTOMATIONS.weeklyDigest, 360],
    [SCRIP_AUTOMATIONS.tastingInvitation, 127],
    [SCRIP_AUTOMATIONS.vipDoublePoints, 108],
  ])('takes six to ten seconds for the seeded audience of %s', async (id, total) => {
    let now = Date.parse('2026-03-02T10:00:00Z');
    const sandbox = await startSandbox({ now: () => now });
    const { scrip } = speakTo(sandbox);
    const { body } = await scrip('POST', `${AUTOMATIONS}/${id}/trigger`);
    expect(body.participants_total).toBe(total);
    now += 6000;
    expect((await scrip('GET', `${AUTOMATIONS}/${id}`)).body.execution_status).toBe('executing');
    now += 4000;
    expect((await scrip('GET', `${AUTOMATIONS}/${id}`)).body.participants_processed).toBe(total);
    await sandbox.close();
  });

  it('stays completed when told never to return to idle', async () => {
    let now = Date.parse('2026-03-02T10:00:00Z');
    const sandbox = await startSandbox({ now: () => now, idleAfterMs: 'never', fanoutRate: 1000 });
    const { scrip } = speakTo(sandbox);
    const path = `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.vipDoublePoints}`;
    await scrip('POST', `${path}/trigger`);
    now += 86_400_000;
    expect((await scrip('GET', path)).body.execution_status).toBe('completed');
    expect((await scrip('POST', `${path}/trigger`)).status).toBe(400);
    await sandbox.close();
  });

  it('goes on while paused, stops when cancelled, and undoes nothing', async () => {
    let now = Date.parse('2026-03-02T10:00:00Z');
    const sandbox = await startSandbox({ now: () => now, idleAfterMs: 1000, rateLimits: false });
    const talk = speakTo(sandbox);
    const path = `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.weeklyDigest}`;
    const before = (await eventsNamed(talk, 'weekly_digest')).length;
    await talk.scrip('POST', `${path}/trigger`);
    now += 2000;
    const paused = await talk.scrip('PATCH', path, { status: 'paused' });
    expect(paused.body).toMatchObject({ status: 'paused', execution_status: 'executing' });
    now += 2000;
    const later = await talk.scrip('GET', path);
    expect(later.body.participants_processed).toBeGreaterThan(paused.body.participants_processed);
    await talk.scrip('PATCH', path, { status: 'active' });
    const { status, body } = await talk.scrip('POST', `${path}/cancel`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'active', execution_status: 'failed', execution_error: expect.any(String) });
    expect(body.participants_processed).toBe(later.body.participants_processed);
    now += 60_000;
    const end = await talk.scrip('GET', path);
    expect(end.body).toMatchObject({ execution_status: 'idle', participants_processed: body.participants_processed });
    expect((await eventsNamed(talk, 'weekly_digest')).length - before).toBe(body.participants_processed);
    expect((await talk.scrip('POST', `${path}/cancel`)).status).toBe(400);
    await sandbox.close();
  });
});

describe('who is reached', () => {
  const talk = useSandbox();

  /** Creates an immediate automation and waits until it is through. */
  async function reach(filter?: string, guard?: string) {
    const asked = newAutomation('immediate', 'participants', {
      ...(filter && { participant_filter: filter }),
      ...(guard && { guard_condition: guard }),
    });
    const { body: made } = await talk().scrip('POST', AUTOMATIONS, asked);
    const { body } = await until(
      () => talk().scrip('GET', `${AUTOMATIONS}/${made.id}`),
      answer => answer.body.status === 'completed',
    );
    const events = await eventsNamed(talk(), asked.event_name, made.created_at);
    return { total: body.participants_total, processed: body.participants_processed, reached: events.length, body };
  }

  it.each<[string, string | undefined, string | undefined, number, number]>([
    ['no filter is everyone', undefined, undefined, 360, 360],
    ['a tag', '"vip" in participant.tags', undefined, 108, 108],
    ['a filter nobody matches', 'participant.counters.points > 100000', undefined, 0, 0],
    ['a missing field makes the whole condition false', 'participant.attributes.shoe_size == "42"', undefined, 0, 0],
    ['missing for some: no birthday, no match', 'participant.attributes.birthday != ""', undefined, 300, 300],
    ['has() asks first', '!has(participant.attributes.birthday)', undefined, 60, 60],
    ['an unknown variable', 'nonsense.field == 1', undefined, 0, 0],
    ['something that is not true or false', 'participant.counters.visits', undefined, 0, 0],
    ['get() with a default', 'get(participant.counters, "nope", 7) == 7', undefined, 360, 360],
    [
      'arithmetic on counters',
      'participant.counters.visits * 2 >= 0 && size(participant.tags) > 0',
      undefined,
      360,
      360,
    ],
    ['a guard skips', undefined, '"vip" in participant.tags', 360, 108],
    ['a guard sees the event', undefined, 'event.type.startsWith("made_by_test")', 360, 360],
    ['now is a time', 'now > timestamp("2020-01-01T00:00:00Z")', undefined, 360, 360],
  ])('%s', async (_, filter, guard, total, reached) => {
    const result = await reach(filter, guard);
    expect([result.total, result.processed, result.reached]).toEqual([total, total, reached]);
    expect(result.body.status).toBe('completed');
  });

  it('may be asked for by participant, newest event first', async () => {
    const id = scripParticipantId('rewards', 10);
    const { body } = await talk().scrip('GET', `/events?participant_id=${id}&limit=200`);
    expect(body.data.length).toBeGreaterThan(1);
    expect(body.data.every((event: Json) => event.participant_id === id)).toBe(true);
    const times = body.data.map((event: Json) => event.created_at);
    expect(times).toEqual(times.toSorted().toReversed());
  });
});
