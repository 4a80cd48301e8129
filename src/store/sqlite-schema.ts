// How a SQLite file comes to have the tables, and transactions over it.
import type { DatabaseSync } from 'node:sqlite';
import { Failure } from '../errors.ts';
import { steps } from './tables.ts';

/** Marks a file as ours ("amcp"), so that a wrong path never adds our tables to somebody else's database. */
const applicationId = 0x616d6370;

const schemaVersion = steps.length;

/** All or nothing, and short: the work cannot await. `BEGIN IMMEDIATE` holds the write lock from the first line on. */
export function transaction<T>(db: DatabaseSync, begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T {
  db.exec(begin);
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** `soon` leaves it to the next transaction without it to wait for the disk, which takes everything before it there. */
export function synced<T>(db: DatabaseSync, soon: true | undefined, work: () => T): T {
  if (!soon) return work();
  db.exec('PRAGMA synchronous = NORMAL');
  try {
    return work();
  } finally {
    db.exec('PRAGMA synchronous = FULL');
  }
}

const pragma = (db: DatabaseSync, name: string): number =>
  Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);

/** How many steps the file has; refuses what is not ours or newer than we know. Its several looks need one transaction around them. */
function stepsDone(db: DatabaseSync, file: string): number {
  const version = pragma(db, 'user_version');
  const ours = pragma(db, 'application_id') === applicationId;
  if (ours && version > schemaVersion)
    throw new Failure(
      'not_sent',
      'internal_error',
      `The store ${file} was written by a newer version of this program (its schema is ${version}, this program knows ${schemaVersion}); nothing was sent.`,
      { next: 'Run the newer version, or point this one at another file.' },
    );
  if (ours && version > 0) return version;
  const { objects } = db.prepare('SELECT count(*) AS objects FROM sqlite_schema').get() as { objects: number };
  if (ours || version !== 0 || objects > 0)
    throw new Failure(
      'not_sent',
      'unavailable',
      `The file ${file} is a database of some other program; nothing was sent.`,
      {
        next: 'Point the store at a file of its own.',
      },
    );
  return 0;
}

/** Looks without writing: a file that is not ours stays as it is. */
export const looked = (db: DatabaseSync, file: string): boolean =>
  transaction(db, 'BEGIN', () => stepsDone(db, file)) === schemaVersion;

/** Takes the steps that are missing. Two processes may get here together: the second finds them taken once it holds the lock. */
export const makeTables = (db: DatabaseSync, file: string): void =>
  transaction(db, 'BEGIN IMMEDIATE', () => {
    for (const step of steps.slice(stepsDone(db, file))) db.exec(step);
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
  });
