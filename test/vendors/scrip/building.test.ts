// What a create or change at Scrip is told before any request: refusals with a value that would pass, doubts as notes (scrip.md 8.2, 9.4 and section 11).
import { describe, expect, test } from 'vitest';
import type { ScripAutomation } from '../../../src/vendors/scrip/automation.ts';
import { createChecks, type ScripInput, updateChecks } from '../../../src/vendors/scrip/rules.ts';

const now = Date.UTC(2026, 2, 1, 9);
const cron: ScripInput = {
  name: 'n',
  event_name: 'e',
  trigger_type: 'cron',
  scope: 'participants',
  cron_expression: '0 9 * * 1',
  participant_filter: "'vip' in participant.tags",
};
const once: ScripInput = {
  name: 'n',
  event_name: 'e',
  trigger_type: 'one_time',
  scope: 'program',
  trigger_at: '2027-03-01T09:00:00Z',
};

const offered = (reason: string): string => /(?:such as|use) "?(.*?)"?\.$/.exec(reason)?.[1] ?? '';

/** The field, a value that fails, and how the reason shows it. */
const wrong: [ScripInput, keyof ScripInput, string, string][] = [
  [cron, 'name', '', '""'],
  [cron, 'event_name', 'x'.repeat(300), `"${'x'.repeat(39)}…"`],
  [cron, 'cron_expression', '@weekly', '"@weekly"'],
  [cron, 'cron_expression', 'TZ=Asia/Tokyo 0 9 * * 1', '"TZ=Asia/Tokyo 0 9 * * 1"'],
  [cron, 'timezone', 'europe/rome', '"europe/rome"'],
  [once, 'trigger_at', '2026-03-01T08:00:00Z', '"2026-03-01T08:00:00Z"'],
  [once, 'trigger_at', 'soon', '"soon"'],
  [cron, 'participant_filter', 'participant.tier = "gold"', `"participant.tier = 'gold'"`],
  [cron, 'guard_condition', 'event.total >', '"event.total >"'],
];

describe('createChecks', () => {
  test.each(wrong)('%j with another %s: %j', async (good, field, value, shown) => {
    expect((await createChecks(good, now)).filter(check => !check.pass)).toEqual([]);
    const failed = (await createChecks({ ...good, [field]: value }, now)).filter(check => !check.pass);
    expect(failed).toHaveLength(1);
    const reason = failed[0]?.reason ?? '';
    expect(reason).toContain(field);
    expect(reason).toContain(shown);
    const better = offered(reason);
    expect(better, reason).not.toBe('');
    expect(
      (await createChecks({ ...good, [field]: better }, now)).filter(check => !check.pass),
      better,
    ).toEqual([]);
  });

  test('what is missing is named with a value that passes', async () => {
    for (const [good, field] of [
      [cron, 'name'],
      [cron, 'event_name'],
      [cron, 'cron_expression'],
      [once, 'trigger_at'],
    ] as const) {
      const [check] = (await createChecks({ ...good, [field]: undefined }, now)).filter(one => !one.pass);
      expect(check?.reason).toContain(`${field} is missing`);
      expect((await createChecks({ ...good, [field]: offered(check?.reason ?? '') }, now)).every(one => one.pass)).toBe(
        true,
      );
    }
  });

  test.each<[ScripInput, RegExp[]]>([
    [cron, []],
    [once, []],
    [{ ...cron, participant_filter: undefined }, [/every participant of the program/]],
    [{ ...cron, participant_filter: 'customer.x == 1' }, [/participant_filter uses "customer"/]],
    [{ ...cron, guard_condition: 'frob(event.x)' }, [/guard_condition calls "frob"/]],
    [{ ...cron, cron_expression: '0 9 1 * 1' }, [/day of month \(1\) or the day of week/]],
    [{ ...cron, payload: { points: 5 } }, []],
    [{ ...cron, payload: { type: 'x' } }, [/payload has the key type.*"e"/]],
  ])('%j is noted, and passes', async (input, words) => {
    const checks = await createChecks(input, now);
    expect(checks.every(check => check.pass)).toBe(true);
    expect(checks.filter(check => check.reason.startsWith('Note:')).map(check => check.reason)).toEqual(
      words.map(word => expect.stringMatching(word)),
    );
  });

  test('a payload that is no object is refused', async () => {
    for (const payload of [[], 'x', null, 5])
      expect((await createChecks({ ...cron, payload }, now)).find(check => !check.pass)?.reason).toMatch(
        /payload is .*, not an object: give one, such as \{"points":10\}\.$/,
      );
  });

  test('without a clock of its own it goes by the real one', async () => {
    const ahead = new Date(Date.now() + 60_000).toISOString();
    const past = new Date(Date.now() - 60_000).toISOString();
    expect((await createChecks({ ...once, trigger_at: ahead })).every(check => check.pass)).toBe(true);
    expect((await createChecks({ ...once, trigger_at: past })).every(check => check.pass)).toBe(false);
  });
});

describe('updateChecks', () => {
  const automation = (fields: object): ScripAutomation => ({ id: 'x', status: 'active', ...fields });

  test.each(wrong)('%j changed at %s to %j', async (good, field, value, shown) => {
    const failed = (await updateChecks(automation(good), { [field]: value }, now)).filter(check => !check.pass);
    expect(failed).toHaveLength(1);
    expect(failed[0]?.reason).toContain(field);
    expect(failed[0]?.reason).toContain(shown);
    const better = offered(failed[0]?.reason ?? '');
    expect((await updateChecks(automation(good), { [field]: better }, now)).every(check => check.pass)).toBe(true);
  });

  test.each<[object, Record<string, unknown>, RegExp[]]>([
    [cron, { participant_filter: null }, [/without a participant_filter it reaches every/]],
    [cron, { guard_condition: null }, []],
    [cron, { participant_filter: 'x == 1' }, [/uses "x"/]],
    [{ ...cron, scope: 'program', participant_filter: undefined }, { participant_filter: null }, []],
    [
      { ...once, trigger_at: '2026-01-01T00:00:00Z' },
      { status: 'active' },
      [/trigger_at is "2026-01-01T00:00:00Z", which is past/],
    ],
    [{ ...once, trigger_at: '2026-01-01T00:00:00Z' }, { status: 'paused' }, []],
    [{ ...once, trigger_at: '2026-01-01T00:00:00Z' }, { name: 'new' }, []],
    [once, { status: 'active' }, []],
    [cron, { payload: { type: 'x' } }, [/payload has the key type/]],
    // What is there already, and not touched, is the vendor's.
    [{ ...cron, cron_expression: 'odd', participant_filter: 'a = b', timezone: 'x' }, { description: 'd' }, []],
  ])('%j with %j', async (seen, change, words) => {
    const checks = await updateChecks(automation(seen), change, now);
    expect(checks.filter(check => !check.pass)).toEqual([]);
    expect(checks.filter(check => check.reason.startsWith('Note:')).map(check => check.reason)).toEqual(
      words.map(word => expect.stringMatching(word)),
    );
  });
});
