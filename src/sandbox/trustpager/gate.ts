// What every TrustPager request passes before its handler: key, plan, rate, scope, idempotency, approval queue, credits (trustpager.md 3, 4).
import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { Entry } from '../control/log.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';
import { type Capability, countRequest, granted, requiredScopes } from './access.ts';
import { holdForApproval } from './approvals.ts';
import { conflict, insufficientCredits, insufficientScope, invalidBody, planRequired, unauthorized } from './errors.ts';
import { advance } from './scheduled.ts';
import type { Answer, Kept, Key, TrustPagerState } from './state.ts';

export interface TrustPagerEnv {
  Bindings: { entry?: Entry };
  Variables: { key: Key };
}
type Ctx = Context<TrustPagerEnv>;

const DAY = 86_400_000;

export interface Guards {
  may(capability: Capability): MiddlewareHandler<TrustPagerEnv>;
  body(c: Ctx): Promise<JsonObject>;
}

/** An empty body is an empty object: most of the writes here need none. */
async function readBody(c: Ctx): Promise<JsonObject> {
  const text = await c.req.text();
  if (text.trim() === '') return {};
  const parsed = parseJson(text);
  if (!parsed.ok) throw invalidBody('The request body is not valid JSON');
  if (!isObject(parsed.value)) throw invalidBody('The request body must be a JSON object');
  return parsed.value;
}

export function addGate(app: Hono<TrustPagerEnv>, state: TrustPagerState): Guards {
  const { kept } = state;

  app.use('*', async (c, next) => {
    // Bearer only (trustpager.md 3).
    const secret = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
    const key = secret === undefined ? undefined : state.keys.get(secret);
    if (!key) throw unauthorized();
    if (key.workspace.plan === 'free') throw planRequired();
    countRequest(state, key);
    advance(state);
    c.set('key', key);
    await next();
  });

  /** Runs the write, or holds it. */
  const carryOut = async (c: Ctx, capability: Capability, isHeld: boolean, next: () => Promise<void>) => {
    const { key } = c.var;
    if (isHeld) {
      // silent: whether a held write is checked first; here, as in a gateway, only that its body can be read.
      const approval = holdForApproval(state, key, capability, c, await readBody(c));
      if (c.env?.entry) c.env.entry.note = 'held';
      c.res = c.json(
        { approval_id: approval.id, status: 'pending', expires_at: new Date(approval.expires_at).toISOString() },
        202,
      );
      return;
    }
    // silent: which requests an empty balance refuses; here every billed one, and reads are free (C8).
    if (key.workspace.credits <= 0) throw insufficientCredits();
    await next();
  };

  /**
   * The same Idempotency-Key within 24 h gets the first answer instead of a second run (trustpager.md 4). silent: another
   * body under the same key, 409 here; which answers are kept, those of 2xx here; the replay's marker, none here.
   */
  const once = async (c: Ctx, idempotencyKey: string, run: () => Promise<void>) => {
    const now = state.clock.now();
    const name = `${c.var.key.workspace.id} ${c.var.key.id} ${idempotencyKey}`;
    const fingerprint = `${c.req.method} ${new URL(c.req.url).pathname} ${await c.req.text()}`;
    const first = kept.get(name);
    if (first && first.at > now - DAY) {
      if (first.fingerprint !== fingerprint) throw conflict('This Idempotency-Key was used for another request');
      const answer = first.answer ?? (await first.pending);
      if (answer) {
        if (c.env?.entry) c.env.entry.note = 'replayed';
        const headers = { 'content-type': 'application/json' };
        c.res =
          answer.status === 204
            ? new Response(null, { status: 204 })
            : new Response(answer.text, { status: answer.status, headers });
        return;
      }
    }
    for (const [old, { at }] of kept) {
      // In the order they were kept, so the first one that is young enough is where to stop.
      if (at > now - DAY) break;
      kept.delete(old);
    }
    const settled = Promise.withResolvers<Answer | undefined>();
    const entry: Kept = { fingerprint, at: now, pending: settled.promise };
    kept.delete(name);
    kept.set(name, entry);
    let succeeded = false;
    try {
      await run();
      succeeded = c.error === undefined && c.res.ok;
    } finally {
      if (succeeded) entry.answer = { status: c.res.status, text: await c.res.clone().text() };
      else kept.delete(name);
      settled.resolve(entry.answer);
    }
  };

  return {
    body: readBody,
    may: capability => async (c, next) => {
      const grant = granted(c.var.key.scopes, capability, state.readings);
      if (grant === 'no') throw insufficientScope(requiredScopes(capability, state.readings));
      if (c.req.method === 'GET' || capability === 'approvals:write') return next();
      const run = () => carryOut(c, capability, grant === 'held', next);
      const idempotencyKey = c.req.header('idempotency-key');
      return idempotencyKey ? once(c, idempotencyKey, run) : run();
    },
  };
}
