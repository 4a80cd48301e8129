// What a visitor sees of one question, and what becomes of the answer they give: the same on this machine's page and on a team's.
import type { QuestionRow, Store } from '../store/store.ts';
import { type Approver, answerQuestion, mayApprove, same, status } from './approvals.ts';
import type { Framing } from './page-frame.ts';
import { field } from './page-guard.ts';
import { namesItsOrigin, nothing, page, refusal, withBar } from './page-reply.ts';
import { endPage, questionPage } from './page-view.ts';

export interface Answering {
  store: Pick<Store, 'question' | 'answer'>;
  now(): number;
  /** For how long a yes may be used, in milliseconds. */
  usable_for: number;
  redact(text: string): string;
}

/** One visitor before one question. */
export interface Visitor {
  by: Approver;
  /** The page's own address, below which its form is sent. */
  path: string;
  /** Stands in the page's own form, and must come back with it. */
  csrf: string;
  /** What must be typed to approve; shown on the page and nowhere else. */
  phrase?: string | undefined;
  framing?: Framing;
}

/** What an agent or a vendor put into a row may be a key. */
function masked(row: QuestionRow, redact: Answering['redact']): QuestionRow {
  const { shown, changes, client, quote } = row;
  return {
    ...row,
    shown: redact(shown),
    changes: redact(changes),
    client: redact(client),
    quote: redact(quote),
    arguments: redact(row.arguments),
  };
}

/** The question as it stands: open with its buttons, or how it ended. */
export function shown({ now, redact }: Answering, visitor: Visitor, row: QuestionRow, mistyped = false): Response {
  const question = masked(row, redact);
  const at = now();
  const { by, framing = {}, ...form } = visitor;
  if (status(question, at) !== 'open')
    return page(mistyped ? 409 : 200, endPage(question, at, mistyped, framing), withBar(framing));
  const barred = !mayApprove(row, by, 'page');
  const html = questionPage({ ...form, question, now: at, mistyped, barred, framing });
  return page(mistyped ? 422 : 200, html, namesItsOrigin);
}

/** Takes what the page's form brought back. */
export async function taken(
  answering: Answering,
  visitor: Visitor,
  id: string,
  form: URLSearchParams,
): Promise<Response> {
  const { store, now, usable_for, redact } = answering;
  const { by, path, csrf, phrase, framing = {} } = visitor;
  const refused = (status: 400 | 403, reason: string): Response => refusal({ status, reason }, framing);
  if (!same(field(form, 'csrf') ?? '', csrf)) return refused(403, 'Another page sent this.');
  const answer = field(form, 'answer');
  if (answer !== 'approve' && answer !== 'reject') return refused(400, 'That is no answer.');
  const question = await store.question(id);
  if (!question) return nothing(framing);
  const typed = (field(form, 'phrase') ?? '').trim().replace(/\s+/g, ' ').toLowerCase();
  if (answer === 'approve' && phrase !== undefined && !same(typed, phrase))
    return shown(answering, visitor, question, true);
  const said = await answerQuestion(store, question.id, {
    yes: answer === 'approve',
    channel: 'page',
    by,
    now: now(),
    usable_for,
  });
  if (!said) return nothing(framing);
  if (said.barred) return refused(403, 'Another person must approve this.');
  if (!said.won) return page(409, endPage(masked(said.question, redact), now(), true, framing), withBar(framing));
  return page(303, '', { location: path });
}
