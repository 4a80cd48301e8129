// Brings the Scrip twin up to the present: fan-outs, the scheduler and subscriptions, derived from the clock at every request.
import { randomUUID } from 'node:crypto';
import { condition } from './cel.ts';
import { nextRun, nextTrigger } from './schedule.ts';
import { type Automation, emit, type Fanout, participantOf, type ScripState } from './state.ts';

/** How long the scheduler takes to pick up what is due: the trigger's reply must not mean that it has run (scrip.md 9.6). */
const PICKUP_MS = 300;
/** refresh-subscriptions answers before it has worked (scrip.md 9.8). */
const REFRESH_MS = 200;
/** Scrip also evaluates enrolment on its own, periodically (scrip.md 9.8). silent: how often. */
const EVALUATION_EVERY_MS = 3_600_000;
/** A clock wound forward by a year must not make a minute-by-minute automation run half a million times. */
const CATCH_UP = 500;

export type ExecutionStatus = 'idle' | 'pending' | 'executing' | 'completed' | 'failed';

/** silent: whether it returns to idle after completed or failed (scrip.md 8.3); here after idleAfterMs, which may be never. */
export function executionStatus(state: ScripState, { fanout }: Automation): ExecutionStatus {
  if (!fanout) return 'idle';
  const now = state.clock.now();
  if (!fanout.ended) return now < fanout.first_at ? 'pending' : 'executing';
  if (state.idleAfterMs !== 'never' && !fanout.ended.stays && now >= fanout.ended.at + state.idleAfterMs) return 'idle';
  return fanout.ended.error === undefined ? 'completed' : 'failed';
}

const eventOf = (automation: Automation) => ({ ...automation.payload, type: automation.event_name });

/** The participants an automation reaches: its filter's matches, or without a filter everyone (scrip.md 11). */
export function audienceOf(state: ScripState, automation: Automation): string[] {
  const matches = condition(automation.participant_filter, eventOf(automation), state.clock.now());
  const participants = state.participants.get(automation.program_id) ?? [];
  return participants.filter(matches).map(participant => participant.id);
}

function passingOf(state: ScripState, automation: Automation, audience: string[], at: number): Set<string> {
  const passes = condition(automation.guard_condition, eventOf(automation), at);
  return new Set(audience.filter(id => passes(participantOf(state, automation.program_id, id))));
}

export function startFanout(state: ScripState, automation: Automation, at: number, completes: boolean): void {
  const audience = audienceOf(state, automation);
  const rate = state.fanoutRate ?? Math.max(14, audience.length / 8);
  const perParticipant = 1000 / rate;
  automation.fanout = {
    started_at: at,
    first_at: at + Math.min(250, 10 * perParticipant),
    per_participant_ms: perParticipant,
    audience,
    passing: passingOf(state, automation, audience, at),
    processed: 0,
    completes,
  };
  automation.updated_at = at;
}

const reachedAt = (fanout: Fanout, index: number) =>
  Math.ceil(fanout.first_at + (index + 1) * fanout.per_participant_ms);
const endOf = (fanout: Fanout) =>
  fanout.audience.length === 0 ? fanout.first_at : reachedAt(fanout, fanout.audience.length - 1);

function progress(state: ScripState, automation: Automation, now: number): void {
  const { fanout } = automation;
  if (!fanout || fanout.ended) return;
  while (fanout.processed < fanout.audience.length && reachedAt(fanout, fanout.processed) <= now) {
    const at = reachedAt(fanout, fanout.processed);
    const participantId = fanout.audience[fanout.processed];
    // A participant the guard turns down is skipped, and counts as processed (scrip.md 8: guard_condition).
    if (participantId !== undefined && fanout.passing.has(participantId)) emit(state, automation, participantId, at);
    fanout.processed += 1;
    automation.updated_at = at;
  }
  if (fanout.processed < fanout.audience.length || endOf(fanout) > now) return;
  fanout.ended = { at: endOf(fanout) };
  automation.updated_at = fanout.ended.at;
  if (fanout.completes && automation.status === 'active') automation.status = 'completed';
}

/** When the scheduler would fire this automation next, or undefined. */
function dueAt(automation: Automation): number | undefined {
  if (automation.status !== 'active') return undefined;
  if (automation.trigger_type === 'cron')
    return automation.next_run_at === undefined ? undefined : automation.next_run_at + PICKUP_MS;
  if (automation.trigger_at === undefined || automation.processed_at !== undefined) return undefined;
  // silent: a one_time that falls due during a manual fan-out waits for it to end.
  const { fanout } = automation;
  return Math.max(automation.trigger_at + PICKUP_MS, fanout ? (fanout.ended?.at ?? endOf(fanout)) : 0);
}

