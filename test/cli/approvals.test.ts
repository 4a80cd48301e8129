// The approvals command: what it lists and shows, who may answer, and that only the word typed by a person is a yes.
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { approvals } from '../../src/cli/approvals.ts';
import type { Terminal } from '../../src/cli/approvals-answer.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { no, opening, question, T, yes } from '../store/rows.ts';

const id = (start: string) => start.padEnd(32, '0');

let store: Store;
beforeEach(() => {
  store = sqliteStore(':memory:');
});
afterEach(() => store.close());

/** Runs one command; `type` is given what was printed so far and says what the person types, once, when they are asked to. */
async function run(args: string[], by: Partial<Omit<Terminal, 'store'>> & { type?: (out: string) => string } = {}) {
  const { type = () => '', ...io } = by;
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  let out = '';
  stdout.setEncoding('utf8').on('data', chunk => {
    out += chunk;
    if (/type the word/.test(chunk)) stdin.end(type(out));
  });
  const code = await approvals(args, { store, stdin, stdout, isTTY: true, now: () => T + 1_000, ...io });
  return { code, out };
}

const word = (out: string) => /type the word (\w+)/.exec(out)?.[1] ?? '';
const typing = (change: (word: string) => string) => (out: string) => `${change(word(out))}\n`;

describe('list', () => {
  test('tells that nothing is open', async () => {
    expect(await run(['list'])).toEqual({ code: 0, out: 'No question is open.\n' });
  });

  test('shows open questions only, newest first, with age and time left', async () => {
    await store.ask(question({ id: id('aaaaaaaa11112222'), digest: 'a' }));
    await store.ask(question({ id: id('bbbbbbbb'), digest: 'b', created_at: T + 500, shown: 'Pause "x".\nmore' }));
    await store.ask(question({ id: id('cccccccc'), digest: 'c', expires_at: T + 1_000 }));
    await store.ask(question({ id: id('dddddddd'), digest: 'd' }));
    await store.answer(id('dddddddd'), yes(T));
    expect(await run(['list'], { isTTY: false, now: () => T + 31_000 })).toMatchInlineSnapshot(`
      {
        "code": 0,
        "out": "bbbbbbbb0000  asked 31 s ago, 89 s left  scrip_trigger_automation on main, for local
                    Pause "x".
      aaaaaaaa1111  asked 31 s ago, 89 s left  scrip_trigger_automation on main, for local
                    Fire "Weekly digest" now.
      ",
      }
    `);
  });
});

describe('show', () => {
  test('tells the whole record, to a pipe too', async () => {
    await store.ask(question({ id: id('aaaaaaaa') }));
    expect((await run(['show', 'aaaaaaaa'], { isTTY: false })).out).toMatchInlineSnapshot(`
      "Question:     aaaaaaaa000000000000000000000000
      State:        open, 119 s left
      Asked:        2027-01-15 08:00:00 UTC, until 2027-01-15 08:02:00 UTC
      Asked by:     test, for principal local
      Account:      main
      Tool:         scrip_trigger_automation
      Arguments:    {"automation_id":"a1"}
      Quote:        {"low":1,"high":2}
      Verdict:      ask, by rule defaults
      Versions:     target v1, policy p1
      Digest:       digest

        | Fire "Weekly digest" now.
        | Account: main
      "
    `);
  });

  test('tells every change in full where the text has no room for them, and harmless', async () => {
    const changes = [
      { field: 'name', from: '"a"', to: '"b"' },
      { field: 'filter', from: `"${'x'.repeat(500)}"`, to: `"${'y'.repeat(500)}\u001b[2J\u202e"` },
    ];
    await store.ask(
      question({
        id: id('aaaaaaaa'),
        shown: 'Change it.\nChanges:\n  name: "a" → "b"\n  … and 1 more change',
        changes: JSON.stringify(changes),
      }),
    );
    const { out } = await run(['show', 'aaaaaaaa']);
    expect(out).toMatch(
      /\| {3}… and 1 more change\n\nChanges in full:\n {2}name: "a" → "b"\n {2}filter: "x{500}" → "y{500}\[2J"\n$/,
    );
    await store.ask(
      question({
        id: id('bbbbbbbb'),
        digest: 'b',
        shown: 'Change it.\nChanges:\n  name: "a" → "b"',
        changes: JSON.stringify(changes.slice(0, 1)),
      }),
    );
    expect((await run(['show', 'bbbbbbbb'])).out).not.toContain('in full');
    await store.ask(question({ id: id('cccccccc'), digest: 'c', changes: 'not JSON' }));
    expect((await run(['show', 'cccccccc'])).code).toBe(0);
  });

  test('tells what became of a question', async () => {
    const approval = { id: id('aaaaaaaa'), digest: 'digest' };
    const state = async (now = T + 1_000) => {
      const { out } = await run(['show', 'aaaaaaaa'], { now: () => now });
      return out
        .split('\n')
        .filter(line => /^(State|Answered|Usable until|Intent):/.test(line))
        .join('\n');
    };
    await store.ask(question({ id: approval.id }));
    expect(await state(T + 120_000)).toBe('State:        expired');
    await store.answer(approval.id, yes(T + 1_000));
    expect(await state()).toBe(
      'State:        approved, and not used yet\nAnswered:     2027-01-15 08:00:01 UTC, where: terminal, by bo\nUsable until: 2027-01-15 08:02:01 UTC',
    );
    await store.open(opening({ id: 'i1', created_at: T + 1_000 }, { approval }));
    expect(await state()).toMatch(/^State: {8}approved and used\nAnswered:.*\nIntent: {7}i1$/);
    await store.ask(question({ id: id('bbbbbbbb') }));
    await store.ask(question({ id: id('cccccccc') }), id('bbbbbbbb'));
    expect((await run(['show', 'bbbbbbbb'])).out).toMatch(/State: +closed: a newer question took its place/);
  });

  test('tells that another person must approve it, and who did', async () => {
    await store.ask(question({ id: id('aaaaaaaa'), approver: 'another', verdict: 'ask_human', principal: 'ana' }));
    expect((await run(['show', 'aaaaaaaa'])).out).toContain(
      'Verdict:      ask_human, by rule defaults; another person must approve it\n',
    );
    await store.answer(id('aaaaaaaa'), { ...yes(T + 1_000), channel: 'page', by: 'b\u202eo' });
    expect((await run(['show', 'aaaaaaaa'])).out).toContain('where: page, by bo\n');
  });

  test('C15: prints nothing that moves a cursor, hides or turns text', async () => {
    const nasty = 'a\u001b[2Jb\u202ec\u200bd\u0007e\u009bf\rg\u2028h';
    const row = question({ id: id('aaaaaaaa') });
    for (const field of [
      'tool',
      'connection',
      'principal',
      'client',
      'arguments',
      'quote',
      'rule',
      'target_version',
      'policy_version',
      'digest',
      'call',
    ] as const)
      row[field] = nasty;
    row.shown = `  ${nasty}\n${nasty}`;
    await store.ask(row);
    for (const args of [['show', 'aaaaaaaa'], ['list'], ['approve', 'aaaaaaaa']]) {
      const { out } = await run(args);
      expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(out).toContain('a[2Jbcdef g h');
    }
  });
});

