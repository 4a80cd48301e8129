// Serves the approval page on loopback: three routes behind one wall. Loaded, and listening, from the first question on and not before.
import type { HttpBindings } from '@hono/node-server';
import { host } from './approvals.ts';
import { type Answering, shown, taken, type Visitor } from './page-answer.ts';
import { noticePage, onwardPage } from './page-frame.ts';
import { cookiesOf, field, formOf, refusedBy } from './page-guard.ts';
import { broke, nothing, page, refusal } from './page-reply.ts';
import type { Ticket, Tickets } from './page-tickets.ts';

const COOKIE = 'approval';

export interface Serving extends Answering {
  tickets: Tickets;
  onerror(error: unknown): void;
}

const visitor = ({ place, csrf, phrase }: Ticket): Visitor => ({ by: host, path: `/${place}`, csrf, phrase });

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
    return broke();
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
    return page(200, onwardPage(`/${place}`), {
      'set-cookie': `${COOKIE}=${redeemed.cookie}; Path=/${place}; Max-Age=${seconds}; HttpOnly; SameSite=Strict`,
    });
  });

  const ticketOf = (place: string, cookie: string | undefined): Ticket | undefined =>
    tickets.held(place, cookiesOf(cookie, COOKIE));

  app.get('/:place', async c => {
    const ticket = ticketOf(c.req.param('place'), c.req.header('cookie'));
    const question = ticket && (await store.question(ticket.question));
    return ticket && question ? shown(serving, visitor(ticket), question) : nothing();
  });

  app.post('/:place/answer', async c => {
    const ticket = ticketOf(c.req.param('place'), c.req.header('cookie'));
    if (!ticket) return nothing();
    const form = await formOf(c.req.raw);
    if (!form) return refusal({ status: 413, reason: 'That is too long.' });
    return taken(serving, visitor(ticket), ticket.question, form);
  });

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