function fire(state: ScripState, automation: Automation, at: number): void {
  if (automation.scope === 'program') {
    const id = automation.participant_id;
    const passes = condition(automation.guard_condition, eventOf(automation), at);
    // silent: a guard on a program-scope automation; here it decides over the one event.
    if (passes(id === undefined ? undefined : participantOf(state, automation.program_id, id)))
      emit(state, automation, id, at);
  } else if (!automation.fanout || automation.fanout.ended) {
    startFanout(state, automation, at, automation.trigger_type === 'one_time');
  }
  // silent: a cron that falls due while its own fan-out still runs; that occurrence is passed over here.
  if (automation.trigger_type === 'cron') {
    automation.last_run_at = at;
    delete automation.last_error;
    scheduleNext(automation, at);
  } else {
    automation.processed_at = at;
    if (automation.scope === 'program') automation.status = 'completed';
  }
  automation.updated_at = at;
}

/** Sets next_run_at to the first occurrence after `from`. */
export function scheduleNext(automation: Automation, from: number): void {
  const next = automation.cron_expression && nextRun(automation.cron_expression, automation.timezone ?? 'UTC', from);
  if (next) automation.next_run_at = next;
  else delete automation.next_run_at;
}

/** Subscribes who matches now and does not yet; drops who no longer does (scrip.md 9.8). silent: dropped rows disappear. */
export function enrol(state: ScripState, automation: Automation, at: number): void {
  const audience = new Set(audienceOf(state, automation));
  state.subscriptions = state.subscriptions.filter(
    row => row.automation_id !== automation.id || row.status !== 'active' || audience.has(row.participant_id),
  );
  for (const row of state.subscriptions) if (row.automation_id === automation.id) audience.delete(row.participant_id);
  for (const participantId of audience) subscribe(state, automation, participantId, at);
  automation.last_evaluated_at = at;
  delete automation.refresh_at;
}

export function subscribe(state: ScripState, automation: Automation, participantId: string, at: number): void {
  const participant = participantOf(state, automation.program_id, participantId);
  const next =
    participant &&
    nextTrigger(automation.schedule_type ?? 'THRESHOLD', automation.schedule_config ?? {}, participant, at);
  state.subscriptions.push({
    order: state.made++,
    id: randomUUID(),
    automation_id: automation.id,
    participant_id: participantId,
    status: 'active',
    created_at: at,
    ...(next === undefined ? {} : { next_trigger_at: next }),
    retry_count: 0,
    trigger_count: 0,
  });
}

export function askRefresh(state: ScripState, automation: Automation): void {
  automation.refresh_at ??= state.clock.now() + REFRESH_MS;
}

/** After a pause nothing is made up for: what fell due meanwhile is passed over. silent. */
export function resume(state: ScripState, automation: Automation): void {
  const now = state.clock.now();
  if (automation.trigger_type === 'cron') scheduleNext(automation, now);
  for (const row of state.subscriptions) {
    if (row.automation_id !== automation.id || (row.next_trigger_at ?? now) >= now) continue;
    const participant = participantOf(state, automation.program_id, row.participant_id);
    const next =
      participant &&
      nextTrigger(automation.schedule_type ?? 'THRESHOLD', automation.schedule_config ?? {}, participant, now);
    if (next !== undefined) row.next_trigger_at = next;
  }
}

function fireSubscriptions(state: ScripState, automation: Automation, now: number): void {
  for (const row of state.subscriptions) {
    if (row.automation_id !== automation.id || row.status !== 'active') continue;
    const participant = participantOf(state, automation.program_id, row.participant_id);
    for (let times = 0; row.next_trigger_at !== undefined && row.next_trigger_at <= now && times < CATCH_UP; times++) {
      const at = row.next_trigger_at;
      if (condition(automation.guard_condition, eventOf(automation), at)(participant)) {
        emit(state, automation, row.participant_id, at);
        row.trigger_count += 1;
        row.last_triggered_at = at;
      }
      delete row.next_trigger_at;
      if (automation.schedule_type === 'THRESHOLD') row.status = 'completed';
      else if (participant && automation.schedule_type) {
        const next = nextTrigger(
          automation.schedule_type,
          automation.schedule_config ?? {},
          participant,
          times + 1 < CATCH_UP ? at : now,
        );
        if (next !== undefined) row.next_trigger_at = next;
      }
    }
  }
}

function settle(state: ScripState, automation: Automation, now: number): void {
  for (let times = 0, due = dueAt(automation); due !== undefined && due <= now; times++, due = dueAt(automation)) {
    progress(state, automation, due);
    fire(state, automation, due);
    if (times >= CATCH_UP) scheduleNext(automation, now);
  }
  progress(state, automation, now);
  if (automation.trigger_type !== 'participant_state' || automation.status !== 'active') return;
  const evaluateAt =
    automation.refresh_at ?? (automation.last_evaluated_at ?? automation.created_at) + EVALUATION_EVERY_MS;
  if (evaluateAt <= now) enrol(state, automation, automation.refresh_at === undefined ? now : evaluateAt);
  fireSubscriptions(state, automation, now);
}

export function advance(state: ScripState): void {
  const now = state.clock.now();
  for (const automation of state.automations.values()) settle(state, automation, now);
}
