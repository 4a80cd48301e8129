// The store of several replicas: one PostgreSQL schema. The same verbs as SQLite; one lock makes every write wait for the one before it.
import type { ReservedSql, Sql, TransactionSql } from 'postgres';
import { Failure } from '../errors.ts';
import { type Address, addressOf } from './postgres-address.ts';
import { migrate } from './postgres-schema.ts';
import { unusable } from './postgres-trouble.ts';
import { auditColumns } from './records.ts';
import type { Answered, Query, Steps } from './steps.ts';
import { stopRow } from './stop.ts';
import type { AuditRow, Store } from './store.ts';
import { type Database, storeOver } from './verbs.ts';

export type Connection = Sql | TransactionSql | ReservedSql;

/** Milliseconds: how long one statement, and waiting for the lock, may take; and a whole verb, whatever the network does. */
const statementMs = 5_000;
const verbMs = 12_000;
/** Connections per process; each verb holds one for as long as it lasts. */
const connections = 8;

/** Marks our locks among those of others in the same database ("amcp"). */
const lockSpace = 0x616d6370;

async function answer(on: Connection, { sql, values }: Query): Promise<Answered> {
  let n = 0;
  const rows = await on.unsafe(
    sql.replaceAll('?', () => `$${++n}`),
    values as never[],
    { prepare: true },
  );
  return { rows, changed: rows.count };
}

export async function take<T>(on: Connection, steps: Steps<T>): Promise<T> {
  let step = steps.next();
  while (!step.done) step = steps.next(await answer(on, step.value));
  return step.value;
}

/** Nothing is connected, and the driver is not loaded, before the first verb. */
export function postgresDatabase({ name, schema, secrets: _, ...where }: Address): Database {
  let opening: Promise<Sql> | undefined;
  /** Whether the tables were seen to be there, and as this program knows them. */
  let ready = false;
  let closed = false;

  async function opened(): Promise<Sql> {
    if (closed) throw new Failure('not_sent', 'unavailable', 'This program is shutting down; nothing was sent.');
    opening ??= import('postgres').then(({ default: postgres }) =>
      postgres({
        ...where,
        max: connections,
        connect_timeout: statementMs / 1_000,
        // A database that was restarted is found again at once, not after the driver's growing pauses.
        backoff: attempts => Math.min(1, attempts * 0.1),
        onnotice: () => {},
        fetch_types: false,
        types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
        connection: {
          application_name: 'automations-mcp',
          search_path: schema,
          statement_timeout: statementMs,
          lock_timeout: statementMs,
          idle_in_transaction_session_timeout: verbMs,
          // What was recorded must outlive a power failure, whatever the server's own default is (reliability.md R15).
          synchronous_commit: 'on',
        } as never,
      }),
    );
    return opening;
  }

  /** No verb hangs: a database that went silent is a store that cannot be used. */
  async function inTime<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(Object.assign(new Error('late'), { code: 'TIMEOUT' })), verbMs);
    });
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      throw unusable(error, name);
    } finally {
      clearTimeout(timer);
    }
  }

  const locked = <T>(sql: Sql, work: (on: Connection) => Promise<T>): Promise<T> =>
    sql.begin(async on => {
      await on.unsafe('SELECT pg_advisory_xact_lock($1, hashtext($2))', [lockSpace, schema]);
      return work(on);
    }) as Promise<T>;

  /** False: there are no tables yet, and `make` did not ask for them. */
  async function tables(sql: Sql, make: boolean): Promise<boolean> {
    if (ready) return true;
    ready = await migrate(sql, { schema, name, make, locked: work => locked(sql, work) });
    return ready;
  }

  const reading = <T>(nothing: T, steps: () => Steps<T>, at_once?: true): Promise<T> =>
    inTime(
      (async () => {
        const sql = await opened();
        if (!(await tables(sql, false))) return nothing;
        if (!at_once) return take(sql, steps());
        return (await sql.begin('ISOLATION LEVEL REPEATABLE READ READ ONLY', on => take(on, steps()))) as T;
      })(),
    );

  const writing = <T>(steps: () => Steps<T>): Promise<T> =>
    inTime(
      (async () => {
        const sql = await opened();
        await tables(sql, true);
        return locked(sql, on => take(on, steps()));
      })(),
    );

  return {
    name,
    reading,
    writing,
    stop: stopRow({ reading, writing }),
    audit: (after, limit) =>
      reading([], function* () {
        const sql = `SELECT ${auditColumns} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`;
        return (yield { sql, values: [after, limit] }).rows.map(row => ({ ...row }) as AuditRow);
      }),
    async close() {
      closed = true;
      const sql = await opening?.catch(() => undefined);
      opening = undefined;
      await sql?.end({ timeout: 2 });
    },
  };
}

export const postgresStore = (address: string): Store => storeOver(postgresDatabase(addressOf(address)));
