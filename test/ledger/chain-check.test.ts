// One byte changed anywhere in the stored audit is found, and so is what was removed, moved, put in, cut off or written anew.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Broken,
  ChainCheck,
  everyEntry,
  isWhole,
  type KnownHead,
  parseHead,
} from '../../src/ledger/chain-check.ts';
import { headText } from '../../src/ledger/entries.ts';
import { chained, chainHash, genesis } from '../../src/store/chain.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { AuditRow, Store } from '../../src/store/store.ts';
import { entry } from '../store/rows.ts';

const at = mkdtempSync(join(tmpdir(), 'audit-'));
afterAll(() => rmSync(at, { recursive: true, force: true }));

const N = 12;
let n = 0;
let outside: DatabaseSync;
let store: Store;
let whole: AuditRow[];

beforeEach(async () => {
  const file = join(at, `${++n}.sqlite`);
  store = sqliteStore(file);
  const texts = ['a', '', 'aü\ufffd😀', '{"x":"\\u0000"}', '\u001b[2J', "'; DROP TABLE audit; --"];
  const entries = Array.from({ length: N }, (_, k) =>
    entry({
      at: 1_800_000_000_000 + k,
      kind: k % 2 ? 'read' : 'decision',
      client: texts[k % texts.length] as string,
      connection: k % 3 ? 'main' : null,
      intent_id: k % 4 ? null : `intent-${k}`,
      body: JSON.stringify({ k, text: texts[k % texts.length] }),
    }),
  );
  await store.append(entries);
  whole = await store.audit(0, 100);
  outside = new DatabaseSync(file);
  outside.exec('PRAGMA synchronous = OFF');
});
afterEach(async () => {
  outside.close();
  await store.close();
});

async function check(heads: readonly KnownHead[] = []): Promise<Broken[]> {
  const checking = new ChainCheck(heads);
  const broken: Broken[] = [];
  for await (const row of everyEntry(store)) broken.push(...checking.next(row));
  return [...broken, ...checking.end()];
}
/** From a connection of its own, as whoever can write the file. */
const edit = (work: (db: DatabaseSync) => void) => work(outside);
const seqs = (broken: readonly Broken[]) => broken.map(({ seq }) => seq);
const headOf = (row: AuditRow | undefined): KnownHead => parseHead(headText(row as AuditRow)) as KnownHead;

const texts = ['kind', 'principal', 'client', 'connection', 'tool', 'intent_id', 'body', 'prev', 'hash'] as const;

