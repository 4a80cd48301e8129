// Simulated months across changes of clocks in both hemispheres, firing by firing, against another cron engine and a table written by hand.
import { CronExpressionParser } from 'cron-parser';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, type Json, newAutomation, speakTo } from '../fixtures.ts';

const NORTH = ['America/New_York', 'Europe/Berlin'];
const SOUTH = ['Australia/Sydney', 'Pacific/Auckland', 'America/Santiago'];
const EXPRESSIONS = [
  '0 * * * *',
  '*/30 0-3 * * *',
  '30 0 * * *',
  '30 1 * * *',
  '30 2 * * *',
  '0 3 * * 0',
  '0 9 * * 1',
  '*/30 8-10 * * 1-5',
  '59 23 1,15,31 * *',
  '0 12 13 * 5',
];
const MONTHS = [
  [
    'New York and Berlin go forward, the south goes back',
    '2026-03-07T12:00:00Z',
    '2026-04-07T12:00:00Z',
    [...NORTH, ...SOUTH],
  ],
  ['the south goes forward', '2026-09-05T12:00:00Z', '2026-10-05T12:00:00Z', SOUTH],
  ['New York and Berlin go back', '2026-10-04T12:00:00Z', '2026-11-04T12:00:00Z', NORTH],
] as const;

/**
 * A time of day that a change of clocks leaps over. Engines differ here, and Scrip's pages say nothing: the twin fires at
 * the first moment after the leap. Written by hand from the tz database's dates.
 */
const GAPS: [zone: string, expression: string, leaptOver: string, fires: string][] = [
  ['America/New_York', '30 2 * * *', '8 March 02:30', '2026-03-08T07:00:00Z'],
  ['Europe/Berlin', '30 2 * * *', '29 March 02:30', '2026-03-29T01:00:00Z'],
  ['Australia/Sydney', '30 2 * * *', '4 October 02:30', '2026-10-03T16:00:00Z'],
  ['Pacific/Auckland', '30 2 * * *', '27 September 02:30', '2026-09-26T14:00:00Z'],
  ['America/Santiago', '30 0 * * *', '6 September 00:30', '2026-09-06T04:00:00Z'],
  ['Australia/Lord_Howe', '15 2 * * *', '4 October 02:15', '2026-10-03T15:30:00Z'],
];

/**
 * The hour that a change of clocks repeats: what names several minutes or hours fires in it both times, and what names one
 * time of day only the first time. Engines differ on several minutes within named hours. Written by hand.
 */
const REPEATED: [zone: string, expression: string, secondTime: string][] = [
  ['Australia/Sydney', '*/30 0-3 * * *', '2026-04-04T16'],
  ['Pacific/Auckland', '*/30 0-3 * * *', '2026-04-04T14'],
  ['Europe/Berlin', '*/30 0-3 * * *', '2026-10-25T01'],
  ['America/New_York', '*/30 0-3 * * *', '2026-11-01T06'],
];

/** Makes these automations, lets the time go by in one step, and tells when each of them fired. */
async function live(schedules: readonly (readonly [string, string])[], from: string, to: string): Promise<string[][]> {
  const sandbox = await startSandbox({ now: () => Date.parse(from), rateLimits: false });
  const { scrip, twin } = speakTo(sandbox);
  await twin('POST', '/clock', { freeze: true });
  const names: string[] = [];
  for (const [timezone, cron_expression] of schedules) {
    const asked = newAutomation('cron', 'program', { trigger: { type: 'cron', cron_expression, timezone } });
    names.push((await scrip('POST', AUTOMATIONS, asked)).body.event_name);
  }
  await twin('POST', '/clock', { now: to });
  const fired = new Map<string, string[]>(names.map(name => [name, []]));
  for (let cursor = ''; ; ) {
    const { body } = await scrip('GET', `/events?limit=200&sort_dir=asc&from=${from}${cursor}`);
    // The scheduler takes a moment to pick up what is due.
    for (const event of body.data)
      fired.get(event.event_data.type)?.push(event.event_timestamp.replace(/:\d\d\.\d{3}Z$/, ':00Z'));
    if (!body.pagination.has_more) break;
    cursor = `&cursor=${body.pagination.next_cursor}`;
  }
  await sandbox.close();
  return names.map(name => fired.get(name) ?? []);
}

function byTheOtherEngine(tz: string, expression: string, from: string, to: string): string[] {
  const found = CronExpressionParser.parse(expression, { tz, currentDate: new Date(from) });
  const times: string[] = [];
  for (;;) {
    // What is due at the very end is picked up a moment later.
    const at = found.next().toDate();
    if (at >= new Date(to)) return times;
    times.push(at.toISOString().replace('.000Z', 'Z'));
  }
}

describe('a month in which', () => {
  it.each(MONTHS)('%s', async (_, from, to, zones) => {
    const schedules = zones.flatMap(zone => EXPRESSIONS.map(expression => [zone, expression] as const));
    const fired = await live(schedules, from, to);
    const expected = schedules.map(([zone, expression]) => {
      const gap = GAPS.find(row => row[0] === zone && row[1] === expression)?.[3];
      const again = REPEATED.find(row => row[0] === zone && row[1] === expression)?.[2] ?? '';
      const twice = again > from && again < to ? [`${again}:00:00Z`, `${again}:30:00Z`] : [];
      // In the hour that is leapt over or repeated, the tables have the word.
      return byTheOtherEngine(zone, expression, from, to)
        .map(time => (time.slice(0, 13) === gap?.slice(0, 13) ? gap : time))
        .concat(twice)
        .sort();
    });
    const label = (times: string[][]): Json => Object.fromEntries(schedules.map((row, n) => [row.join(' '), times[n]]));
    expect(label(fired)).toEqual(label(expected));
    expect(fired.flat().length).toBeGreaterThan(1000 * zones.length);
  });
});

describe('the hour that is leapt over', () => {
  it.each(GAPS)('%s %s, on %s: fires at %s, once', async (zone, expression, _, fires) => {
    const at = Date.parse(fires);
    const day = (n: number) => new Date(at + n * 86_400_000).toISOString();
    const [times = []] = await live([[zone, expression]], day(-0.5), day(0.5));
    expect(times).toEqual([fires]);
  });
});
