// Rows in and out of an open SQLite file: prepared statements and transactions, no meaning.
import { isUtf8 } from 'node:buffer';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { Failure } from '../errors.ts';
import { chained, genesis } from './chain.ts';
import type { AuditEntry, AuditHead, AuditRow, IntentRow, Measure, QuestionRow } from './store.ts';

export const questionColumns = [
  'id',
  'digest',
  'call',
  'tool',
  'connection',
  'principal',
  'client',
  'arguments',
  'target_version',
  'policy_version',
  'quote',
  'verdict',
  'rule',
  'shown',
  'changes',
  'created_at',
  'expires_at',
  'state',
  'channel',
  'decided_at',
  'usable_until',
  'intent_id',
  'page_by',
  'page_until',
] as const satisfies (keyof QuestionRow)[];

export const intentColumns = [
  'id',
  'call',
  'tool',
  'effect',
  'connection',
  'principal',
  'client',
  'target',
  'arguments',
  'request',
  'approval_id',
  'quote',
  'preimage',
  'before',
  'rule',
  'credits',
  'calls',
  'people',
  'created_at',
  'deadline_at',
  'outcome',
  'receipt',
  'settled_at',
] as const satisfies (keyof IntentRow)[];

const auditColumns = [
  'seq',
  'at',
  'kind',
  'principal',
  'client',
  'connection',
  'tool',
  'intent_id',
  'body',
  'prev',
  'hash',
] as const satisfies (keyof AuditRow)[];

/** No text that was ever recorded begins with a NUL. */
const exactly = (bytes: Buffer): string => (isUtf8(bytes) ? bytes.toString() : `\0${bytes.toString('hex')}`);

export const unsettled = "(outcome IS NULL OR outcome IN ('unknown', 'pending'))";
export const newestFirst = 'ORDER BY created_at DESC, rowid DESC';

/** An open file, with its statements prepared once. */
export class Records {
  readonly db: DatabaseSync;
  readonly identity: string | undefined;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(db: DatabaseSync, which: string | undefined) {
    this.db = db;
    this.identity = which;
  }

  #statement(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (!statement) {
      statement = this.db.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  all<Row>(sql: string, values: SQLInputValue[]): Row[] {
    return this.#statement(sql)
      .all(...values)
      .map(row => ({ ...row }) as Row);
  }

  first<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.all<Row>(sql, values)[0];
  }

  /** How many rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  insert<Row extends object>(table: string, columns: readonly (keyof Row & string)[], row: Row): void {
    const values = columns.map(column => row[column] as SQLInputValue);
    // Node 22 would cut the text there when it reads it back, and PostgreSQL takes no such text at all.
    const cut = columns.find((_, n) => String(values[n]).includes('\0'));
    if (cut)
      throw new Failure(
        'not_sent',
        'invalid_input',
        `The ${cut} holds a NUL character, which cannot be recorded; nothing was sent.`,
      );
    this.run(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`, ...values);
  }

  question(id: string): QuestionRow | undefined {
    return this.first<QuestionRow>('SELECT * FROM questions WHERE id = ?', id);
  }

  intent(id: string): IntentRow | undefined {
    return this.first<IntentRow>('SELECT * FROM intents WHERE id = ?', id);
  }

  used({ unit, since, uncharged_at, where: { connection, target, principal, rule } }: Measure): number {
    const alike = Object.entries({ connection, target, principal, rule }).filter(([, value]) => value !== undefined);
    const sql = `SELECT sum(${unit}) AS used FROM intents WHERE created_at > ?
      AND (outcome IS NULL OR outcome NOT IN ('rejected', 'not_sent'))${alike.map(([column]) => ` AND ${column} = ?`).join('')}
      ${uncharged_at === undefined ? '' : `AND (outcome IS 'pending' OR iif(outcome IS 'done', settled_at, deadline_at) >= ?)`}`;
    const values = [
      ...alike.map(([, value]) => value as string),
      ...(uncharged_at === undefined ? [] : [uncharged_at]),
    ];
    return this.first<{ used: number | null }>(sql, since, ...values)?.used ?? 0;
  }

  head(): AuditHead {
    return this.first<AuditHead>('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1') ?? genesis;
  }

  /** Within the transaction of whatever it tells of. */
  append(entries: readonly AuditEntry[]): AuditHead | undefined {
    if (entries.length === 0) return undefined;
    const rows = chained(this.head(), entries);
    for (const row of rows) this.insert('audit', auditColumns, row);
    const { seq, hash } = rows.at(-1) as AuditRow;
    return { seq, hash };
  }

  /** Texts by way of their bytes: Node 22 would end one at a NUL, and bytes that are no text would look like others. */
  audit(after: number, limit: number): AuditRow[] {
    const columns = auditColumns.map(name =>
      name === 'seq' || name === 'at' ? name : `CAST(${name} AS BLOB) AS ${name}`,
    );
    const sql = `SELECT ${columns.join(', ')} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`;
    return this.all<Record<string, unknown>>(sql, [after, limit]).map(
      row =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [
            name,
            value instanceof Uint8Array ? exactly(Buffer.from(value)) : value,
          ]),
        ) as unknown as AuditRow,
    );
  }

  newest(): number | null {
    const sql = `SELECT max(created_at) AS newest FROM
      (SELECT max(created_at) AS created_at FROM questions UNION ALL SELECT max(created_at) FROM intents)`;
    return this.first<{ newest: number | null }>(sql)?.newest ?? null;
  }
}

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

/** `WHERE` from the conditions that were asked for: one without a value is left out, `true` asks for one that needs none. */
export function where(
  conditions: [sql: string, value: SQLInputValue | boolean | undefined][],
  limit: number | undefined,
) {
  const asked = conditions.filter(([, value]) => value !== undefined && value !== false);
  const values = asked.flatMap(([, value]) => (typeof value === 'boolean' || value === undefined ? [] : [value]));
  return {
    sql: `${asked.length > 0 ? `WHERE ${asked.map(([sql]) => sql).join(' AND ')}` : ''} ${newestFirst} LIMIT ?`,
    values: [...values, limit ?? -1],
  };
}
