// Visits the approval page as a browser would: reads the file that was opened, posts its form, keeps the cookie, and can lie about all of it.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newQuestion } from '../../src/approvals/approvals.ts';
import { type ApprovalPage, approvalPage, type PageOptions } from '../../src/approvals/page.ts';
import { allChanges, type ShownFacts, shownText } from '../../src/approvals/shown.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { QuestionRow, Store } from '../../src/store/store.ts';
import { type Answer, knockAt } from '../transports/knock.ts';

export const unescaped = (html: string): string => html.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code));
/** What a person reads. */
export const textOf = (html: string): string =>
  unescaped(html.replace(/<(style|script|title)>[\s\S]*?<\/\1>/g, '').replace(/<[^>]+>/g, ' ')).replace(/\s+/g, ' ');

const hidden = (html: string, name: string): string =>
  unescaped(new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '');

export interface Carrier {
  port: number;
  origin: string;
  place: string;
  secret: string;
  html: string;
}

/** The file as its reader sees it. */
export function carrier(file: string): Carrier {
  const html = readFileSync(file, 'utf8');
  const [, origin = '', port = '', place = ''] = /action="(http:\/\/127\.0\.0\.1:(\d+))\/([\w-]+)"/.exec(html) ?? [];
  return { html, origin, port: Number(port), place, secret: hidden(html, 'secret') };
}

type Headers = Record<string, string | undefined>;
const form = 'application/x-www-form-urlencoded';

/** What browsers send with the post of a file, with a page's own form, and with a page that is called up by itself. */
export const fromFile: Headers = {
  origin: 'null',
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'content-type': form,
};
export const fromPage = ({ origin }: Carrier): Headers => ({ ...fromFile, origin, 'sec-fetch-site': 'same-origin' });

export interface Post {
  path?: string;
  method?: string;
  headers?: Headers;
  body?: string;
}

export const at = ({ port, origin }: Carrier, { headers = {}, ...rest }: Post & { path: string }): Promise<Answer> =>
  knockAt(port, { method: 'GET', headers: { host: origin.slice(7), ...headers }, ...rest });

export const redeem = (to: Carrier, { headers = {}, body, ...rest }: Post = {}): Promise<Answer> =>
  at(to, {
    method: 'POST',
    path: `/${to.place}`,
    headers: { ...fromFile, ...headers },
    body: body ?? new URLSearchParams({ secret: to.secret }).toString(),
    ...rest,
  });

export interface Visit {
  to: Carrier;
  cookie: string;
  csrf: string;
  phrase: string;
  html: string;
  show(post?: Post): Promise<Answer>;
  answer(answer: string, fields?: Record<string, string>, post?: Post): Promise<Answer>;
}

/** As far as the question, open in one browser. */
export async function visit(file: string): Promise<Visit> {
  const to = carrier(file);
  const first = await redeem(to);
  if (first.status !== 200) throw new Error(`The page said ${first.status}: ${textOf(first.text)}`);
  const cookie = first.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
  const show = ({ headers = {}, ...rest }: Post = {}) =>
    at(to, { path: `/${to.place}`, headers: { cookie, ...headers }, ...rest });
  const { text: html } = await show();
  const csrf = hidden(html, 'csrf');
  const phrase = /<kbd>([^<]*)<\/kbd>/.exec(html)?.[1] ?? '';
  return {
    to,
    cookie,
    csrf,
    phrase,
    html,
    show,
    answer: (answer, fields = {}, { headers = {}, ...rest } = {}) =>
      at(to, {
        method: 'POST',
        path: `/${to.place}/answer`,
        headers: { ...fromPage(to), cookie, ...headers },
        body: new URLSearchParams({ csrf, answer, ...fields }).toString(),
        ...rest,
      }),
  };
}

