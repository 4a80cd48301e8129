// Scrip's lists: filters, order, paging without repeats or gaps, programs and events.
import { describe, expect, it } from 'vitest';
import { SCRIP_AUTOMATIONS as ID, SCRIP_PROGRAMS, scripParticipantId, uuidOf } from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, type Json, newAutomation, useSandbox } from '../fixtures.ts';

const talk = useSandbox();
const get = async (path: string) => (await talk().scrip('GET', path)).body;
const idsOf = (body: Json) => body.data.map((row: Json) => row.id);

async function everyPage(path: string, between?: (page: number) => Promise<unknown>): Promise<Json[]> {
  const rows: Json[] = [];
  for (let page = 1, cursor = ''; ; page++) {
    const body = await get(`${path}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    rows.push(...body.data);
    if (!body.pagination.has_more) {
      expect(body.pagination).toEqual({ has_more: false });
      return rows;
    }
    cursor = body.pagination.next_cursor;
    await between?.(page);
  }
}

describe('automations', () => {
  it('come newest first, archived ones left out', async () => {
    const body = await get(AUTOMATIONS);
    const created = body.data.map((row: Json) => row.created_at);
    expect(created).toEqual(created.toSorted().toReversed());
    expect(idsOf(body)).not.toContain(ID.stampCard);
    expect(body.data).toHaveLength(16);
    expect(body.pagination).toEqual({ has_more: false });
  });

  it.each<[string, (keyof typeof ID)[]]>([
    ['status=archived', ['stampCard']],
    ['status=paused', ['happyHour', 'ledgerReport', 'winBack']],
    ['status=failed', ['refundFollowUp']],
    ['status=completed', ['openingWeek', 'welcomeBonus']],
    ['trigger_type=participant_state', ['birthdayTreat', 'winBack', 'hundredPoints']],
    ['trigger_type=immediate', ['welcomeBonus', 'apologyCredit']],
    ['trigger_type=cron&scope=program', ['nightlySweep', 'ledgerReport']],
    ['trigger_type=cron&scope=program&status=active', ['nightlySweep']],
    ['source=rule_action', ['tierFollowUp']],
    ['search=VIP', ['vipDoublePoints']],
    ['search=vip&status=paused', []],
    ['search=no+such+name', []],
  ])('can be filtered by %s', async (query, names) => {
    expect(idsOf(await get(`${AUTOMATIONS}?${query}`)).sort()).toEqual(names.map(name => ID[name]).sort());
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=ten',
    'limit=-1',
    'cursor=nonsense',
    'status=done',
    'scope=all',
    'trigger_type=x',
    'source=x',
  ])('refuse %s', async query => {
    const answer = await talk().scrip('GET', `${AUTOMATIONS}?${query}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_error']);
    expect(answer.body.details[0].field).toBe(query.split('=')[0]);
  });

  it.each([1, 3, 7, 200])('page by %i without repeats or gaps', async limit => {
    const whole = idsOf(await get(`${AUTOMATIONS}?limit=200`));
    expect((await everyPage(`${AUTOMATIONS}?limit=${limit}`)).map(row => row.id)).toEqual(whole);
  });

  it('page steadily while rows come and go', async () => {
    const path = `/programs/${SCRIP_PROGRAMS.wholesale}/automations`;
    const made: Json[] = [];
    for (let n = 0; n < 9; n++) made.push((await talk().scrip('POST', path, newAutomation('cron', 'program'))).body.id);
    const gone = made[1];
    const seen = await everyPage(`${path}?limit=2`, async page => {
      await talk().scrip('POST', path, newAutomation('cron', 'program'));
      if (page === 2) await talk().scrip('DELETE', `${path}/${gone}`);
    });
    const ids = seen.map(row => row.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(made.filter(id => id !== gone)));
  });
});

describe('programs', () => {
  it('leave the archived out unless asked', async () => {
    expect(idsOf(await get('/programs')).sort()).toEqual([SCRIP_PROGRAMS.rewards, SCRIP_PROGRAMS.wholesale].sort());
    expect(idsOf(await get('/programs?include_archived=true'))).toContain(SCRIP_PROGRAMS.closed);
    expect(
      talk()
        .sandbox.scrip.programs.map(program => program.id)
        .sort(),
    ).toEqual([SCRIP_PROGRAMS.rewards, SCRIP_PROGRAMS.wholesale].sort());
  });

  it('can be searched, sorted and paged', async () => {
    expect(idsOf(await get('/programs?search=wholesale'))).toEqual([SCRIP_PROGRAMS.wholesale]);
    expect(idsOf(await get('/programs?sort_by=name&sort_dir=asc'))).toEqual([
      SCRIP_PROGRAMS.rewards,
      SCRIP_PROGRAMS.wholesale,
    ]);
    expect((await everyPage('/programs?limit=1&include_archived=true')).length).toBe(3);
    expect((await talk().scrip('GET', '/programs?sort_by=size')).status).toBe(400);
  });

  it('can be read one by one', async () => {
    expect(await get(`/programs/${SCRIP_PROGRAMS.rewards}`)).toMatchObject({
      id: SCRIP_PROGRAMS.rewards,
      status: 'ACTIVE',
      on_unknown_participant: 'CREATE',
    });
    expect((await talk().scrip('GET', `/programs/${uuidOf('nobody')}`)).status).toBe(404);
    expect((await talk().scrip('GET', '/programs/x')).status).toBe(400);
  });
});

describe('events', () => {
  const all = (query = '') => everyPage(`/events?limit=200&program_id=${SCRIP_PROGRAMS.rewards}${query}`);

  it('hold the history of the seeded runs, every page of it', async () => {
    const rows = await all();
    const count = (name: string) => rows.filter(row => row.event_data.type === name).length;
    expect([count('welcome_bonus'), count('weekly_digest'), count('cupping_class')]).toEqual([340, 352, 121]);
    expect(new Set(rows.map(row => row.id)).size).toBe(rows.length);
  });

  it('can be narrowed by participant, time, kind and state', async () => {
    const id = scripParticipantId('rewards', 3);
    expect((await all(`&participant_id=${id}`)).every(row => row.participant_id === id)).toBe(true);
    const rows = await all();
    const middle = rows[100].created_at;
    const older = await all(`&to=${middle}`);
    const newer = await all(`&from=${middle}`);
    expect(older.every(row => row.created_at <= middle) && newer.every(row => row.created_at >= middle)).toBe(true);
    expect(older.length + newer.length - rows.filter(row => row.created_at === middle).length).toBe(rows.length);
    expect(await all('&event_type=EXTERNAL')).toEqual([]);
    expect(await all('&external_id=order-1')).toEqual([]);
    expect((await all('&status=COMPLETED')).length).toBe(rows.length);
    expect(await all('&status=FAILED')).toEqual([]);
    expect((await everyPage(`/events?limit=200&program_id=${SCRIP_PROGRAMS.wholesale}`)).length).toBe(0);
    const upwards = await everyPage(
      `/events?limit=150&sort_by=event_timestamp&sort_dir=asc&program_id=${SCRIP_PROGRAMS.rewards}`,
    );
    expect(upwards.map(row => row.id)).toEqual(rows.map(row => row.id).toReversed());
  });

  it.each([
    'from=yesterday',
    'program_id=x',
    'status=DONE',
    'event_type=OTHER',
    'sort_by=name',
    'sort_dir=up',
    'limit=500',
  ])('refuse %s', async query => {
    expect((await talk().scrip('GET', `/events?${query}`)).status).toBe(400);
  });
});
