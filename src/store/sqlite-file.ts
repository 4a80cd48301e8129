// The store's file: made for its owner alone, opened durably, and what to say when it cannot be used.
import { chmodSync, closeSync, fchmodSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../errors.ts';
import { looked, makeTables } from './sqlite-schema.ts';

/** How long a writer waits for another process's transaction; they are all short. */
const busyMs = 5_000;

const code = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

/** SQLite's primary result code: the low byte of what it reports. */
const primary = (error: unknown): number | undefined => {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
};
const BUSY = 5;

/**
 * Which file it is, to notice when another one took its place; undefined only where there is certainly none: one that cannot be
 * looked at must not pass for an empty store.
 */
export function identity(file: string): string | undefined {
  if (file === ':memory:') return file;
  try {
    const { dev, ino } = statSync(file, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (code(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Folders that are missing are made 0700, whatever the umask; one that is there already is its owner's business. */
function makeFolder(folder: string): void {
  if (identity(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, 0o700);
    chmodSync(folder, 0o700);
  } catch (error) {
    if (code(error) !== 'EEXIST') throw error;
  }
}

/** SQLite gives `-wal` and `-shm` the mode of the file itself, so the file must have it before SQLite sees it. */
function makeFile(file: string): void {
  makeFolder(dirname(file));
  try {
    const made = openSync(file, 'wx', 0o600);
    fchmodSync(made, 0o600);
    closeSync(made);
  } catch (error) {
    if (code(error) !== 'EEXIST') throw error;
  }
}

/** A file that came from elsewhere, such as a backup, may be readable by others. */
function keepPrivate(file: string): void {
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found && (found.mode & 0o777) !== 0o600) chmodSync(path, 0o600);
  }
}

function prepared(db: DatabaseSync, file: string): DatabaseSync {
  // Names that arrive in rows are data: the schema may call nothing but plain SQL functions.
  db.exec('PRAGMA trusted_schema = OFF');
  const ready = looked(db, file);
  if (file !== ':memory:') {
    keepPrivate(file);
    // WAL with FULL: NORMAL would lose the last commits in a power failure (reliability.md R15).
    const { journal_mode } = db.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string };
    if (journal_mode !== 'wal')
      throw new Failure(
        'not_sent',
        'unavailable',
        `The store ${file} lies on a file system that cannot hold it safely; nothing was sent.`,
        {
          next: 'Put the store on a local disk.',
        },
      );
  }
  db.exec('PRAGMA synchronous = FULL');
  // Pages written again and again, as the audit's are, reach the file once in 16 MiB of log, not once in four.
  db.exec('PRAGMA wal_autocheckpoint = 4000');
  if (!ready) makeTables(db, file);
  return db;
}

/** Opens the file, making it where it is missing. Processes that start together take turns. */
export async function openFile(file: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await import('node:sqlite');
  if (file !== ':memory:') makeFile(file);
  const until = performance.now() + busyMs;
  for (;;) {
    const db = new DatabaseSync(file, { timeout: busyMs });
    try {
      return prepared(db, file);
    } catch (error) {
      db.close();
      // The switch to WAL does not wait for other processes by itself.
      if (primary(error) !== BUSY || performance.now() > until) throw error;
    }
    await sleep(20);
  }
}

const permission =
  'Make the file and its folder readable and writable for the user this program runs as, or point the store elsewhere.';
const damaged =
  'Restore the file from a backup. A new, empty store knows nothing of what was sent before: look at the vendors before anything is sent again.';

/** By SQLite's primary code, or the file system's. */
const reasons: Record<string | number, [what: string, next: string]> = {
  3: ['may not be used', permission],
  [BUSY]: ['is held by another process', 'Try again in a few seconds.'],
  6: ['is held by another process', 'Try again in a few seconds.'],
  8: ['cannot be written', permission],
  10: ['could not be read or written', 'Check the disk, then call again.'],
  11: ['is damaged', damaged],
  13: ['has no room left on its disk', 'Free some space, then call again.'],
  14: ['cannot be opened', permission],
  23: ['may not be used', permission],
  26: ['is no database, or is damaged', damaged],
  EACCES: ['may not be used', permission],
  EPERM: ['may not be used', permission],
  EROFS: ['lies on a read-only file system', permission],
  ENOSPC: ['has no room left on its disk', 'Free some space, then call again.'],
  EDQUOT: ['has no room left on its disk', 'Free some space, then call again.'],
  ENOTDIR: ['cannot be opened: part of its path is not a folder', 'Point the store at another file.'],
  EISDIR: ['cannot be opened: it is a folder', 'Point the store at a file.'],
  EIO: ['could not be read or written', 'Check the disk, then call again.'],
};

/** Every trouble of the file in words (P13): without its store the program sends nothing. */
export function unusable(error: unknown, file: string): Failure {
  if (error instanceof Failure) return error;
  const reason = reasons[primary(error) ?? code(error) ?? ''];
  if (!reason)
    return new Failure('not_sent', 'internal_error', `The store ${file} refused a record; nothing was sent.`, {
      next: 'Its operator finds the cause with `automations-mcp doctor`.',
    });
  return new Failure('not_sent', 'unavailable', `The store ${file} ${reason[0]}; nothing was sent.`, {
    next: reason[1],
  });
}

export const replaced = (file: string): Failure =>
  new Failure(
    'not_sent',
    'unavailable',
    `The store ${file} was removed or replaced while this program used it; nothing was sent.`,
    {
      next: 'Put the file back, or restart the program. A new, empty store knows nothing of what was sent before.',
    },
  );
