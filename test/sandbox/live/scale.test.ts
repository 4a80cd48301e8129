// Size: fifty thousand participants followed to the end, and lists of ten thousand records read page by page.
import { describe, expect, it } from 'vitest';
import { SCRIP_AUTOMATIONS, SCRIP_PROGRAMS } from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, type Json, newAutomation, useSandbox } from '../fixtures.ts';

const PEOPLE = 50_000;
const talk = useSandbox({
  scale: { participants: PEOPLE, automations: 10_000 },
  now: () => Date.parse('2026-03-02T08:00:00Z'),
  idleAfterMs: 1500,
  ...{ fanoutRate: undefined },
});
const step = (advance_ms: number) => talk().twin('POST', '/clock', { advance_ms });
const inside = async () => (await talk().twin('GET', '/state')).body.scrip;

describe('fifty thousand participants', () => {
  it('are fanned out to, a step at a time, to the end', async () => {
    const path = `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.weeklyDigest}`;
    const look = async () => (await talk().scrip('GET', path)).body;
    const before = (await inside()).events_by_name.weekly_digest;
    expect((await talk().scrip('POST', `${path}/trigger`)).body).toMatchObject({
      execution_status: 'pending',
      participants_total: PEOPLE,
      participants_processed: 0,
    });
    const seen: number[] = [];
    for (let n = 0; n < 12 && (await look()).execution_status !== 'completed'; n++) {
      await step(1000);
      seen.push((await look()).participants_processed);
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(new Set(seen).size).toBeGreaterThan(7);
    expect(seen.at(-1)).toBe(PEOPLE);
    const { events_by_name, ledger } = await inside();
    expect(events_by_name.weekly_digest - before).toBe(PEOPLE);
    // One member in 120 is suspended, and one is closed.
    expect(ledger.blocked).toBe(Math.floor(PEOPLE / 120) + 1);
    expect(ledger.credited).toBe((PEOPLE - ledger.blocked) * 5);
    await step(1500);
    expect((await look()).execution_status).toBe('idle');
  });

  it('are filtered and guarded one by one', async () => {
    const asked = newAutomation('immediate', 'participants', {
      participant_filter: '"vip" in participant.tags',
      guard_condition: 'participant.counters.visits % 2 == 0',
    });
    const { body: made } = await talk().scrip('POST', AUTOMATIONS, asked);
    expect(made.participants_total).toBe((PEOPLE * 3) / 10);
    await step(20_000);
    const { status, participants_processed } = (await talk().scrip('GET', `${AUTOMATIONS}/${made.id}`)).body;
    expect([status, participants_processed]).toEqual(['completed', (PEOPLE * 3) / 10]);
    const reached = (await inside()).events_by_name[asked.event_name];
    expect([reached > PEOPLE / 10, reached < PEOPLE / 5]).toEqual([true, true]);
  });

  it('are enrolled, and stay enrolled', async () => {
    for (const id of [SCRIP_AUTOMATIONS.birthdayTreat, SCRIP_AUTOMATIONS.hundredPoints])
      await talk().scrip('PATCH', `${AUTOMATIONS}/${id}`, { status: 'paused' });
    const trigger = { type: 'participant_state', schedule_type: 'INTERVAL', schedule_config: { interval: '2h' } };
    const asked = newAutomation('participant_state', 'participants', { trigger });
    const { body: made } = await talk().scrip('POST', AUTOMATIONS, asked);
    await step(1000);
    expect((await inside()).subscriptions).toBeGreaterThan(PEOPLE);
    await step(4 * 3_600_000);
    expect((await inside()).events_by_name[made.event_name]).toBe(2 * PEOPLE);
    const { body } = await talk().scrip('GET', `${AUTOMATIONS}/${made.id}/subscriptions?limit=200`);
    expect(body.data.every((row: Json) => row.trigger_count === 2)).toBe(true);
  });
});

describe('ten thousand automations', () => {
  it.each<[string, number, (cursor: string) => Promise<Json>]>([
    [
      'Scrip',
      200,
      async cursor => (await talk().scrip('GET', `${AUTOMATIONS}?limit=200${cursor && `&cursor=${cursor}`}`)).body,
    ],
    [
      'TrustPager',
      100,
      async cursor => (await talk().trustpager('GET', `/automations?limit=100${cursor && `&after=${cursor}`}`)).body,
    ],
  ])('of %s come page by page, each once, newest first', async (_, limit, page) => {
    const rows: Json[] = [];
    for (let cursor = ''; ; ) {
      const { data, pagination } = await page(cursor);
      rows.push(...data);
      if (!pagination.has_more) break;
      expect(data).toHaveLength(limit);
      cursor = pagination.next_cursor;
    }
    expect(rows.length).toBeGreaterThanOrEqual(9_999);
    expect(new Set(rows.map(row => row.id)).size).toBe(rows.length);
    const times = rows.map(row => row.created_at);
    expect(times).toEqual(times.toSorted().toReversed());
  });
});

describe('the control room', () => {
  it('makes them as big as asked, and never smaller', async () => {
    const scale = async (body: Json) => (await talk().twin('POST', '/scale', body)).body;
    const now = await scale({});
    expect(now.participants).toBe(PEOPLE);
    expect(await scale({ participants: 10 })).toEqual(now);
    expect(await scale({ participants: PEOPLE + 5 })).toEqual({ ...now, participants: PEOPLE + 5 });
    const { body } = await talk().scrip('GET', '/programs');
    expect(body.data.map((row: Json) => row.id)).toContain(SCRIP_PROGRAMS.rewards);
  });

  it.each<Json>([{ participants: -1 }, { participants: 1.5 }, { automations: 2_000_000 }, { people: 5 }, [], 'x'])(
    'refuses %j in a sentence',
    async body => {
      const answer = await talk().twin('POST', '/scale', body);
      expect([answer.status, typeof answer.body.error]).toEqual([400, 'string']);
    },
  );
});
