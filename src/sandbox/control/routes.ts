// The control room under /_twin: see what arrived, look inside, order faults, move the clock. No vendor has this; it needs no key.
import { type Context, Hono } from 'hono';
import { isoTime } from '../clock.ts';
import { isObject, parseJson } from '../json.ts';
import { READINGS, readReadings } from '../readings.ts';
import { readScale, scaleUp } from '../scale.ts';
import { rfc3339 } from '../scrip/schedule.ts';
import { happenOutside } from '../trustpager/outside.ts';
import { runInFull } from '../trustpager/rows.ts';
import { advance, type World } from '../world.ts';
import { arrangeAutomation, arrangeCredits } from './arrange.ts';
import { overview } from './overview.ts';
import { insideOf } from './state.ts';

const DECADE_MS = 10 * 365 * 86_400_000;

/** How far the clock is to go, or the sentence that says what is wrong. */
function readMove(world: World, body: unknown): { freeze?: boolean; ms: number } | string {
  if (!isObject(body) || Object.keys(body).length === 0) return 'The body has freeze, now or advance_ms';
  const { freeze, now, advance_ms, ...unknown } = body;
  if (Object.keys(unknown).length > 0) return 'The body has freeze, now or advance_ms';
  if (freeze !== undefined && typeof freeze !== 'boolean') return 'freeze must be true or false';
  if (now !== undefined && advance_ms !== undefined) return 'now and advance_ms exclude each other';
  let ms = 0;
  if (advance_ms !== undefined) {
    if (typeof advance_ms !== 'number') return 'advance_ms must be a number of milliseconds';
    ms = advance_ms;
  } else if (now !== undefined) {
    const at = typeof now === 'string' ? rfc3339(now) : undefined;
    if (at === undefined) return 'now must be an RFC 3339 time';
    ms = at - world.clock.now();
  }
  // What has happened does not unhappen.
  if (!(ms >= 0)) return 'The clock only goes forward';
  if (ms > DECADE_MS) return 'The clock goes forward by ten years at most';
  return { ms, ...(freeze === undefined ? {} : { freeze }) };
}

export function createControl(world: World): Hono {
  const { log, faults, clock, readings, scrip, trustpager } = world;
  const app = new Hono().basePath('/_twin');
  app.onError((error, c) => c.json({ error: error.message }, 500));
  app.notFound(c => c.json({ error: 'The control room has no such door' }, 404));
  const bodyOf = async (c: Context): Promise<unknown> => {
    const parsed = parseJson(await c.req.text());
    return parsed.ok ? parsed.value : undefined;
  };
  /** A sentence says what was wrong with the request. */
  const said = (c: Context, answer: object | string, status: 200 | 201 = 200) =>
    typeof answer === 'string' ? c.json({ error: answer }, 400) : c.json(answer, status);

  app.get('/requests', c => c.json({ requests: log.entries() }));
  app.delete('/requests', c => {
    log.clear();
    return c.body(null, 204);
  });
  app.get('/faults', c => c.json({ faults: faults.list() }));
  app.post('/faults', async c => said(c, faults.add(await bodyOf(c)), 201));
  app.delete('/faults', c => {
    faults.clear();
    return c.body(null, 204);
  });
  app.get('/state', c => {
    advance(world);
    return c.json(insideOf(scrip, trustpager));
  });
  app.get('/overview', c => {
    advance(world);
    return c.json(overview(world, c.req.query('search') ?? ''));
  });
  app.patch('/scrip/automations/:id', async c => said(c, arrangeAutomation(scrip, c.req.param('id'), await bodyOf(c))));
  app.patch('/trustpager', async c => said(c, arrangeCredits(trustpager, await bodyOf(c))));
  app.post('/trustpager/events', async c => {
    const runs = await happenOutside(trustpager, await bodyOf(c));
    return said(c, typeof runs === 'string' ? runs : { runs: runs.map(runInFull) });
  });
  app.post('/scale', async c => {
    const scale = readScale(await bodyOf(c));
    return said(c, typeof scale === 'string' ? scale : scaleUp(scrip, trustpager, scale));
  });
  app.get('/readings', c => c.json({ readings, available: READINGS }));
  app.patch('/readings', async c => {
    const body = await bodyOf(c);
    const chosen = isObject(body) ? readReadings(Object.entries(body)) : 'The body must be a JSON object';
    return said(c, typeof chosen === 'string' ? chosen : { readings: Object.assign(readings, chosen) });
  });

  const time = () => ({ now: isoTime(clock.now()), frozen: clock.isFrozen() });
  app.get('/clock', c => c.json(time()));
  app.post('/clock', async c => {
    const move = readMove(world, await bodyOf(c));
    if (typeof move === 'string') return said(c, move);
    if (move.freeze !== undefined) clock.freeze(move.freeze);
    clock.wind(move.ms);
    const { scrip: happened, trustpager: moved } = advance(world);
    return c.json({
      ...time(),
      happened: { scrip_firings: happened.firings, scrip_events: happened.events, trustpager: moved },
    });
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
