// Every fact of the table, as a condition sees it: what it is for a call, what it is where it is not there, and how time is told.
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/conditions/compile.ts';
import { facts as table } from '../../src/conditions/facts.ts';
import { settingsFrom, settingsText } from '../../src/conditions/settings.ts';
import { decide, type Facts } from '../../src/policy/policy.ts';
import { facts, quoteOf, rule, settings } from '../policy/facts.ts';

async function ask(text: string, over: Partial<Facts> = {}): Promise<boolean | undefined> {
  const made = await compile(text);
  if ('mistakes' in made) throw new Error(JSON.stringify(made.mistakes));
  return made.condition.holds(facts(over));
}

const call: Partial<Facts> = {
  tool: 'trustpager_update_automation',
  connection: { id: 'shop', vendor: 'trustpager', environment: 'sandbox' },
  effect: 'arm',
  target: { id: 'a1', name: 'Welcome "VIP"', state: 'enabled' },
  changes: ['name', 'conditions'],
  reversible: false,
  settings: settings({
    budgets: [
      { name: 'daily', per: 'day', ceilings: { credits: { hard: 100 }, calls: { soft: 2, hard: 9 } } },
      { name: 'other', per: 'day', connection: 'elsewhere', ceilings: { calls: { hard: 9 } } },
    ],
  }),
  used: { 'daily.credits.hard': 40, 'daily.calls.soft': 3, 'daily.calls.hard': 3 },
  quote: { low: 1, expected: 2.5, high: 4, unknown: ['who knows'], lines: [] },
  balance: 1_000,
  audience: { people: 12, note: '' },
  principal: 'ann',
  client: 'desk',
  arguments: { automation_id: 'a1', trigger_data: { amount: 3, half: 0.5, tags: ['x', 'y'], none: null, yes: true } },
};

describe('each fact', () => {
  const said: Record<string, string> = {
    tool: 'tool == "trustpager_update_automation"',
    effect: 'effect == "arm"',
    vendor: 'vendor == "trustpager"',
    'connection.id': 'connection.id == "shop"',
    'connection.environment': 'connection.environment == "sandbox"',
    arguments:
      'arguments.trigger_data.amount == 3 && arguments.trigger_data.half == 0.5 && "y" in arguments.trigger_data.tags && arguments.trigger_data.none == null && arguments.trigger_data.yes',
    'target.id': 'target.id == "a1"',
    'target.name': `target.name == 'Welcome "VIP"'`,
    'target.state': 'target.state == "enabled"',
    changes: 'changes == ["name", "conditions"]',
    reversible: '!reversible',
    stops: '!stops',
    'credits.low': 'credits.low == 1.0',
    'credits.expected': 'credits.expected == 2.5',
    'credits.high': 'credits.high == 4.0 && credits.high == 4 && credits.high >= 4 && credits.high < 5',
    'credits.known': '!credits.known',
    'credits.balance': 'credits.balance == 1000.0',
    'audience.people': 'audience.people == 12 && audience.people % 5 == 2',
    used: 'used.daily.credits == 40.0 && used.daily.calls == 3 && used.daily.credits + credits.high > 43.5',
    principal: 'principal == "ann"',
    client: 'client == "desk"',
    'time.date': 'time.date == "2027-01-15"',
    'time.weekday': 'time.weekday == "friday"',
    'time.hour': 'time.hour == 8 && time.hour % 3 == 2',
    'time.minute': 'time.minute == 0 && time.minute % 2 == 0',
  };

  test('is here', () => {
    expect(Object.keys(said).toSorted()).toEqual(table.map(({ name }) => name).toSorted());
  });

  test.each(Object.entries(said))('%s', async (_name, text) => {
    expect(await ask(text, call)).toBe(true);
    expect(await ask(`!(${text})`, call)).toBe(false);
  });
});

