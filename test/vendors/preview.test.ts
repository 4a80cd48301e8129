// When a schedule fires: agrees with a second library but for changes of clocks, which are always flagged (scrip.md 8.2).
import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { preview, previewOnce } from '../../src/vendors/schedule.ts';

const now = Date.UTC(2026, 2, 26, 8, 30);

describe('preview', () => {
  const at = async (cron_expression: string, timezone: string, from: string, count?: number) =>
    preview({ cron_expression, timezone, now: Date.parse(from), ...(count === undefined ? {} : { count }) });

  test('the next five firings, in UTC and on the wall clock', async () => {
    expect(await preview({ cron_expression: '0 9 * * 1', timezone: 'Europe/Rome', now })).toEqual({
      firings: [
        { at: '2026-03-30T07:00:00Z', local: 'Mon 2026-03-30 09:00 (+02:00)' },
        { at: '2026-04-06T07:00:00Z', local: 'Mon 2026-04-06 09:00 (+02:00)' },
        { at: '2026-04-13T07:00:00Z', local: 'Mon 2026-04-13 09:00 (+02:00)' },
        { at: '2026-04-20T07:00:00Z', local: 'Mon 2026-04-20 09:00 (+02:00)' },
        { at: '2026-04-27T07:00:00Z', local: 'Mon 2026-04-27 09:00 (+02:00)' },
      ],
      per_month: 4.33,
      warnings: [],
    });
  });

  test('UTC where no zone is given, other zones with halves and minus', async () => {
    expect((await preview({ cron_expression: '0 0 1 1 *', now, count: 1 })).firings).toEqual([
      { at: '2027-01-01T00:00:00Z', local: 'Fri 2027-01-01 00:00 (+00:00)' },
    ]);
    expect((await at('0 9 * * *', 'Asia/Kolkata', '2026-01-01T00:00:00Z', 1)).firings[0]?.local).toBe(
      'Thu 2026-01-01 09:00 (+05:30)',
    );
    expect((await at('0 9 * * *', 'America/St_Johns', '2026-01-01T00:00:00Z', 1)).firings[0]?.local).toBe(
      'Thu 2026-01-01 09:00 (-03:30)',
    );
  });

  test('a time that does not exist is flagged, and is an estimate', async () => {
    const { firings, warnings } = await at('30 2 * * *', 'Europe/Rome', '2026-03-28T12:00:00Z', 2);
    expect(firings).toEqual([
      {
        at: '2026-03-29T01:00:00Z',
        local: 'Sun 2026-03-29 03:00 (+02:00)',
        note: 'daylight-saving gap: 02:30 does not exist on 2026-03-29 in Europe/Rome; an estimate',
      },
      { at: '2026-03-30T00:30:00Z', local: 'Mon 2026-03-30 02:30 (+02:00)' },
    ]);
    expect(warnings).toEqual([
      'daylight-saving overlap: 02:30 happens twice on 2026-10-25 in Europe/Rome; whether it then fires once or twice is not documented',
      expect.stringContaining('gap: 02:30 does not exist on 2027-03-28'),
    ]);
  });

  test('a time that exists twice is flagged', async () => {
    const { firings } = await at('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2);
    expect(firings.map(({ note }) => note)).toEqual([
      'daylight-saving overlap: 01:30 happens twice on 2026-11-01 in America/New_York; an estimate',
      undefined,
    ]);
  });

  test('what is skipped altogether is warned of', async () => {
    const { firings, warnings } = await at('*/20 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', 3);
    expect(firings[0]?.local).toBe('Mon 2026-03-09 02:00 (-04:00)');
    expect(warnings[0]).toBe(
      'daylight-saving gap: 02:00, 02:20, 02:40 do not exist on 2026-03-08 in America/New_York; whether it then fires late or not at all is not documented',
    );
  });

  test('a firing right after the gap that was meant for then is no estimate', async () => {
    const { firings, warnings } = await at('0 * * * *', 'Europe/Rome', '2026-03-29T00:30:00Z', 2);
    expect(firings).toEqual([
      { at: '2026-03-29T01:00:00Z', local: 'Sun 2026-03-29 03:00 (+02:00)' },
      { at: '2026-03-29T02:00:00Z', local: 'Sun 2026-03-29 04:00 (+02:00)' },
    ]);
    expect(warnings[0]).toContain('gap: 02:00 does not exist on 2026-03-29');
  });

  test('half an hour of gap counts as well, and a zone without changes has no warnings', async () => {
    expect((await at('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z', 1)).firings[0]).toMatchObject({
      local: 'Sun 2026-10-04 02:30 (+11:00)',
      note: expect.stringContaining('gap: 02:15 does not exist'),
    });
    expect((await at('30 2 * * *', 'Asia/Tokyo', '2026-03-28T12:00:00Z')).warnings).toEqual([]);
    expect((await at('30 12 * * *', 'Europe/Rome', '2026-03-28T12:00:00Z')).warnings).toEqual([]);
  });

  test.each<[string, number]>([
    ['* * * * *', 43_800],
    ['*/15 * * * *', 2_920],
    ['0 9 * * *', 30.42],
    ['0 9 1 * *', 1],
    ['0 9 1 1 *', 0.08],
    ['0 0 29 2 *', 0],
    ['0 9,17 * * 1-5', 43.5],
  ])('%j fires on average so often a month: %d', async (expression, perMonth) => {
    expect((await at(expression, 'Europe/Rome', '2026-03-26T08:30:00Z', 1)).per_month).toBeCloseTo(perMonth, 1);
  });

  test('a yearly count is exact to the minute it is asked', async () => {
    // 2026-03-26 is a Thursday, and so 2027-03-26 a Friday: the year holds 52 Thursdays after this moment, or 53 with today's.
    expect((await at('0 9 * * 4', 'UTC', '2026-03-26T08:59:00Z', 1)).per_month).toBe(Math.round((53 / 12) * 100) / 100);
    expect((await at('0 9 * * 4', 'UTC', '2026-03-26T09:00:00Z', 1)).per_month).toBe(Math.round((52 / 12) * 100) / 100);
    expect((await at('0 9 * * 5', 'UTC', '2026-03-26T09:00:00Z', 1)).per_month).toBe(Math.round((53 / 12) * 100) / 100);
    expect((await at('0 9 * * 5', 'UTC', '2026-03-26T08:59:00Z', 1)).per_month).toBe(Math.round((52 / 12) * 100) / 100);
  });

  test('count is bounded, and mistakes are told as they are by the checks', async () => {
    expect((await at('* * * * *', 'UTC', '2026-01-01T00:00:00Z', 10_000)).firings).toHaveLength(50);
    expect((await at('* * * * *', 'UTC', '2026-01-01T00:00:00Z', -1)).firings).toHaveLength(1);
    await expect(at('@daily', 'UTC', '2026-01-01T00:00:00Z')).rejects.toMatchObject({
      outcome: 'not_sent',
      code: 'invalid_input',
      message: expect.stringContaining('cron_expression is "@daily"'),
    });
    await expect(at('0 9 * * 1', 'Mars/Base', '2026-01-01T00:00:00Z')).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('timezone is "Mars/Base"'),
    });
  });

  const number = (min: number, max: number) => fc.integer({ min, max }).map(String);
  const field = (min: number, max: number, step: number) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('*') },
      { weight: 3, arbitrary: number(min, max) },
      fc.integer({ min: 2, max: step }).map(every => `*/${every}`),
      fc
        .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
        .map(pair => pair.toSorted((a, b) => a - b).join('-')),
      fc
        .uniqueArray(fc.integer({ min, max }), { minLength: 2, maxLength: 4 })
        .map(all => all.toSorted((a, b) => a - b).join(',')),
    );
  const days = fc.oneof(
    fc.tuple(field(1, 28, 7), field(1, 12, 6), fc.constant('*')),
    fc.tuple(fc.constant('*'), field(1, 12, 6), field(0, 6, 3)),
    fc.tuple(number(1, 28), fc.constant('*'), number(0, 6)),
  );
  const expressions = fc
    .tuple(field(0, 59, 30), fc.oneof(field(0, 23, 12), number(0, 3)), days)
    .map(([minute, hour, rest]) => [minute, hour, ...rest].join(' '));

  /** Days on which clocks change there, or any days where they never do. */
  const changes: Record<string, string[]> = {
    UTC: ['2026-03-29'],
    'Europe/Rome': ['2026-03-29', '2026-10-25'],
    'America/New_York': ['2026-03-08', '2026-11-01'],
    // Not Lord Howe, whose half hour cron-parser does not survive.
    'Australia/Sydney': ['2026-04-05', '2026-10-04'],
    'Asia/Kolkata': ['2026-03-29'],
  };

  test('agrees with cron-parser in five zones, but for changes of clocks, and those are flagged', async () => {
    let compared = 0;
    let flagged = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.tuple(expressions, fc.constant(false)),
          fc.tuple(
            fc
              .tuple(field(0, 59, 30), fc.oneof(number(0, 3), fc.constantFrom('*', '1-3', '*/2', '2,14')))
              .map(([minute, hour]) => `${minute} ${hour} * * *`),
            fc.constant(true),
          ),
        ),
        fc.constantFrom(...Object.keys(changes)),
        fc.nat(),
        fc.integer({ min: -14, max: 4 }),
        async ([cron_expression, near], timezone, nth, hours) => {
          const days = changes[timezone] ?? [];
          const day = near ? Date.parse(days[nth % days.length] ?? '') : Date.UTC(2026, 0, 1 + (nth % 700));
          const start = day + hours * 3_600_000;
          const { firings, warnings } = await preview({ cron_expression, timezone, now: start, count: 8 });
          const theirs = CronExpressionParser.parse(cron_expression, { currentDate: new Date(start), tz: timezone });
          const expected = firings.map(() => `${theirs.next().toDate().toISOString().slice(0, 19)}Z`);
          // What is doubted later than the last firing listed excuses nothing.
          const last = Date.parse(firings.at(-1)?.at ?? '') + 24 * 3_600_000;
          const close = warnings.filter(
            text =>
              text.startsWith('daylight-saving') && Date.parse(/ on (\d{4}-\d\d-\d\d) /.exec(text)?.[1] ?? '') <= last,
          );
          const doubted = [...firings.flatMap(({ note }) => note ?? []), ...close];
          if (doubted.length === 0) {
            compared += 1;
            expect(firings.map(firing => firing.at)).toEqual(expected);
          } else flagged += 1;
        },
      ),
      { numRuns: 400 },
    );
    expect(compared).toBeGreaterThan(100);
    expect(flagged).toBeGreaterThan(5);
  });

  test('the number of firings agrees with cron-parser over twelve months', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .tuple(number(0, 59), fc.oneof(number(0, 23), fc.constant('*/6')), days)
          .map(([minute, hour, rest]) => [minute, hour, ...rest].join(' ')),
        fc.integer({ min: 0, max: 700 * 24 * 60 }),
        async (cron_expression, minutes) => {
          const start = Date.UTC(2026, 0, 1) + minutes * 60_000;
          const end = new Date(start);
          end.setUTCFullYear(end.getUTCFullYear() + 1);
          const theirs = CronExpressionParser.parse(cron_expression, { currentDate: new Date(start), tz: 'UTC' });
          let count = 0;
          while (theirs.next().toDate().getTime() <= end.getTime()) count += 1;
          const { per_month } = await preview({ cron_expression, now: start, count: 1 });
          expect(per_month).toBe(Math.round((count / 12) * 100) / 100);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('previewOnce', () => {
  test('one exact moment, on the wall clock of the zone', () => {
    expect(previewOnce({ trigger_at: '2027-03-28T01:30:00Z', timezone: 'Europe/Rome', now })).toEqual({
      firings: [{ at: '2027-03-28T01:30:00Z', local: 'Sun 2027-03-28 03:30 (+02:00)' }],
      per_month: 0,
      warnings: [],
    });
  });

  test('what would be refused has no preview', () => {
    expect(() => previewOnce({ trigger_at: '2020-01-01T00:00:00Z', now })).toThrow(/which is past/);
    expect(() => previewOnce({ trigger_at: '2027-01-01T00:00:00Z', timezone: 'x', now })).toThrow(/timezone is "x"/);
  });
});
