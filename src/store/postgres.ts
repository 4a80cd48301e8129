// The store of several replicas: one PostgreSQL schema. The same verbs as SQLite; one lock makes every write wait for the one before it.
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { Failure } from '../errors.ts';
import { type Address, addressOf } from './postgres-address.ts';
import { begin, migrate } from './postgres-schema.ts';
import { isCut, isSpent, unusable } from './postgres-trouble.ts';
import { auditColumns } from './records.ts';
import type { Answered, Query, Steps } from './steps.ts';
import { stopRow } from './stop.ts';
import type { AuditRow, Store } from './store.ts';
import { type Database, storeOver } from './verbs.ts';

/** Milliseconds: how long one statement, and waiting for the lock or for a connection, may take; and its answer, whatever the network does. */
const statementMs = 5_000;
const answerMs = 6_000;
/** A whole verb. */
const verbMs = 12_000;
/** How long a verb waits for a database that was there a moment ago; once it did not come back, the next ones fail at once until it does. */
const patienceMs = 4_000;
/** Connections per process; each verb holds one for as long as it lasts. */
const connections = 8;
/** Of these, how many may be writing or waiting for the lock; the others are for verbs that only look. */
const writers = 4;

/** PostgreSQL's own number for its 64-bit integers, which are text to the driver otherwise. */
const INT8 = 20;

/** A statement as the driver is given it; the same text is the same statement, drawn up once for each connection. */
interface Statement {
  name: string;
  text: string;
}
const statements = new Map<string, Statement>();

function statementOf(sql: string): Statement {
  let statement = statements.get(sql);
  if (!statement) {
    let n = 0;
    statement = { name: `amcp_${statements.size}`, text: sql.replaceAll('?', () => `$${++n}`) };
    statements.set(sql, statement);
  }
  return statement;
}

async function answer(on: PoolClient, { sql, values }: Query): Promise<Answered> {
  const { rows, rowCount } = await on.query({ ...statementOf(sql), values: [...values] });
  return { rows, changed: rowCount ?? 0 };
}

async function take<T>(on: PoolClient, steps: Steps<T>): Promise<T> {
  let step = steps.next();
  while (!step.done) step = steps.next(await answer(on, step.value));
  return step.value;
}

/** Lets so many in at once, and the others in their order. */
function turns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let busy = 0;
  return async work => {
    if (busy >= most) await new Promise<void>(go => waiting.push(go));
    else busy++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else busy--;
    }
  };
}

const tooLate = (): Error => Object.assign(new Error('late'), { code: 'ETIMEDOUT' });

/** Nothing is connected, and the driver is not loaded, before the first verb. */
export function postgresDatabase({ name, schema, secrets: _, ...where }: Address): Database {
  let opening: Promise<Pool> | undefined;
  /** Whether the tables were seen to be there, and as this program knows them. */
  let ready = false;
  let migrating: Promise<boolean> | undefined;
  /** It was cut off, and did not come back in time. */
  let away = false;
  let closed = false;
  const inTurn = turns(writers);

  async function opened(): Promise<Pool> {
    if (closed) throw new Failure('not_sent', 'unavailable', 'This program is shutting down; nothing was sent.');
    opening ??= import('pg').then(({ default: pg }) => {
      const pool = new pg.Pool({
        ...where,
        user: where.user ?? userInfo().username,
        max: connections,
        connectionTimeoutMillis: statementMs,
        query_timeout: answerMs,
        statement_timeout: statementMs,
        lock_timeout: statementMs,
        idle_in_transaction_session_timeout: verbMs,
        keepAlive: true,
        allowExitOnIdle: true,
        application_name: 'automations-mcp',
        // What was recorded must outlive a power failure, whatever the server's own default is (reliability.md R15).
        options: `-c search_path=${schema} -c synchronous_commit=on`,
        types: {
          getTypeParser: (oid: number, format?: 'text') =>
            oid === INT8 ? Number : pg.types.getTypeParser(oid, format),
        } as never,
      });
      // A connection that breaks while nobody uses it is no error to anybody: the next verb takes another one.
      pool.on('error', () => {});
      pool.on('connect', client => void client.on('error', () => {}));
      return pool;
    });
    return opening;
  }

  /** One connection for as long as the work lasts. After an error only one that can still be rolled back is used again. */
  async function holding<T>(work: (on: PoolClient) => Promise<T>): Promise<T> {
    const on = await (await opened()).connect();
    try {
      const result = await work(on);
      on.release();
      return result;
    } catch (error) {
      if (isSpent(error)) on.release(true);
      else
        await on.query('ROLLBACK').then(
          () => on.release(),
          () => on.release(true),
        );
      throw error;
    }
  }

  /** All or nothing. What the first words begin is committed. */
  const transaction = <T>(first: (on: PoolClient) => Promise<unknown>, steps: () => Steps<T>): Promise<T> =>
    holding(async on => {
      await first(on);
      const result = await take(on, steps());
      await on.query('COMMIT');
      return result;
    });

  /** No verb hangs: a database that went silent is a store that cannot be used. */
  async function inTime<T>(work: (over: () => boolean) => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    let over = false;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        over = true;
        reject(tooLate());
      }, verbMs);
    });
    try {
      return await Promise.race([work(() => over), late]);
    } catch (error) {
      throw unusable(error, name);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Does it again where the database was cut off in the middle: verbs know by themselves what of them is recorded already (`verbs.ts`). */
  async function patiently<T>(work: () => Promise<T>): Promise<T> {
    const until = performance.now() + (ready && !away ? patienceMs : 0);
    for (;;) {
      try {
        const result = await work();
        away = false;
        return result;
      } catch (error) {
        if (!isCut(error) || closed) throw error;
        if (performance.now() > until) {
          away = true;
          throw error;
        }
      }
      await sleep(50);
    }
  }

  /** False: there are no tables yet, and `make` did not ask for them. Verbs that come together make them once. */
  async function tables(make: boolean): Promise<boolean> {
    if (ready) return true;
    if (!make) ready = await holding(on => migrate(on, { schema, name, make }));
    else {
      migrating ??= holding(on => migrate(on, { schema, name, make })).finally(() => {
        migrating = undefined;
      });
      ready = await migrating;
    }
    return ready;
  }

  const reading = <T>(nothing: T, steps: () => Steps<T>, at_once?: true): Promise<T> =>
    inTime(() =>
      patiently(async () => {
        if (!(await tables(false))) return nothing;
        if (!at_once) return holding(on => take(on, steps()));
        return transaction(on => on.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'), steps);
      }),
    );

  const writing = <T>(steps: () => Steps<T>): Promise<T> =>
    inTime(over =>
      patiently(async () => {
        await tables(true);
        return inTurn(() => {
          // Its caller has been told that nothing was recorded.
          if (over()) throw tooLate();
          return transaction(on => begin(on, { schema, name }), steps);
        });
      }),
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
      const pool = await opening?.catch(() => undefined);
      opening = undefined;
      await Promise.race([pool?.end(), sleep(2_000, undefined, { ref: false })]);
    },
  };
}

export const postgresStore = (address: string): Store => storeOver(postgresDatabase(addressOf(address)));
