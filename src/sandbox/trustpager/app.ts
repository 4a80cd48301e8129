// TrustPager's HTTP surface: envelopes, and the routes that need more than an automation (trustpager.md 2, 4, 5, 9).
import { Hono } from 'hono';
import { RateLimited } from './access.ts';
import { addApprovalRoutes } from './approvals.ts';
import { addAutomationRoutes } from './automations.ts';
import {
  ACTION_TYPES,
  actionType,
  describeAction,
  describeTrigger,
  ENRICHED_VARIABLES,
  priceList,
  TRIGGER_TYPES,
} from './catalogue.ts';
import { reply } from './envelope.ts';
import { notFound, TrustPagerError } from './errors.ts';
import { addGate, type TrustPagerEnv } from './gate.ts';
import { addRunRoutes } from './run-routes.ts';
import { addScheduledRoutes } from './scheduled-routes.ts';
import type { TrustPagerState } from './state.ts';

export function createTrustPager(state: TrustPagerState): Hono<TrustPagerEnv> {
  const app = new Hono<TrustPagerEnv>();

  app.onError((error, c) => {
    if (!(error instanceof TrustPagerError))
      return c.json({ error: { code: 'INTERNAL_ERROR', message: 'Internal server error', status: 500 } }, 500);
    if (error instanceof RateLimited) c.header('Retry-After', String(error.retryAfter));
    if (error.status === 401) c.header('WWW-Authenticate', 'Bearer realm="trustpager"');
    if ([401, 403, 404].includes(error.status)) c.header('Link', '<https://docs.trustpager.com/llms.txt>; rel="help"');
    const status = error.statusIn(state.readings);
    return c.json(error.body(status), status);
  });
  app.notFound(c => c.json(notFound('Route').body(), 404));

  // The discovery manifest needs no key (trustpager.md 2).
  app.get('/', c =>
    c.json({ name: 'TrustPager API', version: 'v1', docs: 'https://docs.trustpager.com/llms.txt', auth: 'Bearer' }),
  );

  const guards = addGate(app, state);
  const { may } = guards;

  // Before /automations/:id, or they would be taken for an id (trustpager.md 5, routing note). Free, and no scope.
  app.get('/automations/action-types', c =>
    reply(
      c,
      ACTION_TYPES.map(({ action_type, label, category }) => ({ action_type, label, category })),
    ),
  );
  app.get('/automations/action-types/:actionType', c => {
    const type = actionType(c.req.param('actionType'));
    if (!type) throw notFound('Action type');
    return reply(c, describeAction(type));
  });
  app.get('/schemas/triggers', c =>
    reply(c, {
      count: TRIGGER_TYPES.length,
      enriched_variables: ENRICHED_VARIABLES,
      triggers: TRIGGER_TYPES.map(describeTrigger),
    }),
  );
  app.get('/schemas/triggers/:triggerType', c => {
    const type = TRIGGER_TYPES.find(known => known.trigger_type === c.req.param('triggerType'));
    if (!type) throw notFound('Trigger type');
    return reply(c, describeTrigger(type));
  });

  // silent: the JSON of both (trustpager.md 9).
  app.get('/billing/balance', may('billing'), c =>
    reply(c, { credits: c.var.key.workspace.credits, plan: c.var.key.workspace.plan }),
  );
  app.get('/billing/pricing', may('billing'), c => reply(c, priceList()));

  addRunRoutes(app, state, guards);
  addAutomationRoutes(app, state, guards);
  addScheduledRoutes(app, state, guards);
  addApprovalRoutes(app, state, guards);
  return app;
}
