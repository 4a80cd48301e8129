// What is said of a condition before it is ever asked: names, kinds and what is not taken, each with its place; and what is only doubted.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile, longest } from '../../src/conditions/compile.ts';
import { facts as table } from '../../src/conditions/facts.ts';
import { deepest } from '../../src/vendors/cel.ts';

const vocabulary = {
  connections: ['main', 'second'],
  tools: ['scrip_trigger_automation', 'scrip_get_automation'],
  budgets: ['daily', 'per-shop'],
};

async function mistakes(text: string): Promise<string[]> {
  const made = await compile(text, vocabulary);
  return 'mistakes' in made ? made.mistakes.map(({ at, why }) => `${at}: ${why}`) : [];
}

async function warnings(text: string): Promise<string[]> {
  const made = await compile(text, vocabulary);
  if ('mistakes' in made) throw new Error(JSON.stringify(made.mistakes));
  return made.condition.warnings;
}

describe('what passes', () => {
  test.each([
    'true',
    'tool == "scrip_trigger_automation" && effect in ["run", "arm"]',
    'vendor != "scrip" || !(connection.environment == "production")',
    'credits.high <= 20 && credits.known',
    'credits.high + 1.5 > credits.low * 2.0 - credits.expected / 3.0',
    'time.hour >= 22 || time.hour < 6 || time.minute % 2 == 1',
    'time.weekday in ["saturday", "sunday"] && time.date >= "2027-01-01"',
    'has(audience.people) && audience.people > 10 && -audience.people < 0',
    'changes.exists(field, field.startsWith("trigger_")) && changes.size() > 1 && "name" in changes',
    'changes.all(field, ["a", "b"].exists_one(other, other == field))',
    'target.name.contains("VIP") && target.name.matches("^[A-Z]+$") && size(target.name) < 20',
    'has(arguments.trigger_data) && int(arguments.trigger_data.amount) + 1 > 3',
    'has(arguments.rows) && arguments.rows.all(row, row.email.endsWith("@example.com"))',
    'arguments["automation_id"] == "x" && has(arguments.payload) && arguments.payload.list[0] == 2',
    'credits.known ? credits.high > 3 : stops',
    'string(audience.people) == "3" // nobody\n&& has(audience.people)',
    'has(used.daily) && used.daily.credits + credits.high > 800.0 && used["per-shop"].calls >= 3',
    'null == null && "a" < "b" && 1 < 2.5',
    'changes == ["name"] && reversible != true && client == "x" && principal == "local"',
  ])('%s', async text => {
    expect(await mistakes(text)).toEqual([]);
    expect(await warnings(text)).toEqual([]);
  });
});

