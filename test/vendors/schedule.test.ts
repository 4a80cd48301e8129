// Schedules are judged before any request: each refusal names field, value and one that passes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkCron, checkOneOff } from '../../src/vendors/schedule.ts';

const now = Date.UTC(2026, 2, 26, 8, 30);

/** What a refusal offers: the last thing in double quotes. */
const offered = (reason: string): string => /such as "([^"]*)"\.$/.exec(reason)?.[1] ?? '';

describe('checkCron', () => {
  test.each([
    '0 9 * * 1',
    '*/5 0-6,22 1 JAN-MAR *',
    '0 0 * jul wed',
    '0 9 * * 7',
    '00 09 * * 01',
    '0 0 29 2 *',
    '59 23 31 12 6',
    ' 0  9 * * 1 ',
    '1-5/2 * * * *',
  ])('%j passes', async expression => {
    expect(await checkCron(expression)).toMatchObject({ name: 'cron', pass: true });
  });

  test.each<[string, RegExp, string]>([
    ['CRON_TZ=Europe/Rome 30 7 * * 1', /time zone inside it.*timezone/, '30 7 * * 1'],
    ['TZ=UTC 30 7 * * 1', /time zone inside it/, '30 7 * * 1'],
    ['cron_tz = UTC 30 7 * * 1', /time zone inside it/, '30 7 * * 1'],
    ['TZ=x', /time zone inside it/, '0 9 * * 1'],
    ['@daily', /exactly five fields/, '0 0 * * *'],
    ['@Hourly', /exactly five fields/, '0 * * * *'],
    ['@reboot', /exactly five fields/, '0 9 * * 1'],
    ['0 30 7 * * 1', /exactly five fields/, '30 7 * * 1'],
    ['30 7 * * 1 2027', /exactly five fields/, '30 7 * * 1'],
    ['0 9 * *', /exactly five fields/, '0 9 * * 1'],
    ['', /exactly five fields/, '0 9 * * 1'],
    ['   ', /exactly five fields/, '0 9 * * 1'],
    ['5/15 * * * *', /not valid cron/, '5-59/15 * * * *'],
    ['0 7 ? * 1', /"\?"/, '0 7 * * 1'],
    ['0 7 * * +1', /"\+1"/, '0 9 * * 1'],
    ['60 * * * *', /not valid cron.*minute/, '0 9 * * 1'],
    ['0 24 * * *', /not valid cron.*hour/, '0 9 * * 1'],
    ['0 0 0 * *', /not valid cron.*day/, '0 9 * * 1'],
    ['0 9 * * 8', /not valid cron/, '0 9 * * 1'],
    ['0 9 * * 5-1', /not valid cron/, '0 9 * * 1'],
    ['0 9 * * MONTUE', /not valid cron/, '0 9 * * 1'],
    ['*/0 * * * *', /not valid cron/, '0 9 * * 1'],
    ['0 0 30 2 *', /never fires/, '0 9 * * 1'],
    ['0 0 31 4,6,9,11 *', /never fires/, '0 9 * * 1'],
    ['０ 9 * * *', /digits, names/, '0 9 * * 1'],
    ['0 9 * * "', /digits, names/, '0 9 * * 1'],
    ['0 9 * * 1; rm', /exactly five fields/, '0 9 * * 1'],
    [`${'1,'.repeat(120)}1 * * * *`, /has 249 characters, and at most 200/, '0 9 * * 1'],
  ])('%j is refused with a value that passes', async (expression, why, better) => {
    const { pass, reason } = await checkCron(expression);
    expect(pass).toBe(false);
    expect(reason).toMatch(why);
    expect(reason).toMatch(/^cron_expression is "/);
    expect(reason).toContain(`"${expression.trim().replaceAll(/\s+/g, ' ').replaceAll('"', "'").slice(0, 59)}`);
    expect(offered(reason)).toBe(better);
    expect(await checkCron(better)).toMatchObject({ pass: true });
  });

  test('the field is named as it is called', async () => {
    expect((await checkCron('x', 'schedule_config.cron')).reason).toMatch(/^schedule_config\.cron is "x"/);
  });

  test('what may surprise passes with a note', async () => {
    for (const [expression, words] of [
      ['0 9 1 * 1', /day of month \(1\) or the day of week \(1\)/],
      ['0 9 L * *', /L, W and # are not standard cron/],
      ['0 9 15W * *', /L, W and # are not standard cron/],
      ['0 9 * * FRI#2', /L, W and # are not standard cron/],
    ] as const) {
      const { pass, reason } = await checkCron(expression);
      expect([pass, reason]).toEqual([true, expect.stringMatching(words)]);
      expect(reason).toMatch(/^Note: cron_expression is "/);
    }
    // Names of days hold these letters too.
    expect((await checkCron('0 9 * * WED')).reason).not.toMatch(/Note/);
  });

  test('any text gets an answer in one line, and what it offers passes', async () => {
    const part = fc.constantFrom(
      '*',
      '?',
      '0',
      '5',
      '61',
      '*/0',
      '*/5',
      '1-5',
      'MON',
      'L',
      ',',
      '-',
      '/',
      'TZ=',
      '@daily',
      ' ',
      '"',
      '\n',
      '…',
      '__proto__',
      'constructor',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.array(part, { maxLength: 12 }).map(all => all.join(' ')),
        ),
        async text => {
          const { pass, reason } = await checkCron(text);
          expect(reason).toMatch(/^[^\p{Cc}]+\.$/u);
          if (!pass) expect(await checkCron(offered(reason)), reason).toMatchObject({ pass: true });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('checkOneOff', () => {
  test.each<[string, boolean, RegExp]>([
    ['2026-03-26T08:30:01Z', true, /ahead/],
    ['2027-03-01t09:00:00.5z', true, /ahead/],
    ['2026-03-26T10:30:01+02:00', true, /ahead/],
    ['2028-02-29T09:00:00Z', true, /ahead/],
    ['2026-03-26T08:30:00Z', false, /past \(it is 2026-03-26T08:30:00Z now\)/],
    ['2026-03-26T10:30:00+02:00', false, /past/],
    ['2020-01-01T00:00:00Z', false, /past/],
    ['2027-02-30T09:00:00Z', false, /no RFC 3339/],
    ['2027-02-29T09:00:00Z', false, /no RFC 3339/],
    ['2027-00-01T09:00:00Z', false, /no RFC 3339/],
    ['2027-13-01T09:00:00Z', false, /no RFC 3339/],
    ['2027-03-01T24:00:00Z', false, /no RFC 3339/],
    ['2027-03-01T09:60:00Z', false, /no RFC 3339/],
    ['2027-03-01T09:00:60Z', false, /no RFC 3339/],
    ['2027-03-01T09:00:00+25:00', false, /no RFC 3339/],
    ['2027-03-01T09:00:00', false, /no RFC 3339/],
    ['2027-03-01 09:00:00Z', false, /no RFC 3339/],
    ['2027-03-01', false, /no RFC 3339/],
    ['1800000000', false, /no RFC 3339/],
    ['tomorrow', false, /no RFC 3339/],
    ['', false, /no RFC 3339/],
  ])('%j: %j', (text, passes, words) => {
    const { name, pass, reason } = checkOneOff(text, now);
    expect([name, pass]).toEqual(['trigger_at', passes]);
    expect(reason).toMatch(words);
    expect(reason).toContain(`trigger_at is "${text}"`);
    if (!pass) expect(checkOneOff(offered(reason), now).pass).toBe(true);
  });

  test('whenever it is asked, what it offers is ahead', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true }),
        fc.string(),
        (at, text) => {
          const { pass, reason } = checkOneOff(text, at.getTime());
          if (!pass) expect(checkOneOff(offered(reason), at.getTime()).pass).toBe(true);
        },
      ),
    );
  });
});
