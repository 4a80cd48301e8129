// Serves the approval page on loopback: three routes behind one wall. Loaded, and listening, from the first question on and not before.
import type { HttpBindings } from '@hono/node-server';
import type { QuestionRow, Store } from '../store/store.ts';
import { answerQuestion, host, same, status } from './approvals.ts';
import { field, formOf, type Refused, refusedBy } from './page-guard.ts';
import { allowed, css, js } from './page-look.ts';
import type { Ticket, Tickets } from './page-tickets.ts';
import { endPage, noticePage, onwardPage, questionPage } from './page-view.ts';

const COOKIE = 'approval';

const policy = [
  "default-src 'none'",
  `style-src ${allowed(css)}`,
  `script-src ${allowed(js)}`,
  'img-src data:',
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** On every answer, refusals included. */
const headers: Record<string, string> = {
  'content-security-policy': policy,
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const page = (code: number, html: string, more: Record<string, string> = {}): Response =>
  new Response(html, { status: code, headers: { ...headers, ...more } });

/**
 * A page with `no-referrer` posts its forms with `Origin: null`, which says nothing of where they come from. With `same-origin` no
 * other site is told anything either, and the post that decides names its origin.
 */
const namesItsOrigin = { 'referrer-policy': 'same-origin' };

/** One page for whatever is not there: an unknown place, a wrong secret, a cookie that is another's. */
const nothing = (): Response =>
  page(404, noticePage('Nothing here', 'There is no such page, or not for this browser.'));

export interface Serving {
  tickets: Tickets;
  store: Pick<Store, 'question' | 'answer'>;
  now(): number;
  /** For how long a yes may be used, in milliseconds. */
  usable_for: number;
  redact(text: string): string;
  onerror(error: unknown): void;
}

/** The cookies of that name, in whatever number; others on this address are not ours. */
const cookiesOf = (header: string | undefined): string[] =>
  (header ?? '').split(';').flatMap(pair => {
    const [name, value] = pair.trim().split('=', 2);
    return name === COOKIE && value ? [value] : [];
  });

/** Of Node's HTTP server, which is what the adaptor makes here, the few verbs that are used. */
interface Listening {
  maxConnections: number;
  once(event: 'error', told: (error: Error) => void): unknown;
  listen(where: { host: string; port: number }, ready: () => void): unknown;
  unref(): unknown;
  address(): { port: number };
  close(done: (error?: Error) => void): unknown;
  closeAllConnections(): void;
}

export async function servePage(serving: Serving): Promise<{ origin: string; close(): Promise<void> }> {
  const [{ Hono }, { createAdaptorServer }] = await Promise.all([import('hono'), import('@hono/node-server')]);
  const { tickets, store, now } = serving;
  let address = '';

  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(async (c, next) => {
    const refused = refusedBy(c.env.incoming, address);
    if (!refused) return next();
    return refusal(refused);
  });
  app.onError(error => {
    serving.onerror(error);
    return page(500, noticePage('Not now', 'Something in this server broke. Nothing was approved.'));
  });

  app.post('/:place', async c => {
    const form = await formOf(c.req.raw);
    if (!form) return refusal({ status: 413, reason: 'That is too long.' });
    const place = c.req.param('place');
    const redeemed = tickets.redeem(place, field(form, 'secret') ?? '');
    if (redeemed === undefined) return nothing();
    if (redeemed === 'used')
      return page(410, noticePage('Used', 'This was opened already, in another window. It opens once only.'));
    const seconds = Math.max(1, Math.ceil((redeemed.ticket.expires_at - now()) / 1_000)) + 600;
    return page(200, onwardPage(place), {
      'set-cookie': `${COOKIE}=${redeemed.cookie}; Path=/${place}; Max-Age=${seconds}; HttpOnly; SameSite=Strict`,
    });
  });

  app.get('/:place', async c => {
    const ticket = tickets.held(c.req.param('place'), cookiesOf(c.req.header('cookie')));
    const question = ticket && (await store.question(ticket.question));
    return ticket && question ? shown(ticket, question) : nothing();
  });

  app.post('/:place/answer', async c => {
    const ticket = tickets.held(c.req.param('place'), cookiesOf(c.req.header('cookie')));
    if (!ticket) return nothing();
    const form = await formOf(c.req.raw);
    if (!form) return refusal({ status: 413, reason: 'That is too long.' });
    if (!same(field(form, 'csrf') ?? '', ticket.csrf))
      return refusal({ status: 403, reason: 'Another page sent this.' });
    const answer = field(form, 'answer');
    if (answer !== 'approve' && answer !== 'reject') return refusal({ status: 400, reason: 'That is no answer.' });
    const question = await store.question(ticket.question);
    if (!question) return nothing();
    const typed = (field(form, 'phrase') ?? '').trim().replace(/\s+/g, ' ').toLowerCase();
    if (answer === 'approve' && ticket.phrase !== undefined && !same(typed, ticket.phrase))
      return shown(ticket, question, true);
    const { usable_for } = serving;
    const said = await answerQuestion(store, question.id, {
      yes: answer === 'approve',
      channel: 'page',
      by: host,
      now: now(),
      usable_for,
    });
    if (!said) return nothing();
    if (!said.won) return page(409, endPage(masked(said.question), now(), true));
    return page(303, '', { location: `/${ticket.place}` });
  });

  /** What an agent or a vendor put into a row may be a key. */
  function masked(row: QuestionRow): QuestionRow {
    const { redact } = serving;
    const { shown, client, quote } = row;
    return {
      ...row,
      shown: redact(shown),
      changes: redact(row.changes),
      client: redact(client),
      quote: redact(quote),
      arguments: redact(row.arguments),
    };
  }

  /** The question as it stands: open with its buttons, or how it ended. */
  function shown(ticket: Ticket, row: QuestionRow, mistyped = false): Response {
    const question = masked(row);
    const at = now();
    if (status(question, at) !== 'open') return page(mistyped ? 409 : 200, endPage(question, at, mistyped));
    const { place, csrf, phrase } = ticket;
    return page(
      mistyped ? 422 : 200,
      questionPage({ question, now: at, place, csrf, phrase, mistyped }),
      namesItsOrigin,
    );
  }

  function refusal({ status: code, reason, allow }: Refused): Response {
    const more = { ...(allow ? { allow } : {}), ...(code === 413 ? { connection: 'close' } : {}) };
    return page(code, noticePage('Refused', `${reason} Nothing was approved.`), more);
  }

  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 2_000, maxHeaderSize: 16 * 1024 },
  }) as unknown as Listening;
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  // A page that nobody answers keeps no program alive.
  server.unref();
  address = `127.0.0.1:${server.address().port}`;
  return {
    origin: `http://${address}`,
    async close() {
      const closed = new Promise(resolve => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
