// Scrip's HTTP surface: authentication, rate limit, and every documented route (scrip.md 3, 4, 9, 10).
import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { isObject, isUuid, type JsonObject, parseJson } from '../json.ts';
import { SCRIP_KEYS } from '../seed.ts';
import { presentAutomation } from './automation.ts';
import { advance, resume, scheduleNext } from './engine.ts';
import { askRefresh } from './enrolment.ts';
import { badRequest, forbidden, nameTaken, notFound, ScripError, unauthorized } from './errors.ts';
import { executionStatus, startFanout } from './fanout.ts';
import { readChange, readNew } from './input.ts';
import { createBucket } from './limits.ts';
import { listAutomations, listEvents, listPrograms, listSubscriptions, programById } from './lists.ts';
import { type Automation, participantOf, type ScripState } from './state.ts';

const CANNOT_BE_TRIGGERED = 'Automation cannot be triggered (must be active and idle or cron+program)';

/** Both documented forms (scrip.md 3, C2). */
function presentedKey(c: Context): string | undefined {
  return c.req.header('x-api-key') ?? /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
}

async function bodyOf(c: Context): Promise<JsonObject> {
  const parsed = parseJson(await c.req.text());
  if (!parsed.ok) throw badRequest('Request body is not valid JSON');
  if (!isObject(parsed.value)) throw badRequest('Request body must be a JSON object');
  return parsed.value;
}