export const facts: ShownFacts = {
  connection: { id: 'main', vendor: 'trustpager', environment: 'production' },
  tool: 'trustpager_trigger_automation',
  summary: 'Run "Win back" now: 3 actions (send_sms, send_email, create_task)',
  target: { id: 'c0ffee00-1111-4222-8333-444455556666', name: 'Win back' },
  changes: [
    { field: 'enabled', from: false, to: true },
    { field: 'payload', to: { edition: 'winter', discount: 20 } },
  ],
  quote: { low: 4, high: 12, unknown: [] },
  balance: 412,
  budgets: ['"daily": credits a day, at most 100; 60 used, this call may need 12'],
  audience: { people: 38, note: 'everyone who matched the last run' },
  undo: 'Nothing takes it back: messages that were sent stay sent.',
  rule: 'defaults',
  reason: 'It runs now and reaches people; a person confirms that.',
  now: 0,
  expires_at: 0,
};

export const quoteOf = {
  low: 4,
  expected: 8,
  high: 12,
  unknown: [],
  lines: [
    { what: '"send_sms"', credits: [2, 10], source: 'live price list', age_s: 3 },
    { what: '"send_email"', credits: [2, 2], source: 'live price list', age_s: 3 },
    { what: '"create_task"', credits: [0, 0], source: 'stays within TrustPager, not billed as a send' },
  ],
};

export interface Room extends AsyncDisposable {
  store: Store;
  page: ApprovalPage;
  folder: string;
  /** Files that were opened, in order. */
  opened: string[];
  /** What the page's clock says; tests move it. */
  clock: { now: number };
  errors: unknown[];
  ask(of?: Partial<ShownFacts>, row?: Partial<QuestionRow>): Promise<QuestionRow>;
  /** Asks, and opens it. */
  file(of?: Partial<ShownFacts>, row?: Partial<QuestionRow>): Promise<{ question: QuestionRow; file: string }>;
  state(id: string): Promise<Pick<QuestionRow, 'state' | 'channel'>>;
}

let asked = 0;

/** A page over a store, with an opener that opens nothing. */
export async function room(options: Partial<PageOptions> & { store?: Store } = {}): Promise<Room> {
  const folder = await mkdtemp(join(tmpdir(), 'automations-mcp-page-test-'));
  const store = options.store ?? sqliteStore(':memory:');
  const clock = { now: Date.now() };
  const opened: string[] = [];
  const errors: unknown[] = [];
  const page = approvalPage({
    folder,
    now: () => clock.now,
    opener: async file => opened.push(file) > 0,
    onerror: error => errors.push(error),
    redact: text => text,
    ...options,
    store,
  });
  const ask = async (of: Partial<ShownFacts> = {}, row: Partial<QuestionRow> = {}) => {
    const { now } = clock;
    const expires_at = now + 600_000;
    const question = newQuestion({
      now,
      expires_at,
      digest: `digest ${++asked}`,
      call: `call ${asked}`,
      tool: facts.tool,
      connection: 'main',
      principal: 'local',
      client: 'Claude Desktop',
      arguments: { automation_id: facts.target?.id, trigger_data: { edition: 'winter', discount: 20 } },
      target_version: 'v1',
      policy_version: 'p1',
      quote: quoteOf,
      verdict: 'ask',
      approver: 'anyone',
      rule: facts.rule,
      shown: shownText({ ...facts, now, expires_at, ...of }),
      changes: allChanges(of.changes ?? facts.changes),
    });
    return (await store.ask({ ...question, ...row })).question;
  };
  return {
    store,
    page,
    folder,
    opened,
    clock,
    errors,
    ask,
    async file(of, row) {
      const question = await ask(of, row);
      if (!(await page.open(question))) throw new Error('It was not opened.');
      return { question, file: opened.at(-1) ?? '' };
    },
    async state(id) {
      const { state = 'open', channel = null } = (await store.question(id)) ?? {};
      return { state, channel };
    },
    async [Symbol.asyncDispose]() {
      await page.close();
      if (!options.store) await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
