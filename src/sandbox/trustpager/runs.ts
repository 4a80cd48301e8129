// Runs: an automation's actions one after the other, each taking its time, each billed when it succeeds (trustpager.md 6, 7, 9).
import { randomUUID } from 'node:crypto';
import { isoTime } from '../clock.ts';
import { isObject, type JsonObject } from '../json.ts';
import { type ActionType, actionType, CALL_SECONDS } from './catalogue.ts';
import { unmetCondition } from './conditions.ts';
import { enrich, resolve } from './context.ts';
import { schedule, sendAt } from './scheduled.ts';
import {
  type Action,
  type ActionResult,
  type Automation,
  actionsInOrder,
  addRun,
  type BodyKey,
  type Run,
  type TrustPagerState,
  type Workspace,
} from './state.ts';

const DAY = 86_400_000;
/** A cascade that bites its own tail ends here. silent: the vendor's limit. */
const DEEPEST_CASCADE = 5;

export interface Cause {
  trigger_type: string;
  triggered_by_type: Run['triggered_by_type'];
  triggered_by_id: string | null;
  body_key: BodyKey;
  depth: number;
}

/**
 * Why a run does nothing, or undefined. silent: whether dedup and the daily ceiling apply to API triggers (trustpager.md 6.1);
 * help text calls such a run just like any other, so here they do.
 */
function suppression(
  workspace: Workspace,
  automation: Automation,
  context: JsonObject,
  data: JsonObject,
  now: number,
): string | undefined {
  const earlier = (workspace.runsOf.get(automation.id) ?? []).filter(run => run.status !== 'skipped');
  const today = earlier.filter(run => run.started_at > now - DAY);
  if (automation.max_executions_per_day !== null && today.length >= automation.max_executions_per_day)
    return `Daily ceiling of ${automation.max_executions_per_day} executions reached`;
  const target = (from: JsonObject) => from.contact_id ?? from.deal_id ?? from.customer_id;
  const windowMs = (automation.dedup_window_minutes ?? 60) * 60_000;
  const repeats = (run: Run) => run.started_at > now - windowMs && target(run.trigger_data) === target(data);
  if (automation.dedup_enabled && target(data) !== undefined && earlier.some(repeats))
    return 'Duplicate within the dedup window';
  return unmetCondition(automation.conditions, context);
}

export async function runAutomation(
  state: TrustPagerState,
  workspace: Workspace,
  automation: Automation,
  data: JsonObject,
  cause: Cause,
): Promise<Run> {
  const { depth, ...recorded } = cause;
  const started_at = state.clock.now();
  const context = enrich(workspace, data, started_at);
  const actions = actionsInOrder(workspace, automation.id);
  const skip = suppression(workspace, automation, context, data, started_at);
  const run: Run = {
    order: state.made++,
    id: randomUUID(),
    automation_id: automation.id,
    status: 'running',
    ...recorded,
    trigger_data: data,
    actions_total: actions.length,
    results: [],
    error_message: null,
    started_at,
    completed_at: null,
    credits_spent: 0,
  };
  addRun(workspace, run);
  if (skip === undefined) {
    for (const action of actions) {
      const { result, credits } = await performAction(state, workspace, action, data, { depth, run_id: run.id });
      run.results.push(result);
      run.credits_spent += credits;
    }
  }
  const failed = run.results.filter(result => result.status === 'failed');
  // silent: whether the chain goes on after a failure, and what the run is called then. Here it goes on; the run has failed
  // when nothing worked, and is completed with actions_failed above 0 when something did ("check both", trustpager.md 6.1).
  run.status =
    skip !== undefined ? 'skipped' : failed.length > 0 && failed.length === run.results.length ? 'failed' : 'completed';
  run.error_message = skip ?? failed[0]?.error ?? null;
  run.completed_at = state.clock.now();
  return run;
}

/** Credits one successful use costs. */
const priceOf = (type: ActionType) =>
  type.action_type === 'voice_outbound_call' ? type.credits * Math.ceil(CALL_SECONDS / 60) : type.credits;

