// `approvals watch`: every question as it comes and whatever becomes of it; answers only by the question's own word, at a terminal only.
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { approvals } from '../../src/cli/approvals.ts';
import type { Terminal } from '../../src/cli/approvals-answer.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { QuestionRow, Store } from '../../src/store/store.ts';
import { eventually, pause } from '../server/twin.ts';
import { no, opening, question, T, yes } from '../store/rows.ts';

const id = (start: string) => start.padEnd(32, '0');
const [a, b] = [id('aaaaaaaa'), id('bbbbbbbb')];

let store: Store;
let now = T;
beforeEach(() => {
  store = sqliteStore(':memory:');
  now = T + 1_000;
});
afterEach(() => store.close());

const ask = (of: Partial<QuestionRow> & { id: string }) => store.ask(question({ digest: of.id, ...of }));

/** Watches until it is told to end. */
function watching({ args = [], ...by }: Partial<Omit<Terminal, 'store'>> & { args?: string[] } = {}) {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const ended = new AbortController();
  let out = '';
  stdout.setEncoding('utf8').on('data', chunk => {
    out += chunk;
  });
  const code = approvals(['watch', ...args], {
    store,
    stdin,
    stdout,
    isTTY: true,
    now: () => now,
    signal: ended.signal,
    every: 15,
    ...by,
  });
  return {
    out: () => out,
    stdin,
    stdout,
    code,
    /** Resolves once this was printed. */
    said: (what: string | RegExp) => eventually(() => (out.match(what) ? out : undefined)),
    /** The word that answers this question. */
    word: (of: string) =>
      eventually(() => /type the word ([a-z ]+) and/.exec(out.split(`Question:     ${of}`)[1] ?? '')?.[1]),
    type: (line: string) => stdin.write(`${line}\n`),
    async end() {
      ended.abort();
      return { code: await code, out };
    },
  };
}
const state = async (of = a) => (await store.question(of))?.state;
/** Time enough for several looks. */
const looks = () => pause(90);

