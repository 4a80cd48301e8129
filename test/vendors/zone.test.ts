// Time zones as the tz database spells them, and when their clocks change.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkZone, localTime, offsetAt, transitions } from '../../src/vendors/zone.ts';

const offered = (reason: string): string => /(?:such as|use) "([^"]*)"\.$/.exec(reason)?.[1] ?? '';

describe('checkZone', () => {
  test.each([
    'UTC',
    'Etc/UTC',
    'Etc/GMT+5',
    'GMT',
    'EST5EDT',
    'Europe/Rome',
    'America/New_York',
    'America/Argentina/Buenos_Aires',
    'America/North_Dakota/New_Salem',
    'America/Port-au-Prince',
    'Africa/Dar_es_Salaam',
    'Europe/Isle_of_Man',
    // Older and newer names of one place.
    'Asia/Calcutta',
    'Asia/Kolkata',
    'Europe/Kiev',
    'Europe/Kyiv',
    'US/Eastern',
    'NZ-CHAT',
    'GB-Eire',
  ])('%s passes', zone => {
    expect(checkZone(zone)).toMatchObject({ name: 'timezone', pass: true });
  });

  test('every zone that JavaScript lists passes', () => {
    const refused = Intl.supportedValuesOf('timeZone').filter(zone => !checkZone(zone).pass);
    expect(refused).toEqual([]);
  });

  test.each([
    ['europe/rome', 'Europe/Rome'],
    ['Europe/ROME', 'Europe/Rome'],
    [' Europe/Rome ', 'Europe/Rome'],
    ['utc', 'UTC'],
    ['etc/gmt+5', 'Etc/GMT+5'],
    ['us/eastern', 'US/Eastern'],
    ['Asia/kolkata', 'Asia/Kolkata'],
    ['PST', 'America/Los_Angeles'],
    ['America/NewYork', 'America/New_York'],
    ['America/New York', 'America/New_York'],
    ['New York', 'America/New_York'],
    ['chicago', 'America/Chicago'],
    ['America/Chigaco', 'America/Chicago'],
    ['Europe/Berln', 'Europe/Berlin'],
    // Nothing near.
    ['+05:00', 'America/Chicago'],
    ['UTC+2', 'America/Chicago'],
    ['Mars/Base', 'America/Chicago'],
    ['SystemV/PST8', 'America/Chicago'],
    ['local', 'America/Chicago'],
    ['', 'America/Chicago'],
  ])('%j is refused, and %s is offered', (zone, better) => {
    const { pass, reason } = checkZone(zone);
    expect(pass).toBe(false);
    expect(reason).toContain(`timezone is "${zone.trim()}"`);
    expect(offered(reason)).toBe(better);
    expect(checkZone(better).pass).toBe(true);
  });

  test('the field is named as it is called', () => {
    expect(checkZone('x', 'schedule_config.zone').reason).toMatch(/^schedule_config\.zone is "x"/);
  });

  test('any text gets an answer, and what it offers passes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('a'.repeat(5_000), '__proto__', '\u0000')),
        text => {
          const { pass, reason } = checkZone(text);
          expect(reason).toMatch(/^[^\p{Cc}]+\.$/u);
          if (!pass) expect(checkZone(offered(reason)).pass, reason).toBe(true);
        },
      ),
    );
  });
});

describe('clocks', () => {
  test('offsets and local times, on both sides of zero and with parts of hours', () => {
    const at = Date.UTC(2026, 0, 1, 0, 0, 0, 500);
    expect(offsetAt('UTC', at)).toBe(0);
    expect(offsetAt('Asia/Kathmandu', at)).toBe(20_700_000);
    expect(offsetAt('America/St_Johns', at)).toBe(-12_600_000);
    expect(localTime('America/St_Johns', at)).toBe('Wed 2025-12-31 20:30 (-03:30)');
    expect(localTime('Pacific/Kiritimati', at)).toBe('Thu 2026-01-01 14:00 (+14:00)');
  });

  test('changes are found to the millisecond, with what was before and after', () => {
    const year = [Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)] as const;
    const told = (zone: string) =>
      transitions(zone, ...year).map(({ at, before, after }) => [
        new Date(at).toISOString(),
        (after - before) / 60_000,
      ]);
    expect(told('Europe/Rome')).toEqual([
      ['2026-03-29T01:00:00.000Z', 60],
      ['2026-10-25T01:00:00.000Z', -60],
    ]);
    expect(told('America/New_York')).toEqual([
      ['2026-03-08T07:00:00.000Z', 60],
      ['2026-11-01T06:00:00.000Z', -60],
    ]);
    expect(told('Australia/Lord_Howe')).toEqual([
      ['2026-04-04T15:00:00.000Z', -30],
      ['2026-10-03T15:30:00.000Z', 30],
    ]);
    // Back and forward again within five weeks, around Ramadan.
    expect(transitions('Africa/Casablanca', Date.UTC(2025, 0, 1), Date.UTC(2026, 0, 1))).toHaveLength(2);
    expect(told('Asia/Tokyo')).toEqual([]);
  });

  test('a change at either end of the window is found once', () => {
    const at = Date.UTC(2026, 2, 29, 1);
    expect(transitions('Europe/Rome', at - 1, at)).toHaveLength(1);
    expect(transitions('Europe/Rome', at, at + 1)).toHaveLength(0);
    expect(transitions('Europe/Rome', at - 7 * 86_400_000, at + 7 * 86_400_000)).toHaveLength(1);
    expect(transitions('Europe/Rome', at, at)).toEqual([]);
  });
});
