// Rules in the operator's file: what is read, and how every mistake in them is told, inside conditions too: line, column, and what was probably meant.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspect, readOperator } from '../../src/cli/operator-file.ts';
import { builtIn } from '../../src/policy/policy.ts';
import { facts } from '../policy/facts.ts';
import { folder, run } from './program.ts';

/** The mistakes of a file, each as `line:column: what`. */
async function mistakes(text: string): Promise<string[]> {
  const { mistakes } = await inspect(text);
  return mistakes.map(({ line, column, why }) => `${line}:${column}: ${why}`);
}

const rule = (when: string, more = '') => `rules:\n  - name: mine\n    verdict: deny\n    when: ${when}\n${more}`;

describe('what is read', () => {
  const text = `
connections:
  - { id: shop, vendor: trustpager, key_env: SHOP_KEY }
zone: Australia/Sydney
rules:
  - name: small-sends
    when: connection.id == "shop" && credits.high <= 20
    verdict: allow
    ceilings: { credits: 200, calls: 20 }
    reason: Small sends go out.
  - name: never-delete
    when: effect == "delete"
    verdict: deny
    stops: true
`;

  test('rules with their conditions, ready to be asked', async () => {
    const { found, mistakes, warnings } = await inspect(text);
    expect({ mistakes, warnings }).toEqual({ mistakes: [], warnings: [] });
    expect(found?.zone).toBe('Australia/Sydney');
    expect(found?.rules).toMatchObject([
      { name: 'small-sends', verdict: 'allow', ceilings: { credits: 200, calls: 20 }, reason: 'Small sends go out.' },
      { name: 'never-delete', verdict: 'deny', stops: true },
    ]);
    const [small, never] = found?.rules ?? [];
    const connection = { id: 'shop', vendor: 'trustpager', environment: 'production' } as const;
    expect(small?.holds(facts({ connection }))).toBe(true);
    expect(small?.holds(facts())).toBe(false);
    expect(never?.holds(facts({ effect: 'delete' }))).toBe(true);
  });

  test('JSON is YAML', async () => {
    const json = JSON.stringify({ rules: [{ name: 'mine', verdict: 'ask', when: "vendor == 'scrip'" }] });
    expect((await inspect(json)).found?.rules).toMatchObject([{ name: 'mine', verdict: 'ask' }]);
  });
});

