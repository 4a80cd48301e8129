// Whom an automation reaches, and what its conditions see of the event it makes (scrip.md 11).
import { condition } from './cel.ts';
import type { Automation, ScripState } from './state.ts';

export const eventOf = (automation: Automation) => ({ ...automation.payload, type: automation.event_name });

/** The participants an automation reaches: its filter's matches, or without a filter everyone (scrip.md 11). */
export function audienceOf(state: ScripState, automation: Automation, at: number): string[] {
  const participants = state.participants.get(automation.program_id);
  if (!participants) return [];
  if (automation.participant_filter === undefined) return [...participants.keys()];
  const matches = condition(automation.participant_filter, eventOf(automation), at);
  const audience: string[] = [];
  for (const participant of participants.values()) if (matches(participant)) audience.push(participant.id);
  return audience;
}
