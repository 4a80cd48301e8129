// Events and what the program's rules make of them: points credited to participants, once per event (scrip.md 1, 10).
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../json.ts';
import { participantChanged } from './cel.ts';
import { creditReached } from './enrolment.ts';
import { type Automation, type Participant, participantOf, type ScripEvent, type ScripState } from './state.ts';

/** No more events than this are kept; older ones are only counted. */
const EVENTS_KEPT = 400_000;

/** silent: how rules are written down; the twin has these few, and no endpoint for them. Amounts are strings (scrip.md 2). */
const RULES: readonly { name: string; credit(event: JsonObject): number }[] = [
  { name: 'What an event carries in points', credit: event => amount(event.points) },
  { name: 'Digest readers', credit: event => (event.type === 'weekly_digest' ? 5 : 0) },
  { name: 'VIP weekend', credit: event => (event.type === 'vip_double_points' ? 10 * amount(event.multiplier) : 0) },
  { name: 'Birthday treat', credit: event => (event.type === 'birthday_treat' ? 25 : 0) },
  { name: 'Hundred points reached', credit: event => (event.type === 'hundred_points' ? 10 : 0) },
  { name: 'Win back', credit: event => (event.type === 'win_back' ? 15 : 0) },
];

function amount(value: unknown): number {
  const points = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  return Number.isSafeInteger(points) && points > 0 && points <= 1_000_000 ? points : 0;
}

/** An event as an automation makes it (scrip.md 1). silent: payload.type against event_name; the name wins here. */
export function record(
  state: ScripState,
  automation: Automation,
  participantId: string | undefined,
  at: number,
): ScripEvent {
  const event: ScripEvent = {
    order: state.made++,
    id: randomUUID(),
    program_id: automation.program_id,
    ...(participantId === undefined ? {} : { participant_id: participantId }),
    event_data: { ...automation.payload, type: automation.event_name },
    at,
  };
  state.events.push(event);
  state.eventsByName[automation.event_name] = (state.eventsByName[automation.event_name] ?? 0) + 1;
  if (state.events.length > EVENTS_KEPT) state.events = state.events.slice(EVENTS_KEPT / 2);
  return event;
}

/** The same, and the rules act on it. */
export function emit(state: ScripState, automation: Automation, participantId: string | undefined, at: number): void {
  const event = record(state, automation, participantId, at);
  state.ledger.events += 1;
  const participant =
    participantId === undefined ? undefined : participantOf(state, automation.program_id, participantId);
  if (!participant) return;
  for (const rule of RULES) {
    const points = rule.credit(event.event_data);
    if (points > 0) credit(state, event, participant, rule.name, points);
  }
}

function credit(state: ScripState, event: ScripEvent, participant: Participant, rule: string, points: number): void {
  const { ledger } = state;
  // SUSPENDED and CLOSED block financial actions (scrip.md 10). silent: what becomes of the event then; it fails here.
  if (participant.status !== 'ACTIVE') {
    event.error = `Participant is ${participant.status}`;
    ledger.blocked += 1;
    return;
  }
  participant.counters.points = (participant.counters.points ?? 0) + points;
  participantChanged(participant);
  state.changes.set(participant.program_id, (state.changes.get(participant.program_id) ?? 0) + 1);
  ledger.entries += 1;
  ledger.credited += points;
  ledger.by_rule[rule] = (ledger.by_rule[rule] ?? 0) + points;
  creditReached(state, participant, event.at);
}