describe('P13: mistakes around conditions', () => {
  test.each<[string, string, string]>([
    [
      'an allow without ceilings',
      rule('"true"').replace('deny', 'allow'),
      '2:5: rules.0: an allow is a standing approval and must carry ceilings: { credits: …, calls: … }, what it covers a day.',
    ],
    [
      'ceilings without credits',
      rule('"true"', '    ceilings: { calls: 3 }\n').replace('deny', 'allow'),
      '5:15: rules.0.ceilings.credits: Invalid input: expected number, received undefined.',
    ],
    [
      'ceilings that do nothing',
      rule('"true"', '    ceilings: { credits: 1, calls: 3 }\n'),
      '5:15: rules.0.ceilings: only an allow has ceilings.',
    ],
    [
      'a misspelled ceiling',
      rule('"true"', '    ceilings: { credit: 1, calls: 3 }\n').replace('deny', 'allow'),
      '5:17: rules.0.ceilings has no "credit"; did you mean "credits"?',
    ],
    [
      'two people where none is asked',
      rule('"true"', '    approver: another\n'),
      '5:15: rules.0.approver: only an ask_human may say who must answer.',
    ],
    [
      'an approver who is none',
      rule('"true"', '    approver: bo\n').replace('deny', 'ask_human'),
      '5:15: rules.0.approver: Invalid input: expected "another".',
    ],
    [
      'stopping that waits for a person',
      rule('"true"', '    stops: true\n').replace('deny', 'ask'),
      '5:12: rules.0.stops: stopping never waits for a person, so only a deny may say stops.',
    ],
    [
      'a verdict that is none',
      rule('"true"').replace('deny', 'denny'),
      '3:14: rules.0.verdict: must be one of allow, ask, ask_human, deny; did you mean "deny"?',
    ],
    [
      'a misspelled field',
      rule('"true"', '    reasons: No.\n'),
      '5:5: rules.0 has no "reasons"; did you mean "reason"?',
    ],
    ['a misspelled part', 'rule: []\n', '1:1: the file has no "rule"; did you mean "rules"?'],
    [
      'two of the same name',
      `${rule('"true"')}  - { name: mine, verdict: ask, when: "true" }\n`,
      '5:13: rules.1.name: two rules are called "mine".',
    ],
    [
      'a name in capitals',
      rule('"true"').replace('mine', 'Mine'),
      '2:11: rules.0.name: must be a short name of lower-case letters, digits and -.',
    ],
    [
      'a misspelled soft limit',
      'budgets:\n  - name: daily\n    per: day\n    credits: { sof: 3 }\n',
      '4:16: budgets.0.credits has no "sof"; did you mean "soft"?',
    ],
    [
      'two budgets of the same name',
      'budgets:\n  - { name: a, per: day, calls: 3 }\n  - { name: a, per: hour, calls: 3 }\n',
      '3:13: budgets.1.name: two budgets are called "a".',
    ],
    [
      'a budget of an account that is none',
      'budgets:\n  - { name: a, per: day, calls: 3, connection: scrib }\n',
      '2:48: budgets.0.connection: no connection is called "scrib"; did you mean "scrip"?',
    ],
    [
      'a zone that is none',
      'zone: Australia/Sidney\n',
      '1:7: zone: the zone is "Australia/Sidney", which is no name of the tz database as spelt there: use "Australia/Sydney".',
    ],
  ])('%s', async (_what, text, message) => {
    const said = await mistakes(text);
    expect(said).toContain(message);
  });

  test('in words and in conditions are told all at once; names that a broken file gives are not missed', async () => {
    const other = `{ name: b, verdict: deny, when: 'tool == "scrip_triger_automation" || connection.id == "new"' }`;
    expect(await mistakes(`${rule('tol == 1').replace('deny', 'denny')}  - null\n  - ${other}\n`)).toEqual([
      '3:14: rules.0.verdict: must be one of allow, ask, ask_human, deny; did you mean "deny"?',
      '4:11: rules.0.when: there is no fact "tol"; did you mean "tool"?',
      '5:5: rules.1: Invalid input: expected object, received null.',
      '6:46: rules.2.when: tool is never "scrip_triger_automation"; did you mean "scrip_trigger_automation"?',
    ]);
    expect(await mistakes('rules: { when: 7 }\n')).toEqual([
      '1:8: rules: Invalid input: expected array, received object.',
    ]);
  });

  test.each(builtIn)('a rule cannot be called %s, like a built-in one', async name => {
    const why = name.includes('_')
      ? 'must be a short name of lower-case letters, digits and -.'
      : `a built-in rule is called "${name}".`;
    expect(await mistakes(rule('"true"').replace('mine', name))).toEqual([`2:11: rules.0.name: ${why}`]);
  });

  test('there are at most a hundred', async () => {
    const many = (count: number) =>
      JSON.stringify({
        rules: Array.from({ length: count }, (_, n) => ({ name: `r${n}`, verdict: 'ask', when: 'true' })),
      });
    expect(await mistakes(many(100))).toEqual([]);
    expect((await mistakes(many(101))).join()).toContain('must be at most 100 rules');
  });
});