describe('a chain', () => {
  test('that nobody touched is whole, with every head it ever had', async () => {
    expect(await check(whole.map(headOf))).toEqual([]);
  });

  test('shows one byte changed, added or taken out, in any text of any entry', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...texts),
        // Entry 3 has a client whose characters are of one, two, three and four bytes.
        fc.oneof(fc.constant(3), fc.integer({ min: 1, max: N })),
        fc.nat(),
        fc.constantFrom('flip', 'add', 'drop'),
        fc.integer({ min: 0, max: 255 }),
        async (column, seq, where, how, byte) => {
          const row = whole[seq - 1] as AuditRow;
          const was = Buffer.from(row[column] ?? '');
          const place = was.length === 0 ? 0 : where % (was.length + (how === 'add' ? 1 : 0));
          const rest = was.subarray(place + (how === 'add' ? 0 : 1));
          const now = Buffer.concat([was.subarray(0, place), how === 'drop' ? Buffer.alloc(0) : Buffer.of(byte), rest]);
          fc.pre(!now.equals(was) || row[column] === null);
          const put = (value: Uint8Array | null) =>
            edit(db =>
              value === null
                ? db.prepare(`UPDATE audit SET ${column} = NULL WHERE seq = ?`).run(seq)
                : db.prepare(`UPDATE audit SET ${column} = CAST(? AS TEXT) WHERE seq = ?`).run(value, seq),
            );
          put(now);
          expect(seqs(await check())).toContain(seq);
          put(row[column] === null ? null : was);
          expect(await check()).toEqual([]);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('shows a text that became nothing, and nothing that became a text', async () => {
    for (const column of ['connection', 'tool', 'intent_id'] as const)
      for (const seq of [4, 5]) {
        const was = whole[seq - 1]?.[column] ?? null;
        const put = (value: string | null) =>
          edit(db => db.prepare(`UPDATE audit SET ${column} = ? WHERE seq = ?`).run(value, seq));
        put(was === null ? '' : null);
        expect(seqs(await check())).toEqual([seq]);
        put(was);
      }
  });

  test('shows another time in any entry, by however little; nothing but a whole number can stand there', async () => {
    const by = fc.oneof(fc.constantFrom(1, -1), fc.maxSafeInteger()).filter(ms => ms !== 0);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: N }), by, async (seq, ms) => {
        const { at } = whole[seq - 1] as AuditRow;
        const put = (value: number) => edit(db => db.prepare('UPDATE audit SET at = ? WHERE seq = ?').run(value, seq));
        put(Number.isSafeInteger(at + ms) ? at + ms : ms);
        expect(seqs(await check())).toEqual([seq]);
        put(at);
      }),
      { numRuns: 200 },
    );
    expect(await check()).toEqual([]);
    for (const value of ['at + 0.5', 'CAST(at AS BLOB)', "at || 'x'", 'NULL'])
      expect(() => edit(db => db.exec(`UPDATE audit SET at = ${value}`)), value).toThrow();
  });

  test('shows another time, another number', async () => {
    edit(db => db.exec('UPDATE audit SET at = at + 1 WHERE seq = 3'));
    expect(await check()).toEqual([
      { seq: 3, what: 'Entry 3 was changed: its content is not what its hash was made of.' },
    ]);
    edit(db => db.exec('UPDATE audit SET at = at - 1 WHERE seq = 3; UPDATE audit SET seq = 40 WHERE seq = 12'));
    expect((await check()).map(({ what }) => what)).toEqual([
      'Entries 12 to 39 are missing.',
      'Entry 40 was changed: its content is not what its hash was made of.',
    ]);
  });

  test('shows what was removed, wherever it stood before the end', async () => {
    for (let seq = 1; seq < N; seq++) {
      edit(db => db.prepare('DELETE FROM audit WHERE seq = ?').run(seq));
      expect((await check()).map(({ what }) => what)).toEqual([`Entry ${seq} is missing.`]);
      await put(whole[seq - 1] as AuditRow);
    }
    edit(db => db.exec('DELETE FROM audit WHERE seq < 4'));
    expect((await check())[0]?.what).toBe('Entries 1 to 3 are missing.');
  });

  test('shows two entries whose contents changed places', async () => {
    const [a, b] = [whole[4], whole[5]] as [AuditRow, AuditRow];
    edit(db => db.exec('DELETE FROM audit WHERE seq IN (5, 6)'));
    await put({ ...b, seq: 5 });
    await put({ ...a, seq: 6 });
    const changed = (seq: number) => `Entry ${seq} was changed: its content is not what its hash was made of.`;
    const stands = (seq: number) => `Entry ${seq} does not stand on entry ${seq - 1} as that one is.`;
    expect((await check()).map(({ what }) => what)).toEqual([
      ...[stands(5), changed(5), stands(6), changed(6), stands(7)],
    ]);
  });

  test('shows what was put in, in the middle or where no entry can stand', async () => {
    const forged = { ...(whole[2] as AuditRow), seq: 0, prev: 'x', hash: 'y' };
    await put(forged);
    // What follows it is judged by what stood there before.
    expect((await check()).map(({ what }) => what)).toEqual([
      'Entry 0 has no place in the chain.',
      'Entry 0 was changed: its content is not what its hash was made of.',
    ]);
    edit(db => db.exec('DELETE FROM audit WHERE seq = 0'));
    // Everything after it moved up by one, each with a hash that is right for its content, and the old links.
    edit(db => db.exec('UPDATE audit SET seq = -seq WHERE seq > 3; UPDATE audit SET seq = 1 - seq WHERE seq < 0'));
    const here = { ...(whole[3] as AuditRow), prev: 'f'.repeat(64), body: '{"forged":true}' };
    await put({ ...here, hash: chainHash(here) });
    expect(seqs(await check())).toContain(5);
  });
});

