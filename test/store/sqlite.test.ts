// The SQLite store: the contract in a file and in memory, and what only a file has: modes, processes, damage.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { Opened, QuestionRow, Store } from '../../src/store/store.ts';
import { storeContract } from './contract.ts';
import { opening, question, receipt, T, yes } from './rows.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'store-'));

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

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** Where SQLite itself says no, seen from a connection of our own. */
const raw = async (work: (db: DatabaseSync) => void) => {
  const db = new DatabaseSync(file);
  try {
    work(db);
  } finally {
    db.close();
  }
};

function racer(what: string, { id = '', start = 0, uid }: { id?: string; start?: number; uid?: number } = {}) {
  return new Promise<string>((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'racer.ts'), file, what, id, String(start)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    let out = '';
    let err = '';
    child.stdout.on('data', chunk => (out += chunk));
    child.stderr.on('data', chunk => (err += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      code === 0 || signal === 'SIGKILL' ? resolve(out) : reject(new Error(`racer ended with ${code}: ${err}`)),
    );
  });
}

describe('a file', () => {
  test('is made by the first verb that writes, and by no other', async () => {
    expect(await store.question('x')).toBeUndefined();
    expect(await store.questions({ open_at: T })).toEqual([]);
    expect(await store.intent('x')).toBeUndefined();
    expect(await store.intents({ call: 'x' })).toEqual([]);
    await store.close();
    expect(readdirSync(at)).toEqual([]);
  });

  test.each([0o000, 0o022, 0o777])('belongs to its owner alone, under umask %o', async umask => {
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

  test('that others could read is closed to them; its folder is left as it is', async () => {
    await store.ask(question());
    await store.close();
    chmodSync(file, 0o644);
    chmodSync(join(at, 'made'), 0o755);
    store = sqliteStore(file);
    expect(await store.questions()).toHaveLength(1);
    for (const end of ['', '-wal', '-shm']) expect(mode(`${file}${end}`)).toBe('600');
    expect(mode(join(at, 'made'))).toBe('755');
  });

  test('keeps everything through a restart', async () => {
    const { question: asked } = await store.ask(question());
    const key = await store.key();
    await store.close();
    store = sqliteStore(file);
    expect(await store.question(asked.id)).toEqual(asked);
    expect(await store.key()).toEqual(key);
  });

  test('is written ahead, with a full sync at every commit, in transactions that lock at once', async () => {
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
    } finally {
      exec.mockRestore();
    }
  });

  test('whose record fails in the middle of a transaction keeps the yes', async () => {
    const { question: asked } = await store.ask(question());
    await store.answer(asked.id, yes(T));
    await raw(db => db.exec("CREATE TRIGGER breaks BEFORE INSERT ON intents BEGIN SELECT RAISE(ABORT, 'broken'); END"));
    const wish = opening({}, { approval: { id: asked.id, digest: 'digest' } });
    await expect(store.open(wish)).rejects.toMatchObject({ outcome: 'not_sent', code: 'internal_error' });
    expect((await store.question(asked.id))?.state).toBe('approved');
    await raw(db => db.exec('DROP TRIGGER breaks'));
    expect(await store.open(wish)).toHaveProperty('opened');
  });
});

describe('several processes', () => {
  test('a hundred racing calls in four processes spend one yes once', async () => {
    const { question: asked } = await store.ask(question());
    await store.answer(asked.id, yes(T));
    const start = Date.now() + 700;
    const runs = await Promise.all([0, 1, 2, 3].map(() => racer('open', { id: asked.id, start })));
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
    const runs = await Promise.all([0, 1, 2, 3, 4, 5].map(() => racer('ask', { start })));
    const results = runs.map(run => JSON.parse(run) as { question: QuestionRow; joined: boolean });
    expect(results.filter(({ joined }) => !joined)).toHaveLength(1);
    expect(new Set(results.map(result => result.question.id)).size).toBe(1);
    expect(await store.questions()).toHaveLength(1);
  });

  test('one that is killed after it recorded its intent leaves the intent, and the yes spent', async () => {
    const { question: asked } = await store.ask(question());
    await store.answer(asked.id, yes(T));
    await racer('die', { id: asked.id });
    const again = await store.open(
      opening({ created_at: T + 60_000 }, { approval: { id: asked.id, digest: 'digest' } }),
    );
    expect(again).toMatchObject({ refused: 'consumed', intent: { outcome: null, approval_id: asked.id } });
  });
});

describe('a file that cannot be used refuses, and says what to do', () => {
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
    const whole = Buffer.concat([(await import('node:fs')).readFileSync(file).subarray(0, 4096), bytes]);
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
    await raw(db => db.exec('PRAGMA user_version = 2'));
    store = sqliteStore(file);
    for (const said of await everyVerb())
      expect(said).toMatch(
        /^not_sent internal_error: .*newer version.*schema is 2.*nothing was sent\. Run the newer version/,
      );
    await raw(db => expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 }));
  });

  test('it belongs to another program, and stays as it was', async () => {
    make(file, '');
    await raw(db => db.exec('CREATE TABLE theirs (a)'));
    chmodSync(file, 0o644);
    for (const said of await everyVerb())
      expect(said).toMatch(/^not_sent unavailable: .*some other program; nothing was sent\./);
    await raw(db => expect(db.prepare('SELECT name FROM sqlite_schema').all()).toHaveLength(1));
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
      const looked = JSON.parse(await racer('look', { uid: 65_534 }));
      expect(looked.message).toMatch(/may not be used; nothing was sent/);
      const wrote = JSON.parse(await racer('write', { uid: 65_534 }));
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

  test('a receipt that cannot be kept never says that nothing was sent', async () => {
    const wish = opening();
    await store.open(wish);
    rmSync(file);
    const said = await refusal(store.settle(wish.intent.id, receipt('done', T)));
    expect(said).toMatch(/^unknown outcome_unknown: What came of intent/);
    expect(said).not.toMatch(/nothing was sent/);
  });
});
