// The team's page in HTML, besides the question itself: signing in, and the list of what waits for the one who did.

import type { QuestionRow } from '../store/store.ts';
import { card, clock, data, document, escaped, type Framing } from './page-frame.ts';
import { partsOf } from './page-parts.ts';
import { asker } from './page-view.ts';
import { moment } from './shown.ts';

/** Of a list. */
export const MOST_LISTED = 100;

const brand = '<span><b>automations-mcp</b></span>';

/** Before anybody signed in. */
export const outside: Framing = { bar: `${brand}<span>Approvals</span>` };

/** For whom the page is, and the way out. */
export const inside = (who: string, csrf: string): Framing => ({
  bar: `<span><b>automations-mcp</b> <a href="/approvals">Approvals</a></span><form method="post" action="/approvals/sign-out"><input type="hidden" name="csrf" value="${csrf}"><span>${data(who)}</span><button>Sign out</button></form>`,
});

export interface SigningIn {
  /** Where they were going. */
  question?: string | undefined;
  /** Why they must sign in again, in our words. */
  why?: string | undefined;
}

/** The token is typed as a password is, so that a browser can keep it, under a name of its own, and is sent once. */
export function signInPage({ question, why }: SigningIn): string {
  const wrong = why === undefined ? '' : `<p class="wrong" role="alert">${why}</p>`;
  const goal = question === undefined ? '' : `<input type="hidden" name="question" value="${escaped(question)}">`;
  return document(
    'Sign in to approve',
    card(
      '<div class="head"><h1>Sign in to approve</h1><p>Calls of agents wait here for a person. A token for approvals opens this page alone, and is not one that an agent holds.</p></div>',
      `<form method="post" action="/approvals/sign-in">${wrong}${goal}<input type="text" name="username" value="approvals" autocomplete="username" readonly hidden><label for="token">Your token for approvals</label>
<input id="token" name="token" type="password" autocomplete="current-password" required spellcheck="false"${why === undefined ? '' : ' autofocus aria-invalid="true"'}>
<div class="row"><button class="yes">Sign in</button></div></form>`,
    ),
    outside,
  );
}

function item(question: QuestionRow, now: number): string {
  const { title, facts } = partsOf(question);
  const cost = facts.find(([label]) => label === 'Cost')?.[1];
  return `<li><p class="soft">${asker(question)} asks, on ${data(question.connection)}</p><p><a href="/approvals/${question.id}">${data(title)}</a></p><p class="soft">${cost === undefined ? '' : `Cost: ${data(cost)}; `}expires in ${clock(question.expires_at - now)}, at ${moment(question.expires_at).slice(11)}</p></li>`;
}

/** What waits, the first to expire first. */
export function listPage(questions: readonly QuestionRow[], now: number, framing: Framing): string {
  const shown = questions.toSorted((a, b) => a.expires_at - b.expires_at).slice(0, MOST_LISTED);
  const more = questions.length - shown.length;
  const head =
    questions.length === 0
      ? '<h1>Nothing waits for you</h1>'
      : `<h1>${questions.length === 1 ? 'One call waits' : `${questions.length} calls wait`} for your answer</h1>`;
  return document(
    'Approvals',
    card(
      `<div class="head">${head}<p class="soft"><a href="/approvals">Look again</a></p></div>`,
      ...(shown.length > 0 ? [`<ul class="list">${shown.map(one => item(one, now)).join('')}</ul>`] : []),
      ...(more > 0 ? [`<section><p>And ${more} more, which come up as these are answered.</p></section>`] : []),
    ),
    framing,
  );
}