describe('P6 C4: two people at one terminal', () => {
  const two = { approver: 'another', verdict: 'ask_human' } as const;

  test('who sits there approves nothing that their own agent asked, is asked for no word, and may say no', async () => {
    await store.ask(question({ id: id('aaaaaaaa'), ...two }));
    expect(await run(['approve', 'aaaaaaaa'])).toEqual({
      code: 1,
      out: 'Another person than "local" must approve this, on the team’s approval page. Nothing was approved.\n',
    });
    expect((await store.question(id('aaaaaaaa')))?.state).toBe('open');
    expect((await run(['reject', 'aaaaaaaa'])).code).toBe(0);
    expect(await store.question(id('aaaaaaaa'))).toMatchObject({ state: 'rejected', decided_by: 'local' });
  });

  test('what somebody else’s agent asked is approved there as ever', async () => {
    await store.ask(question({ id: id('aaaaaaaa'), principal: 'ana', ...two }));
    expect((await run(['approve', 'aaaaaaaa'], { type: typing(word => word) })).code).toBe(0);
    expect(await store.question(id('aaaaaaaa'))).toMatchObject({ state: 'approved', decided_by: 'local' });
  });
});

describe('approve', () => {
  beforeEach(() => store.ask(question({ id: id('aaaaaaaa'), verdict: 'ask_human' })));
  const state = async () => (await store.question(id('aaaaaaaa')))?.state;

  test('P12: shows the whole record, and takes the word that it shows', async () => {
    const { out: record } = await run(['show', 'aaaaaaaa']);
    const { code, out } = await run(['approve', 'aaaaaaaa'], { type: typing(shown => shown) });
    expect(code).toBe(0);
    expect(out.startsWith(record)).toBe(true);
    expect(out).toContain('  | Fire "Weekly digest" now.\n  | Account: main\n');
    expect(out).toMatch(/Approved until 2027-01-15 08:02:01 UTC\. Nothing was sent by this/);
    expect(await store.question(id('aaaaaaaa'))).toMatchObject({
      state: 'approved',
      channel: 'terminal',
      decided_at: T + 1_000,
      usable_until: T + 121_000,
    });
  });

  test('a yes is good for as long as is set', async () => {
    await run(['approve', id('aaaaaaaa')], { type: typing(shown => ` ${shown.toUpperCase()}  `), usable_for: 5_000 });
    expect(await store.question(id('aaaaaaaa'))).toMatchObject({ state: 'approved', usable_until: T + 6_000 });
  });

  test.each([
    ['nothing', () => '\n'],
    ['the end of input', () => ''],
    ['yes', () => 'yes\n'],
    ['the id', () => 'aaaaaaaa\n'],
    ['the word and more', typing(shown => `${shown} please`)],
    ['a part of the word', typing(shown => shown.slice(1))],
    ['the word in the second line', typing(shown => `\n${shown}`)],
  ])('%s is no yes, and changes nothing', async (_, type) => {
    const { code, out } = await run(['approve', 'aaaaaaaa'], { type });
    expect(code).toBe(1);
    expect(out).toMatch(/That was not the word\. Nothing was approved/);
    expect(await state()).toBe('open');
  });

  test('shows another word each time', async () => {
    const shown = new Set<string>();
    for (let n = 0; n < 20; n++) shown.add(word((await run(['approve', 'aaaaaaaa'])).out));
    expect(shown.size).toBeGreaterThan(5);
    expect(shown.has('')).toBe(false);
  });

  test.each(['approve', 'reject'])('P12 C4: %s refuses without a terminal, and shows no word', async name => {
    const { code, out } = await run([name, 'aaaaaaaa'], { isTTY: false });
    expect({ code, out }).toEqual({
      code: 1,
      out: 'Only a person at an interactive terminal can answer a question; this is not one. Nothing happened.\n',
    });
    expect(await state()).toBe('open');
  });

  test.each([
    [false, false],
    [true, false],
    [false, true],
  ])('both streams must be terminals (stdin %s, stdout %s)', async (input, output) => {
    const stdin = Object.assign(new PassThrough(), { isTTY: input });
    const stdout = Object.assign(new PassThrough(), { isTTY: output });
    expect(await approvals(['approve', 'aaaaaaaa'], { store, stdin, stdout, now: () => T })).toBe(1);
    expect(String(stdout.read())).toMatch(/Only a person at an interactive terminal/);
    expect(await state()).toBe('open');
  });

  test('says which state a question is in that is not open any more', async () => {
    const at = (now: number) => run(['approve', 'aaaaaaaa'], { now: () => now, type: typing(shown => shown) });
    expect(await at(T + 120_000)).toEqual({
      code: 1,
      out: 'The question is not open any more: it is expired. Nothing happened.\n',
    });
    await store.answer(id('aaaaaaaa'), no(T));
    expect((await at(T + 1)).out).toBe('The question is not open any more: it is rejected. Nothing happened.\n');
    expect((await run(['reject', 'aaaaaaaa'])).code).toBe(1);
  });

  test('P6: comes too late when the question expires, or is answered elsewhere, while the word is typed', async () => {
    let now = T;
    const late = await run(['approve', 'aaaaaaaa'], {
      now: () => now,
      type: out => {
        now = T + 120_000;
        return `${word(out)}\n`;
      },
    });
    expect(late.code).toBe(1);
    expect(late.out).toMatch(/Too late: the question is expired\. Nothing happened\.\n$/);
    expect(await state()).toBe('open');
  });
});

