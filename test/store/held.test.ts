// A write lock that somebody else keeps: waited for, then refused. A file of its own, because waiting takes five seconds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { sqliteStore } from '../../src/store/sqlite.ts';
import { opening, question } from './rows.ts';

test('P13 P16: a lock that is never let go refuses the writer, not the reader', async () => {
  const at = mkdtempSync(join(tmpdir(), 'store-'));
  const store = sqliteStore(join(at, 'store.db'));
  const other = new DatabaseSync(join(at, 'store.db'));
  try {
    await store.ask(question());
    other.exec('BEGIN IMMEDIATE');
    expect(await store.questions()).toHaveLength(1);
    // The operator's stop waits for no lock.
    await store.stop('drill');
    expect(await store.stopped()).toBe('drill');
    await store.resume();
    await expect(store.open(opening())).rejects.toMatchObject({
      outcome: 'not_sent',
      code: 'unavailable',
      message: expect.stringMatching(/held by another process; nothing was sent\.$/),
    });
    other.exec('ROLLBACK');
    expect(await store.open(opening())).toHaveProperty('opened');
  } finally {
    other.close();
    await store.close();
    rmSync(at, { recursive: true });
  }
});
