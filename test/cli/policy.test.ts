// The policy command as an operator meets it: lint finds mistakes and doubts, test tries what stands beside the rules, explain tells every rule's word.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOperator } from '../../src/cli/operator-file.ts';
import { policy } from '../../src/cli/policy.ts';
import { readConfig } from '../../src/config.ts';
import { type Sandbox, startSandbox, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { fastTwins, requestsOf, settingsFor } from '../fixtures.ts';
import { folder, run } from './program.ts';

let home: Awaited<ReturnType<typeof folder>>;
beforeAll(async () => {
  home = await folder();
});
afterAll(() => home[Symbol.asyncDispose]());

let files = 0;
function file(text: string): string {
  const path = join(home.path, `${files++}.yaml`);
  writeFileSync(path, text);
  return path;
}

/** Runs the command in this process; what it prints, and its exit code. */
async function here(args: string[], text?: string, env: Record<string, string> = {}) {
  const config = text === undefined ? {} : { config: file(text) };
  const printed: string[] = [];
  const write = process.stdout.write;
  process.stdout.write = ((chunk: string) => printed.push(chunk) > 0) as typeof write;
  try {
    const code = await policy(readConfig(config, { AUTOMATIONS_STATE_FOLDER: ':memory:', ...env }), args);
    return { code, out: printed.join('').replaceAll(config.config ?? '\0', 'FILE') };
  } finally {
    process.stdout.write = write;
  }
}

const rules = `
connections:
  - { id: shop, vendor: trustpager, key_env: SHOP_KEY }
  - { id: club, vendor: scrip, key_env: CLUB_KEY, environment: sandbox }
zone: Australia/Sydney
limits: { ask_above_credits: 100 }
budgets:
  - { name: daily, per: day, credits: { soft: 500, hard: 1000 } }
rules:
  - name: small-sends
    when: tool == "trustpager_trigger_automation" && credits.high <= 20
    verdict: allow
    ceilings: { credits: 200, calls: 20, people: 30 }
  - name: never-at-night
    when: effect == "run" && (time.hour >= 22 || time.hour < 6)
    verdict: deny
    reason: Nobody wants a text at night.
  - name: club-by-hand
    when: connection.id == "club" && effect != "read" && has(audience.people) && audience.people > 3
    verdict: ask_human
`;

describe('test', () => {
  const cases = `
tests:
  - { name: small goes out, call: { tool: trustpager_trigger_automation, credits: { high: 20 } }, verdict: allow, rule: small-sends }
  - { name: dear asks, call: { tool: trustpager_trigger_automation, credits: { low: 1, high: 21 } }, verdict: ask, rule: defaults }
  - { name: very dear, call: { tool: trustpager_trigger_automation, credits: { expected: 100 } }, verdict: ask_human, rule: quote }
  - { name: used up, call: { tool: trustpager_trigger_automation, credits: { high: 20 }, used: { small-sends: { credits: 181 } } }, verdict: ask }
  - { name: used up by calls, call: { tool: trustpager_trigger_automation, used: { small-sends: { calls: 20 } } }, verdict: ask }
  - { name: not quite, call: { tool: trustpager_trigger_automation, credits: { high: 20 }, used: { small-sends: { credits: 180, calls: 19 } } }, verdict: allow }
  - { name: unknown price, call: { tool: trustpager_trigger_automation, credits: { known: false } }, verdict: deny, rule: budget }
  - { name: unknown people, call: { tool: trustpager_trigger_automation, audience: { people: unknown } }, verdict: ask }
  - { name: unsettled, call: { tool: trustpager_trigger_automation, unsettled: true }, verdict: ask_human, rule: unsettled }
  - { name: budget asks, call: { tool: trustpager_trigger_automation, credits: { high: 20 }, used: { daily: { credits: 481 } } }, verdict: ask, rule: budget }
  - { name: budget refuses, call: { tool: trustpager_trigger_automation, credits: { high: 20 }, used: { daily: { credits: 981 } } }, verdict: deny, rule: budget }
  - { name: at night, call: { tool: scrip_trigger_automation, time: { hour: 5, minute: 59 } }, verdict: deny, rule: never-at-night }
  - { name: in the morning, call: { tool: scrip_trigger_automation, time: { hour: 6 } }, verdict: ask, rule: defaults }
  - { name: the day clocks change, call: { tool: scrip_trigger_automation, time: { date: "2027-04-04", hour: 6 } }, verdict: ask }
  - { name: stopping, call: { tool: scrip_cancel_run, stops: true, time: { hour: 3 }, audience: { people: 100 } }, verdict: allow }
  - { name: club, call: { tool: scrip_update_automation, effect: update, audience: { people: 4 } }, verdict: ask_human, rule: club-by-hand }
  - { name: club read, call: { tool: scrip_get_automation, audience: { people: 4 } }, verdict: allow }
  - { name: shop, call: { tool: trustpager_update_automation, effect: update, audience: { people: 4 } }, verdict: allow }
`;

  test('tries each, and ends with 0 where all hold', async () => {
    const { code, out } = await here(['test'], `${rules}${cases}`);
    expect(out).toContain('18 of 18 hold.');
    expect(code).toBe(0);
  });

  test('neither modes nor the environment change what rules say', async () => {
    const env = { AUTOMATIONS_READ_ONLY: 'true', AUTOMATIONS_NO_SPEND: 'true', SHOP_KEY: 'tp_live_x' };
    expect((await here(['test'], `${rules}${cases}`, env)).code).toBe(0);
  });

  test('one that does not hold says what is, and ends with 1', async () => {
    const wrong = `${rules}
tests:
  - { name: wrong, call: { tool: trustpager_trigger_automation, time: { hour: 23 } }, verdict: allow, rule: small-sends }
  - { call: { tool: trustpager_trigger_automation, credits: { high: 5 } }, verdict: allow, rule: defaults }
  - { call: { tool: trustpager_get_automation }, verdict: allow }
`;
    const { code, out } = await here(['test'], wrong);
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      'FAIL wrong',
      '     expected allow by small-sends, and it is deny by never-at-night: Nobody wants a text at night.',
      'FAIL test 2: trustpager_trigger_automation',
      '     expected allow by defaults, and it is allow by small-sends: The operator’s standing approval "small-sends" covers it.',
      'ok   test 3: trustpager_get_automation',
      '1 of 3 hold.',
      '',
    ]);
    const json = JSON.parse((await here(['test', '--json'], wrong)).out);
    expect(json).toMatchObject({
      failed: 2,
      tests: [{ name: 'wrong', passed: false, said: { verdict: 'deny' } }, {}, {}],
    });
  });

  test('without any there is nothing to fail', async () => {
    expect(await here(['test'], rules)).toEqual({ code: 0, out: 'There are no tests.\n' });
  });

  test.each<[string, string]>([
    [
      'tool: trustpager_triger_automation',
      'there is no tool "trustpager_triger_automation"; did you mean "trustpager_trigger_automation"?',
    ],
    ['tool: list_connections', 'this tool reaches no account, so no rule is asked about it.'],
    ['tool: trustpager_update_automation', 'say which effect the call has: update or arm.'],
    ['tool: scrip_trigger_automation, effect: read', 'scrip_trigger_automation has no such effect; it has run.'],
    ['tool: scrip_trigger_automation, connection: { id: shop }', 'no scrip account is called "shop"; it may be club.'],
    [
      'tool: scrip_trigger_automation, used: { dayly: { credits: 1 } }',
      'there is no budget or standing approval "dayly"; did you mean "daily"?',
    ],
    ['tool: scrip_trigger_automation, time: { date: "2027-03-01", weekday: sunday }', '2027-03-01 is a monday.'],
    ['tool: scrip_trigger_automation, time: { date: "2027-02-30" }', 'must be a date such as 2027-03-01.'],
    ['tool: scrip_trigger_automation, credit: { high: 1 }', 'has no "credit"; did you mean "credits"?'],
    ['tool: scrip_trigger_automation, audience: { people: many }', 'tests.0.call.audience.people:'],
  ])('P13: a call there cannot be stops the start: %s', async (call, why) => {
    const path = file(`${rules}\ntests: [{ call: { ${call} }, verdict: ask }]\n`);
    await expect(readOperator(path)).rejects.toThrow(why);
  });

  test('P13: so does a rule there is not', async () => {
    const path = file(
      `${rules}\ntests: [{ call: { tool: scrip_trigger_automation }, verdict: ask, rule: smal-sends }]\n`,
    );
    await expect(readOperator(path)).rejects.toThrow('there is no rule "smal-sends"; did you mean "small-sends"?');
  });
});