describe('at a terminal', () => {
  test('shows each question whole, as `show` does, when it comes, and takes the word that it shows', async () => {
    await ask({ id: a });
    const w = watching();
    const word = await w.word(a);
    const shown = new PassThrough();
    await approvals(['show', a], { store, stdin: new PassThrough(), stdout: shown, now: () => now });
    expect(w.out()).toContain(
      `${String(shown.read()).trimEnd()}\n\nTo approve exactly this, type the word ${word} and`,
    );
    expect(w.out()).not.toContain(b);
    await ask({ id: b });
    const other = await w.word(b);
    expect(other).not.toBe(word);
    w.type(`  ${word.toUpperCase()} `);
    await w.said(/aaaaaaaa0000 {2}Approved until 2027-01-15 08:02:01 UTC\. Nothing was sent by this/);
    expect([await state(a), await state(b)]).toEqual(['approved', 'open']);
    expect(await store.question(a)).toMatchObject({ channel: 'terminal', usable_until: T + 121_000 });
    w.type(`no ${other}`);
    await w.said('bbbbbbbb0000  Rejected. Nothing was sent.');
    expect([await state(a), await state(b)]).toEqual(['approved', 'rejected']);
    await looks();
    // What was answered here is told once.
    expect(w.out().match(/approved|rejected/gi)).toHaveLength(2);
    expect((await w.end()).code).toBe(0);
  });

  test('P6 C4: to what needs another person a word says no alone', async () => {
    await ask({ id: a, approver: 'another', verdict: 'ask_human' });
    const w = watching();
    const said = await w.said(
      /Another person must approve this, on the team’s approval page\. To reject it here, type no ([a-z ]+) and/,
    );
    const word = /type no ([a-z ]+) and/.exec(said)?.[1] ?? '';
    w.type(word);
    await w.said(
      'aaaaaaaa0000  Another person than "local" must approve this, on the team’s approval page. Nothing was approved.',
    );
    expect(await state()).toBe('open');
    w.type(`no ${word}`);
    await w.said('aaaaaaaa0000  Rejected. Nothing was sent.');
    expect(await state()).toBe('rejected');
    await w.end();
  });

  test('a yes is good for as long as is set', async () => {
    await ask({ id: a });
    const w = watching({ usable_for: 5_000 });
    w.type(await w.word(a));
    await eventually(async () => (await state()) === 'approved');
    expect((await store.question(a))?.usable_until).toBe(T + 6_000);
    await w.end();
  });

  test.each([
    ['yes', () => 'yes'],
    ['the id', () => a],
    ['the word and more', (word: string) => `${word} please`],
    ['a part of the word', (word: string) => word.slice(1)],
    ['no alone', () => 'no'],
    ['no and another word', () => 'no yes'],
    ['approve and the word', (word: string) => `approve ${word}`],
  ])('%s changes nothing, and is told so', async (_, line) => {
    await ask({ id: a });
    const w = watching();
    w.type(line(await w.word(a)));
    await w.said('That is no question’s word. Nothing happened.');
    expect(await state()).toBe('open');
    expect((await w.end()).code).toBe(0);
    expect(await state()).toBe('open');
  });

  test('what was typed before a question came is no answer to it', async () => {
    const w = watching();
    for (const line of ['yes', 'amber', 'no', '', '   ']) w.type(line);
    await w.said('That is no question’s word.');
    await ask({ id: a });
    await w.word(a);
    await looks();
    expect(await state()).toBe('open');
    await w.end();
  });

  test('no word comes twice, however many questions come', async () => {
    const w = watching();
    for (let n = 0; n < 80; n++) await ask({ id: id(`${1_000_000 + n}0`) });
    const words = await eventually(() => {
      const found = [...w.out().matchAll(/type the word ([a-z ]+) and/g)].map(([, word]) => word);
      return found.length === 80 ? found : undefined;
    });
    expect(new Set(words).size).toBe(80);
    await w.end();
  });

  test('says what became of a question elsewhere, and where', async () => {
    await ask({ id: a });
    const w = watching();
    await w.word(a);
    await store.answer(a, { ...yes(T + 1_000), channel: 'page' });
    await w.said('2027-01-15 08:00:01 UTC  aaaaaaaa0000  approved, and not used yet, where: page, by bo\n');
    await store.open(opening({ id: 'i1', created_at: T + 1_000 }, { approval: { id: a, digest: a } }));
    await w.said('aaaaaaaa0000  approved and used, where: page, by bo\n');
    await ask({ id: b });
    await w.word(b);
    await store.answer(b, { ...no(T + 1_000), channel: 'client' });
    await w.said('bbbbbbbb0000  rejected, where: client, by bo\n');
    await w.end();
  });

  test('says that a question expired, that a yes did, and that a newer one took its place', async () => {
    await ask({ id: a, expires_at: T + 5_000 });
    await ask({ id: b });
    const w = watching();
    await w.word(b);
    await store.answer(b, { ...yes(T + 1_000), usable_until: T + 5_000 });
    await w.said('bbbbbbbb0000  approved');
    now = T + 5_000;
    await w.said('2027-01-15 08:00:05 UTC  aaaaaaaa0000  expired\n');
    await w.said('bbbbbbbb0000  expired, where: terminal, by bo\n');
    const c = id('cccccccc');
    await ask({ id: c, created_at: now, expires_at: now + 60_000 });
    await w.word(c);
    await store.ask(question({ id: id('dddddddd'), digest: 'd', created_at: now, expires_at: now + 60_000 }), c);
    await w.said('cccccccc0000  closed: a newer question took its place\n');
    await w.end();
  });

  test('the word of a question that is over comes too late, and answers no other', async () => {
    await ask({ id: a, expires_at: T + 5_000 });
    const w = watching();
    const word = await w.word(a);
    now = T + 5_000;
    await ask({ id: b, created_at: now, expires_at: now + 60_000 });
    await w.word(b);
    w.type(word);
    await w.said('aaaaaaaa0000  Too late: the question is expired. Nothing happened.');
    w.type(`no ${word}`);
    await looks();
    expect([await state(a), await state(b)]).toEqual(['open', 'open']);
    await w.end();
  });

  test('shows what was asked and answered between two looks, without a word; and nothing that was over before it began', async () => {
    await ask({ id: a });
    await store.answer(a, no(T + 1));
    const w = watching();
    await w.said('Ctrl-C');
    await ask({ id: b });
    await store.answer(b, { ...no(T + 1_000), channel: 'client' });
    await w.said(/Question: {5}bbbbbbbb.*\nState: {8}rejected\n.*\nAnswered: .*where: client/);
    await looks();
    const { out } = await w.end();
    expect(out).not.toContain('type the word');
    expect(out).not.toContain('aaaaaaaa');
  });

  test('what comes and ends, or is answered, after it said that it is there and before its first look, is told', async () => {
    const soon = { created_at: now, expires_at: now + 5 };
    await ask({ id: b });
    const slow: Store = {
      ...store,
      async questions(filter) {
        slow.questions = store.questions;
        now += 10;
        await ask({ id: a, ...soon });
        await store.answer(b, no(now));
        return store.questions(filter);
      },
    };
    const w = watching({ store: slow } as never);
    await w.said(/aaaaaaaa.*\s+State: +expired/);
    await w.said(/bbbbbbbb.*\s+State: +rejected/);
    const { out } = await w.end();
    expect(out).not.toContain('type the word');
  });

  test('what is asked and ends while it looks is told as ended, without a word', async () => {
    let looks = 0;
    const w = watching({
      store: {
        ...store,
        async questions(filter: Parameters<Store['questions']>[0]) {
          looks++;
          if (looks === 5) {
            now += 10;
            await ask({ id: a, created_at: now, expires_at: now });
          }
          return store.questions(filter);
        },
      },
    } as never);
    await w.said(/aaaaaaaa.*\s+State: +expired/);
    expect((await w.end()).out).not.toContain('type the word');
  });

  test('the end of input ends it, and answers nothing', async () => {
    await ask({ id: a });
    const w = watching();
    await w.word(a);
    w.stdin.end();
    expect(await w.code).toBe(0);
    expect(w.out()).toMatch(/Open questions stay open\.\n$/);
    expect(await state()).toBe('open');
  });

  test('prints nothing that moves a cursor, hides or turns text', async () => {
    const nasty = 'a\u001b[2Jb\u202ec\u200bd\u0007e\u009bf\rg\u2028h';
    const fields = ['tool', 'connection', 'principal', 'client', 'arguments', 'quote', 'rule', 'digest'] as const;
    const dirty = Object.fromEntries(fields.map(field => [field, nasty]));
    await ask({ ...dirty, id: a, shown: `  ${nasty}\n${nasty}` });
    for (const by of [{ isTTY: true }, { isTTY: false }, { isTTY: false, args: ['--json'] }]) {
      const w = watching(by);
      await w.said('aaaaaaaa');
      await looks();
      const { out } = await w.end();
      expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(out).toContain(by.args ? '\\u001b[2Jb\\u202ec' : 'a[2Jbcdef g h');
    }
  });
});

