// A store file that cannot be used: every verb refuses, says that nothing was sent, and what to do (P13).
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { folder, mode, racer, raw } from './file.ts';
import { opening, question, receipt, T } from './rows.ts';

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

describe('P13: a file that cannot be used refuses, and says what to do', () => {
  const refusal = async (work: Promise<unknown>) =>
    work.then(
      () => 'no refusal',
      ({ outcome, code, message, details }) => `${outcome} ${code}: ${message.replaceAll(at, '')} ${details.next}`,
    );
  const everyVerb = async () => [
    await refusal(store.ask(question())),
    await refusal(store.open(opening())),
    await refusal(store.questions()),
    await refusal(store.intent('x')),
    await refusal(store.key()),
  ];
  const make = (path: string, content: string | Uint8Array) => {
    mkdirSync(join(at, 'made', 'here'), { recursive: true });
    writeFileSync(path, content);
  };

  test('it is no database', async () => {
    make(file, 'not a database at all, but long enough to look at twice'.repeat(100));
    for (const said of await everyVerb())
      expect(said).toMatch(/^not_sent unavailable: .*no database.*nothing was sent\. Restore the file/);
  });

  test('it is damaged', async () => {
    for (let n = 0; n < 50; n++) await store.ask(question({ digest: `${n}`, shown: 'x'.repeat(1_000) }));
    await store.close();
    const size = statSync(file).size;
    const bytes = Buffer.alloc(size - 4096, 0x5a);
    const whole = Buffer.concat([readFileSync(file).subarray(0, 4096), bytes]);
    writeFileSync(file, whole);
    store = sqliteStore(file);
    for (const said of await everyVerb())
      expect(said).toMatch(/^not_sent unavailable: .*damaged.*nothing was sent\. Restore the file/);
  });

  test('it is a folder', async () => {
    mkdirSync(file, { recursive: true });
    for (const said of await everyVerb()) expect(said).toMatch(/^not_sent unavailable: .*nothing was sent\./);
  });

  test('its path leads through a file', async () => {
    writeFileSync(join(at, 'made'), '');
    for (const said of await everyVerb())
      expect(said).toMatch(/^not_sent unavailable: .*part of its path is not a folder; nothing was sent\./);
  });

  test('it was written by a newer version', async () => {
    await store.ask(question());
    await store.close();
    raw(file, db => db.exec('PRAGMA user_version = 99'));
    store = sqliteStore(file);
    for (const said of await everyVerb())
      expect(said).toMatch(
        /^not_sent internal_error: .*newer version.*schema is 99.*nothing was sent\. Run the newer version/,
      );
    raw(file, db => expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 99 }));
  });

  test('it belongs to another program, and stays as it was', async () => {
    make(file, '');
    raw(file, db => db.exec('CREATE TABLE theirs (a)'));
    chmodSync(file, 0o644);
    for (const said of await everyVerb())
      expect(said).toMatch(/^not_sent unavailable: .*some other program; nothing was sent\./);
    raw(file, db => expect(db.prepare('SELECT name FROM sqlite_schema').all()).toHaveLength(1));
    expect([mode(file), existsSync(`${file}-wal`)]).toEqual(['644', false]);
  });

  test('it was removed or replaced while in use', async () => {
    await store.ask(question());
    rmSync(join(at, 'made'), { recursive: true });
    for (const said of await everyVerb())
      expect(said).toMatch(/^not_sent unavailable: .*removed or replaced.*nothing was sent\./);
    const other = sqliteStore(file);
    await other.ask(question());
    for (const said of await everyVerb()) expect(said).toMatch(/removed or replaced/);
    await other.close();
  });

  test('its disk is full', async () => {
    const exec = vi.spyOn(DatabaseSync.prototype, 'exec');
    await store.key();
    (exec.mock.contexts.at(-1) as DatabaseSync).exec('PRAGMA max_page_count = 1');
    exec.mockRestore();
    const big = { shown: 'x'.repeat(1_000_000) };
    expect(await refusal(store.ask(question(big)))).toMatch(
      /^not_sent unavailable: .*no room.*nothing was sent\. Free some space/,
    );
    expect(await store.questions()).toEqual([]);
  });

  // Only root may run a child as somebody else, and root itself is refused nothing.
  test('this user may not touch it', async () => {
    await store.ask(question());
    chmodSync(at, 0o755);
    chmodSync(join(at, 'made'), 0o755);
    if (process.getuid?.() === 0) {
      const looked = JSON.parse(await racer(file, 'look', { uid: 65_534 }));
      expect(looked.message).toMatch(/may not be used; nothing was sent/);
      const wrote = JSON.parse(await racer(file, 'write', { uid: 65_534 }));
      expect(wrote).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    } else {
      await store.close();
      store = sqliteStore(file);
      chmodSync(join(at, 'made'), 0o000);
      for (const said of await everyVerb())
        expect(said).toMatch(/^not_sent unavailable: .*may not be used; nothing was sent/);
      chmodSync(join(at, 'made'), 0o700);
    }
  });

  test('P2: a receipt that cannot be kept never says that nothing was sent', async () => {
    const wish = opening();
    await store.open(wish);
    rmSync(file);
    const said = await refusal(store.settle(wish.intent.id, receipt('done', T)));
    expect(said).toMatch(/^unknown outcome_unknown: What came of intent/);
    expect(said).not.toMatch(/nothing was sent/);
  });
});
