// The routes that build: automations, their triggers and their actions (trustpager.md 5).
import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import { slice } from '../paging.ts';
import { WRITE_CREDITS } from './catalogue.ts';
import { type Ctx, reply, replyList } from './envelope.ts';
import { missingFields, notFound, validationError } from './errors.ts';
import type { Guards, TrustPagerEnv } from './gate.ts';
import {
  readAction,
  readActionChange,
  readAutomation,
  readAutomationChange,
  readTrigger,
  readTriggerChange,
} from './input.ts';
import { readQuery } from './query.ts';
import { actionRow, automationInFull, automationListRow, automationWritten, triggerRow } from './rows.ts';
import {
  type Action,
  type Automation,
  actionsInOrder,
  childrenOf,
  type Trigger,
  type TrustPagerState,
} from './state.ts';

export function automationIn(c: Ctx): Automation {
  const automation = c.var.key.workspace.automations.get(c.req.param('id') ?? '');
  if (!automation) throw notFound('Automation');
  return automation;
}

export function actionIn(c: Ctx): Action {
  const action = c.var.key.workspace.actions.get(c.req.param('actionId') ?? '');
  if (action?.automation_id !== automationIn(c).id) throw notFound('Action');
  return action;
}

function triggerIn(c: Ctx): Trigger {
  const trigger = c.var.key.workspace.triggers.get(c.req.param('triggerId') ?? '');
  if (trigger?.automation_id !== automationIn(c).id) throw notFound('Trigger');
  return trigger;
}

/** Every write is billed (C8), before the answer says what is left. */
function bill(c: Ctx): void {
  const { workspace } = c.var.key;
  workspace.credits = Math.max(0, workspace.credits - WRITE_CREDITS);
}

export function written(c: Ctx, data: unknown, status: 200 | 201 = 200) {
  bill(c);
  return reply(c, data, status);
}

/** silent: 204 or a body after a delete; 204 by the look of similar resources (trustpager.md 4). */
function deleted(c: Ctx) {
  bill(c);
  return c.body(null, 204);
}

const appUrl = (id: string) => `https://app.trustpager.com/auto/automations/${id}`;

export function addAutomationRoutes(app: Hono<TrustPagerEnv>, state: TrustPagerState, guards: Guards): void {
  const { may, body } = guards;
  const made = () => ({ order: state.made++, id: randomUUID(), created_at: state.clock.now() });

  app.get('/automations', may('read'), c => {
    const { workspace } = c.var.key;
    const { limit, after, before } = readQuery(c.req.query(), state.readings);
    // silent: the order of the list, and every filter but limit; newest first and none here.
    const page = slice([...workspace.automations.values()], {
      by: row => row.created_at,
      order: row => row.order,
      descending: true,
      limit,
      after,
      before,
    });
    return replyList(c, page, limit, automationListRow);
  });

  app.post('/automations', may('write'), async c => {
    const { workspace } = c.var.key;
    const input = readAutomation(await body(c));
    const automation = { ...input.automation, ...made() };
    workspace.automations.set(automation.id, automation);
    for (const row of input.triggers) {
      const trigger = { ...row, ...made(), automation_id: automation.id };
      workspace.triggers.set(trigger.id, trigger);
    }
    for (const row of input.actions) {
      const action = { ...row, ...made(), automation_id: automation.id };
      workspace.actions.set(action.id, action);
    }
    return written(c, automationWritten(automation), 201);
  });

  app.get('/automations/:id', may('read'), c => {
    const automation = automationIn(c);
    return reply(c, automationInFull(c.var.key.workspace, automation), 200, appUrl(automation.id));
  });

  app.patch('/automations/:id', may('write'), async c => {
    const automation = automationIn(c);
    Object.assign(automation, readAutomationChange(await body(c), automation));
    return written(c, automationWritten(automation));
  });

  app.delete('/automations/:id', may('delete'), c => {
    const { workspace } = c.var.key;
    const { id } = automationIn(c);
    workspace.automations.delete(id);
    for (const row of childrenOf(workspace.triggers, id)) workspace.triggers.delete(row.id);
    for (const row of childrenOf(workspace.actions, id)) workspace.actions.delete(row.id);
    return deleted(c);
  });

  for (const enabled of [true, false])
    app.post(`/automations/:id/${enabled ? 'enable' : 'disable'}`, may('write'), c => {
      const automation = automationIn(c);
      automation.enabled = enabled;
      return written(c, automationWritten(automation));
    });

  addTriggerRoutes(app, guards, made);
  addActionRoutes(app, guards, made);
}

