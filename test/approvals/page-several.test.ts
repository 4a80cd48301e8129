// Several programs on one store: a question's page is open in one of them at a time, and a program that is gone takes it from nobody.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { answerQuestion, host } from '../../src/approvals/approvals.ts';
import type { PageOptions } from '../../src/approvals/page.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { eventually } from '../server/twin.ts';
import { type Room, room, textOf, visit } from './page-visitor.ts';

/** One store file, and programs on it, each with a store object and a page of its own. */
async function shared() {
  const folder = await mkdtemp(join(tmpdir(), 'automations-mcp-shared-'));
  const stores: Store[] = [];
  const rooms: Room[] = [];
  const open = () => {
    const store = sqliteStore(join(folder, 'state.sqlite'));
    stores.push(store);
    return store;
  };
  return {
    folder,
    store: open(),
    async room(options: Partial<PageOptions> = {}) {
      const made = await room({ ...options, store: open() });
      rooms.push(made);
      return made;
    },
    async [Symbol.asyncDispose]() {
      for (const one of rooms) await one[Symbol.asyncDispose]();
      for (const store of stores) await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe.concurrent('several programs on one store', () => {
  test('P5: two programs on one store: the page opens in one of them, and in the other when that one is gone', async () => {
    await using s = await shared();
    const [first, second] = [await s.room(), await s.room()];
    const question = await first.ask();
    expect(await Promise.all([first, second, first, second].map(r => r.page.open(question)))).toEqual(
      Array(4).fill(true),
    );
    expect([first.opened.length, second.opened.length].toSorted()).toEqual([0, 1]);
    const [has, waits] = first.opened.length > 0 ? [first, second] : [second, first];
    expect(await waits.page.open(question)).toBe(true);
    expect(waits.opened).toEqual([]);
    await has.page.close();
    expect(await waits.page.open(question)).toBe(true);
    expect(waits.opened).toHaveLength(1);
    expect((await (await visit(waits.opened[0] ?? '')).answer('approve')).status).toBe(303);
    expect(await first.state(question.id)).toEqual({ state: 'approved', channel: 'page' });
  });

  test('a program that was killed keeps the page from the others for ten seconds at most; should it live after all, one yes is one yes', async () => {
    await using s = await shared();
    const [first, second] = [await s.room(), await s.room()];
    const question = await first.ask();
    await first.page.open(question);
    second.clock.now += 9_000;
    expect(await second.page.open(question)).toBe(true);
    expect(second.opened).toEqual([]);
    second.clock.now += 2_000;
    expect(await second.page.open(question)).toBe(true);
    expect(second.opened).toHaveLength(1);
    const [here, there] = [await visit(first.opened[0] ?? ''), await visit(second.opened[0] ?? '')];
    expect(here.to.port).not.toBe(there.to.port);
    expect((await there.show({ headers: { cookie: here.cookie } })).status).toBe(404);
    expect((await there.answer('approve')).status).toBe(303);
    expect((await here.answer('reject')).status).toBe(409);
    expect(textOf((await here.show()).text)).toContain('Approved It was answered on this page.');
    expect(await first.state(question.id)).toEqual({ state: 'approved', channel: 'page' });
  });

  test.each([
    ['fails', async () => false],
    [
      'throws',
      async () => {
        throw new Error('no display');
      },
    ],
  ])('where the opener of one program %s, another one may open it', async (_, opener) => {
    await using s = await shared();
    const [blind, sees] = [await s.room({ opener }), await s.room()];
    const question = await blind.ask();
    expect(await blind.page.open(question)).toBe(false);
    expect(await sees.page.open(question)).toBe(true);
    expect(sees.opened).toHaveLength(1);
  });

  test('the secret, the cookie, the address and the words enter no row and no file of the store', async () => {
    await using s = await shared();
    const r = await s.room();
    const { file } = await r.file({}, { verdict: 'ask_human' });
    const here = await visit(file);
    const kept = await Promise.all((await readdir(s.folder)).map(name => readFile(join(s.folder, name), 'latin1')));
    for (const hidden of [here.to.secret, here.cookie.split('=')[1] ?? '', here.csrf, here.to.place, here.phrase])
      expect([hidden.length > 8, kept.join().includes(hidden)]).toEqual([true, false]);
  });
});

// By itself: it turns the timers of the whole file.
test('a program that lives keeps its page from the others for as long as the question is open', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    await using s = await shared();
    const [first, second] = [await s.room(), await s.room()];
    const question = await first.ask();
    await first.page.open(question);
    for (let n = 0; n < 12; n++) {
      for (const { clock } of [first, second]) clock.now += 4_000;
      await vi.advanceTimersByTimeAsync(4_000);
      await eventually(async () => ((await s.store.question(question.id))?.page_until ?? 0) > first.clock.now + 6_000);
    }
    expect(await second.page.open(question)).toBe(true);
    expect(second.opened).toEqual([]);
    await answerQuestion(s.store, question.id, { yes: false, channel: 'terminal', by: host, now: first.clock.now });
    await vi.advanceTimersByTimeAsync(4_000);
    await eventually(() => vi.getTimerCount() === 0);
  } finally {
    vi.useRealTimers();
  }
});
