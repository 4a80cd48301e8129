// The routes that run things and show what ran: trigger, execute, the list of runs and the single run (trustpager.md 6, 7).
import type { Hono } from 'hono';
import { isObject, type JsonObject } from '../json.ts';
import { slice } from '../paging.ts';
import type { Readings } from '../readings.ts';
import { actionIn, automationIn } from './automations.ts';
import { reply, replyList } from './envelope.ts';
import { notFound, validationError } from './errors.ts';
import type { Guards, TrustPagerEnv } from './gate.ts';
import { readQuery } from './query.ts';
import { runInFull, runListRow, runReply } from './rows.ts';
import { performAction, runAutomation } from './runs.ts';
import type { BodyKey, TrustPagerState } from './state.ts';

/**
 * Both documented body keys are taken, and which one came is recorded; with one reading alone the other key is not seen, and
 * the run has an empty context, silently (trustpager.md C3). silent: both at once; trigger_data wins.
 */
function readContext(body: JsonObject, { body_key }: Readings): { data: JsonObject; body_key: BodyKey } {
  const isSeen = (key: string) => Object.hasOwn(body, key) && (body_key === 'both' || body_key === key);
  for (const key of ['trigger_data', 'payload'])
    if (isSeen(key) && !isObject(body[key])) throw validationError(`${key} must be an object`);
  const trigger_data = isSeen('trigger_data') ? body.trigger_data : undefined;
  const payload = isSeen('payload') ? body.payload : undefined;
  if (isObject(trigger_data)) return { data: trigger_data, body_key: isObject(payload) ? 'both' : 'trigger_data' };
  return isObject(payload) ? { data: payload, body_key: 'payload' } : { data: {}, body_key: 'none' };
}

export function addRunRoutes(app: Hono<TrustPagerEnv>, state: TrustPagerState, { may, body }: Guards): void {
  app.post('/automations/:id/trigger', may('trigger'), async c => {
    const { key } = c.var;
    const automation = automationIn(c);
    const { data, body_key } = readContext(await body(c), state.readings);
    // silent: a disabled automation (trustpager.md 6.1); the vendor's doctrine calls it inert, so 400 by default.
    if (!automation.enabled && state.readings.disabled === 'refuse')
      throw validationError(
        'This automation is disabled',
        `Enable it first: POST /automations/${automation.id}/enable.`,
      );
    const run = await runAutomation(state, key.workspace, automation, data, {
      trigger_type: 'api',
      triggered_by_type: 'api_key',
      triggered_by_id: key.id,
      body_key,
      depth: 0,
    });
    return reply(c, runReply(run), 200, `https://app.trustpager.com/auto/automations/${automation.id}/runs/${run.id}`);
  });

  // silent: the reply, and whether a run row is made (trustpager.md 6.2); here a single action result, and none.
  app.post('/automations/:id/actions/:actionId/execute', may('execute'), async c => {
    const action = actionIn(c);
    const { data } = readContext(await body(c), state.readings);
    const { result } = await performAction(state, c.var.key.workspace, action, data, { depth: 0, run_id: null });
    return reply(c, result);
  });

  app.get('/automations/runs/:runId', may('read'), c => {
    const run = c.var.key.workspace.runs.get(c.req.param('runId'));
    if (!run) throw notFound('Run');
    return reply(
      c,
      runInFull(run),
      200,
      `https://app.trustpager.com/auto/automations/${run.automation_id}/runs/${run.id}`,
    );
  });

  app.get('/automations/:id/runs', may('read'), c => {
    const { workspace } = c.var.key;
    const automation = automationIn(c);
    const { limit, after, before } = readQuery(c.req.query(), state.readings);
    const rows = workspace.runsOf.get(automation.id) ?? [];
    // Newest first (INFERRED, trustpager.md 7).
    const page = slice(rows, {
      by: run => run.started_at,
      order: run => run.order,
      descending: true,
      limit,
      after,
      before,
    });
    return replyList(c, page, limit, runListRow);
  });
}