/** One action through the whole executor, for a run and for execute alike. */
export async function performAction(
  state: TrustPagerState,
  workspace: Workspace,
  action: Action,
  data: JsonObject,
  within: { depth: number; run_id: string | null },
): Promise<{ result: ActionResult; credits: number }> {
  const startedAt = state.clock.now();
  await state.clock.sleep(state.actionMs);
  const context = enrich(workspace, data, startedAt);
  const type = actionType(action.action_type);
  const contact = isObject(context.contact) ? context.contact : {};
  const to = type?.channel ? contact[type.channel] : undefined;
  const request: JsonObject = {
    ...(type?.channel ? { to: to ?? null } : {}),
    ...(resolve(action.config, context) as JsonObject),
  };
  const outcome = await attempt(state, workspace, { action, type, to, contact, data, request, ...within });
  const result: ActionResult = {
    action_id: action.id,
    action_type: action.action_type,
    sequence: action.sequence,
    status: outcome.error === undefined ? 'success' : 'failed',
    duration_ms: state.clock.now() - startedAt,
    request,
    response: outcome.response ?? null,
    error: outcome.error ?? null,
  };
  return { result, credits: outcome.credits };
}

interface Attempt {
  action: Action;
  type: ActionType | undefined;
  to: unknown;
  contact: JsonObject;
  data: JsonObject;
  request: JsonObject;
  depth: number;
  run_id: string | null;
}

type Outcome = { response?: JsonObject; error?: string; credits: number };

// silent: whether a failed action is billed; not here.
async function attempt(
  state: TrustPagerState,
  workspace: Workspace,
  { action, type, to, contact, data, request, depth, run_id }: Attempt,
): Promise<Outcome> {
  const failure = (error: string): Outcome => ({ error, credits: 0 });
  if (!type) return failure(`Unsupported action type ${action.action_type}`);
  if (state.failAction(type.action_type)) return failure('The provider rejected the request');
  if (type.channel && (typeof to !== 'string' || to === '')) return failure(`Recipient has no ${type.channel}`);
  const listed = priceOf(type);
  if (listed > workspace.credits) return failure('INSUFFICIENT_CREDITS: this workspace has too few credits left');
  if (type.action_type === 'trigger_automation') return cascade(state, workspace, action, data, depth);
  // No page says that more than the price is ever charged: only a fault does that.
  const price = Math.min(workspace.credits, Math.ceil(listed * state.chargeFactor(type.action_type)));
  workspace.credits -= price;
  if (type.category === 'communication') {
    const now = state.clock.now();
    const at = sendAt(request, contact, now);
    const isCall = type.action_type === 'voice_outbound_call';
    const made: JsonObject = isCall ? { call_id: randomUUID() } : { message_id: randomUUID(), accepted: true };
    if (at > now) {
      // silent: when a send that waits is billed; at once here.
      const channel = isCall ? 'voice_call' : type.channel === 'phone' ? 'sms' : 'email';
      const send = schedule(state, workspace, { channel, to: String(to), action, run_id, at });
      const waiting = { queued: true, scheduled_for: isoTime(at), scheduled_communication_id: send.id };
      return { response: { ...made, ...waiting }, credits: price };
    }
    return {
      response: { ...made, ...(isCall ? { queued: false, duration_seconds: CALL_SECONDS } : {}) },
      credits: price,
    };
  }
  // No twin ever calls out: webhooks and integrations only say that they did.
  return { response: { ok: true }, credits: price };
}

async function cascade(
  state: TrustPagerState,
  workspace: Workspace,
  action: Action,
  data: JsonObject,
  depth: number,
): Promise<Outcome> {
  const target = workspace.automations.get(String(action.config.automation_id));
  if (!target) return { error: 'The automation to trigger does not exist', credits: 0 };
  if (!target.enabled) return { error: 'The automation to trigger is disabled', credits: 0 };
  if (depth >= DEEPEST_CASCADE) return { error: 'Too many automations triggered by one another', credits: 0 };
  const run = await runAutomation(state, workspace, target, data, {
    trigger_type: 'automation',
    triggered_by_type: 'automation',
    triggered_by_id: action.automation_id,
    body_key: 'none',
    depth: depth + 1,
  });
  return { response: { run_id: run.id, status: run.status }, credits: run.credits_spent };
}
