// The spend report: as a picture and tables, as JSON, over the store that a real server wrote.
import { describe, expect, test } from 'vitest';
import { asText, bar, dayIn, report } from '../../src/cli/spend.ts';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS, TRUSTPAGER_CONTACTS } from '../../src/sandbox/index.ts';
import { connect, settingsFor, yes } from '../fixtures.ts';
import { intent } from '../store/rows.ts';
import { run as runProgram } from './program.ts';

const noon = Date.UTC(2026, 10, 21, 12);
const day = 86_400_000;

describe('the picture', () => {
  test('shows every day on one scale, quiet ones too, and every side below it', () => {
    const rows = [
      intent({
        created_at: noon,
        outcome: 'done',
        credits: 40,
        people: 1,
        target: 'a1a1a1a1-x',
        before: '{"name":"Welcome SMS"}',
      }),
      intent({
        created_at: noon - day * 2,
        outcome: 'done',
        credits: 10,
        tool: 'trustpager_execute_action',
        target: 'a2',
      }),
      intent({
        created_at: noon - day * 2,
        outcome: 'unknown',
        credits: 0.5,
        people: 12,
        principal: 'ann',
        target: 'a2',
      }),
      intent({ created_at: noon, outcome: 'rejected', credits: 900, people: 900 }),
    ];
    expect(`\n${asText(report(rows, noon - day * 3, noon, 'UTC'), 60)}\n`).toMatchInlineSnapshot(`
      "
      2026-11-18 to 2026-11-21 (UTC): 50.5 credits, 3 calls, 13 people  (1 not settled, 0.5 credits reserved)

      credits by day
        2026-11-18
        2026-11-19  ███████▉ 10.5
        2026-11-20
        2026-11-21  ██████████████████████████████ 40

      by connection
        main      50.5 credits       3 calls       13 people  (1 not settled, 0.5 credits reserved)

      by automation
        Welcome SMS (a1a1a1a1)        40 credits       1 calls        1 people
        a2                          10.5 credits       2 calls       12 people  (1 not settled, 0.5 credits reserved)

      by tool
        scrip_trigger_automation       40.5 credits       2 calls       13 people  (1 not settled, 0.5 credits reserved)
        trustpager_execute_action        10 credits       1 calls        0 people

      by principal
        local        50 credits       2 calls        1 people
        ann         0.5 credits       1 calls       12 people  (1 not settled, 0.5 credits reserved)
      "
    `);
  });

  test('counts calls where nothing costs credits', () => {
    const rows = [intent({ created_at: noon, outcome: 'done', credits: 0, people: 340 })];
    expect(asText(report(rows, noon, noon, 'UTC'), 60)).toContain(
      'calls by day\n  2026-11-21  ██████████████████████████████ 1',
    );
  });

  test('says so where nothing was used', () => {
    expect(asText(report([], noon - day, noon, 'UTC'), 60)).toBe(
      'Nothing was used from 2026-11-20 to 2026-11-21 (UTC).',
    );
  });

  test('puts a call into the day of the zone that was asked for', () => {
    expect([
      dayIn('UTC')(noon),
      dayIn('Pacific/Kiritimati')(noon),
      dayIn('America/New_York')(noon - 10 * 3_600_000),
    ]).toEqual(['2026-11-21', '2026-11-22', '2026-11-20']);
    expect(() => dayIn('Nowhere/Here')).toThrow(/no time zone "Nowhere\/Here"/);
  });

  test('a bar grows with its value, never beyond its width, and shows the smallest amount', () => {
    expect([bar(0, 9, 10), bar(9, 9, 10), bar(4.5, 9, 10), bar(0.01, 9, 10)]).toEqual(['', '██████████', '█████', '▏']);
  });
});

describe('the command', () => {
  test('tells what a server on the same state folder has used, and nothing of a key that a vendor gave back', async () => {
    await using f = await connect({ person: yes });
    const fired = await f.call('scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest });
    expect(fired.structured).toMatchObject({ outcome: 'done' });
    const renamed = { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms, name: `Welcome ${f.sandbox.trustpager.key}` };
    expect((await f.call('trustpager_update_automation', renamed)).structured).toMatchObject({ outcome: 'done' });
    const run = await f.call('trustpager_trigger_automation', {
      automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms,
      trigger_data: { contact_id: TRUSTPAGER_CONTACTS.priya },
    });
    expect(run.structured).toMatchObject({ outcome: 'done' });

    const env = settingsFor(f.sandbox, f.stateFolder);
    const json = await runProgram(['spend', '7', '--json'], env);
    const found = JSON.parse(json.stdout);
    expect(found.total).toMatchObject({ calls: 3, open_calls: 0 });
    expect(found.by.day).toHaveLength(7);
    expect(found.by.connection.map(({ key }: { key: string }) => key).sort()).toEqual(['scrip', 'trustpager']);
    const text = await runProgram(['spend'], env);
    expect(text.code).toBe(0);
    expect(text.stdout).toContain('Welcome [secret]');
    for (const said of [json.stdout, text.stdout]) expect(said).not.toContain(f.sandbox.trustpager.key);
  });

  test.each([
    [['spend', 'soon'], 'days is a whole number'],
    [['spend', '0'], 'days is a whole number'],
    [['spend', '--zone', 'Mars'], 'no time zone'],
  ])('%j is told what is wrong', async (args, says) => {
    const { code, stderr } = await runProgram(args, { AUTOMATIONS_STATE_FOLDER: ':memory:' });
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
  });
});