describe('mistakes', () => {
  test.each<[string, ...string[]]>([
    ['tol == "x"', '0: there is no fact "tol"; did you mean "tool"?'],
    [
      'participant.tags',
      '0: there is no fact "participant"; it may be tool, effect, vendor, arguments, changes, reversible, stops, used, principal, client, connection, target, ….',
    ],
    ['connection.name == "x"', '11: connection has no "name"; it may be id, environment.'],
    ['credits . hihg > 3', '10: credits has no "hihg"; did you mean "high"?'],
    ['used.dayly.credits > 3', '5: there is no budget "dayly"; did you mean "daily"?'],
    ['used["per-shops"].credits > 3', '5: there is no budget "per-shops"; did you mean "per-shop"?'],
    ['used.daily.credit > 3', '11: a budget has no "credit"; did you mean "credits"?'],
    ['used.daily > 3', '5: say which budget, and credits, calls or people: used.daily.credits'],
    ['size(used) > 3', '5: say which budget, and credits, calls or people: used.daily.credits'],
    ['has(time.hours)', '9: time has no "hours"; did you mean "hour"?'],
    ['tool.name == "x"', '5: a text has no field "name"'],
    ['connection == "main"', '0: connection is a group of facts: say which, such as connection.id'],
    ['connection', '0: connection is a group of facts: say which, such as connection.id'],
    ['size(credits) > 1', '5: credits is a group of facts: say which, such as credits.low'],
    ['connection.id == "mian"', '17: connection.id is never "mian"; did you mean "main"?'],
    ['"mian" != connection.id', '0: connection.id is never "mian"; did you mean "main"?'],
    ['effect in ["run", "arms"]', '18: effect is never "arms"; did you mean "arm"?'],
    ['time.weekday == "Sunday"', '16: time.weekday is never "Sunday"; did you mean "sunday"?'],
    [
      'tool == "scrip_get_automations"',
      '8: tool is never "scrip_get_automations"; did you mean "scrip_get_automation"?',
    ],
    ['effect', '0: a condition wants a yes or no, and here is a text'],
    ['credits.high', '8: a condition wants a yes or no, and here is a number'],
    ['changes', '0: a condition wants a yes or no, and here is a list'],
    ['!tool', '1: ! wants a yes or no, and here is a text'],
    ['stops && credits.high', '17: && wants a yes or no, and here is a number'],
    ['credits.high == "20"', '13: a number never equals a text'],
    ['credits.balance == null', '16: a number never equals null'],
    ['stops == "true"', '6: a yes or no never equals a text'],
    ['changes == "name"', '8: a list never equals a text'],
    ['credits.high > "20"', '13: > compares two numbers or two texts, and here are a number and a text'],
    ['stops < reversible', '6: < compares two numbers or two texts, and here are a yes or no and a yes or no'],
    ['3 in changes', '2: a number is never in a list of other things'],
    ['"run" in effect', '9: in looks into a list, and here is a text'],
    ['credits.high + 1 > 3', '13: + takes two whole numbers or two others: write 2.0 for 2, or double(…)'],
    ['tool + "x" == "y"', '5: + wants two numbers, and here are a text and a text'],
    ['changes + changes == changes', '8: + wants two numbers, and here are a list and a list'],
    ['arguments.a + arguments.b > 3', '12: + wants numbers: say int(…) or double(…) of one of them'],
    ['-tool == 3', '1: - wants a number, and here is a text'],
    ['tool.contain("x")', '5: there is no function "contain"; did you mean "contains"?'],
    ['lenght(tool) > 3', '0: there is no function "lenght"; it may be has, size, int, double, string.'],
    ['tool.contains(3)', '14: contains wants a text, and here is a number'],
    ['credits.high.contains("3")', '13: contains asks a text, and here is a number'],
    ['tool.startsWith("a", "b")', '5: startsWith does not take so many values'],
    ['size(3) > 2', '0: size is of a text or a list, and here is a number'],
    ['int(changes) > 2', '0: int cannot be made of a list'],
    ['has(tool)', '0: has wants a field: has(arguments.payload)'],
    [
      'changes.map(x, x + "a") == []',
      '8: map is not taken: a condition looks at what is there with all, exists, exists_one',
    ],
    [
      'changes.filter(x, x == "a") == []',
      '8: filter is not taken: a condition looks at what is there with all, exists, exists_one',
    ],
    ['changes.all(x == 3)', '8: all wants a name and a condition: all(one, one > 0)'],
    ['changes.all(x, x)', '15: all wants a yes or no, and here is a text'],
    ['tool.all(x, true)', '0: all goes over a list, and here is a text'],
    ['changes.all(a, changes.all(b, changes.all(c, a == c)))', '38: loops stand more than 2 deep'],
    ['changes.all(a, tol == a)', '15: there is no fact "tol"; did you mean "tool"?'],
    [
      'a == "x" && changes.all(a, a == "x")',
      '0: there is no fact "a"; it may be tool, effect, vendor, arguments, changes, reversible, stops, used, principal, client, connection, target, ….',
    ],
    ['tool.matches(client)', '13: a pattern stands in the rule itself, between quotes'],
    ['tool.matches("(?=a)")', '13: this is no pattern of RE2'],
    ['tool.matches("[")', '13: this is no pattern of RE2'],
    ['tool.matches("(a{50}){50}")', '13: this pattern is too long'],
    ['{"a": 1} == {}', '0: maps are not written here'],
    ['1u == 2u', '0: write numbers without u and texts without b'],
    [
      'timestamp("2027-01-01T00:00:00Z") > now',
      '0: there is no function "timestamp"; it may be has, size, int, double, string.',
    ],
    ['tool = "x"', '5: a single = is no comparison, == is'],
    ['stops and reversible', '6: there is a word where CEL has a sign: && is "and", || is "or", ! is "not"'],
    ['tool == "x', '8: a text is not closed'],
    ['(stops', '6: it cannot be read as CEL any further'],
    ['', '0: there is nothing'],
    [' ', '0: there is nothing'],
  ])('%s', async (text, ...said) => {
    const found = await mistakes(text);
    expect(found.slice(0, said.length)).toEqual(said);
  });

  test('a text of another connection or tool is not looked up where an old policy is read again', async () => {
    expect(await compile('connection.id == "gone"')).toHaveProperty('condition');
    expect(await compile('effect == "gone"')).toHaveProperty('mistakes');
  });
});

