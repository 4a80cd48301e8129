// One fan-out: how it begins, how far it is, and when it is over (scrip.md 8.3, 9.3).
import { audienceOf, eventOf } from './audience.ts';
import { condition } from './cel.ts';
import { emit } from './ledger.ts';
import { type Automation, type Fanout, participantOf, type ScripState } from './state.ts';

export type ExecutionStatus = 'idle' | 'pending' | 'executing' | 'completed' | 'failed';

/** silent: whether it returns to idle after completed or failed (scrip.md 8.3); a reading, and here by default it does. */
export function executionStatus(state: ScripState, { fanout }: Automation): ExecutionStatus {
  if (!fanout) return 'idle';
  if (fanout.held) return fanout.held;
  const now = state.clock.now();
  if (!fanout.ended) return now < fanout.first_at ? 'pending' : 'executing';
  if (state.readings.idle === 'returns' && !fanout.ended.stays && now >= fanout.ended.at + state.idleAfterMs)
    return 'idle';
  return fanout.ended.error === undefined ? 'completed' : 'failed';
}

export function startFanout(state: ScripState, automation: Automation, at: number, completes: boolean): Fanout {
  const audience = audienceOf(state, automation, at);
  const rate = state.fanoutRate ?? Math.max(14, audience.length / 8);
  const perParticipant = 1000 / rate;
  const fanout: Fanout = {
    started_at: at,
    first_at: at + Math.min(250, 10 * perParticipant),
    per_participant_ms: perParticipant,
    audience,
    ...(automation.guard_condition === undefined ? {} : { guard: automation.guard_condition }),
    processed: 0,
    skipped: 0,
    completes,
  };
  automation.fanout = fanout;
  automation.updated_at = at;
  return fanout;
}

const reachedAt = (fanout: Fanout, index: number) =>
  Math.ceil(fanout.first_at + (index + 1) * fanout.per_participant_ms);
export const endOf = (fanout: Fanout): number =>
  fanout.audience.length === 0 ? Math.ceil(fanout.first_at) : reachedAt(fanout, fanout.audience.length - 1);

/** When the fan-out goes on next, or undefined when it does not. */
export function progressDue({ fanout }: Automation): number | undefined {
  if (!fanout || fanout.ended || fanout.held) return undefined;
  return fanout.processed < fanout.audience.length ? reachedAt(fanout, fanout.processed) : endOf(fanout);
}

/** Goes on up to and including `until`, which may come nearer on the way. */
export function progress(state: ScripState, automation: Automation, until: () => number): void {
  const { fanout } = automation;
  if (!fanout || fanout.ended || fanout.held) return;
  const event = eventOf(automation);
  let passes = condition(fanout.guard, event, fanout.started_at);
  let askedAt = fanout.started_at;
  while (fanout.processed < fanout.audience.length) {
    const at = reachedAt(fanout, fanout.processed);
    if (at > until()) return;
    const id = fanout.audience[fanout.processed] as string;
    if (fanout.guard !== undefined && at !== askedAt) {
      passes = condition(fanout.guard, event, at);
      askedAt = at;
    }
    // A participant the guard turns down is skipped, and counts as processed (scrip.md 8: guard_condition).
    if (fanout.guard === undefined || passes(participantOf(state, automation.program_id, id)))
      emit(state, automation, id, at);
    else fanout.skipped += 1;
    fanout.processed += 1;
    automation.updated_at = at;
  }
  if (endOf(fanout) > until()) return;
  fanout.ended = { at: endOf(fanout) };
  automation.updated_at = fanout.ended.at;
  if (fanout.completes && automation.status === 'active') automation.status = 'completed';
}
