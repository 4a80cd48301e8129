// How a verb talks to its database: it yields one query at a time, so that the same verb runs at once in SQLite and across awaits in PostgreSQL.

export type Value = string | number | null | Uint8Array;

/** SQL that both databases understand, with `?` for each value. */
export interface Query {
  sql: string;
  values: readonly Value[];
}

export interface Answered {
  rows: readonly object[];
  /** How many rows a change changed. */
  changed: number;
}

export type Steps<T> = Generator<Query, T, Answered>;

export function* all<Row>(sql: string, ...values: Value[]): Steps<Row[]> {
  const { rows } = yield { sql, values };
  return rows.map(row => ({ ...row }) as Row);
}

export function* first<Row>(sql: string, ...values: Value[]): Steps<Row | undefined> {
  return (yield* all<Row>(sql, ...values))[0];
}

/** How many rows it changed. */
export function* run(sql: string, ...values: Value[]): Steps<number> {
  return (yield { sql, values }).changed;
}
