// What the Scrip twin remembers: programs, participants, automations, subscriptions and events of one organisation.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { JsonObject } from '../json.ts';

export const TRIGGER_TYPES = ['cron', 'one_time', 'immediate', 'participant_state'] as const;
export const SCOPES = ['program', 'participants'] as const;
export const STATUSES = ['active', 'paused', 'completed', 'failed', 'archived'] as const;
export const SOURCES = ['api', 'rule_action'] as const;
export const SCHEDULE_TYPES = ['ATTRIBUTE_DATE', 'INTERVAL', 'CRON', 'THRESHOLD'] as const;
export type TriggerType = (typeof TRIGGER_TYPES)[number];
export type Scope = (typeof SCOPES)[number];
export type ScheduleType = (typeof SCHEDULE_TYPES)[number];

export interface Program {
  id: string;
  name: string;
  description: string;
  status: 'ACTIVE' | 'SUSPENDED' | 'ARCHIVED';
  on_unknown_participant: 'CREATE' | 'REJECT';
  created_at: number;
}

export interface Participant {
  id: string;
  program_id: string;
  external_id: string;
  status: 'ACTIVE' | 'SUSPENDED' | 'CLOSED';
  tags: string[];
  counters: Record<string, number>;
  attributes: Record<string, string>;
}

/** One fan-out. Everything about its progress follows from the clock and these fields. */
export interface Fanout {
  started_at: number;
  /** pending until then, executing from then on. */
  first_at: number;
  per_participant_ms: number;
  audience: string[];
  /** Of the audience, those the guard condition lets through. */
  passing: Set<string>;
  processed: number;
  /** Its own schedule ends a one_time or immediate automation; a manual firing does not. */
  completes: boolean;
  /** `stays` keeps it from going back to idle: only the control room sets it. */
  ended?: { at: number; error?: string; stays?: true };
}

export interface Automation {
  order: number;
  id: string;
  program_id: string;
  name: string;
  description?: string;
  event_name: string;
  scope: Scope;
  trigger_type: TriggerType;
  cron_expression?: string;
  timezone?: string;
  trigger_at?: number;
  schedule_type?: ScheduleType;
  schedule_config?: JsonObject;
  participant_filter?: string;
  guard_condition?: string;
  filter_hints?: JsonObject[];
  participant_id?: string;
  payload?: JsonObject;
  source: (typeof SOURCES)[number];
  status: (typeof STATUSES)[number];
  created_at: number;
  updated_at: number;
  fanout?: Fanout;
  last_run_at?: number;
  next_run_at?: number;
  last_error?: string;
  processed_at?: number;
  error_message?: string;
  last_evaluated_at?: number;
  /** When the asked-for evaluation of the enrolment takes place. */
  refresh_at?: number;
}

export interface Subscription {
  order: number;
  id: string;
  automation_id: string;
  participant_id: string;
  status: 'active' | 'completed' | 'failed';
  created_at: number;
  next_trigger_at?: number;
  last_triggered_at?: number;
  last_error?: string;
  retry_count: number;
  trigger_count: number;
}

export interface ScripEvent {
  order: number;
  id: string;
  program_id: string;
  participant_id?: string;
  event_data: JsonObject;
  at: number;
}

export interface ScripState {
  clock: Clock;
  /** Participants per second; undefined lets every sizeable audience take about eight seconds. */
  fanoutRate: number | undefined;
  idleAfterMs: number | 'never';
  programs: Map<string, Program>;
  participants: Map<string, Participant[]>;
  automations: Map<string, Automation>;
  subscriptions: Subscription[];
  events: ScripEvent[];
  /** How many rows were made so far: separates rows of the same millisecond. */
  made: number;
}

export function participantOf(state: ScripState, programId: string, id: string): Participant | undefined {
  return state.participants.get(programId)?.find(participant => participant.id === id);
}

/** An event as an automation makes it (scrip.md 1). silent: payload.type against event_name; the name wins here. */
export function emit(state: ScripState, automation: Automation, participantId: string | undefined, at: number): void {
  state.events.push({
    order: state.made++,
    id: randomUUID(),
    program_id: automation.program_id,
    ...(participantId === undefined ? {} : { participant_id: participantId }),
    event_data: { ...automation.payload, type: automation.event_name },
    at,
  });
}
