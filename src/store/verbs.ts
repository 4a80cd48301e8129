// The verbs of every store: what each looks up, refuses and records. A database only runs their queries, each verb in one transaction.
import { randomBytes } from 'node:crypto';
import { Failure } from '../errors.ts';
import * as records from './records.ts';
import { intentColumns, newestFirst, questionColumns, unsettled } from './records.ts';
import { clockFailure, clockWentBack, refusal } from './refusal.ts';
import { all, first, run, type Steps } from './steps.ts';
import type { Stop } from './stop.ts';
import {
  type AuditEntry,
  type AuditHead,
  type AuditRow,
  type IntentRow,
  type QuestionRow,
  recent,
  type Store,
} from './store.ts';
import { tokenVerbs } from './tokens.ts';

/** A database that holds the tables. It tells its own troubles as a `Failure` that says nothing was sent. */
export interface Database {
  /** What a person calls it. */
  name: string;
  /**
   * One transaction that no other writer of any process comes between. Done again where nobody knows whether it was recorded. `soon`: it may
   * be left to the next one to see that it is on disk.
   */
  writing<T>(steps: () => Steps<T>, soon?: true): Promise<T>;
  /** Looking creates nothing: `nothing` is the answer of a database without tables. `at_once`: all of it sees one moment. */
  reading<T>(nothing: T, steps: () => Steps<T>, at_once?: true): Promise<T>;
  /** Where it keeps the operator's stop. */
  stop: Stop;
  /** The audit after a number, each text exactly as it is stored, whatever somebody made of it. */
  audit(after: number, limit: number): Promise<AuditRow[]>;
  close(): Promise<void>;
}

const DAY = 86_400_000;
/** Ids that one query asks about. */
const together = 64;

/**
 * Every request of a session asks whether it was ended, and a busy server has dozens of them at hand at once: those asked about in one
 * turn of the loop are looked at together, after the last of them was asked.
 */
function sharing(look: (asked: readonly string[]) => Promise<Set<string>>): (id: string) => Promise<boolean> {
  let next: { ids: Set<string>; found: Promise<Set<string>> } | undefined;
  function begin() {
    const ids = new Set<string>();
    const found = new Promise<void>(resolve => setImmediate(resolve)).then(() => {
      next = undefined;
      return look([...ids]);
    });
    return { ids, found };
  }
  return async id => {
    next ??= begin();
    next.ids.add(id);
    return (await next.found).has(id);
  };
}