type Made = () => { order: number; id: string; created_at: number };

/** A short list in one page. */
function all<T>(c: Ctx, rows: T[], present: (row: T) => unknown) {
  return replyList(c, { rows, hasMore: false, next: undefined, prev: undefined }, 100, present);
}

function addTriggerRoutes(app: Hono<TrustPagerEnv>, { may, body }: Guards, made: Made): void {
  app.get('/automations/:id/triggers', may('read'), c => {
    const rows = childrenOf(c.var.key.workspace.triggers, automationIn(c).id);
    return all(
      c,
      rows.sort((a, b) => a.order - b.order),
      triggerRow,
    );
  });

  app.post('/automations/:id/triggers', may('write'), async c => {
    const automation = automationIn(c);
    const trigger = { ...readTrigger(await body(c), automation.trigger_type), ...made(), automation_id: automation.id };
    c.var.key.workspace.triggers.set(trigger.id, trigger);
    return written(c, triggerRow(trigger), 201);
  });

  app.patch('/automations/:id/triggers/:triggerId', may('write'), async c => {
    const trigger = triggerIn(c);
    Object.assign(trigger, readTriggerChange(await body(c), automationIn(c).trigger_type));
    return written(c, triggerRow(trigger));
  });

  app.delete('/automations/:id/triggers/:triggerId', may('delete'), c => {
    c.var.key.workspace.triggers.delete(triggerIn(c).id);
    return deleted(c);
  });
}

function addActionRoutes(app: Hono<TrustPagerEnv>, { may, body }: Guards, made: Made): void {
  app.get('/automations/:id/actions', may('read'), c =>
    all(c, actionsInOrder(c.var.key.workspace, automationIn(c).id), actionRow),
  );

  app.post('/automations/:id/actions', may('write'), async c => {
    const automation = automationIn(c);
    const action = { ...readAction(await body(c)), ...made(), automation_id: automation.id };
    c.var.key.workspace.actions.set(action.id, action);
    return written(c, actionRow(action), 201);
  });

  // Before /actions/:actionId, or `reorder` would be taken for an id.
  app.post('/automations/:id/actions/reorder', may('write'), async c => {
    const actions = actionsInOrder(c.var.key.workspace, automationIn(c).id);
    const { action_ids } = await body(c);
    if (action_ids === undefined) throw missingFields(['action_ids']);
    // The ids must be exactly those of the automation (INFERRED, trustpager.md 13).
    const given = Array.isArray(action_ids) ? action_ids : [];
    const isExact = given.length === actions.length && actions.every(action => given.includes(action.id));
    if (!isExact) throw validationError('action_ids must name each action of this automation exactly once');
    for (const action of actions) action.sequence = given.indexOf(action.id) + 1;
    return written(c, actionsInOrder(c.var.key.workspace, automationIn(c).id).map(actionRow));
  });

  app.patch('/automations/:id/actions/:actionId', may('write'), async c => {
    const action = actionIn(c);
    Object.assign(action, readActionChange(await body(c)));
    return written(c, actionRow(action));
  });

  app.delete('/automations/:id/actions/:actionId', may('delete'), c => {
    c.var.key.workspace.actions.delete(actionIn(c).id);
    return deleted(c);
  });
}
