// The default store: one SQLite file for every process of one machine. Opened by the first verb; each verb is one transaction, without an await in it.
import { isUtf8 } from 'node:buffer';
import { resolve } from 'node:path';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { Failure } from '../errors.ts';
import { auditColumns } from './records.ts';
import { identity, openFile, replaced, unusable } from './sqlite-file.ts';
import { synced, transaction } from './sqlite-schema.ts';
import type { Answered, Query, Steps } from './steps.ts';
import { stopFile, stopInMemory } from './stop.ts';
import type { AuditRow, Store } from './store.ts';
import { type Database, storeOver } from './verbs.ts';

/** An open file, with its statements prepared once. */
class OpenFile {
  readonly db: DatabaseSync;
  readonly identity: string | undefined;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(db: DatabaseSync, which: string | undefined) {
    this.db = db;
    this.identity = which;
  }

  #answer({ sql, values }: Query): Answered {
    let statement = this.#prepared.get(sql);
    if (!statement) {
      statement = this.db.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    const given = values as readonly SQLInputValue[];
    if (sql.startsWith('SELECT')) return { rows: statement.all(...given), changed: 0 };
    return { rows: [], changed: Number(statement.run(...given).changes) };
  }

  take<T>(steps: Steps<T>): T {
    let step = steps.next();
    while (!step.done) step = steps.next(this.#answer(step.value));
    return step.value;
  }
}

/** No text that was ever recorded begins with a NUL. */
const exactly = (bytes: Buffer): string => (isUtf8(bytes) ? bytes.toString() : `\0${bytes.toString('hex')}`);

/** Texts by way of their bytes: Node 22 would end one at a NUL, and bytes that are no text would look like others. */
const auditSql = `SELECT ${auditColumns
  .map(name => (name === 'seq' || name === 'at' ? name : `CAST(${name} AS BLOB) AS ${name}`))
  .join(', ')} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`;

const auditRow = (row: object): AuditRow =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? exactly(Buffer.from(value)) : value,
    ]),
  ) as unknown as AuditRow;

export function sqliteDatabase(path: string): Database {
  const file = path === ':memory:' ? path : resolve(path);
  let opening: Promise<OpenFile> | undefined;
  let closed = false;

  async function opened(): Promise<OpenFile> {
    if (closed) throw new Failure('not_sent', 'unavailable', 'This program is shutting down; nothing was sent.');
    opening ??= openFile(file)
      .then(db => new OpenFile(db, identity(file)))
      .catch(error => {
        opening = undefined;
        throw error;
      });
    const open = await opening;
    // A file that was deleted would go on taking intents that no other process sees.
    if (identity(file) !== open.identity) throw replaced(file);
    return open;
  }

  async function reading<T>(nothing: T, steps: () => Steps<T>, at_once?: true): Promise<T> {
    try {
      if (!opening && identity(file) === undefined) return nothing;
      const open = await opened();
      return at_once ? transaction(open.db, 'BEGIN', () => open.take(steps())) : open.take(steps());
    } catch (error) {
      throw unusable(error, file);
    }
  }

  return {
    name: file,
    stop: file === ':memory:' ? stopInMemory() : stopFile(file),
    reading,
    async writing(steps, soon) {
      try {
        const open = await opened();
        return synced(open.db, soon, () => transaction(open.db, 'BEGIN IMMEDIATE', () => open.take(steps())));
      } catch (error) {
        throw unusable(error, file);
      }
    },
    audit: (after, limit) =>
      reading([], function* () {
        const { rows } = yield { sql: auditSql, values: [after, limit] };
        return rows.map(auditRow);
      }),
    async close() {
      closed = true;
      const open = await opening?.catch(() => undefined);
      opening = undefined;
      if (open?.db.isOpen) open.db.close();
    },
  };
}

export const sqliteStore = (path: string): Store => storeOver(sqliteDatabase(path));
