// `approvals watch` as a person has it: the real program on a real pseudo-terminal, beside real servers on the same state folder.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { thisProgram } from '../../src/cli/house.ts';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import { requestsOf } from '../fixtures.ts';
import { eventually, firings } from '../server/twin.ts';
import { no, question } from '../store/rows.ts';
import { start, surroundings } from '../transports/program.ts';
import { folder } from './program.ts';

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** `script` of util-linux gives the program a terminal of its own; `pipe` leaves it without. */
function watch(stateFolder: string, { pipe = false, more = [] }: { pipe?: boolean; more?: string[] } = {}) {
  const command = [...thisProgram(), 'approvals', 'watch', '--state-folder', stateFolder, ...more];
  const env = { PATH: process.env.PATH ?? '', HOME: stateFolder };
  const child: ChildProcessWithoutNullStreams = pipe
    ? spawn(command[0] ?? '', command.slice(1), { env })
    : spawn('script', ['-qec', `exec ${command.map(quoted).join(' ')}`, '/dev/null'], { env });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', chunk => {
    out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', chunk => {
    out += chunk;
  });
  child.stdin.on('error', () => {});
  const ended = new Promise<number | null>(resolve => child.once('close', resolve));
  return {
    child,
    ended,
    out: () => out,
    said: (what: string | RegExp) => eventually(() => (out.match(what) ? out : undefined)),
    word: (of: string) =>
      eventually(() => /type the word ([a-z ]+) and/.exec(out.split(`Question:     ${of}`)[1] ?? '')?.[1]),
    type: (text: string) => child.stdin.write(text),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      child.stdin.destroy();
      await ended;
    },
  };
}

/** A store of a test's own, and questions in it that are open now. */
async function asking() {
  const home = await folder();
  const store = sqliteStore(join(home.path, 'state.sqlite'));
  return {
    path: home.path,
    store,
    async ask(id: string, lives = 60_000) {
      const now = Date.now();
      const row = question({ id: id.padEnd(32, '0'), digest: id, created_at: now, expires_at: now + lives });
      return (await store.ask(row)).question.id;
    },
    state: async (id: string) => (await store.question(id))?.state,
    async [Symbol.asyncDispose]() {
      await store.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

describe.concurrent('on a real pseudo-terminal', () => {
  test('the word typed there approves, no and the word rejects; what happens elsewhere is told; Ctrl-C ends it with 0', async () => {
    await using here = await asking();
    await using w = watch(here.path);
    await w.said('Ctrl-C ends this');
    const [a, b, c, d] = [
      await here.ask('aaaaaaaa'),
      await here.ask('bbbbbbbb'),
      await here.ask('cccccccc'),
      await here.ask('dddddddd', 0),
    ];
    w.type(`${await w.word(a)}\r`);
    await w.said(/aaaaaaaa0000 {2}Approved until/);
    w.type(`no ${await w.word(b)}\r`);
    await w.said('bbbbbbbb0000  Rejected. Nothing was sent.');
    await w.word(c);
    await here.store.answer(c, { ...no(Date.now()), channel: 'page' });
    await w.said('cccccccc0000  rejected, where: page');
    await w.said(/dddddddd.*\s+State: +expired/);
    const e = await here.ask('eeeeeeee');
    await w.word(e);
    w.type('yes\r');
    await w.said('That is no question’s word. Nothing happened.');
    w.type('\u0003');
    expect(await w.ended).toBe(0);
    expect(w.out()).toContain('Open questions stay open.');
    expect(await Promise.all([a, b, c, d, e].map(here.state))).toEqual([
      'approved',
      'rejected',
      'rejected',
      'open',
      'open',
    ]);
  });

  test.each(['\u0003', '\u0004'])(
    '%j before any question, with no store there yet, ends it with 0 and makes none',
    async key => {
      await using home = await folder();
      await using w = watch(join(home.path, 'none'));
      await w.said('Ctrl-C ends this');
      w.type(key);
      expect(await w.ended).toBe(0);
      await expect(sqliteStore(join(home.path, 'none', 'state.sqlite')).questions()).resolves.toEqual([]);
    },
  );

  test('P12: two servers on one store: both calls wait, both are answered here, both go on by themselves', async () => {
    await using s = await surroundings();
    await using one = start(s.env);
    await using two = start(s.env);
    await using w = watch(s.stateFolder);
    await Promise.all([one.open(), two.open(), w.said('Ctrl-C ends this')]);
    const call = (automation_id: string) => ({
      method: 'tools/call',
      params: { name: 'scrip_trigger_automation', arguments: { automation_id } },
    });
    one.send({ id: 1, ...call(SCRIP_AUTOMATIONS.weeklyDigest) });
    two.send({ id: 1, ...call(SCRIP_AUTOMATIONS.apologyCredit) });
    const words = await eventually(() => {
      const found = [...w.out().matchAll(/type the word ([a-z ]+) and/g)].map(([, word]) => word);
      return found.length === 2 ? found : undefined;
    });
    for (const word of words) w.type(`${word}\r`);
    for (const server of [one, two])
      expect((await server.reply(1)).result.structuredContent).toMatchObject({ outcome: 'done' });
    expect(firings(await requestsOf(s.sandbox))).toHaveLength(2);
    await eventually(() => w.out().match(/approved and used, where: terminal/g)?.length === 2);
    w.type('\u0003');
    expect(await w.ended).toBe(0);
  });
});

describe.concurrent('on a pipe', () => {
  test('a line for each event, and whatever is written to it answers nothing; SIGINT ends it with 0', async () => {
    await using here = await asking();
    const id = await here.ask('aaaaaaaa');
    await using w = watch(here.path, { pipe: true });
    await w.said('aaaaaaaa0000  open');
    for (const line of ['yes', 'aaaaaaaa', 'amber', 'no amber']) w.type(`${line}\n`);
    await here.store.answer(id, { ...no(Date.now()), channel: 'client' });
    await w.said('aaaaaaaa0000  rejected, where: client');
    expect(w.out()).not.toContain('type the word');
    expect(w.out().trim().split('\n')).toHaveLength(2);
    w.child.kill('SIGINT');
    expect(await w.ended).toBe(0);
  });

  test('--json: one object a line', async () => {
    await using here = await asking();
    const id = await here.ask('aaaaaaaa');
    await using w = watch(here.path, { pipe: true, more: ['--json'] });
    await w.said('\n');
    expect(JSON.parse(w.out())).toMatchObject({ ...(await here.store.question(id)), at: expect.any(Number) });
    w.child.kill('SIGTERM');
    expect(await w.ended).toBe(0);
  });

  test('a reader that goes away ends it', async () => {
    await using here = await asking();
    await here.ask('aaaaaaaa');
    await using w = watch(here.path, { pipe: true });
    await w.said('aaaaaaaa0000  open');
    w.child.stdout.destroy();
    await here.ask('bbbbbbbb');
    expect(await w.ended).toBe(0);
  });
});
