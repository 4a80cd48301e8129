// Starts the twins of both vendors on one loopback port: Scrip, TrustPager and the control room.
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { createClock } from './clock.ts';
import { createFaults, strikeWith } from './control/faults.ts';
import { createLog, type Entry, type Vendor } from './control/log.ts';
import { createControl } from './control/routes.ts';
import { createScrip } from './scrip/app.ts';
import { emptyScrip, seedScrip } from './scrip/seed.ts';
import { SCRIP_KEYS, TRUSTPAGER_KEYS } from './seed.ts';
import { createTrustPager } from './trustpager/app.ts';
import { emptyTrustPager, seedTrustPager } from './trustpager/seed.ts';

export * from './seed.ts';

export interface SandboxOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  host?: string;
  /** Participants per second; left out, a sizeable audience takes about eight seconds whatever its size. */
  fanoutRate?: number;
  /** How long one TrustPager action takes. */
  actionMs?: number;
  /** Scrip's execution_status goes back to idle this long after a fan-out ended. */
  idleAfterMs?: number | 'never';
  now?: () => number;
  rateLimits?: boolean;
}

export interface Sandbox {
  url: string;
  scrip: { baseUrl: string; key: string; programs: { id: string; name: string }[] };
  trustpager: { baseUrl: string; key: string };
  close(): Promise<void>;
}

const PREFIX = { scrip: '/scrip/v1', trustpager: '/trustpager/functions/v1/api/v1' } as const;

interface App {
  fetch(request: Request, env: { entry: Entry }): Response | Promise<Response>;
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', rateLimits = true } = options;
  const clock = createClock(options.now);
  const log = createLog();
  const faults = createFaults();

  const scrip = emptyScrip({ clock, fanoutRate: options.fanoutRate, idleAfterMs: options.idleAfterMs ?? 1500 });
  seedScrip(scrip);
  const trustpager = emptyTrustPager({
    clock,
    rateLimits,
    actionMs: options.actionMs ?? 150,
    failAction: faults.takeAction,
  });
  seedTrustPager(trustpager);

  const apps: Record<keyof typeof PREFIX, App> = {
    scrip: createScrip(scrip, rateLimits),
    trustpager: createTrustPager(trustpager),
  };
  const control = createControl({ log, faults, clock, scrip, trustpager });

  const answer = async (request: Request, env: HttpBindings): Promise<Response> => {
    const target = new URL(request.url);
    if (target.pathname.startsWith('/_twin/')) return control.fetch(request, env);
    const vendor = (['scrip', 'trustpager'] as const).find(name =>
      `${target.pathname}/`.startsWith(`${PREFIX[name]}/`),
    );
    if (!vendor)
      return Response.json(
        { error: 'Nothing lives here', scrip: PREFIX.scrip, trustpager: PREFIX.trustpager },
        { status: 404 },
      );
    return serve(vendor, target, request, env);
  };

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
      const response = await apps[vendor].fetch(
        new Request(inner, { method, headers, ...(text === '' ? {} : { body: text }) }),
        { entry },
      );
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

  // Replacing the global Request and Response would reach into the program that embeds this.
  const server = createAdaptorServer({
    fetch: (request, env) => answer(request, env as HttpBindings),
    overrideGlobalObjects: false,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`;
  const programs = [...scrip.programs.values()]
    .filter(program => program.status === 'ACTIVE')
    .map(({ id, name }) => ({ id, name }));

  return {
    url,
    scrip: { baseUrl: url + PREFIX.scrip, key: SCRIP_KEYS.full, programs },
    trustpager: { baseUrl: url + PREFIX.trustpager, key: TRUSTPAGER_KEYS.full },
    close: () => {
      clock.stop();
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      if ('closeAllConnections' in server) server.closeAllConnections();
      return closed;
    },
  };
}
