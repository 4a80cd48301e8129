// CEL is read before it is sent: mistakes are refused with their place and a way out, unknown names only warned of (scrip.md section 11).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkCel } from '../../src/vendors/cel.ts';
import { anyCharacter } from '../any-character.ts';

const field = 'participant_filter';
const offered = (reason: string): string => /such as ([\s\S]*)\.$/.exec(reason)?.[1] ?? '';

test.each([
  '"vip" in participant.tags',
  "'vip' in participant.tags",
  'has(participant.attributes.birthday) && participant.counters["visits"] >= 5',
  'get(event, "points", 0) > 100 || event.items[0].sku != "x"',
  'round(double(event.total), 2) > 10.5 ? true : false',
  'participant.tags.exists(t, t.startsWith("gold"))',
  'participant.tags.exists(event, event == "gold")',
  'size(participant.tags) > 0 && participant.tags.size() < 9',
  'now - timestamp(participant.attributes.joined) > duration("24h")',
  'now() > timestamp("2026-01-01T00:00:00Z")',
  '!("vip" in program.tags)',
  'participant.name == "a = b and ((((" // said so',
  'type(event.x) == int',
  'participant.a\n  == 1',
  'true',
])('%j passes without a doubt', async expression => {
  expect(await checkCel(expression, field)).toMatchObject({ check: { name: field, pass: true }, warnings: [] });
});

test.each<[string, string, string]>([
  ['participant.tier = "gold"', 'character 18 a single = is no comparison', "participant.tier == 'gold'"],
  ['participant.x = "a = b"', 'character 15 a single =', "participant.x == 'a = b'"],
  ['a == 1 and b == 2', 'character 8 there is a word', 'a == 1 && b == 2'],
  ['not a OR b', 'character 1 there is a word', '!a || b'],
  ['"open', 'character 1 a text is not closed', "'vip' in participant.tags"],
  ['"vip" in participant.tags &&', 'character 27 it cannot be read', "'vip' in participant.tags"],
  ['participant.a ==', 'it cannot be read', "'vip' in participant.tags"],
  ['a\n== b = c', 'line 2, character 6 a single =', "'vip' in participant.tags"],
  ['🎉 = 1', 'character 4 a single =', "'vip' in participant.tags"],
  ['', 'character 1 there is nothing', "'vip' in participant.tags"],
  [' \n ', 'character 1 there is nothing', "'vip' in participant.tags"],
  [`${'('.repeat(33)}1${')'.repeat(33)}`, 'character 33 brackets stand more than 32 deep', "'vip' in participant.tags"],
  ['['.repeat(2_000), 'character 33 brackets', "'vip' in participant.tags"],
  [`"x" == "${'x'.repeat(2_000)}"`, 'character 2001 it passes the 2000', "'vip' in participant.tags"],
  ['<b>x</b>', 'it cannot be read', "'vip' in participant.tags"],
])('%j is refused with its place and one that passes', async (expression, words, better) => {
  const { check, warnings } = await checkCel(expression, field);
  expect(check).toMatchObject({ name: field, pass: false });
  expect(warnings).toEqual([]);
  expect(check.reason).toMatch(/^participant_filter is "/);
  expect(check.reason).toContain(` at ${words.startsWith('it') ? 'character' : words}`);
  expect(check.reason).toContain(words.slice(words.indexOf(' ') + 1));
  expect(offered(check.reason)).toBe(better);
  expect((await checkCel(better, field)).check.pass).toBe(true);
});

describe('what is not known only warns', () => {
  test.each<[string, RegExp]>([
    ['customer.tier == "gold"', /uses "customer".*known are participant, event, program, now/],
    ['participant.tags.exists(t, u == t)', /uses "u"/],
    ['{"a": who}["a"] == 1', /uses "who"/],
    ['.nobody.x == 1', /uses "nobody"/],
    ['frobnicate(event) > 1', /calls "frobnicate"/],
    ['event.frobnicate()', /calls "frobnicate"/],
  ])('%j', async (expression, words) => {
    const { check, warnings } = await checkCel(expression, 'guard_condition');
    expect(check.pass).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(words)]);
    expect(warnings[0]).toMatch(/^guard_condition (uses|calls) .*\.$/);
  });

  test('at most five names, and both kinds at once', async () => {
    const { warnings } = await checkCel('f(a) + b + c + d + e + g + h > 0', field);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]?.match(/"/g)).toHaveLength(10);
  });
});

test('any text gets an answer in one line and in time, and what is offered passes', async () => {
  const token = fc.constantFrom(
    ...'( ) [ ] { } && || ! == != = < > <= in ? : . , + - * / % " \' """ r" \\ \n // and or not 1 1u 2.5 0x true null a participant event.x has( .exists( .map(t, t x. 🎉 \u0000'.split(
      ' ',
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ unit: anyCharacter, maxLength: 300 }),
        fc.array(token, { maxLength: 60 }).map(all => all.join('')),
        fc.array(token, { maxLength: 60 }).map(all => all.join(' ')),
        fc.tuple(token, fc.integer({ min: 1, max: 1_000 })).map(([text, times]) => text.repeat(times)),
      ),
      async text => {
        const { check, warnings } = await checkCel(text, field);
        for (const said of [check.reason, ...warnings]) expect(said).toMatch(/^[^\p{Cc}]+\.$/u);
        if (!check.pass) expect((await checkCel(offered(check.reason), field)).check.pass, check.reason).toBe(true);
      },
    ),
    { numRuns: 1_000 },
  );
});