test('reject needs no word', async () => {
  await store.ask(question({ id: id('aaaaaaaa') }));
  expect(await run(['reject', 'aaaaaaaa'])).toEqual({ code: 0, out: 'Rejected. Nothing was sent.\n' });
  expect(await store.question(id('aaaaaaaa'))).toMatchObject({
    state: 'rejected',
    channel: 'terminal',
    usable_until: null,
  });
});

describe('ids', () => {
  beforeEach(async () => {
    await store.ask(question({ id: id('aaaaaaaa1'), digest: 'a' }));
    await store.ask(question({ id: id('aaaaaaaa2'), digest: 'b' }));
  });

  test.each(['show', 'approve', 'reject'])(
    '%s takes any beginning that is long enough and belongs to one',
    async name => {
      expect((await run([name, 'aaaaaaaa'])).out).toBe('Several questions begin like that; give more of the id.\n');
      expect((await run([name, 'bbbbbbbb'])).out).toBe('There is no such question.\n');
      expect((await run([name, 'aaaaaaaa1'])).out).not.toMatch(/Several|no such/);
      expect((await run([name, id('aaaaaaaa2')])).out).not.toMatch(/Several|no such/);
    },
  );

  test.each(['aaaaaaa', 'AAAAAAAA', 'aaaaaaa%', '________', '../../etc', id('a').concat('0')])(
    '%s is none',
    async given => {
      const { code, out } = await run(['show', given]);
      expect([code, out]).toEqual([
        2,
        'An id is at least its first 8 characters, of 0 to 9 and a to f. `list` shows them.\n',
      ]);
    },
  );
});

test.each([
  [[]],
  [['help']],
  [['approve']],
  [['list', 'x']],
  [['show', 'aaaaaaaa', 'x']],
  [['constructor', 'aaaaaaaa']],
])('%j is not understood', async args => {
  const { code, out } = await run(args);
  expect(code).toBe(2);
  expect(out).toMatch(/^Usage: automations-mcp approvals <command>/);
});

test('P13: a store that cannot be used is told in a sentence', async () => {
  store = sqliteStore('/dev/null/store.db');
  const { code, out } = await run(['list']);
  expect([code, out]).toEqual([
    1,
    expect.stringMatching(/^The store .* cannot be opened.*Point the store at another file\.\n$/),
  ]);
});