describe('with a head that is known', () => {
  test('a cut end shows', async () => {
    const head = headOf(whole.at(-1));
    edit(db => db.exec('DELETE FROM audit WHERE seq > 9'));
    expect(await check()).toEqual([]);
    expect((await check([head])).map(({ what }) => what)).toEqual([
      `Entry 12, known as 12.${head.hash}, is not there: the chain ends at 9, so its end was cut off.`,
    ]);
    expect(await check([headOf(whole[8])])).toEqual([]);
    edit(db => db.exec('DELETE FROM audit'));
    expect(await check([head])).toHaveLength(1);
  });

  test('a chain that was written anew from somewhere shows, by every head from there on', async () => {
    for (let from = 1; from <= N; from++) {
      const before = whole.slice(0, from - 1);
      const rest = whole.slice(from - 1).map((row, k) => (k === 0 ? { ...row, body: '{"forged":true}' } : row));
      const start = before.at(-1) ?? { seq: 0, hash: '0'.repeat(64) };
      edit(db => db.prepare('DELETE FROM audit WHERE seq >= ?').run(from));
      for (const row of chained(start, rest)) await put(row);
      expect(await check()).toEqual([]);
      const told = await check(whole.map(headOf));
      expect(told[0]?.what).toBe(
        `Entry ${from} is not the one that was known as ${headText(whole[from - 1] as AuditRow)}: it, or one before it, was written anew.`,
      );
      expect(seqs(told)).toEqual(whole.slice(from - 1).map(({ seq }) => seq));
      edit(db => db.prepare('DELETE FROM audit WHERE seq >= ?').run(from));
      for (const row of whole.slice(from - 1)) await put(row);
    }
  });

  test.each([
    ...['', '12', '12.', '0.9f3c2a7be1d04c55', '12.9f3c', '12.9F3C2A7BE1D04C55', 'x.9f3c2a7be1d04c55'],
    ...['x12.9f3c2a7be1d04c55', '-12.9f3c2a7be1d04c55', '12.9f3c2a7be1d04c55x', '12.9f3c2a7be1d04c55.'],
    ...[`12.${'a'.repeat(65)}`, `1${'0'.repeat(16)}.9f3c2a7be1d04c55`],
  ])('%j is none', text => {
    expect(parseHead(text)).toBeUndefined();
  });

  test('the short form and the whole hash are heads', () => {
    const [row] = whole as [AuditRow];
    expect(parseHead(` ${headText(row)}\n`)).toEqual({ seq: 1, hash: row.hash.slice(0, 16) });
    expect(parseHead(`1.${row.hash}`)).toEqual({ seq: 1, hash: row.hash });
  });
});

test('is read in pieces, to its end', async () => {
  const rows = chained(
    genesis,
    Array.from({ length: 1_200 }, () => entry()),
  );
  const asked: [number, number][] = [];
  const audit = async (after: number, limit: number) => {
    asked.push([after, limit]);
    return rows.filter(({ seq }) => seq > after).slice(0, limit);
  };
  const read = async (after?: number): Promise<AuditRow[]> => {
    const all: AuditRow[] = [];
    for await (const row of everyEntry({ audit }, after)) all.push(row);
    return all;
  };
  expect(await read()).toEqual(rows);
  expect(asked.map(([after]) => after)).toEqual([Number.MIN_SAFE_INTEGER, 500, 1_000, 1_200]);
  expect(await read(1_100)).toEqual(rows.slice(1_100));
  expect(await isWhole({ audit })).toBe(true);
  rows[777] = { ...(rows[777] as AuditRow), at: 1 };
  expect(await isWhole({ audit })).toBe(false);
  expect(await isWhole({ audit: async () => [] })).toBe(true);
});

test('says up to where it has looked', () => {
  const checking = new ChainCheck();
  expect(checking.last).toEqual(genesis);
  const [row] = chained(genesis, [entry()]) as [AuditRow];
  checking.next(row);
  expect(checking.last).toEqual({ seq: 1, hash: row.hash });
});

async function put(row: AuditRow): Promise<void> {
  const columns = ['seq', 'at', ...texts] as const;
  edit(db =>
    db
      .prepare(`INSERT INTO audit (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`)
      .run(...columns.map(column => row[column])),
  );
}