export function createScrip(state: ScripState, rateLimits: boolean): Hono {
  const app = new Hono();
  const bucket = createBucket(state, rateLimits);

  app.use('*', async (c, next) => {
    const wait = presentedKey(c) === SCRIP_KEYS.full ? bucket.take() : undefined;
    if (presentedKey(c) !== SCRIP_KEYS.full) c.res = c.json(unauthorized().body(), 401);
    else if (wait !== undefined)
      c.res = c.json(new ScripError(429, 'too_many_requests', 'Rate limit exceeded').body(), 429, {
        'Retry-After': String(wait),
      });
    else {
      advance(state);
      await next();
    }
    for (const [name, value] of Object.entries(bucket.headers())) c.res.headers.set(name, value);
  });

  app.onError((error, c) =>
    error instanceof ScripError
      ? c.json(error.body(), error.status)
      : c.json({ code: 'internal_error', message: 'Internal server error' }, 500),
  );
  app.notFound(c => c.json(notFound('Route').body(), 404));

  app.get('/programs', c => c.json(listPrograms(state, c.req.query())));
  app.get('/programs/:programId', c => c.json(programById(state, c.req.param('programId'))));
  app.get('/events', c => c.json(listEvents(state, c.req.query())));

  const writable = (c: Context) => {
    const program = programById(state, c.req.param('programId') ?? '');
    // silent: what a SUSPENDED or ARCHIVED program refuses, and how; here every write, as 403 forbidden (scrip.md 3).
    if (program.status !== 'ACTIVE') throw forbidden(`Program is ${program.status}`);
    return program;
  };

  const found = (c: Context): Automation => {
    const program = programById(state, c.req.param('programId') ?? '');
    const id = c.req.param('automationId') ?? '';
    // silent: an id that is no UUID; the path documents string<uuid>, so 400 here.
    if (!isUuid(id)) throw badRequest('automationId must be a UUID');
    const automation = state.automations.get(id.toLowerCase());
    if (automation?.program_id !== program.id) throw notFound('Automation');
    return automation;
  };

  const requireFreeName = (programId: string, name: string, self?: Automation) => {
    // silent: whether an archived automation keeps its name; here it lets go of it.
    for (const other of state.automations.values())
      if (other !== self && other.program_id === programId && other.name === name && other.status !== 'archived')
        throw nameTaken(name);
  };

  app.get('/programs/:programId/automations', c =>
    c.json(listAutomations(state, programById(state, c.req.param('programId')).id, c.req.query())),
  );

  app.post('/programs/:programId/automations', async c => {
    const program = writable(c);
    const now = state.clock.now();
    const input = readNew(await bodyOf(c), now);
    requireFreeName(program.id, input.name);
    if (input.participant_id && !participantOf(state, program.id, input.participant_id)) throw notFound('Participant');
    const automation: Automation = {
      ...input,
      order: state.made++,
      id: randomUUID(),
      program_id: program.id,
      source: 'api',
      status: 'active',
      created_at: now,
      updated_at: now,
    };
    state.automations.set(automation.id, automation);
    if (automation.trigger_type === 'cron') scheduleNext(automation, now);
    // Creating an immediate automation is itself an execution (scrip.md 8.2).
    if (automation.trigger_type === 'immediate') startFanout(state, automation, now, true);
    if (automation.trigger_type === 'participant_state') askRefresh(state, automation);
    return c.json(presentAutomation(state, automation), 201);
  });

  app.get('/programs/:programId/automations/:automationId', c => c.json(presentAutomation(state, found(c))));

  app.patch('/programs/:programId/automations/:automationId', async c => {
    writable(c);
    const automation = found(c);
    const body = await bodyOf(c);
    // Archived is terminal (scrip.md 8.3, 9.4).
    if (automation.status === 'archived') throw badRequest('Archived automations cannot be updated');
    const now = state.clock.now();
    const { set, clear } = readChange(body, automation, now);
    if (set.name !== undefined) requireFreeName(automation.program_id, set.name, automation);
    const wasActive = automation.status === 'active';
    Object.assign(automation, set, { updated_at: now });
    for (const field of clear) delete automation[field];
    // A new time is a new firing, also for one that has already fired. silent.
    if (set.trigger_at !== undefined) delete automation.processed_at;
    if (
      set.cron_expression !== undefined ||
      set.timezone !== undefined ||
      set.schedule_config !== undefined ||
      !wasActive
    )
      resume(state, automation, set.schedule_config !== undefined);
    return c.json(presentAutomation(state, automation));
  });

  app.delete('/programs/:programId/automations/:automationId', c => {
    writable(c);
    const automation = found(c);
    // silent: what this does to a fan-out in progress; here it finishes, as after a pause. silent: 204 or 200 with a body.
    automation.status = 'archived';
    automation.updated_at = state.clock.now();
    return c.body(null, 204);
  });

  app.post('/programs/:programId/automations/:automationId/trigger', c => {
    writable(c);
    const automation = found(c);
    const { trigger_type: type, scope } = automation;
    const now = state.clock.now();
    // The matrix of scrip.md 8.1 and the conditions of 9.6; every refusal is the same 400.
    const inMatrix = type === 'cron' || (scope === 'participants' && (type === 'one_time' || type === 'immediate'));
    const isIdle = scope === 'program' || executionStatus(state, automation) === 'idle';
    if (!inMatrix || automation.status !== 'active' || !isIdle) throw badRequest(CANNOT_BE_TRIGGERED);
    if (scope === 'program') automation.next_run_at = now;
    else startFanout(state, automation, now, false);
    if (scope === 'participants' && type === 'cron') automation.last_run_at = now;
    automation.updated_at = now;
    return c.json(presentAutomation(state, automation));
  });

  app.post('/programs/:programId/automations/:automationId/cancel', c => {
    writable(c);
    const automation = found(c);
    const status = executionStatus(state, automation);
    // silent: the answer when nothing is running; 400 here (scrip.md 9.7).
    if (!automation.fanout || (status !== 'pending' && status !== 'executing'))
      throw badRequest('No execution is pending or running');
    const now = state.clock.now();
    delete automation.fanout.held;
    automation.fanout.ended = { at: now, error: 'Cancelled' };
    automation.updated_at = now;
    return c.json(presentAutomation(state, automation));
  });

  app.post('/programs/:programId/automations/:automationId/refresh-subscriptions', c => {
    writable(c);
    const automation = found(c);
    if (automation.trigger_type !== 'participant_state')
      throw badRequest('Only participant_state automations have subscriptions to refresh');
    if (automation.status !== 'active') throw badRequest('Automation must be active');
    askRefresh(state, automation);
    return c.json({}, 202);
  });

  app.get('/programs/:programId/automations/:automationId/subscriptions', c =>
    c.json(listSubscriptions(state, found(c), c.req.query())),
  );

  return app;
}
