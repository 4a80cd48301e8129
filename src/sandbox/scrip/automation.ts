// The shapes Scrip answers with: flat objects whose irrelevant fields are left out, not null (scrip.md 8, 9.9, 10).
import { isoTime } from '../clock.ts';
import { defined } from '../json.ts';
import { executionStatus } from './fanout.ts';
import type { Automation, Program, ScripEvent, ScripState, Subscription } from './state.ts';

const time = (ms: number | undefined) => (ms === undefined ? undefined : isoTime(ms));

export function presentAutomation(state: ScripState, automation: Automation) {
  const { fanout } = automation;
  return defined({
    id: automation.id,
    program_id: automation.program_id,
    name: automation.name,
    description: automation.description,
    event_name: automation.event_name,
    scope: automation.scope,
    trigger_type: automation.trigger_type,
    cron_expression: automation.cron_expression,
    timezone: automation.timezone,
    trigger_at: time(automation.trigger_at),
    schedule_type: automation.schedule_type,
    schedule_config: automation.schedule_config,
    participant_filter: automation.participant_filter,
    guard_condition: automation.guard_condition,
    filter_hints: automation.filter_hints,
    participant_id: automation.participant_id,
    payload: automation.payload,
    source: automation.source,
    status: automation.status,
    // Fan-out state belongs to participants scope only (scrip.md 8).
    execution_status: automation.scope === 'participants' ? executionStatus(state, automation) : undefined,
    execution_started_at: time(fanout?.started_at),
    execution_completed_at: time(fanout?.ended?.at),
    execution_error: fanout?.ended?.error,
    // silent: whether both are 0 or left out before the first fan-out; left out.
    participants_total: fanout?.audience.length,
    participants_processed: fanout?.processed,
    last_run_at: time(automation.last_run_at),
    // silent: what a paused automation says; it will not fire, so there is no next run.
    next_run_at: automation.status === 'active' ? time(automation.next_run_at) : undefined,
    last_error: automation.last_error,
    processed_at: time(automation.processed_at),
    error_message: automation.error_message,
    last_evaluated_at: time(automation.last_evaluated_at),
    created_at: isoTime(automation.created_at),
    updated_at: isoTime(automation.updated_at),
  });
}

export function presentSubscription(row: Subscription) {
  return defined({
    id: row.id,
    automation_id: row.automation_id,
    participant_id: row.participant_id,
    status: row.status,
    created_at: isoTime(row.created_at),
    next_trigger_at: time(row.next_trigger_at),
    last_triggered_at: time(row.last_triggered_at),
    last_error: row.last_error,
    retry_count: row.retry_count,
    trigger_count: row.trigger_count,
  });
}

export function presentProgram(program: Program) {
  return { ...program, created_at: isoTime(program.created_at), updated_at: isoTime(program.created_at) };
}

export type EventStatus = 'RECEIVED' | 'PENDING' | 'PROCESSING' | 'COMPLETED' | 'FAILED';

/** An event moves through its states within half a second (order of states: scrip.md 10; the pace is the twin's own). */
export function eventStatus(event: ScripEvent, now: number): EventStatus {
  const age = now - event.at;
  if (age < 400) return age < 50 ? 'RECEIVED' : age < 150 ? 'PENDING' : 'PROCESSING';
  return event.error === undefined ? 'COMPLETED' : 'FAILED';
}

export function presentEvent(event: ScripEvent, now: number) {
  const status = eventStatus(event, now);
  const isOver = status === 'COMPLETED' || status === 'FAILED';
  const at = isoTime(event.at);
  return defined({
    id: event.id,
    program_id: event.program_id,
    participant_id: event.participant_id,
    // INFERRED: events made by automations are SYSTEM (scrip.md 10). There is no automation id on an event (9.10).
    event_type: 'SYSTEM',
    event_data: event.event_data,
    event_timestamp: at,
    status,
    error_message: status === 'FAILED' ? event.error : undefined,
    processed_at: isOver ? isoTime(event.at + 400) : undefined,
    received_at: at,
    created_at: at,
    updated_at: isOver ? isoTime(event.at + 400) : at,
  });
}
