// The shapes TrustPager answers with; a list row, a single automation, a listed run and a single run all differ (trustpager.md 5.1, 6.1, 7).
import { isoTime } from '../clock.ts';
import type { JsonObject } from '../json.ts';
import {
  type Action,
  type Approval,
  type Automation,
  childrenOf,
  type Run,
  type Trigger,
  type Workspace,
} from './state.ts';

const time = (ms: number | null) => (ms === null ? null : isoTime(ms));

export function automationListRow({ id, name, trigger_type, enabled, priority, created_at }: Automation) {
  return { id, name, trigger_type, enabled, priority, created_at: isoTime(created_at) };
}

/** The reply to create. silent: what update, enable and disable answer; the same here. */
export function automationWritten({ id, name, trigger_type, stage_id, conditions, enabled, created_at }: Automation) {
  return { id, name, trigger_type, stage_id, conditions, enabled, created_at: isoTime(created_at) };
}

/** Triggers and actions in the order they were added: nobody promised that actions come sorted. */
export function automationInFull(workspace: Workspace, automation: Automation) {
  const { order: _, created_at, ...fields } = automation;
  const newestLast = (a: { order: number }, b: { order: number }) => a.order - b.order;
  return {
    ...fields,
    created_at: isoTime(created_at),
    automations_triggers: childrenOf(workspace.triggers, automation.id).sort(newestLast).map(triggerRow),
    automations_actions: childrenOf(workspace.actions, automation.id).sort(newestLast).map(actionRow),
  };
}

export function triggerRow({ order: _, created_at, ...fields }: Trigger) {
  return { ...fields, created_at: isoTime(created_at) };
}

export function actionRow({ order: _, created_at, ...fields }: Action) {
  return { ...fields, created_at: isoTime(created_at) };
}

const count = (run: Run, status: string) => run.results.filter(result => result.status === status).length;

/** The raw table (trustpager.md 7). */
export function runListRow(run: Run) {
  return {
    id: run.id,
    status: run.status,
    trigger_type: run.trigger_type,
    started_at: isoTime(run.started_at),
    created_at: isoTime(run.started_at),
    error_message: run.error_message,
    error_details: run.results
      .filter(result => result.status === 'failed')
      .map(({ action_id, error }) => ({ action_id, error })),
    actions_attempted: run.actions_total,
    actions_completed: count(run, 'success'),
    actions_failed: count(run, 'failed'),
    skipped_action_ids: run.results.filter(result => result.status === 'skipped').map(result => result.action_id),
    triggered_by_type: run.triggered_by_type,
    triggered_by_id: run.triggered_by_id,
  };
}

/** The trigger reply carries no more results than this; the run itself has them all. silent: the vendor's number. */
const INLINE_RESULTS = 25;

/** The normalised shape of the trigger reply (trustpager.md 6.1). */
export function runReply(run: Run, inline = INLINE_RESULTS) {
  return {
    run_id: run.id,
    automation_id: run.automation_id,
    status: run.status,
    trigger_type: run.trigger_type,
    started_at: isoTime(run.started_at),
    completed_at: time(run.completed_at),
    duration_ms: run.completed_at === null ? null : run.completed_at - run.started_at,
    actions_total: run.actions_total,
    actions_executed: count(run, 'success'),
    actions_failed: count(run, 'failed'),
    actions_skipped: run.status === 'skipped' ? run.actions_total : count(run, 'skipped'),
    truncated: run.results.length > inline,
    action_results: run.results.slice(0, inline),
  };
}

/** The same plus the context it ran with (trustpager.md 7). */
export function runInFull(run: Run): JsonObject {
  return { ...runReply(run, Infinity), trigger_data: run.trigger_data };
}

export function approvalRow(approval: Approval, companyId: string) {
  const { order: _, scopes: __, ...row } = approval;
  return {
    ...row,
    company_id: companyId,
    created_at: isoTime(row.created_at),
    expires_at: isoTime(row.expires_at),
    resolved_at: time(row.resolved_at),
    executed: row.executed_at !== null,
    executed_at: time(row.executed_at),
  };
}