describe('what is not there', () => {
  test('nothing to act on is an empty text, nobody to reach is 0', async () => {
    expect(await ask('target.id == "" && target.name == "" && target.state == ""')).toBe(true);
    expect(await ask('audience.people == 0')).toBe(true);
  });

  test('what nobody knows is neither true nor false, and has(…) tells', async () => {
    const unknown = { audience: { note: 'everyone' } };
    expect(await ask('audience.people > 3', unknown)).toBeUndefined();
    expect(await ask('audience.people <= 3', unknown)).toBeUndefined();
    expect(await ask('has(audience.people)', unknown)).toBe(false);
    expect(await ask('has(audience.people) && audience.people > 3', unknown)).toBe(false);
    expect(await ask('credits.balance > 3')).toBeUndefined();
    expect(await ask('has(credits.balance)')).toBe(false);
    expect(await ask('has(credits.balance)', { balance: 0 })).toBe(true);
    expect(await ask('arguments.missing == 1')).toBeUndefined();
    expect(await ask('has(arguments.missing)')).toBe(false);
    expect(await ask('arguments.automation_id.missing == 1')).toBeUndefined();
    expect(await ask('has(used.daily)')).toBe(false);
    expect(await ask('has(used.other)', call)).toBe(false);
    expect(await ask('used.daily.people > 3', call)).toBeUndefined();
    expect(await ask('used.daily.calls > 3', { ...call, stops: true })).toBeUndefined();
    expect(await ask('stops', { ...call, stops: true })).toBe(true);
  });

  test('texts and numbers are made of one another', async () => {
    expect(await ask('int("12") == 12 && double("1.5") == 1.5 && string(3) == "3" && string(stops) == "false"')).toBe(
      true,
    );
    expect(await ask('double(arguments.trigger_data.amount) + 0.5 == 3.5', call)).toBe(true);
    expect(await ask('int(arguments.trigger_data.half + 0.6) == 1', call)).toBe(true);
    expect(await ask('double("much") > 1.0')).toBe(false);
  });

  test('as CEL has it, what is certain without it is certain', async () => {
    expect(await ask('arguments.missing == 1 || true')).toBe(true);
    expect(await ask('arguments.missing == 1 && false')).toBe(false);
    expect(await ask('["a", "b"].exists(x, x == "b" || arguments.missing == x)')).toBe(true);
  });

  test('another kind than was thought of cannot be told either', async () => {
    expect(await ask('arguments.automation_id > 3', call)).toBeUndefined();
    expect(await ask('arguments.trigger_data.tags[7] == "x"', call)).toBeUndefined();
    expect(await ask('arguments.trigger_data.amount.all(x, true)', call)).toBeUndefined();
    expect(await ask('int(arguments.automation_id) > 3', call)).toBeUndefined();
    expect(await ask('arguments.automation_id', call)).toBeUndefined();
    expect(await ask('1 / (arguments.trigger_data.amount - 3) == 1', call)).toBeUndefined();
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'arguments have no %s of their own',
    async name => {
      expect(await ask(`has(arguments.${name})`)).toBe(false);
      expect(await ask(`has(arguments.${name})`, { arguments: JSON.parse(`{"${name}":1}`) })).toBe(true);
    },
  );
});

describe('time is told in the operator’s zone', () => {
  test.each([
    ['UTC', '2027-03-14T23:30:00Z', '2027-03-14', 'sunday', 23, 30],
    ['Australia/Sydney', '2027-03-14T23:30:00Z', '2027-03-15', 'monday', 10, 30],
    ['America/New_York', '2027-03-14T06:59:00Z', '2027-03-14', 'sunday', 1, 59],
    ['America/New_York', '2027-03-14T07:00:00Z', '2027-03-14', 'sunday', 3, 0],
    ['Asia/Kathmandu', '2027-03-14T18:15:00Z', '2027-03-15', 'monday', 0, 0],
  ])('%s at %s', async (zone, at, date, weekday, hour, minute) => {
    const text = `time.date == "${date}" && time.weekday == "${weekday}" && time.hour == ${hour} && time.minute == ${minute}`;
    expect(await ask(text, { now: Date.parse(at), settings: settings({ zone }) })).toBe(true);
  });
});

test('settings as text and back decide the same, and nothing is lost', async () => {
  const holds = () => {
    throw new Error('not from here');
  };
  const before = settings({
    zone: 'Asia/Tokyo',
    rules: [
      rule({ name: 'late', verdict: 'deny', when: 'time.hour >= 22', reason: 'Not at night.', stops: true, holds }),
      rule({ name: 'small', verdict: 'allow', when: 'credits.high < 10', ceilings: { credits: 5, calls: 2 }, holds }),
    ],
  });
  const after = await settingsFrom(settingsText(before));
  expect(settingsText(after)).toBe(settingsText(before));
  const at = (time: string) => decide(facts({ settings: after, now: Date.parse(time), quote: quoteOf(1) })).rule;
  expect(at('2027-03-14T13:00:00Z')).toBe('late');
  expect(at('2027-03-14T12:59:00Z')).toBe('defaults');
  await expect(
    settingsFrom(settingsText(settings({ rules: [rule({ name: 'old', when: 'gone > 3' })] }))),
  ).rejects.toThrow('The rule "old" cannot be read: there is no fact "gone"');
});
