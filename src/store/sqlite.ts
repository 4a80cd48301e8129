// The default store: one SQLite file for every process of one machine. Opened by the first verb; each verb is one transaction.
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { Failure } from '../errors.ts';
import { clockFailure, clockWentBack, refusal } from './refusal.ts';
import { identity, openFile, replaced, unusable } from './sqlite-file.ts';
import {
  intentColumns,
  newestFirst,
  questionColumns,
  Records,
  transaction,
  unsettled,
  where,
} from './sqlite-records.ts';
import type { AuditEntry, AuditHead, IntentRow, QuestionRow, Store } from './store.ts';

const DAY = 86_400_000;

export function sqliteStore(path: string): Store {
  const file = path === ':memory:' ? path : resolve(path);
  let opening: Promise<Records> | undefined;
  let closed = false;
  let head: AuditHead | undefined;

  async function records(): Promise<Records> {
    if (closed) throw new Failure('not_sent', 'unavailable', 'This program is shutting down; nothing was sent.');
    opening ??= openFile(file)
      .then(db => new Records(db, identity(file)))
      .catch(error => {
        opening = undefined;
        throw error;
      });
    const open = await opening;
    // A file that was deleted would go on taking intents that no other process sees.
    if (identity(file) !== open.identity) throw replaced(file);
    return open;
  }

  /** `audit` is given what to write down in the same transaction. */
  async function writing<T>(
    work: (records: Records, audit: (entries: readonly AuditEntry[] | undefined) => void) => T,
  ): Promise<T> {
    try {
      const open = await records();
      let written: AuditHead | undefined;
      const result = transaction(open.db, 'BEGIN IMMEDIATE', () =>
        work(open, entries => {
          written = open.append(entries ?? []) ?? written;
        }),
      );
      head = written ?? head;
      return result;
    } catch (error) {
      throw unusable(error, file);
    }
  }

  /** Looking creates nothing: a store that is not there yet holds nothing. */
  async function reading<T>(nothing: T, work: (records: Records) => T): Promise<T> {
    try {
      if (!opening && identity(file) === undefined) return nothing;
      return work(await records());
    } catch (error) {
      throw unusable(error, file);
    }
  }

  return {
    ask: (row, replaces, auditing) =>
      writing((records, audit) => {
        const now = row.created_at;
        if (clockWentBack(now, records.newest())) throw clockFailure();
        if (replaces !== undefined)
          records.run(
            `UPDATE questions SET state = 'rejected', channel = 'replaced', decided_at = ?, usable_until = NULL
              WHERE id = ? AND call = ? AND state IN ('open', 'approved')`,
            now,
            replaces,
            row.call,
          );
        const usable = records.first<QuestionRow>(
          `SELECT * FROM questions WHERE digest = ?
            AND ((state = 'open' AND expires_at > ?) OR (state = 'approved' AND usable_until > ?)) ${newestFirst} LIMIT 1`,
          row.digest,
          now,
          now,
        );
        if (usable) return { question: usable, joined: true };
        records.insert('questions', questionColumns, row);
        audit(auditing?.(row));
        return { question: records.question(row.id) ?? row, joined: false };
      }),

    answer: (id, { state, channel, at, usable_until }, auditing) =>
      writing((records, audit) => {
        const asked = records.question(id);
        if (!asked) return undefined;
        if (clockWentBack(at, records.newest())) throw clockFailure();
        if (asked.state !== 'open' || at >= asked.expires_at) return { question: asked, won: false };
        records.run(
          'UPDATE questions SET state = ?, channel = ?, decided_at = ?, usable_until = ? WHERE id = ?',
          state,
          channel,
          at,
          usable_until,
          id,
        );
        const question = { ...asked, state, channel, decided_at: at, usable_until };
        audit(auditing?.(question));
        return { question, won: true };
      }),

    hold: (id, { by, at, until }) =>
      writing(records => {
        const free = "state = 'open' AND expires_at > ? AND (page_by IS ? OR page_until IS NULL OR page_until <= ?)";
        const changed = records.run(
          `UPDATE questions SET page_by = ?, page_until = ? WHERE id = ? AND ${free}`,
          by,
          until,
          id,
          at,
          by,
          at,
        );
        return changed === 1;
      }),

    question: id => reading(undefined, records => records.question(id)),

    questions: ({ digest, principal, prefix, open_at, since, limit } = {}) =>
      reading([], records => {
        const { sql, values } = where(
          [
            ['digest = ?', digest],
            ['principal = ?', principal],
            ['instr(id, ?) = 1', prefix],
            ["state = 'open' AND expires_at > ?", open_at],
            ['created_at >= ?', since],
          ],
          limit,
        );
        return records.all<QuestionRow>(`SELECT * FROM questions ${sql}`, values);
      }),

    open: (opening, auditing) =>
      writing((records, audit) => {
        const { approval, intent } = opening;
        const question = approval && records.question(approval.id);
        const refused = refusal(opening, {
          newest: records.newest(),
          question,
          consumer: question?.intent_id ? records.intent(question.intent_id) : undefined,
          unsettled: records.all<IntentRow>(`SELECT * FROM intents WHERE call = ? AND ${unsettled} ${newestFirst}`, [
            intent.call,
          ]),
          lastDone: records.first<IntentRow>(
            "SELECT * FROM intents WHERE call = ? AND outcome = 'done' ORDER BY settled_at DESC LIMIT 1",
            intent.call,
          ),
          underWay: records.all<IntentRow>(
            `SELECT * FROM intents WHERE connection = ? AND target = ? AND outcome IS NULL ${newestFirst}`,
            [intent.connection, intent.target],
          ),
          used: opening.limits.map(limit => records.used(limit)),
        });
        if (refused) {
          audit(auditing?.(refused));
          return refused;
        }
        if (approval)
          records.run("UPDATE questions SET state = 'consumed', intent_id = ? WHERE id = ?", intent.id, approval.id);
        records.insert('intents', intentColumns, { ...intent, approval_id: approval?.id ?? null });
        const opened = { opened: records.intent(intent.id) ?? intent };
        audit(auditing?.(opened));
        return opened;
      }),

    async settle(id, { outcome, receipt, at, credits, people }, auditing) {
      try {
        return await writing((records, audit) => {
          const changed = records.run(
            `UPDATE intents SET outcome = ?, receipt = ?, settled_at = ?, credits = coalesce(?, credits), people = coalesce(?, people)
              WHERE id = ? AND ${unsettled}`,
            outcome,
            receipt,
            at,
            credits ?? null,
            people ?? null,
            id,
          );
          const row = records.intent(id);
          if (changed > 0 && row) audit(auditing?.(row));
          return row;
        });
      } catch (error) {
        // By now the request may be out, so "nothing was sent" would be a lie (P2).
        throw new Failure(
          'unknown',
          'outcome_unknown',
          `What came of intent ${id} could not be recorded in the store ${file}.`,
          {
            intent_id: id,
            next: unusable(error, file).details.next ?? 'Look at the automation itself before anything is sent again.',
          },
        );
      }
    },

    intent: id => reading(undefined, records => records.intent(id)),

    intents: filter =>
      reading([], records => {
        const { sql, values } = where(
          [
            ['call = ?', filter.call],
            ['connection = ?', filter.connection],
            ['target = ?', filter.target],
            [unsettled, filter.unsettled],
            ['created_at >= ?', filter.since],
          ],
          filter.limit,
        );
        return records.all<IntentRow>(`SELECT * FROM intents ${sql}`, values);
      }),

    used: measures =>
      reading({ used: measures.map(() => 0), as_of: 0 }, records =>
        // One transaction, so that the numbers and the entry they go up to are of one moment.
        transaction(records.db, 'BEGIN', () => ({
          used: measures.map(measure => records.used(measure)),
          as_of: records.head().seq,
        })),
      ),

    append: entries => writing((_, audit) => audit(entries)),

    audit: (after, limit) => reading([], records => records.audit(after, limit)),

    head: () => head,

    endSession: ({ id, principal, expires_at }, now) =>
      writing(records => {
        records.run('DELETE FROM ended_sessions WHERE expires_at < ?', now - DAY);
        records.run('INSERT OR IGNORE INTO ended_sessions VALUES (?, ?, ?)', id, principal, expires_at);
      }),

    sessionEnded: id =>
      reading(false, records => records.first('SELECT 1 FROM ended_sessions WHERE id = ?', id) !== undefined),

    key: () =>
      writing(records => {
        records.run("INSERT OR IGNORE INTO keys (name, value) VALUES ('seal', ?)", randomBytes(32));
        const kept = records.first<{ value: Uint8Array }>("SELECT value FROM keys WHERE name = 'seal'");
        if (kept?.value.length !== 32)
          throw new Failure('not_sent', 'internal_error', `The key in the store ${file} is damaged; nothing was sent.`);
        return kept.value;
      }),

    async close() {
      closed = true;
      const open = await opening?.catch(() => undefined);
      opening = undefined;
      if (open?.db.isOpen) open.db.close();
    },
  };
}
