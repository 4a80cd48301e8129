// Rows in and out of the tables: what each holds, and the few looks that several verbs share. No meaning.
import { Failure } from '../errors.ts';
import { chained, genesis } from './chain.ts';
import { exact } from './exact.ts';
import { all, first, run, type Steps, type Value } from './steps.ts';
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
  'approver',
  'created_at',
  'expires_at',
  'state',
  'channel',
  'decided_at',
  'decided_by',
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

export const auditColumns = [
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

export const unsettled = "(outcome IS NULL OR outcome IN ('unknown', 'pending'))";
/** Of those recorded in the same millisecond, the one recorded last comes first. */
export const newestFirst = 'ORDER BY created_at DESC, rowid DESC';

export const question = (id: string): Steps<QuestionRow | undefined> =>
  first(`SELECT ${questionColumns} FROM questions WHERE id = ?`, id);

export const intent = (id: string): Steps<IntentRow | undefined> =>
  first(`SELECT ${intentColumns} FROM intents WHERE id = ?`, id);

export function* insert<Row extends object>(
  table: string,
  columns: readonly (keyof Row & string)[],
  row: Row,
): Steps<void> {
  const values = columns.map(column => row[column] as Value);
  // Node 22 would cut the text there when it reads it back, and PostgreSQL takes no such text at all.
  const cut = columns.find((_, n) => String(values[n]).includes('\0'));
  if (cut)
    throw new Failure(
      'not_sent',
      'invalid_input',
      `The ${cut} holds a NUL character, which cannot be recorded; nothing was sent.`,
    );
  yield* run(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`, ...values);
}

/** One measure as a sum over the rows of a scan; text and values of the same measure are the same. */
function sumOf({ unit, since, uncharged_at, where: of }: Measure): { sql: string; values: (string | number)[] } {
  const { connection, target, principal, rule } = of;
  const alike = Object.entries({ connection, target, principal, rule }).filter(([, value]) => value !== undefined);
  const charged =
    uncharged_at === undefined
      ? ''
      : " AND (outcome IS NOT DISTINCT FROM 'pending' OR CASE WHEN outcome = 'done' THEN settled_at ELSE deadline_at END >= ?)";
  return {
    sql: `CAST(sum(CASE WHEN created_at > ?${alike.map(([column]) => ` AND ${column} = ?`).join('')}${charged} THEN ${unit} ELSE 0 END) AS DOUBLE PRECISION)`,
    values: [
      since,
      ...alike.map(([, value]) => value as string),
      ...(uncharged_at === undefined ? [] : [uncharged_at]),
    ],
  };
}

/** What each measure amounts to: one look over the index, however many there are. */
export function* used(measures: readonly Measure[]): Steps<number[]> {
  if (measures.length === 0) return [];
  const sums = measures.map(sumOf);
  const different = new Map(sums.map(sum => [JSON.stringify(sum), sum]));
  const names = new Map([...different.keys()].map((key, n) => [key, `used_${n}`]));
  const columns = [...different].map(([key, { sql }]) => `${sql} AS ${names.get(key)}`);
  const sql = `SELECT ${columns.join(', ')} FROM intents WHERE created_at > ? AND (outcome IS NULL OR outcome NOT IN ('rejected', 'not_sent'))`;
  const values = [...different.values()].flatMap(sum => sum.values);
  const row = yield* first<Record<string, number | null>>(
    sql,
    ...values,
    Math.min(...measures.map(({ since }) => since)),
  );
  return sums.map(sum => exact(row?.[names.get(JSON.stringify(sum)) ?? ''] ?? 0));
}

export function* head(): Steps<AuditHead> {
  return (yield* first<AuditHead>('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1')) ?? genesis;
}

/** Within the transaction of whatever the entries tell of; the last of them. */
export function* append(entries: readonly AuditEntry[]): Steps<AuditHead | undefined> {
  if (entries.length === 0) return undefined;
  const rows = chained(yield* head(), entries);
  for (const row of rows) yield* insert('audit', auditColumns, row);
  const { seq, hash } = rows.at(-1) as AuditRow;
  return { seq, hash };
}

/** Whether this very entry is in the audit. */
export function* stands({ seq, hash }: AuditHead): Steps<boolean> {
  return (yield* first('SELECT seq FROM audit WHERE seq = ? AND hash = ?', seq, hash)) !== undefined;
}

/** When the newest question or intent was recorded. */
export function* newest(): Steps<number | null> {
  const sql = `SELECT max(created_at) AS newest FROM
    (SELECT max(created_at) AS created_at FROM questions UNION ALL SELECT max(created_at) FROM intents) AS times`;
  return (yield* first<{ newest: number | null }>(sql))?.newest ?? null;
}

/** The rows that meet every condition that was asked for, newest first: a condition without a value is left out, `true` asks for one that needs none. */
export function listed<Row>(
  table: string,
  columns: readonly string[],
  conditions: [sql: string, value: Value | boolean | undefined, ...more: Value[]][],
  limit: number | undefined,
): Steps<Row[]> {
  const asked = conditions.filter(([, value]) => value !== undefined && value !== false);
  const values = asked.flatMap(([, value, ...more]) =>
    typeof value === 'boolean' || value === undefined ? [] : [value, ...more],
  );
  const where = asked.length > 0 ? `WHERE ${asked.map(([sql]) => sql).join(' AND ')}` : '';
  return all(
    `SELECT ${columns} FROM ${table} ${where} ${newestFirst}${limit === undefined ? '' : ' LIMIT ?'}`,
    ...values,
    ...(limit === undefined ? [] : [limit]),
  );
}