describe('lint', () => {
  test('finds nothing where there is nothing', async () => {
    expect(await here(['lint'], rules)).toEqual({ code: 0, out: 'FILE: no mistakes, no doubts.\n' });
  });

  const rule = (when: string, more = 'verdict: deny') => `rules:\n  - name: mine\n    when: ${when}\n    ${more}\n`;
  const allow = 'verdict: allow\n    ceilings: { credits: 10, calls: 10 }';

  test.each<[string, string, string]>([
    ['a rule that nothing meets', rule('credits.high < 0'), 'no call was found to which it applies'],
    [
      'one that contradicts itself',
      rule('effect == "run" && effect == "arm"'),
      'no call was found to which it applies',
    ],
    ['an effect that the tool has not', rule('tool == "scrip_cancel_run" && effect == "run"'), 'no call was found'],
    [
      'an ask for what is asked anyway',
      rule('effect == "run"', 'verdict: ask'),
      'the verdict would be the same without it',
    ],
    ['an ask for reads', rule('effect == "read"', 'verdict: ask'), 'no call was found to which it applies'],
    [
      'an allow of what is allowed anyway',
      rule('effect in ["read", "update"]', allow),
      'the verdict would be the same without it',
    ],
    [
      'an allow that covers nothing',
      rule('effect == "run"', allow.replace('calls: 10', 'calls: 0')),
      'the verdict would be the same without it',
    ],
    [
      'one behind a stricter one',
      `${rule('effect == "run"')}  - { name: other, when: effect == "run" && credits.high > 3, verdict: ask_human }\n`,
      '5:5: warning: rules.1: wherever it applies, the verdict would be the same without it',
    ],
    ['trust in a name', rule('client == "claude"', allow), 'a client may call itself anything'],
    ['what is not always there', rule('audience.people > 3'), '3:11: warning: rules.0.when: looks at audience.people'],
  ])('P11: %s', async (_what, text, says) => {
    const { code, out } = await here(['lint'], text);
    expect(out).toContain(says);
    expect(out).toContain('warning: ');
    expect(code).toBe(0);
  });

  test.each([
    'effect == "run" && credits.high > 20',
    'tool == "scrip_trigger_automation" && has(audience.people) && audience.people >= 10',
    'time.weekday in ["saturday", "sunday"] && effect == "run"',
    'effect == "arm" && "conditions" in changes',
    'effect == "run" && target.name.startsWith("VIP") && connection.environment == "production"',
    'has(arguments.trigger_data) && has(arguments.trigger_data.amount) && arguments.trigger_data.amount > 100',
    'tool.startsWith("trustpager_delete") && !reversible',
    'effect == "delete" && principal == "intern" && time.hour >= 9 && time.hour < 17 && vendor == "scrip"',
    'effect == "update" && stops == false && target.state == "enabled"',
  ])('and doubts nothing that can be: %s', async when => {
    expect(
      (await here(['lint'], rule(when.includes(' "') || when.includes(': ') ? `>-\n      ${when}` : when))).out,
    ).toBe('FILE: no mistakes, no doubts.\n');
  });

  test('of stopping too, where it says so', async () => {
    expect((await here(['lint'], rule('stops', 'verdict: deny\n    stops: true'))).out).toContain('no doubts');
    expect((await here(['lint'], rule('stops'))).out).toContain('no call was found');
  });

  test('doubts that two people are wanted where everybody is one, and no other doubt hides it', async () => {
    const two = rule('effect == "run"', 'verdict: ask_human\n    approver: another');
    expect((await here(['lint'], two)).out).toBe(
      'FILE:2:5: warning: rules.0: it wants another person, and without principals everybody is "local", so that it refuses whatever it applies to.\nFILE: no mistakes.\n',
    );
    const people = 'principals: [{ id: ana }, { id: bo, approves: [ana] }]\n';
    expect((await here(['lint'], `${people}${two}`)).out).toBe('FILE: no mistakes, no doubts.\n');
    // One that changes nothing but who must answer changes something.
    const wide = `${people}${two}  - { name: also, when: effect == "run", verdict: ask_human }\n`;
    expect((await here(['lint'], wide)).out).toContain('rules.1: wherever it applies');
    expect((await here(['lint'], wide)).out).not.toContain('rules.0: wherever it applies');
  });

  test('and explain and test name the other person', async () => {
    const text = `${rule('effect == "run"', 'verdict: ask_human\n    approver: another')}tests:
  - { name: two, call: { tool: scrip_trigger_automation }, verdict: ask_human, approver: another }
  - { name: one, call: { tool: scrip_get_automation }, verdict: allow, approver: another }
`;
    const { code, out } = await here(['test'], text);
    expect([code, out.split('\n')]).toEqual([
      1,
      [
        'ok   two',
        'FAIL one',
        expect.stringMatching(/^ {5}expected allow \(another person\), and it is allow by defaults: /),
        '1 of 2 hold.',
        '',
      ],
    ]);
    const explained = (await here(['explain', '--tool', 'scrip_trigger_automation'], text)).out;
    expect(explained).toMatch(/^ {2}mine .*ask_human \(another person\): holds$/m);
    expect(explained).toMatch(/^verdict: ask_human \(another person\) by mine: /m);
    const json = JSON.parse((await here(['explain', '--tool', 'scrip_trigger_automation', '--json'], text)).out);
    expect([json.rules[0].approver, json.verdict.approver]).toEqual(['another', 'another']);
  });

  test('tells every mistake, with its place, and ends with 1; as JSON too', async () => {
    const text = `${rule('effect == "runs" || foo == 1')}  - { name: other, when: bar, verdict: ask }\n`;
    const { code, out } = await here(['lint'], text);
    expect(code).toBe(1);
    expect(out.split('\n').map(line => line.split(' ')[0])).toEqual(['FILE:3:21:', 'FILE:3:31:', 'FILE:5:26:', '']);
    const json = JSON.parse((await here(['lint', '--json'], text)).out);
    expect(json.mistakes).toMatchObject([
      { line: 3, column: 21, why: 'rules.0.when: effect is never "runs"; did you mean "run"?' },
      { line: 3, column: 31 },
      { line: 5, column: 26 },
    ]);
    expect((await here(['lint'], 'rules: [')).code).toBe(1);
  });

  test('a hundred rules are looked through', async () => {
    const many = Array.from({ length: 100 }, (_, n) => ({
      name: `r${n}`,
      when: `credits.high > ${n}.5`,
      verdict: 'ask',
    }));
    expect((await here(['lint'], JSON.stringify({ rules: many }))).code).toBe(0);
  }, 60_000);
});

