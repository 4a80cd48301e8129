// Brings the Scrip twin up to the present: whatever has fallen due since the last look happens now, in its order, at its own time.
import { createHeap } from '../heap.ts';
import { eventOf } from './audience.ts';
import { condition } from './cel.ts';
import { enrol, evaluationDue, fireSubscriptions, resumeSubscriptions, subscriptionDue } from './enrolment.ts';
import { endOf, progress, progressDue, startFanout } from './fanout.ts';
import { emit } from './ledger.ts';
import { nextRun } from './next-run.ts';
import { type Automation, participantOf, type ScripState } from './state.ts';

/** How long the scheduler takes to pick up what is due: the trigger's reply must not mean that it has run (scrip.md 9.6). */
const PICKUP_MS = 300;
/** A clock wound forward by years must not take minutes: a month of every minute is caught up with, what is more is passed over. */
const MOST_FIRINGS = 45_000;
/** The same for the events that firings lead to. */
const MOST_EVENTS = 250_000;

/** When the scheduler would fire this automation next, or undefined. */
function firingDue(automation: Automation): number | undefined {
  if (automation.status !== 'active') return undefined;
  if (automation.trigger_type === 'cron')
    return automation.next_run_at === undefined ? undefined : automation.next_run_at + PICKUP_MS;
  if (automation.trigger_at === undefined || automation.processed_at !== undefined) return undefined;
  // silent: a one_time that falls due during a manual fan-out waits for it to end.
  const { fanout } = automation;
  if (fanout?.held) return undefined;
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

/** After a pause, or with a new schedule. */
export function resume(state: ScripState, automation: Automation, anew = false): void {
  if (automation.trigger_type === 'cron') scheduleNext(automation, state.clock.now());
  resumeSubscriptions(state, automation, anew);
}

type Happening = 'progress' | 'fire' | 'evaluate' | 'subscriptions';

/** What happens to this automation next, and when. */
function nextOf(state: ScripState, automation: Automation): { at: number; what: Happening } | undefined {
  let next: { at: number; what: Happening } | undefined;
  const consider = (at: number | undefined, what: Happening) => {
    if (at !== undefined && (next === undefined || at < next.at)) next = { at, what };
  };
  consider(progressDue(automation), 'progress');
  consider(firingDue(automation), 'fire');
  consider(evaluationDue(automation), 'evaluate');
  consider(subscriptionDue(state, automation), 'subscriptions');
  return next;
}

export interface Happened {
  /** Anything at all that the state shows now and did not before. */
  changes: number;
  /** Automations and subscriptions that fell due. */
  firings: number;
  events: number;
}

const NOTHING: Happened = { changes: 0, firings: 0, events: 0 };

export function advance(state: ScripState): Happened {
  const now = state.clock.now();
  const queue = createHeap<Automation>();
  /** When each automation is queued for; an entry with another time has been overtaken by an earlier one. */
  const queuedFor = new Map<Automation, number>();
  const look = (automation: Automation) => {
    const at = nextOf(state, automation)?.at;
    if (at === undefined || at > now || at >= (queuedFor.get(automation) ?? Infinity)) return;
    queuedFor.set(automation, at);
    queue.push({ at, order: automation.order, what: automation });
  };
  for (const automation of state.automations.values()) look(automation);
  if (!queue.peek()) return NOTHING;
  state.lookAgain = look;
  const untilNext = () => Math.min(now, queue.peek()?.at ?? now);
  const madeBefore = state.made;
  const eventsBefore = state.ledger.events;
  let changes = 0;
  let firings = 0;
  for (let due = queue.pop(); due; due = queue.pop()) {
    const automation = due.what;
    if (queuedFor.get(automation) !== due.at) continue;
    queuedFor.delete(automation);
    const next = nextOf(state, automation);
    if (next?.at === due.at) {
      const isTooMuch = firings >= MOST_FIRINGS || state.made - madeBefore >= MOST_EVENTS;
      changes += 1;
      if (next.what === 'fire' || next.what === 'subscriptions') firings += 1;
      happen(state, automation, next, isTooMuch ? 'pass over' : untilNext);
    }
    look(automation);
  }
  delete state.lookAgain;
  return { changes, firings, events: state.ledger.events - eventsBefore };
}

/** What can be made up for at its next time is passed over when there is too much of it. */
function happen(
  state: ScripState,
  automation: Automation,
  { at, what }: { at: number; what: Happening },
  until: 'pass over' | (() => number),
): void {
  const now = state.clock.now();
  if (what === 'progress') progress(state, automation, until === 'pass over' ? () => now : until);
  else if (what === 'evaluate') enrol(state, automation, at);
  else if (what === 'fire') {
    if (until === 'pass over' && automation.trigger_type === 'cron') scheduleNext(automation, now);
    else fire(state, automation, at);
  } else if (until === 'pass over' && automation.schedule_type !== 'THRESHOLD') resumeSubscriptions(state, automation);
  else fireSubscriptions(state, automation, at, id => emit(state, automation, id, at));
}
