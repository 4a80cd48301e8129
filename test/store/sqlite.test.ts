// The SQLite store: the contract in a file and in memory, and what only a file has: modes, syncs, several processes.
import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { Opened, QuestionRow, Store } from '../../src/store/store.ts';
import { steps } from '../../src/store/tables.ts';
import { storeContract } from './contract.ts';
import { folder, mode, racer, raw } from './file.ts';
import { entry, intent, opening, question, receipt, T, yes } from './rows.ts';

storeContract(
  'in memory',
  () => {
    const store = sqliteStore(':memory:');
    return { store, end: () => store.close() };
  },
  400,
);

storeContract(
  'in a file',
  () => {
    const at = folder();
    const store = sqliteStore(join(at, 'store.db'));
    return {
      store,
      another: () => sqliteStore(join(at, 'store.db')),
      async end() {
        await store.close();
        rmSync(at, { recursive: true });
      },
    };
  },
  40,
);

let at: string;
let file: string;
let store: Store;
beforeEach(() => {
  at = folder();
  file = join(at, 'made', 'here', 'store.db');
  store = sqliteStore(file);
});
afterEach(async () => {
  await store.close();
  chmodSync(at, 0o700);
  rmSync(at, { recursive: true });
});

describe('a file', () => {
  test('is made by the first verb that writes, and by no other', async () => {
    expect(await store.question('x')).toBeUndefined();
    expect(await store.questions({ open_at: T })).toEqual([]);
    expect(await store.intent('x')).toBeUndefined();
    expect(await store.intents({ call: 'x' })).toEqual([]);
    await store.close();
    expect(readdirSync(at)).toEqual([]);
  });

  test.each([0o000, 0o022, 0o777])('C12 R15: belongs to its owner alone, under umask %o', async umask => {
    const before = process.umask(umask);
    try {
      await store.ask(question());
    } finally {
      process.umask(before);
    }
    expect([mode(join(at, 'made')), mode(join(at, 'made', 'here'))]).toEqual(['700', '700']);
    const files = readdirSync(join(at, 'made', 'here'));
    expect(files.sort()).toEqual(['store.db', 'store.db-shm', 'store.db-wal']);
    for (const one of files) expect([one, mode(join(at, 'made', 'here', one))]).toEqual([one, '600']);
  });

  test('C12: that others could read is closed to them; its folder is left as it is', async () => {
    await store.ask(question());
    await store.close();
    chmodSync(file, 0o644);
    chmodSync(join(at, 'made'), 0o755);
    store = sqliteStore(file);
    expect(await store.questions()).toHaveLength(1);
    for (const end of ['', '-wal', '-shm']) expect(mode(`${file}${end}`)).toBe('600');
    expect(mode(join(at, 'made'))).toBe('755');
  });

  test('P5 C18: keeps everything through a restart', async () => {
    const { question: asked } = await store.ask(question());
    const key = await store.key();
    await store.close();
    store = sqliteStore(file);
    expect(await store.question(asked.id)).toEqual(asked);
    expect(await store.key()).toEqual(key);
  });

  test('C18 R15: is written ahead, with a full sync at every commit, in transactions that lock at once', async () => {
    const exec = vi.spyOn(DatabaseSync.prototype, 'exec');
    try {
      const { question: asked } = await store.ask(question());
      const db = exec.mock.contexts.at(-1) as DatabaseSync;
      const pragma = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
      expect([pragma('journal_mode'), pragma('synchronous'), pragma('busy_timeout')]).toEqual(['wal', 2, 5_000]);
      await store.answer(asked.id, yes(T));
      const wish = opening({}, { approval: { id: asked.id, digest: 'digest' } });
      for (const verb of [
        () => store.ask(question()),
        () => store.answer(asked.id, yes(T)),
        () => store.open(wish),
        () => store.settle(wish.intent.id, receipt('done', T)),
        () => store.key(),
      ]) {
        exec.mockClear();
        await verb();
        expect(exec.mock.calls.flat()).toEqual(['BEGIN IMMEDIATE', 'COMMIT']);
      }
      // What only has to be on disk soon is left to the next of these, whether it was written or not.
      const unsynced = (end: string) => [
        'PRAGMA synchronous = NORMAL',
        'BEGIN IMMEDIATE',
        end,
        'PRAGMA synchronous = FULL',
      ];
      exec.mockClear();
      await store.append([entry()], true);
      expect(exec.mock.calls.flat()).toEqual(unsynced('COMMIT'));
      exec.mockClear();
      await expect(store.append([entry({ body: 'cut\0here' })], true)).rejects.toThrow('NUL');
      expect(exec.mock.calls.flat()).toEqual(unsynced('ROLLBACK'));
    } finally {
      exec.mockRestore();
    }
  });

  test('of an earlier version takes the steps it lacks, and keeps what it holds', async () => {
    const { before: _, rule: __, credits: ___, calls: _calls, people: ____, ...old } = intent();
    mkdirSync(join(at, 'made', 'here'), { recursive: true });
    raw(file, db => {
      db.exec(steps[0] ?? '');
      db.exec('PRAGMA application_id = 0x616d6370; PRAGMA user_version = 1');
      const columns = Object.keys(old);
      const sql = `INSERT INTO intents (${columns}) VALUES (${columns.map(() => '?')})`;
      db.prepare(sql).run(...Object.values(old));
    });
    expect(await store.intents({})).toEqual([{ ...old, before: 'null', rule: '', credits: 0, calls: 1, people: 0 }]);
    await store.append([entry()]);
    expect(await store.audit(0, 10)).toHaveLength(1);
    raw(file, db => expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: steps.length }));
  });

  test('P13 C18: whose record fails in the middle of a transaction keeps the yes', async () => {
    const { question: asked } = await store.ask(question());
    await store.answer(asked.id, yes(T));
    raw(file, db => db.exec("CREATE TRIGGER breaks BEFORE INSERT ON intents BEGIN SELECT RAISE(ABORT, 'broken'); END"));
    const wish = opening({}, { approval: { id: asked.id, digest: 'digest' } });
    await expect(store.open(wish)).rejects.toMatchObject({ outcome: 'not_sent', code: 'internal_error' });
    expect((await store.question(asked.id))?.state).toBe('approved');
    raw(file, db => db.exec('DROP TRIGGER breaks'));
    expect(await store.open(wish)).toHaveProperty('opened');
  });
});