describe('where no person is', () => {
  test.each([
    [false, false],
    [true, false],
    [false, true],
  ])('a line for each event, no word, no answer (terminal at stdin %s, stdout %s)', async (input, output) => {
    await ask({ id: a });
    const stdin = Object.assign(new PassThrough(), { isTTY: input });
    let out = '';
    const stdout = Object.assign(new PassThrough(), { isTTY: output });
    stdout.on('data', chunk => {
      out += chunk;
    });
    const ended = new AbortController();
    const code = approvals(['watch'], { store, stdin, stdout, now: () => now, signal: ended.signal, every: 15 });
    await eventually(() => out.includes('aaaaaaaa'));
    stdin.write('yes\namber\nno amber\n');
    await store.answer(a, { ...no(T + 1_000), channel: 'page' });
    await eventually(() => out.includes('rejected'));
    ended.abort();
    expect(await code).toBe(0);
    const of = 'scrip_trigger_automation on main, for local: Fire "Weekly digest" now.';
    expect(out).toBe(
      `2027-01-15 08:00:01 UTC  aaaaaaaa0000  open  ${of}\n2027-01-15 08:00:01 UTC  aaaaaaaa0000  rejected, where: page, by bo  ${of}\n`,
    );
  });

  test('--json: each event one line, the row as it stands, and no answer even at a terminal', async () => {
    await ask({ id: a, expires_at: T + 5_000, shown: 'one\ntwo \u2028 three' });
    const w = watching({ args: ['--json'] });
    await w.said('\n');
    w.type('amber');
    now = T + 5_000;
    await w.said('expired');
    const { code, out } = await w.end();
    expect(code).toBe(0);
    const row = await store.question(a);
    expect(
      out
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line)),
    ).toEqual([
      { at: T + 1_000, ...row },
      { at: T + 5_000, ...row, state: 'expired' },
    ]);
  });

  test('an output that nobody reads any more ends it', async () => {
    const w = watching({ isTTY: false });
    await pause(50);
    w.stdout.emit('error', Object.assign(new Error('EPIPE'), { code: 'EPIPE' }));
    expect(await w.code).toBe(0);
  });
});

test('ends at once where it was told to before it began', async () => {
  await ask({ id: a });
  expect(
    await approvals(['watch'], {
      store,
      stdin: new PassThrough(),
      stdout: new PassThrough(),
      now: () => T,
      signal: AbortSignal.abort(),
    }),
  ).toBe(0);
});

test('a store that cannot be used ends it with a sentence', async () => {
  store = sqliteStore('/dev/null/store.db');
  const w = watching({ isTTY: false });
  expect([await w.code, w.out()]).toEqual([
    1,
    expect.stringMatching(/^The store .* cannot be opened.*Point the store at another file\.\n$/),
  ]);
});

test.each([[['watch', 'x']], [['watch', '--json', 'x']], [['list', '--json']]])('%j is not understood', async args => {
  const stdout = new PassThrough();
  expect(await approvals(args, { store, stdin: new PassThrough(), stdout, now: () => now })).toBe(2);
  expect(String(stdout.read())).toMatch(/^Usage: automations-mcp approvals <command>/);
});