describe('what is doubted', () => {
  test.each<[string, string]>([
    ['audience.people > 3', 'audience.people'],
    ['credits.balance > 3', 'credits.balance'],
    ['arguments.name == "x"', 'arguments.name'],
    ['arguments.trigger_data.amount == 3', 'arguments.trigger_data'],
    ['has(arguments.other) && arguments.name == "x"', 'arguments.name'],
    ['has(arguments.trigger_data.amount)', 'arguments.trigger_data'],
    ['used.daily.credits > 3', 'used.daily'],
  ])('%s', async (text, name) => {
    expect(await warnings(text)).toEqual([
      `looks at ${name}, which is not always there: ask has(${name}) first, or it counts as the stricter answer`,
    ]);
  });
});

describe('P13: whatever is written', () => {
  test('nothing throws, every mistake has a place within the text', async () => {
    const names = table.map(({ name }) => name);
    const token = fc.oneof(
      fc.constantFrom(...names, 'tol', 'x', 'arguments.a.b', 'connection', 'true', 'null', '1', '2.5', '"run"', "'x'"),
      fc.constantFrom('&&', '||', '!', '==', '<', 'in', '+', '-', '?', ':', '(', ')', '[', ']', '{', '}', ',', '.'),
      fc.constantFrom(
        '.all(x, ',
        '.exists(y, ',
        '.size()',
        '.matches("a")',
        'has(',
        'size(',
        ' ',
        '\n',
        '//',
        '"',
        "'",
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(token, { maxLength: 24 }).map(tokens => tokens.join(' ')),
        async text => {
          const made = await compile(text, vocabulary);
          if ('mistakes' in made)
            for (const { at, why } of made.mistakes) {
              expect(at).toBeGreaterThanOrEqual(0);
              expect(at).toBeLessThanOrEqual(text.length);
              expect(why).not.toBe('');
            }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('what is deeper than the bound is refused', async () => {
    const deep = (depth: number) => `${'('.repeat(depth)}true${')'.repeat(depth)}`;
    expect(await mistakes(deep(deepest))).toEqual([]);
    expect(await mistakes(deep(deepest + 1))).toEqual([`${deepest}: brackets stand more than ${deepest} deep`]);
  });

  test('what is longer than the bound is refused', async () => {
    expect(await mistakes(`true${' '.repeat(longest - 4)}`)).toEqual([]);
    expect(await mistakes(`true${' '.repeat(longest - 3)}`)).toEqual([
      `${longest}: it passes the ${longest} characters that are taken`,
    ]);
  });
});
