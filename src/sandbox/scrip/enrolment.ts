// Subscriptions of participant_state automations: who is enrolled, and when each of them fires (scrip.md 9.8, 9.9).
import { randomUUID } from 'node:crypto';
import { audienceOf, eventOf } from './audience.ts';
import { condition } from './cel.ts';
import { nextTrigger, thresholdOf } from './schedule.ts';
import {
  type Automation,
  enrolmentOf,
  type Participant,
  participantOf,
  type ScripState,
  type Subscription,
} from './state.ts';

/** refresh-subscriptions answers before it has worked (scrip.md 9.8). */
const REFRESH_MS = 200;
/** Scrip also evaluates enrolment on its own, periodically (scrip.md 9.8). silent: how often. */
const EVALUATION_EVERY_MS = 3_600_000;

export function askRefresh(state: ScripState, automation: Automation): void {
  automation.refresh_at ??= state.clock.now() + REFRESH_MS;
}

export function evaluationDue(automation: Automation): number | undefined {
  if (automation.trigger_type !== 'participant_state' || automation.status !== 'active') return undefined;
  return automation.refresh_at ?? (automation.last_evaluated_at ?? automation.created_at) + EVALUATION_EVERY_MS;
}

export function subscriptionDue(state: ScripState, automation: Automation): number | undefined {
  if (automation.trigger_type !== 'participant_state' || automation.status !== 'active') return undefined;
  return state.enrolments.get(automation.id)?.next_at;
}

function nextFor({ schedule_type, schedule_config }: Automation, participant: Participant, from: number) {
  return nextTrigger(schedule_type ?? 'THRESHOLD', schedule_config ?? {}, participant, from);
}

function isSooner(at: number | undefined, than: number | undefined): at is number {
  return at !== undefined && (than === undefined || at < than);
}

function lookForNext(state: ScripState, automation: Automation): void {
  const enrolment = enrolmentOf(state, automation.id);
  enrolment.next_at = undefined;
  for (const { status, next_trigger_at } of enrolment.rows.values())
    if (status === 'active' && isSooner(next_trigger_at, enrolment.next_at)) enrolment.next_at = next_trigger_at;
}

/** Subscribes who matches now and does not yet; drops who no longer does (scrip.md 9.8). silent: dropped rows disappear. */
export function enrol(state: ScripState, automation: Automation, at: number): void {
  const isAsked = automation.refresh_at !== undefined;
  automation.last_evaluated_at = at;
  delete automation.refresh_at;
  const by = `${state.changes.get(automation.program_id) ?? 0} ${automation.participant_filter ?? ''}`;
  // A filter that looks at the time may find others although nobody has changed.
  const looksAtTime = /\bnow\b/.test(automation.participant_filter ?? '');
  if (!isAsked && !looksAtTime && automation.evaluated_by === by) return;
  automation.evaluated_by = by;
  const { rows } = enrolmentOf(state, automation.id);
  const audience = new Set(audienceOf(state, automation, at));
  for (const row of rows.values())
    if (row.status === 'active' && !audience.has(row.participant_id)) rows.delete(row.participant_id);
  for (const id of audience) if (!rows.has(id)) subscribe(state, automation, id, at);
  lookForNext(state, automation);
}

export function subscribe(state: ScripState, automation: Automation, participantId: string, at: number): Subscription {
  const participant = participantOf(state, automation.program_id, participantId);
  const next = participant && nextFor(automation, participant, at);
  const enrolment = enrolmentOf(state, automation.id);
  const row: Subscription = {
    order: state.made++,
    id: randomUUID(),
    automation_id: automation.id,
    participant_id: participantId,
    status: 'active',
    created_at: at,
    ...(next === undefined ? {} : { next_trigger_at: next }),
    retry_count: 0,
    trigger_count: 0,
  };
  enrolment.rows.set(participantId, row);
  if (isSooner(next, enrolment.next_at)) enrolment.next_at = next;
  return row;
}

/** After a pause nothing is made up for: what fell due meanwhile is passed over. silent. With `anew`, all are worked out again. */
export function resumeSubscriptions(state: ScripState, automation: Automation, anew = false): void {
  const enrolment = state.enrolments.get(automation.id);
  if (!enrolment) return;
  const now = state.clock.now();
  for (const row of enrolment.rows.values()) {
    if (row.status !== 'active' || (!anew && (row.next_trigger_at ?? now) >= now)) continue;
    const participant = participantOf(state, automation.program_id, row.participant_id);
    const next = participant && nextFor(automation, participant, now);
    if (next === undefined) delete row.next_trigger_at;
    else row.next_trigger_at = next;
  }
  lookForNext(state, automation);
}

/** Fires everyone who is due at this moment; `fire` makes the event. */
export function fireSubscriptions(
  state: ScripState,
  automation: Automation,
  at: number,
  fire: (participantId: string) => void,
): void {
  const passes = condition(automation.guard_condition, eventOf(automation), at);
  for (const row of enrolmentOf(state, automation.id).rows.values()) {
    if (row.status !== 'active' || row.next_trigger_at === undefined || row.next_trigger_at > at) continue;
    const participant = participantOf(state, automation.program_id, row.participant_id);
    delete row.next_trigger_at;
    if (automation.schedule_type === 'THRESHOLD') row.status = 'completed';
    else if (participant) {
      const next = nextFor(automation, participant, at);
      if (next !== undefined) row.next_trigger_at = next;
    }
    if (!passes(participant)) continue;
    row.trigger_count += 1;
    row.last_triggered_at = at;
    fire(row.participant_id);
  }
  lookForNext(state, automation);
}

/** A credit may carry a participant over the threshold of a subscription that waits for it. */
export function creditReached(state: ScripState, participant: Participant, at: number): void {
  for (const [automationId, enrolment] of state.enrolments) {
    const row = enrolment.rows.get(participant.id);
    if (row?.status !== 'active' || row.next_trigger_at !== undefined) continue;
    const automation = state.automations.get(automationId);
    if (automation?.schedule_type !== 'THRESHOLD' || automation.status !== 'active') continue;
    if (thresholdOf(automation.schedule_config ?? {}, participant) === 'below') continue;
    row.next_trigger_at = at;
    if (isSooner(at, enrolment.next_at)) enrolment.next_at = at;
    state.lookAgain?.(automation);
  }
}
