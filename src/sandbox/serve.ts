// Answers requests: finds out whose they are, writes them down, lets faults strike, and hands the rest to the vendor's twin.
import type { HttpBindings } from '@hono/node-server';
import { strikeWith } from './control/faults.ts';
import type { Entry, Vendor } from './control/log.ts';
import { createControl } from './control/routes.ts';
import { createPage } from './page/page.ts';
import { createScrip } from './scrip/app.ts';
import { createTrustPager } from './trustpager/app.ts';
import type { World } from './world.ts';

export const PREFIX = { scrip: '/scrip/v1', trustpager: '/trustpager/functions/v1/api/v1' } as const;

interface App {
  fetch(request: Request, env: { entry: Entry }): Response | Promise<Response>;
}

export type Answer = (request: Request, env: HttpBindings) => Promise<Response>;

/** `changed` is told whenever a request may have changed what the twins remember. */
export function createAnswer(world: World, { rateLimits, changed }: { rateLimits: boolean; changed(): void }): Answer {
  const { clock, log, faults } = world;
  const apps: Record<keyof typeof PREFIX, App> = {
    scrip: createScrip(world.scrip, rateLimits),
    trustpager: createTrustPager(world.trustpager),
  };
  const control = createControl(world);
  const page = createPage();

  const serve = async (
    vendor: Exclude<Vendor, 'redirected'>,
    target: URL,
    request: Request,
    env: HttpBindings,
  ): Promise<Response> => {
    const { method, headers } = request;
    // fetch's Request cannot carry these.
    if (method === 'TRACE' || method === 'CONNECT') return new Response(null, { status: 405 });
    const isRead = method === 'GET' || method === 'HEAD';
    const text = isRead ? '' : await request.text();
    const entry = log.arrived({
      vendor,
      method,
      at: new Date(clock.now()).toISOString(),
      connection: env.incoming.socket.remotePort,
      url: target,
      headers,
      text,
    });
    const inner = new URL(target);
    inner.pathname = target.pathname.slice(PREFIX[vendor].length) || '/';
    const run = async () => {
      changed();
      const response = await apps[vendor].fetch(
        new Request(inner, { method, headers, ...(text === '' ? {} : { body: text }) }),
        { entry },
      );
      changed();
      entry.effect = !isRead && response.ok && entry.note === undefined;
      return response;
    };
    const fault = faults.take(entry);
    if (fault) entry.fault = fault.fault;
    const elsewhere = `http://localhost:${target.port}/_twin/redirected`;
    const response = fault ? await strikeWith(fault, { vendor, clock, env, elsewhere, run }) : await run();
    const isWrittenByHand = response.headers.has('x-hono-already-sent');
    entry.status = !isWrittenByHand ? response.status : env.outgoing.headersSent ? env.outgoing.statusCode : null;
    return response;
  };

  return async (request, env) => {
    const target = new URL(request.url);
    const shown = page(request.method, target.pathname);
    if (shown) return shown;
    if (target.pathname.startsWith('/_twin/')) {
      const response = await control.fetch(request, env);
      if (request.method !== 'GET') changed();
      return response;
    }
    const vendor = (['scrip', 'trustpager'] as const).find(name =>
      `${target.pathname}/`.startsWith(`${PREFIX[name]}/`),
    );
    if (vendor) return serve(vendor, target, request, env);
    return Response.json({ error: 'Nothing lives here', ...PREFIX, page: '/' }, { status: 404 });
  };
}
