// How a PostgreSQL schema comes to have the tables: forward only, under the lock that every write takes.
import type { Sql } from 'postgres';
import { Failure } from '../errors.ts';
import type { Connection } from './postgres.ts';
import { steps } from './tables.ts';

/** A step in PostgreSQL's words. Rows of the same millisecond are told apart by `rowid`, which SQLite has by itself. */
export const inPostgres = (step: string): string =>
  step
    .replaceAll(/\) STRICT;/g, ');')
    .replaceAll(/\bINTEGER\b/g, 'BIGINT')
    .replaceAll(/\bREAL\b/g, 'DOUBLE PRECISION')
    .replaceAll(/\bBLOB\b/g, 'BYTEA')
    .replaceAll(/(CREATE TABLE (?:questions|intents) \()/g, '$1\n  rowid BIGINT GENERATED ALWAYS AS IDENTITY,');

export interface Migrating {
  schema: string;
  name: string;
  /** Whether missing tables are made; looking makes nothing. */
  make: boolean;
  /** One transaction that no other process of this program comes between. */
  locked<T>(work: (on: Connection) => Promise<T>): Promise<T>;
}

/** How many steps the schema has; 0 where it has none of ours. */
async function stepsDone(on: Connection, schema: string): Promise<number> {
  // Asked of the catalog's rows: what a name means is kept by each connection, and may be what it meant before we had the lock.
  const sql = "SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'steps_taken'";
  if ((await on.unsafe(sql, [schema])).length === 0) return 0;
  const [done] = await on.unsafe('SELECT count(*) AS steps FROM steps_taken');
  return Number(done?.steps);
}

const newer = (name: string, done: number): Failure =>
  new Failure(
    'not_sent',
    'internal_error',
    `The store ${name} was written by a newer version of this program (its schema is ${done}, this program knows ${steps.length}); nothing was sent.`,
    { next: 'Run the newer version, or point this one at another schema.' },
  );

/** Takes the steps that are missing; true where the tables are there afterwards. */
export async function migrate(sql: Sql, { schema, name, make, locked }: Migrating): Promise<boolean> {
  const done = await stepsDone(sql, schema);
  if (done > steps.length) throw newer(name, done);
  if (done === steps.length) return true;
  if (done === 0 && !make) return false;
  await locked(async on => {
    // Another replica may have been faster, or newer.
    const now = await stepsDone(on, schema);
    if (now > steps.length) throw newer(name, now);
    if (now === 0) {
      await on.unsafe(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
      await on.unsafe('CREATE TABLE steps_taken (step BIGINT NOT NULL PRIMARY KEY)');
    }
    for (const [n, step] of steps.entries()) {
      if (n < now) continue;
      await on.unsafe(inPostgres(step));
      await on.unsafe('INSERT INTO steps_taken (step) VALUES ($1)', [n + 1]);
    }
  });
  return true;
}
