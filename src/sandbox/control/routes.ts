// The control room under /_twin: see what arrived, look inside, order faults, wind the clock. No vendor has this; it needs no key.
import { Hono } from 'hono';
import type { Clock } from '../clock.ts';
import { isObject, parseJson } from '../json.ts';
import type { Faults } from './faults.ts';
import type { RequestLog } from './log.ts';

export function createControl({
  log,
  faults,
  clock,
  state,
}: {
  log: RequestLog;
  faults: Faults;
  clock: Clock;
  state(): unknown;
}): Hono {
  const app = new Hono().basePath('/_twin');
  app.get('/requests', c => c.json({ requests: log.entries() }));
  app.delete('/requests', c => {
    log.clear();
    return c.body(null, 204);
  });
  app.get('/faults', c => c.json({ faults: faults.list() }));
  app.post('/faults', async c => {
    const parsed = parseJson(await c.req.text());
    const fault = faults.add(parsed.ok ? parsed.value : undefined);
    return typeof fault === 'string' ? c.json({ error: fault }, 400) : c.json(fault, 201);
  });
  app.delete('/faults', c => {
    faults.clear();
    return c.body(null, 204);
  });
  app.get('/state', c => c.json(state()));
  app.get('/clock', c => c.json({ now: new Date(clock.now()).toISOString() }));
  app.post('/clock', async c => {
    const parsed = parseJson(await c.req.text());
    const ms = parsed.ok && isObject(parsed.value) ? parsed.value.advance_ms : undefined;
    if (typeof ms !== 'number' || !(ms >= 0 && ms <= 1e12))
      return c.json({ error: 'advance_ms must be a number of milliseconds' }, 400);
    clock.wind(ms);
    return c.json({ now: new Date(clock.now()).toISOString() });
  });
  // Where the redirect fault points: a client that follows it is recorded, with or without its key.
  app.all('/redirected', async c => {
    log.arrived({
      vendor: 'redirected',
      method: c.req.method,
      at: new Date(clock.now()).toISOString(),
      connection: undefined,
      url: new URL(c.req.url),
      headers: c.req.raw.headers,
      text: await c.req.text(),
    }).status = 200;
    return c.json({ data: {} });
  });
  return app;
}