describe('explain', () => {
  test('one call: its facts, every rule’s word, and the verdict', async () => {
    const facts = ['credits.high=15', 'time.hour=3', 'used.small-sends.credits=190'].flatMap(fact => ['--fact', fact]);
    const args = [
      'explain',
      '--tool',
      'trustpager_trigger_automation',
      '--arguments',
      '{"automation_id":"a1"}',
      ...facts,
    ];
    const { code, out } = await here(args, rules);
    expect(code).toBe(0);
    for (const line of [
      'arguments               {"automation_id":"a1"}',
      'credits.high            15',
      'time.hour               3',
      'small-sends             allow: holds; 190 of 200 credits used in 24 hours; 0 of 20 calls used in 24 hours; 0 of 30 people used in 24 hours',
      'never-at-night          deny: holds',
      'club-by-hand            ask_human: does not hold',
      'budget                  says nothing',
      'defaults                ask: It fires now, for real; a person confirms that.',
      'verdict: deny by never-at-night: Nobody wants a text at night.',
    ])
      expect(out).toContain(line);
    const json = JSON.parse((await here([...args, '--json'], rules)).out);
    expect(json).toMatchObject({
      facts: { tool: 'trustpager_trigger_automation', 'credits.high': 15, 'connection.id': 'shop' },
      rules: [
        { rule: 'small-sends', condition: 'yes', ceilings: [{ unit: 'credits', used: 190, most: 200 }, {}, {}] },
        { rule: 'never-at-night', condition: 'yes' },
        { rule: 'club-by-hand', condition: 'no' },
      ],
      verdict: { verdict: 'deny', rule: 'never-at-night' },
    });
  });

  test('says what has no say, cannot be told and cannot be judged', async () => {
    const text = `rules:
  - { name: a, when: "true", verdict: ask }
  - { name: b, when: arguments.missing == 1, verdict: deny, stops: true }
`;
    const stop = ['explain', '--tool', 'scrip_cancel_run', '--fact', 'stops=true'];
    const { out } = await here(stop, text);
    expect(out).toMatch(/^ {2}a +ask: has no say in such a call$/m);
    expect(out).toMatch(/^ {2}b +deny: cannot be told: something it looks at is not there; that counts as/m);
  });

  test('modes count, and a file is not needed', async () => {
    const asked = ['explain', '--tool', 'scrip_trigger_automation'];
    expect((await here(asked)).out).toContain('verdict: ask by defaults');
    expect((await here(asked, undefined, { AUTOMATIONS_READ_ONLY: '1' })).out).toContain('verdict: deny by read-only');
  });

  test.each<[string[], string]>([
    [[], 'policy explain wants --tool.'],
    [['--tool', 'scrip_triger_automation'], 'did you mean "scrip_trigger_automation"?'],
    [['--tool', 'scrip_update_automation'], 'say which effect the call has: update or arm.'],
    [['--tool', 'scrip_trigger_automation', '--arguments', '[]'], '--arguments must be a JSON object.'],
    [
      ['--tool', 'scrip_trigger_automation', '--fact', 'credit.high=3'],
      'there is no fact "credit.high"; did you mean "credits.high"?',
    ],
    [['--tool', 'scrip_trigger_automation', '--fact', 'credits.high=much'], '--fact credits.high: '],
    [['--tool', 'scrip_trigger_automation', '--fact', 'credits.high'], 'give name=value'],
    [['--tool', 'scrip_trigger_automation', '--live', '--fact', 'credits.high=3'], 'none are given with --fact'],
  ])('%j is told', async (args, message) => {
    await expect(here(['explain', ...args], rules)).rejects.toThrow(message);
  });

  describe('with --live', () => {
    let sandbox: Sandbox;
    beforeAll(async () => {
      sandbox = await startSandbox(fastTwins);
    });
    afterAll(() => sandbox.close());

    test('reads the accounts, sends nothing and records nothing', async () => {
      const env = settingsFor(sandbox, ':memory:');
      const text = rules
        .replace(/connections:[\s\S]*?(?=zone)/, '')
        .replaceAll('connection.id == "club"', 'vendor == "scrip"')
        // It is now, whenever that is.
        .replace('time.hour >= 22 || time.hour < 6', 'time.hour >= 24');
      const asked = (tool: string, args: object) =>
        here(['explain', '--live', '--tool', tool, '--arguments', JSON.stringify(args)], text, env);
      const { out } = await asked('trustpager_trigger_automation', {
        automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms,
      });
      expect(out).toMatch(/target\.state +"enabled"/);
      expect(out).toMatch(/credits\.high +120/);
      expect(out).toMatch(/^verdict: ask_human by quote: /m);
      const read = await asked('trustpager_get_automation', { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms });
      expect(read.out).toContain('verdict: allow by defaults: Reading is free.');
      expect((await requestsOf(sandbox)).filter(({ method }) => method !== 'GET')).toEqual([]);
      await expect(asked('list_connections', {})).rejects.toThrow('There is no tool "list_connections" of an account');
      await expect(asked('trustpager_get_automation', {})).rejects.toThrow('automation_id');
    });
  });
});

