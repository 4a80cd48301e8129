// How a PostgreSQL schema comes to have the tables, and how a transaction begins: forward only, under the lock that every write takes.
import type { PoolClient, QueryResult } from 'pg';
import { Failure } from '../errors.ts';
import { steps } from './tables.ts';

/** A step in PostgreSQL's words. Rows of the same millisecond are told apart by `rowid`, which SQLite has by itself. */
export const inPostgres = (step: string): string =>
  step
    .replaceAll(/\) STRICT;/g, ');')
    .replaceAll(/\bINTEGER\b/g, 'BIGINT')
    .replaceAll(/\bREAL\b/g, 'DOUBLE PRECISION')
    .replaceAll(/\bBLOB\b/g, 'BYTEA')
    .replaceAll(/(CREATE TABLE (?:questions|intents) \()/g, '$1\n  rowid BIGINT GENERATED ALWAYS AS IDENTITY,');

/** A schema, by a name that needs no quotes, and the store as it is shown. */
export interface Schema {
  schema: string;
  name: string;
}

/** Marks our locks among those of others in the same database ("amcp"). */
const lockSpace = 0x616d6370;
const lock = (schema: string): string => `SELECT pg_advisory_xact_lock(${lockSpace}, hashtext('${schema}'))`;
const count = (schema: string): string => `SELECT count(*) AS steps FROM "${schema}".steps_taken`;

/** How many steps the schema has; 0 where it has none of ours. */
async function stepsDone(on: PoolClient, schema: string): Promise<number> {
  // Asked of the catalog's rows: what a name means is kept by each connection, and may be what it meant before we had the lock.
  const sql = "SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'steps_taken'";
  if ((await on.query(sql, [schema])).rows.length === 0) return 0;
  return (await on.query(count(schema))).rows[0].steps;
}

/** Refuses tables that are newer than this program. */
function known(done: number, name: string): number {
  if (done > steps.length)
    throw new Failure(
      'not_sent',
      'internal_error',
      `The store ${name} was written by a newer version of this program (its schema is ${done}, this program knows ${steps.length}); nothing was sent.`,
      { next: 'Run the newer version, or point this one at another schema.' },
    );
  return done;
}

/** Begins a transaction that no other process of this program comes between, on tables as this program knows them: all in one message. */
export async function begin(on: PoolClient, { schema, name }: Schema): Promise<void> {
  // One result for each statement; each sees what stands when it runs, so the last one what stands under the lock.
  const results = (await on.query(`BEGIN; ${lock(schema)}; ${count(schema)}`)) as unknown as QueryResult[];
  known(results[2]?.rows[0].steps, name);
}

/** Takes the steps that are missing; true where the tables are there afterwards. `make`: looking makes nothing. */
export async function migrate(on: PoolClient, { schema, name, make }: Schema & { make: boolean }): Promise<boolean> {
  const done = known(await stepsDone(on, schema), name);
  if (done === steps.length) return true;
  if (done === 0 && !make) return false;
  await on.query(`BEGIN; ${lock(schema)}; SET LOCAL statement_timeout = 0`);
  // Another replica may have been faster, or newer.
  const now = known(await stepsDone(on, schema), name);
  if (now === 0) {
    // Somebody with more rights may have made it for us, and even `IF NOT EXISTS` needs the right to make one.
    const made = await on.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
    if (made.rows.length === 0) await on.query(`CREATE SCHEMA "${schema}"`);
    await on.query(`CREATE TABLE "${schema}".steps_taken (step BIGINT NOT NULL PRIMARY KEY)`);
  }
  for (const [n, step] of steps.entries()) {
    if (n < now) continue;
    // Many rows may need more time than a verb has.
    await on.query({ text: inPostgres(step), query_timeout: 3_600_000 } as never);
    await on.query(`INSERT INTO "${schema}".steps_taken (step) VALUES ($1)`, [n + 1]);
  }
  await on.query('COMMIT');
  return true;
}
