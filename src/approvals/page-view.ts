// The approval page in HTML: what the stored question says, in order, and two buttons. Everything that is shown is escaped.
import type { QuestionRow } from '../store/store.ts';
import { host, status } from './approvals.ts';
import { card, clock, data, document, escaped, type Framing } from './page-frame.ts';
import { allowed, css, js, submit } from './page-look.ts';
import { argumentsOf, partsOf, pricesOf } from './page-parts.ts';
import { type Change, moment, visible } from './shown.ts';

/** Of a whole page, in bytes. What does not fit is cut from the arguments, which the terminal shows in full. */
export const MAX_PAGE = 64_000;
/** Of what changes. Both leave out what the terminal shows. */
const MAX_CHANGES = 24_000;

/** Label and text of the stored line, with its most important words set apart; the words themselves are never changed. */
function fact([label, text]: [string, string]): string {
  const row = (inner: string) => `<dt>${label}</dt><dd>${inner}</dd>`;
  const [, account = '', vendor = '', environment, tool = ''] =
    /(.*) \(([^()]*), (production|sandbox)\); (tool .*)/.exec(text) ?? [];
  if (label === 'Account' && environment)
    return row(
      `${data(account)} <span class="tag ${environment}">${escaped(vendor)}, ${environment}</span><small>${escaped(tool)}</small>`,
    );
  const [, name, id = ''] = /^(".*"), (id \S+)$/.exec(text) ?? [];
  if (label === 'Automation' && name) return row(`${data(name)}<small>${escaped(id)}</small>`);
  if (label !== 'Cost' && label !== 'Reaches') return row(data(text));
  const [first = '', ...more] = text.split('; ');
  return row(`<b>${data(first)}</b>${more.map(part => `; ${data(part)}`).join('')}`);
}

const letter = /[\p{L}\p{N}_]/u;

