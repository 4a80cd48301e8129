// One run of a TrustPager automation: list rows and the detail have different fields, and become the same thing here (trustpager.md section 7).
import { count, flag, given, id, isObject, objects, present, word } from '../fields.ts';
import type { Json, JsonObject } from '../types.ts';
import { unwrapped } from './automation.ts';

export interface ActionResult {
  action_id?: string;
  action_type?: string;
  sequence?: number;
  /** Such as `success`; a sent message may only be queued for business hours. */
  status?: string;
  duration_ms?: number;
  error?: string;
}

/** Times are RFC 3339. */
export interface Run {
  /** Absent where the body named none, as after a single action. */
  run_id?: string;
  automation_id?: string;
  /** `completed`, `failed`, `running` or `skipped` (conditions not met); anything else is not documented. */
  status?: string;
  trigger_type?: string;
  started_at?: string;
  completed_at?: string;
  duration_ms?: number;
  actions_total?: number;
  actions_executed?: number;
  actions_failed?: number;
  actions_skipped?: number;
  error?: string;
  /** Empty in list rows. */
  action_results: ActionResult[];
  /** What the run was given, echoed; only in the detail. */
  trigger_data?: Json;
  /** True: `action_results` is not all of them. */
  truncated?: boolean;
}

const parseResult = (row: JsonObject): ActionResult =>
  present({
    action_id: id(row.action_id),
    action_type: word(row.action_type),
    sequence: count(row.sequence),
    status: word(row.status),
    duration_ms: count(row.duration_ms),
    error: word(row.error) ?? word(row.error_message),
  });

/**
 * A list row, the detail, or the answer to trigger or execute, wrapped in `data` or not. Execute's answer is not documented: where it is a
 * single action's result, the run has no id and that one result (trustpager.md 6.2). Never throws.
 */
export function parseRun(body: JsonObject): Run {
  const row = unwrapped(body);
  const results = objects(row.action_results);
  const single =
    results === undefined && row.run_id === undefined && (row.action_id !== undefined || row.action_type !== undefined);
  if (single) return present({ automation_id: id(row.automation_id), action_results: [parseResult(row)] });
  const started = word(row.started_at) ?? word(row.created_at);
  return present({
    run_id: id(row.run_id) ?? id(row.id),
    automation_id: id(row.automation_id),
    status: word(row.status),
    trigger_type: word(row.trigger_type),
    started_at: started,
    completed_at: word(row.completed_at),
    duration_ms: count(row.duration_ms),
    actions_total: count(row.actions_total) ?? count(row.actions_attempted),
    actions_executed: count(row.actions_executed) ?? count(row.actions_completed),
    actions_failed: count(row.actions_failed),
    actions_skipped:
      count(row.actions_skipped) ?? (Array.isArray(row.skipped_action_ids) ? row.skipped_action_ids.length : undefined),
    error: word(row.error_message) ?? (isObject(row.error) ? word(row.error.message) : word(row.error)),
    action_results: (results ?? []).map(parseResult),
    trigger_data: given(row.trigger_data),
    truncated: flag(row.truncated),
  });
}
