// The control room under /_twin: see what arrived, look inside, order faults, wind the clock. No vendor has this; it needs no key.
import { Hono } from 'hono';
import type { Clock } from '../clock.ts';
import { isObject, parseJson } from '../json.ts';
import { advance } from '../scrip/engine.ts';
import type { ScripState } from '../scrip/state.ts';
import type { TrustPagerState } from '../trustpager/state.ts';
import { arrangeAutomation, arrangeCredits } from './arrange.ts';
import type { Faults } from './faults.ts';
import type { RequestLog } from './log.ts';
import { insideOf } from './state.ts';

export interface Room {
  log: RequestLog;
  faults: Faults;
  clock: Clock;
  scrip: ScripState;
  trustpager: TrustPagerState;
}

export function createControl({ log, faults, clock, scrip, trustpager }: Room): Hono {
  const app = new Hono().basePath('/_twin');
  app.onError((error, c) => c.json({ error: error.message }, 500));
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
  app.get('/state', c => {
    advance(scrip);
    return c.json(insideOf(scrip, trustpager));
  });
  app.patch('/scrip/automations/:id', async c => {
    const parsed = parseJson(await c.req.text());
    const arranged = arrangeAutomation(scrip, c.req.param('id'), parsed.ok ? parsed.value : undefined);
    return typeof arranged === 'string' ? c.json({ error: arranged }, 400) : c.json(arranged);
  });
  app.patch('/trustpager', async c => {
    const parsed = parseJson(await c.req.text());
    const arranged = arrangeCredits(trustpager, parsed.ok ? parsed.value : undefined);
    return typeof arranged === 'string' ? c.json({ error: arranged }, 400) : c.json(arranged);
  });
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