describe('P1 R15: several processes', () => {
  test('a hundred racing calls in four processes spend one yes once', async () => {
    const { question: asked } = await store.ask(question());
    await store.answer(asked.id, yes(T));
    const start = Date.now() + 700;
    const runs = await Promise.all([0, 1, 2, 3].map(() => racer(file, 'open', { id: asked.id, start })));
    const results = runs.flatMap(run => JSON.parse(run) as Opened[]);
    expect(results).toHaveLength(100);
    const winners = results.flatMap(result => ('opened' in result ? result.opened.id : []));
    expect(winners).toHaveLength(1);
    for (const result of results)
      if ('refused' in result) expect(result).toMatchObject({ refused: 'consumed', intent: { id: winners[0] } });
    expect(await store.intents({})).toHaveLength(1);
  });

  test('six that start together make one file and share one question', async () => {
    const start = Date.now() + 800;
    const runs = await Promise.all([0, 1, 2, 3, 4, 5].map(() => racer(file, 'ask', { start })));
    const results = runs.map(run => JSON.parse(run) as { question: QuestionRow; joined: boolean });
    expect(results.filter(({ joined }) => !joined)).toHaveLength(1);
    expect(new Set(results.map(result => result.question.id)).size).toBe(1);
    expect(await store.questions()).toHaveLength(1);
  });

  test('one that is killed after it recorded its intent leaves the intent, and the yes spent', async () => {
    const { question: asked } = await store.ask(question());
    await store.answer(asked.id, yes(T));
    await racer(file, 'die', { id: asked.id });
    const again = await store.open(
      opening({ created_at: T + 60_000 }, { approval: { id: asked.id, digest: 'digest' } }),
    );
    expect(again).toMatchObject({ refused: 'consumed', intent: { outcome: null, approval_id: asked.id } });
  });
});