describe('the program', () => {
  test.concurrent('loads the engine of conditions where there are rules, and only there', async () => {
    await using own = await folder();
    const path = join(own.path, 'a.yaml');
    const hook = join(own.path, 'hook.mjs');
    writeFileSync(
      hook,
      `import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) {
  if (url.includes('@bufbuild/cel/')) process.stderr.write('the engine\\n');
  return next(url, context);
} });`,
    );
    const loaded = async (text: string) => {
      writeFileSync(path, text);
      const env = { NODE_OPTIONS: `--import=${hook}`, AUTOMATIONS_STATE_FOLDER: ':memory:' };
      const { code, stderr } = await run(['--config', path], env);
      return [code, stderr.includes('the engine')];
    };
    expect(await loaded('limits: { ask_above_credits: 3 }\n')).toEqual([0, false]);
    expect(await loaded('rules: [{ name: mine, when: stops, verdict: deny, stops: true }]\n')).toEqual([0, true]);
  });

  test.concurrent('knows the command, its flags and its codes', async () => {
    await using own = await folder();
    const path = join(own.path, 'a.yaml');
    writeFileSync(path, rules);
    const fact = ['--fact', 'credits.high=15', 'time.hour=12'];
    const told = await run(['policy', 'explain', '--config', path, '--tool', 'trustpager_trigger_automation', ...fact]);
    expect({ code: told.code, stderr: told.stderr }).toEqual({ code: 0, stderr: '' });
    expect(told.stdout).toContain('verdict: allow by small-sends');
    expect(await run(['policy', 'lint', '--config', path])).toMatchObject({ code: 0, stderr: '' });
    expect(await run(['policy', 'test', '--config', path])).toMatchObject({ code: 0, stdout: 'There are no tests.\n' });
    const schema = await run(['policy', 'schema']);
    expect(JSON.parse(schema.stdout)).toMatchObject({ type: 'object', properties: { rules: { type: 'array' } } });
    expect(await run(['policy'])).toMatchObject({ code: 2, stdout: expect.stringContaining('Usage: ') });
    expect(await run(['policy', 'lint'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--config') });
  });
});