/** Both values, with what differs set apart: of two long ones that begin and end alike, the middle. */
function compared(from: string, to: string): [string, string] {
  const [a, b] = [[...visible(from)], [...visible(to)]];
  const most = Math.min(a.length, b.length);
  let [start, end] = [0, 0];
  while (start < most && a[start] === b[start]) start++;
  while (end < most - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  // Whole words: half a word says little.
  const within = (text: string[], at: number): boolean =>
    letter.test(text[at - 1] ?? '') && letter.test(text[at] ?? '');
  while (within(a, start) || within(b, start)) start--;
  while (within(a, a.length - end) || within(b, b.length - end)) end--;
  // Quotes and brackets alone are no likeness.
  if (start + end < 6) return [data(from), data(to)];
  const marked = (text: string[]): string => {
    const part = (from: number, to?: number): string => escaped(text.slice(from, to).join(''));
    const middle = part(start, text.length - end);
    return `<bdi>${part(0, start)}${middle && `<b>${middle}</b>`}${part(text.length - end)}</bdi>`;
  };
  return [marked(a), marked(b)];
}

function change(line: Change | string): string {
  if (typeof line === 'string') return `<tr><td colspan="3">${data(line)}</td></tr>`;
  const [from, to] = compared(line.from, line.to);
  return `<tr><th scope="row">${data(line.field)}</th><td><del>${from}</del></td><td><ins>${to}</ins></td></tr>`;
}

function diff(changes: readonly (Change | string)[], id: string): string {
  const rows: string[] = [];
  let bytes = 0;
  for (const line of changes) {
    const row = change(line);
    bytes += Buffer.byteLength(row);
    if (rows.length > 0 && bytes > MAX_CHANGES) break;
    rows.push(row);
  }
  const more = changes.length - rows.length;
  if (more > 0)
    rows.push(change(`… and ${more} more, in a terminal: automations-mcp approvals show ${id.slice(0, 12)}`));
  return `<section><h2>What changes</h2><table id="diff"><thead><tr><th scope="col">Field</th><th scope="col">Now</th><th scope="col">Then</th></tr></thead><tbody>${rows.join('')}</tbody></table></section>`;
}

/** Who asks: the client, and whose it is where that is not whoever started the program. */
export const asker = ({ client, principal }: Pick<QuestionRow, 'client' | 'principal'>): string =>
  principal === host.principal ? data(client) : `${data(client)}, for <b>${data(principal)}</b>,`;

function facts(question: QuestionRow, heading: 'h1' | 'h2' = 'h1'): string {
  const { title, warnings, facts, changes, reason, rest } = partsOf(question);
  return [
    `<div class="head"><p class="soft">${asker(question)} ${heading === 'h1' ? 'asks' : 'asked'} for your approval</p><${heading} class="what">${data(title)}</${heading}></div>`,
    ...warnings.map(text => `<section class="warn" role="alert"><b>Warning:</b> ${data(text)}</section>`),
    `<section><dl>${facts.map(fact).join('')}</dl></section>`,
    ...(changes.length > 0 ? [diff(changes, question.id)] : []),
    ...(reason || rest.length > 0
      ? [
          `<section><h2>Why you are asked</h2>${reason ? `<p>${data(reason.text)}</p><p class="soft">Rule: ${data(reason.rule)}</p>` : ''}${rest.map(line => `<p>${data(line)}</p>`).join('')}</section>`,
        ]
      : []),
  ].join('');
}

function prices(question: QuestionRow): string {
  const lines = pricesOf(question);
  if (lines.length === 0) return '';
  const rows = lines.map(
    ({ what, credits, source }) =>
      `<tr><td>${data(what)}<small>${data(source)}</small></td><td class="num">${escaped(credits)}</td></tr>`,
  );
  return `<details><summary>How the price was put together</summary><table><thead><tr><th scope="col">For</th><th scope="col" class="num">Credits</th></tr></thead><tbody>${rows.join('')}</tbody></table></details>`;
}

/** Everything the row holds of the call itself; the arguments take what room is left. */
function whole(question: QuestionRow, room: number): string {
  const { tool, connection, client, principal, id } = question;
  const rows: [string, string][] = [
    ['Tool', tool],
    ['Account', connection],
    ['Asked by', `${client}, for ${principal}`],
    ['Question', id],
  ];
  const list = rows.map(([name, text]) => `<dt>${name}</dt><dd>${data(text)}</dd>`).join('');
  const text = escaped(argumentsOf(question));
  const bytes = Buffer.from(text);
  const fits = bytes.length <= room;
  // Cut between characters, and not within an escape.
  const cut = bytes
    .subarray(0, Math.max(0, room))
    .toString('utf8')
    .replace(/(\uFFFD|&[^;]{0,5})$/u, '');
  const more = `\n… the rest is in a terminal: automations-mcp approvals show ${escaped(id.slice(0, 12))}`;
  return `<details><summary>The whole call</summary><dl>${list}</dl><pre tabindex="0" aria-label="Arguments">${fits ? text : cut + more}</pre></details>`;
}

export interface Asking {
  question: QuestionRow;
  now: number;
  /** The page's own address; its form is sent to `answer` below it. */
  path: string;
  csrf: string;
  phrase?: string | undefined;
  /** What was typed before was not the phrase. */
  mistyped?: boolean;
  /** They may look and say no; a yes must be another person's. */
  barred?: boolean;
  framing?: Framing;
}

/** The question, open. Nothing is focused: a key that was meant for another window answers nothing. */
export function questionPage({ question, now, path, csrf, phrase, mistyped, barred, framing }: Asking): string {
  const left = question.expires_at - now;
  const typed = barred
    ? `<p>You asked this yourself, and a rule wants another person’s yes.</p>
`
    : phrase === undefined
      ? ''
      : `${mistyped ? '<p class="wrong" role="alert">Those were not the words. Nothing was approved.</p>' : ''}<label for="phrase">To approve, type <kbd>${phrase}</kbd></label>
<input id="phrase" name="phrase" type="text" autocomplete="off" autocapitalize="none" spellcheck="false"${mistyped ? ' autofocus aria-invalid="true"' : ''}>
`;
  const form = `<form method="post" action="${path}/answer" autocomplete="off"><input type="hidden" name="csrf" value="${csrf}">${typed}<div class="row">${barred ? '' : '<button class="yes" name="answer" value="approve">Approve</button>'}<button name="answer" value="reject">Reject</button>
<span class="clock">Expires in <b id="left" role="timer" data-ms="${left}">${clock(left)}</b><br><span id="at" data-at="${question.expires_at}">at ${moment(question.expires_at).slice(11)}</span></span></div></form>`;
  const page = (details: string): string =>
    document(
      'A call waits for your approval',
      `${card(facts(question), prices(question), details, form)}<script>${js}</script>`,
      framing,
    );
  const reserve = Buffer.byteLength(page(whole(question, 0)));
  return page(whole(question, MAX_PAGE - reserve));
}

const places: Record<string, string> = {
  page: 'on this page',
  client: 'in the client',
  terminal: 'in a terminal',
};

/** What became of a question that is not open, in words. */
function became(question: QuestionRow, now: number): [string, string, string] {
  const { channel, state, decided_by } = question;
  if (channel === 'replaced')
    return ['expired', 'Replaced', 'A newer question took the place of this one. Nothing was sent because of it.'];
  const who = decided_by === null || decided_by === host.principal ? '' : `, by ${data(decided_by)}`;
  const where = `It was answered ${places[channel ?? ''] ?? 'elsewhere'}${who}.`;
  const standing = status(question, now);
  if (standing === 'consumed')
    return ['approved', 'Approved', `${where} The yes was used, once; the agent was told what came of it.`];
  if (standing === 'approved')
    return [
      'approved',
      'Approved',
      `${where} The waiting call goes on by itself; if it gave up, the agent makes the same call again, and it is sent once.`,
    ];
  if (standing === 'rejected') return ['rejected', 'Rejected', `${where} Nothing was sent, and the agent was told no.`];
  if (state === 'approved')
    return ['expired', 'Expired', 'The yes was not used in time. Nothing was sent; the same call asks again.'];
  return ['expired', 'Expired', 'Nobody answered in time. Nothing was sent; the same call asks again.'];
}

/** The question when it is answered or over: how it ended, and what it was about, without buttons. */
export function endPage(question: QuestionRow, now: number, late = false, framing?: Framing): string {
  const [kind, title, text] = became(question, now);
  const lead = late ? '<p><b>Too late: your answer changed nothing.</b></p>' : '';
  const state = `<div class="head state ${kind}" role="status"><h1>${title}</h1>${lead}<p>${text}</p><p class="soft">You can close this window.</p></div>`;
  return document(title, card(state, facts(question, 'h2')), framing);
}

/** The file that is opened: it posts the secret, so that the secret is in no address and no list of arguments. */
export function carrierFile(origin: string, place: string, secret: string): string {
  const policy = `default-src 'none'; style-src ${allowed(css)}; script-src ${allowed(submit)}; img-src data:; form-action ${origin}; base-uri 'none'`;
  return document(
    'Opening the question',
    `${card(
      `<div class="head"><h1>An agent asks for your approval</h1></div><form method="post" action="${origin}/${place}"><input type="hidden" name="secret" value="${secret}"><button class="yes">Show the question</button></form>`,
    )}<script>${submit}</script>`,
    {
      head: `<meta http-equiv="content-security-policy" content="${policy}"><meta name="referrer" content="no-referrer">`,
    },
  );
}
