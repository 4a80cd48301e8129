// The approval page: opens a question in the person's own browser, once, by way of a file that only they can read (design section 6).
import { randomBytes } from 'node:crypto';
// Node loads `fs.promises` when it is first asked for, which no call does that opens no page.
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QuestionRow, Store } from '../store/store.ts';
import { status, yesLasts } from './approvals.ts';
import type { Opener } from './opener.ts';
import { openTickets, type Ticket } from './page-tickets.ts';
import { phrase } from './words.ts';

export interface PageOptions {
  store: Pick<Store, 'question' | 'answer' | 'hold'>;
  /** Where the state is kept; absent: a temporary folder of our own. */
  folder?: string;
  opener: Opener;
  now?: () => number;
  /** For how long a yes may be used, in milliseconds. */
  usable_for?: number;
  /** Masks known secrets in whatever an agent or a vendor wrote. */
  redact: (text: string) => string;
  onerror: (error: unknown) => void;
}

export interface ApprovalPage {
  /** Opens the question's page unless it is open already, here or by another process on the store; false where it cannot be opened. */
  open(question: QuestionRow): Promise<boolean>;
  close(): Promise<void>;
}

/** Windows that wait for an answer at the same time: an agent that asks and asks must not bury a desktop. */
const MOST_OPEN = 5;
/** For how long an answered or expired page still says how it ended. */
const AFTERWARDS = 600_000;
/** For how long a page that its process says nothing more of counts as open: after that, a killed one's question opens anew. */
const KEPT = 10_000;
/** A file that a killed process left behind carries a dead secret; it goes when it is this old. */
const STALE = 2 * 86_400_000;
const FILE = /^approve-[0-9a-f]{16}\.html$/;

export function approvalPage(options: PageOptions): ApprovalPage {
  const { store, opener, now = Date.now, usable_for = yesLasts, redact, onerror } = options;
  const tickets = openTickets(ticket => void fs.promises.rm(ticket.file, { force: true }).catch(onerror));
  const asked = new Map<string, Promise<boolean>>();
  /** In the order they came. */
  const unanswered = new Set<string>();
  const timers = new Set<NodeJS.Timeout>();
  const me = randomBytes(16).toString('hex');
  let started: Promise<{ origin: string; folder: string; close(): Promise<void> }> | undefined;
  let closed = false;

  /** A port and a private folder; neither is there before the first question. */
  async function start() {
    const folder = await privateFolder(options.folder);
    const { servePage } = await import('./page-server.ts');
    const server = await servePage({ tickets, store, now, usable_for, redact, onerror });
    return {
      origin: server.origin,
      folder,
      async close() {
        await server.close();
        if (options.folder === undefined) await fs.promises.rm(folder, { recursive: true, force: true });
      },
    };
  }

  /** Whether there is room for one more window; those whose question was answered or expired meanwhile do not count. */
  async function room(id: string): Promise<boolean> {
    for (const other of unanswered) {
      const question = await store.question(other);
      if (other !== id && (!question || status(question, now()) !== 'open')) unanswered.delete(other);
    }
    return [...unanswered].indexOf(id) < MOST_OPEN;
  }

  /** Says to the other processes that the page is open here, for so many milliseconds. */
  const hold = (id: string, ms: number): Promise<boolean> => {
    const at = now();
    return store.hold(id, { by: me, at, until: at + ms });
  };

  async function show(question: QuestionRow): Promise<'here' | 'elsewhere' | 'nowhere'> {
    if (!(await room(question.id))) return 'nowhere';
    if (!(await hold(question.id, KEPT))) return 'elsewhere';
    let here = false;
    try {
      here = await opened(question);
    } finally {
      // Another process may have a display where this one has none.
      if (!here) await hold(question.id, 0);
    }
    return here ? 'here' : 'nowhere';
  }

  async function opened(question: QuestionRow): Promise<boolean> {
    started ??= start().catch(error => {
      // What stood in the way may be gone the next time.
      started = undefined;
      throw error;
    });
    const [{ origin, folder }, { carrierFile }] = await Promise.all([started, import('./page-view.ts')]);
    const { ticket, secret } = tickets.make({
      question: question.id,
      file: join(folder, `approve-${randomBytes(8).toString('hex')}.html`),
      expires_at: question.expires_at,
      ...(question.verdict === 'ask_human' ? { phrase: phrase(3) } : {}),
    });
    try {
      await fs.promises.writeFile(ticket.file, carrierFile(origin, ticket.place, secret), { flag: 'wx', mode: 0o600 });
      const here = !closed && (await opener(ticket.file));
      if (here) untilOver(ticket);
      else tickets.drop(ticket.place);
      return here;
    } catch (error) {
      tickets.drop(ticket.place);
      throw error;
    }
  }

  function untilOver({ file, place, question, expires_at }: Ticket): void {
    const after = (ms: number, act: () => void) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        act();
      }, ms).unref();
      timers.add(timer);
    };
    const keep = setInterval(() => {
      const held = hold(question, KEPT).then(held => {
        if (held) return;
        clearInterval(keep);
        timers.delete(keep);
      });
      held.catch(onerror);
    }, KEPT / 3).unref();
    timers.add(keep);
    const left = Math.max(0, expires_at - now());
    after(left, () => void fs.promises.rm(file, { force: true }).catch(onerror));
    after(left + AFTERWARDS, () => {
      tickets.drop(place);
      asked.delete(question);
    });
  }

  return {
    open(question) {
      if (closed) return Promise.resolve(false);
      const before = asked.get(question.id);
      if (before) return before;
      unanswered.add(question.id);
      const opened = show(question)
        .catch(error => {
          onerror(error);
          return 'nowhere';
        })
        .then(where => {
          // What is not open here may be tried again by the next call; what was opened is not opened twice.
          if (where !== 'here') {
            asked.delete(question.id);
            unanswered.delete(question.id);
          }
          return where !== 'nowhere';
        });
      asked.set(question.id, opened);
      return opened;
    },
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      const all = tickets.all();
      // Those whose secret was used are gone already.
      await Promise.allSettled(all.map(({ file }) => fs.promises.rm(file)));
      await Promise.allSettled(all.map(({ question }) => hold(question, 0)));
      await started?.then(server => server.close()).catch(onerror);
    },
  };
}

/** Its owner's alone, whatever was there before: a folder of that name that others may enter is closed to them. */
async function privateFolder(state: string | undefined): Promise<string> {
  if (state === undefined) return fs.promises.mkdtemp(join(tmpdir(), 'automations-mcp-page-'));
  const folder = join(state, 'page');
  await fs.promises.mkdir(folder, { recursive: true, mode: 0o700 });
  await fs.promises.chmod(folder, 0o700);
  for (const name of (await fs.promises.readdir(folder)).filter(name => FILE.test(name))) {
    const file = join(folder, name);
    // Another program may clear up as well.
    const found = await fs.promises.stat(file).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > STALE) await fs.promises.rm(file, { force: true });
  }
  return folder;
}
