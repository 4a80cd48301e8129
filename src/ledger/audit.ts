// Keeps the audit: a store whose every verb writes its entry in its own transaction, and a notebook for what has no verb.
import type { AuditEntry, Auditing, Store } from '../store/store.ts';
import {
  type Bodies,
  entryOf,
  intentOpened,
  intentSettled,
  type Note,
  questionAnswered,
  questionAsked,
} from './entries.ts';

/** An entry of the notebook is on disk after this at the latest, in milliseconds, or with the next write. */
const LATEST = 1_000;
/** So many are written at once without waiting, so that no write ever carries more. */
const MANY = 200;
/** So many entries, or characters, wait while the store cannot be used; beyond that they are counted, and the count is written. */
const MOST = 5_000;
const MOST_TEXT = 8_000_000;

export interface Auditor {
  /** JSON text of a value, every known secret in it masked. */
  json(value: unknown): string;
  now(): number;
  /** What the operator set, its version, and the program's: written down before the first decision that uses it. */
  policy?: Bodies['policy'];
  /** The notebook cannot be written; told once until it can be again. */
  onerror?(error: unknown): void;
}

export interface Audited {
  store: Store;
  /**
   * Writes down what no verb of the store tells of. Nothing waits for it and it never throws: it goes with the next write, in its
   * transaction and before it, or after a second. A process that is killed takes the last second of these with it, and so does a machine
   * that loses its power.
   */
  note(note: Note): void;
}

export function audited(inner: Store, { json, now, policy, onerror = () => {} }: Auditor): Audited {
  let notebook: AuditEntry[] = [];
  let lost = 0;
  let failing = false;
  let timer: NodeJS.Timeout | undefined;
  let full: NodeJS.Timeout | undefined;
  let knowsPolicy = false;

  const us = { principal: '', client: '' };
  const entry = (note: Note, intent?: string): AuditEntry => entryOf(note, now(), json, intent);

  /** Everything that waits, in order; whoever takes it writes it or gives it back. */
  function take(): AuditEntry[] {
    const taken = notebook;
    notebook = [];
    if (lost > 0) taken.unshift(entry({ ...us, kind: 'lost', body: { entries: lost } }));
    lost = 0;
    return taken;
  }

  function giveBack(taken: AuditEntry[]): void {
    notebook = [...taken, ...notebook];
    later();
    if (notebook.length <= MOST && notebook.reduce((sum, { body }) => sum + body.length, 0) <= MOST_TEXT) return;
    lost += notebook.length;
    notebook = [];
    knowsPolicy = false;
  }

  function later(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void flush();
    }, LATEST);
    timer.unref();
  }

  /**
   * `much`: written because it is much, and not waited for until the disk has it. The newest entry then stays for what comes within the
   * second, which is, and has all before it on disk with it.
   */
  async function flush(much?: true): Promise<void> {
    const taken = take();
    if (much) notebook = taken.splice(-1);
    if (taken.length === 0) return;
    try {
      await inner.append(taken, much);
      failing = false;
    } catch (error) {
      giveBack(taken);
      if (!failing) onerror(error);
      failing = true;
    }
  }

  function note(what: Note): void {
    if (!knowsPolicy && policy && (what.kind === 'decision' || what.kind === 'read')) {
      knowsPolicy = true;
      notebook.push(entry({ ...us, kind: 'policy', body: policy }));
    }
    notebook.push(entry(what));
    later();
    if (notebook.length >= MANY && !failing)
      full ??= setTimeout(() => {
        full = undefined;
        void flush(true);
      }, 0).unref();
  }

  /** One verb with its own entries, and whatever waits before them: written together with what the verb does, or given back. */
  async function verb<Result, T>(
    work: (audit: Auditing<Result>) => Promise<T>,
    own: (result: Result) => AuditEntry[],
    more: Auditing<Result> | undefined,
  ): Promise<T> {
    // A transaction may be tried again: what it took then is what it takes again.
    let taken: AuditEntry[] | undefined;
    try {
      return await work(result => {
        taken ??= take();
        return [...taken, ...own(result), ...(more?.(result) ?? [])];
      });
    } catch (error) {
      if (taken) giveBack(taken);
      throw error;
    }
  }

  return {
    note,
    store: {
      ...inner,
      ask: (row, replaces, more, seen) =>
        verb(
          audit => inner.ask(row, replaces, audit, seen),
          asked => [entry(questionAsked(asked, replaces))],
          more,
        ),
      answer: (id, answering, more) =>
        verb(
          audit => inner.answer(id, answering, audit),
          question => [entry(questionAnswered(question))],
          more,
        ),
      open: (opening, more) =>
        verb(
          audit => inner.open(opening, audit),
          opened => [entry(intentOpened(opening, opened), 'opened' in opened ? opened.opened.id : undefined)],
          more,
        ),
      settle: (id, receipt, more) =>
        verb(
          audit => inner.settle(id, receipt, audit),
          row => [entry(intentSettled(row), row.id)],
          more,
        ),
      async close() {
        clearTimeout(timer);
        clearTimeout(full);
        await flush();
        await inner.close();
      },
    },
  };
}