export function storeOver(database: Database): Store {
  const { reading, name } = database;
  let head: AuditHead | undefined;

  type Audit = (entries: readonly AuditEntry[] | undefined) => Steps<void>;
  /**
   * `audit` is given what to write down in the same transaction. A transaction whose end was lost is done again, and its last entry tells
   * whether it is recorded already; verbs that write none may be done twice.
   */
  async function writing<T>(work: (audit: Audit) => Steps<T>, soon?: true): Promise<T> {
    let lost: readonly [result: T, last: AuditHead] | undefined;
    const [result, written] = await database.writing(function* () {
      if (lost && (yield* records.stands(lost[1]))) return lost;
      let last: AuditHead | undefined;
      const result = yield* work(function* (entries) {
        last = (yield* records.append(entries ?? [])) ?? last;
      });
      lost = last && [result, last];
      return [result, last] as const;
    }, soon);
    head = written ?? head;
    return result;
  }

  const endedSession = sharing(asked =>
    reading(new Set<string>(), function* () {
      const ended = new Set<string>();
      for (let from = 0; from < asked.length; from += together) {
        // Few sizes, so that few statements are prepared: what is asked twice is answered once.
        const some = asked.slice(from, from + together);
        const size = some.length === 1 ? 1 : some.length <= 8 ? 8 : together;
        const ids = Array.from({ length: size }, (_, n) => some[n] ?? (some[0] as string));
        const sql = `SELECT id FROM ended_sessions WHERE id IN (${ids.map(() => '?').join(', ')})`;
        for (const { id } of yield* all<{ id: string }>(sql, ...ids)) ended.add(id);
      }
      return ended;
    }),
  );

  return {
    ask: (row, replaces, auditing, seen) =>
      writing(function* (audit) {
        const now = row.created_at;
        if (clockWentBack(now, yield* records.newest())) throw clockFailure();
        const newest =
          seen &&
          (yield* all<IntentRow>(
            `SELECT ${intentColumns} FROM intents WHERE call = ? ${newestFirst} LIMIT ?`,
            row.call,
            recent,
          ));
        const raced = newest?.find(({ id }) => !seen?.includes(id));
        if (raced) return { question: row, joined: false, raced };
        if (replaces !== undefined)
          yield* run(
            `UPDATE questions SET state = 'rejected', channel = 'replaced', decided_at = ?, usable_until = NULL
              WHERE id = ? AND call = ? AND state IN ('open', 'approved')`,
            now,
            replaces,
            row.call,
          );
        const usable = yield* first<QuestionRow>(
          `SELECT ${questionColumns} FROM questions WHERE digest = ?
            AND ((state = 'open' AND expires_at > ?) OR (state = 'approved' AND usable_until > ?)) ${newestFirst} LIMIT 1`,
          row.digest,
          now,
          now,
        );
        if (usable) return { question: usable, joined: true };
        yield* records.insert('questions', questionColumns, row);
        yield* audit(auditing?.(row));
        return { question: (yield* records.question(row.id)) ?? row, joined: false };
      }),

    answer: (id, { state, channel, at, by, usable_until }, auditing) =>
      writing(function* (audit) {
        const asked = yield* records.question(id);
        if (!asked) return undefined;
        if (clockWentBack(at, yield* records.newest())) throw clockFailure();
        if (asked.state !== 'open' || at >= asked.expires_at) return { question: asked, won: false };
        yield* run(
          'UPDATE questions SET state = ?, channel = ?, decided_at = ?, decided_by = ?, usable_until = ? WHERE id = ?',
          state,
          channel,
          at,
          by,
          usable_until,
          id,
        );
        const question = { ...asked, state, channel, decided_at: at, decided_by: by, usable_until };
        yield* audit(auditing?.(question));
        return { question, won: true };
      }),

    hold: (id, { by, at, until }) =>
      writing(function* () {
        const free = `state = 'open' AND expires_at > ?
          AND (page_by IS NOT DISTINCT FROM ? OR page_until IS NULL OR page_until <= ?)`;
        const sql = `UPDATE questions SET page_by = ?, page_until = ? WHERE id = ? AND ${free}`;
        return (yield* run(sql, by, until, id, at, by, at)) === 1;
      }),

    question: id => reading(undefined, () => records.question(id)),

    questions: ({ digest, principal, prefix, open_at, since, limit } = {}) =>
      reading([], () =>
        records.listed<QuestionRow>(
          'questions',
          questionColumns,
          [
            ['digest = ?', digest],
            ['principal = ?', principal],
            ['substr(id, 1, ?) = ?', prefix?.length, prefix ?? ''],
            ["state = 'open' AND expires_at > ?", open_at],
            ['created_at >= ?', since],
          ],
          limit,
        ),
      ),

    open: (opening, auditing) =>
      writing(function* (audit) {
        const { approval, intent } = opening;
        const question = approval && (yield* records.question(approval.id));
        const used = yield* records.used(opening.limits);
        const refused = refusal(opening, {
          stop: yield* database.stop.inside(),
          newest: yield* records.newest(),
          question,
          consumer: question?.intent_id ? yield* records.intent(question.intent_id) : undefined,
          unsettled: yield* all<IntentRow>(
            `SELECT ${intentColumns} FROM intents WHERE call = ? AND ${unsettled} ${newestFirst}`,
            intent.call,
          ),
          lastDone: yield* first<IntentRow>(
            `SELECT ${intentColumns} FROM intents WHERE call = ? AND outcome = 'done' ORDER BY settled_at DESC LIMIT 1`,
            intent.call,
          ),
          underWay: yield* all<IntentRow>(
            `SELECT ${intentColumns} FROM intents WHERE connection = ? AND target = ? AND outcome IS NULL ${newestFirst}`,
            intent.connection,
            intent.target,
          ),
          used,
        });
        if (refused) {
          yield* audit(auditing?.(refused));
          return refused;
        }
        if (approval)
          yield* run("UPDATE questions SET state = 'consumed', intent_id = ? WHERE id = ?", intent.id, approval.id);
        yield* records.insert('intents', intentColumns, { ...intent, approval_id: approval?.id ?? null });
        const opened = { opened: (yield* records.intent(intent.id)) ?? intent };
        yield* audit(auditing?.(opened));
        return opened;
      }),

    async settle(id, { outcome, receipt, at, credits, people }, auditing) {
      try {
        return await writing(function* (audit) {
          const changed = yield* run(
            `UPDATE intents SET outcome = ?, receipt = ?, settled_at = ?, credits = coalesce(?, credits), people = coalesce(?, people)
              WHERE id = ? AND ${unsettled}`,
            outcome,
            receipt,
            at,
            credits ?? null,
            people ?? null,
            id,
          );
          const row = yield* records.intent(id);
          if (changed > 0 && row) yield* audit(auditing?.(row));
          return row;
        });
      } catch (error) {
        // By now the request may be out, so "nothing was sent" would be a lie (P2).
        throw new Failure(
          'unknown',
          'outcome_unknown',
          `What came of intent ${id} could not be recorded in the store ${name}.`,
          {
            intent_id: id,
            next:
              (error instanceof Failure && error.details.next) ||
              'Look at the automation itself before anything is sent again.',
          },
        );
      }
    },

    intent: id => reading(undefined, () => records.intent(id)),

    intents: ({ call, connection, target, principal, since, limit, ...filter }) =>
      reading([], () =>
        records.listed<IntentRow>(
          'intents',
          intentColumns,
          [
            ['call = ?', call],
            ['connection = ?', connection],
            ['target = ?', target],
            ['principal = ?', principal],
            [unsettled, filter.unsettled],
            ['created_at >= ?', since],
          ],
          limit,
        ),
      ),

    used: measures =>
      reading(
        { used: measures.map(() => 0), as_of: 0 },
        function* () {
          return { used: yield* records.used(measures), as_of: (yield* records.head()).seq };
        },
        true,
      ),

    append: (entries, soon) => writing(audit => audit(entries), soon),

    audit: (after, limit) => database.audit(after, limit),

    head: () => head,

    endSession: ({ id, principal, expires_at }, now) =>
      writing(function* () {
        yield* run('DELETE FROM ended_sessions WHERE expires_at < ?', now - DAY);
        const sql = 'INSERT INTO ended_sessions (id, principal, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
        yield* run(sql, id, principal, expires_at);
      }),

    sessionEnded: id => endedSession(id),

    stop: reason => database.stop.put(reason),
    resume: () => database.stop.end(),
    stopped: () => database.stop.look(),

    key: () =>
      writing(function* () {
        yield* run("INSERT INTO keys (name, value) VALUES ('seal', ?) ON CONFLICT DO NOTHING", randomBytes(32));
        const kept = yield* first<{ value: Uint8Array }>("SELECT value FROM keys WHERE name = 'seal'");
        if (kept?.value.length !== 32)
          throw new Failure('not_sent', 'internal_error', `The key in the store ${name} is damaged; nothing was sent.`);
        return kept.value;
      }),

    ...tokenVerbs(reading, steps => writing(steps)),

    close: () => database.close(),
  };
}