describe('P13: the place inside a condition, however it is written down', () => {
  test.each<[string, string, string]>([
    ['plain', rule('effect == "runs"'), '4:21'],
    ['in double quotes', rule(`"effect == 'runs'"`), '4:22'],
    ['in single quotes', rule(`'effect == "runs"'`), '4:22'],
    ['over lines', rule('|\n      vendor == "scrip" &&\n        effect == "runs"'), '6:19'],
    ['over lines with a blank one', rule('|\n      vendor == "scrip" &&\n\n      effect == "runs"'), '7:17'],
    ['folded', rule('>\n      vendor == "scrip" &&\n      effect == "runs"'), '6:17'],
    ['folded and stripped', rule('>-\n      vendor == "scrip" &&\n      effect == "runs"'), '6:17'],
    ['plain over lines', rule('vendor == "scrip" &&\n      effect == "runs"'), '5:17'],
    ['in double quotes over lines', rule(`"vendor == 'scrip' &&\n      effect == 'runs'"`), '5:17'],
    ['in JSON', `{"rules":[{"name":"mine","verdict":"deny","when":"effect == 'runs'"}]}`, '1:61'],
  ])('%s', async (_how, text, place) => {
    expect(await mistakes(text)).toEqual([`${place}: rules.0.when: effect is never "runs"; did you mean "run"?`]);
  });

  test('written with escapes: where it begins, and the character in it', async () => {
    expect(await mistakes(rule('"effect == \\"runs\\""'))).toEqual([
      '4:11: rules.0.when, character 11: effect is never "runs"; did you mean "run"?',
    ]);
  });

  test('an alias: where it is used', async () => {
    const text = `zone: &x UTC\nrules:\n  - { name: mine, verdict: deny, when: *x }\n`;
    expect((await mistakes(text))[0]).toMatch(/^\d+:\d+: rules\.0\.when: there is no fact "UTC"/);
  });
});

describe('names in conditions are those there are', () => {
  const shop = 'connections:\n  - { id: main, vendor: scrip, key_env: K }\n';

  test.each([
    [`${shop}${rule('connection.id == "mian"')}`, 'connection.id is never "mian"; did you mean "main"?'],
    [`${shop}${rule('connection.id in ["main", "mein"]')}`, 'connection.id is never "mein"; did you mean "main"?'],
    [rule('connection.id == "scrib"'), 'connection.id is never "scrib"; did you mean "scrip"?'],
    [
      rule('tool == "scrip_triger_automation"'),
      'tool is never "scrip_triger_automation"; did you mean "scrip_trigger_automation"?',
    ],
  ])('%j', async (text, why) => {
    expect((await mistakes(text)).map(line => line.replace(/^.*?: rules\.0\.when: /, ''))).toEqual([why]);
  });

  test('the right ones pass', async () => {
    expect(await mistakes(`${shop}${rule('connection.id == "main" && tool == "scrip_trigger_automation"')}`)).toEqual(
      [],
    );
  });
});

test('all mistakes are found at once, in the order of the file', async () => {
  for (const other of ['{ name: other, verdict: allow, when: bar }', '{ nam: other, verdict: ask, when: bar }']) {
    const said = await mistakes(`${rule('effect == "runs" || foo == 1')}  - ${other}\n`);
    expect(said.map(line => line.split(':').slice(0, 2).join(':')).slice(0, 3)).toEqual(['4:21', '4:31', '5:5']);
    expect(said.join()).toContain('rules.1.when: there is no fact "bar"');
  }
});

describe('P13 C17: a broken file stops the start', () => {
  test('with exit code 2 and one line, which says how many there are', async () => {
    await using home = await folder();
    const file = join(home.path, 'automations.yaml');
    await writeFile(file, rule('effect == "runs" || foo == 1'));
    const { code, stdout, stderr } = await run(['--config', file]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.replaceAll(file, 'FILE')).toBe(
      'automations-mcp: FILE:4:21: rules.0.when: effect is never "runs"; did you mean "run"? And 1 more: automations-mcp policy lint lists all.\n',
    );
  });

  test('an allow without ceilings does not start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rules-'));
    try {
      await writeFile(join(folder, 'a.yaml'), rule('"true"').replace('deny', 'allow'));
      await expect(readOperator(join(folder, 'a.yaml'))).rejects.toThrow(/must carry ceilings/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
