// What the Scrip twin remembers: programs, participants, automations, subscriptions, events and the ledger of one organisation.
import type { Clock } from '../clock.ts';
import type { JsonObject } from '../json.ts';
import type { Readings } from '../readings.ts';

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
  /** As it stood when the fan-out began. */
  guard?: string;
  processed: number;
  /** Of those processed, how many the guard condition turned down. */
  skipped: number;
  /** Its own schedule ends a one_time or immediate automation; a manual firing does not. */
  completes: boolean;
  /** `stays` keeps it from going back to idle: only the control room sets it. */
  ended?: { at: number; error?: string; stays?: true };
  /** Stopped by the control room in this state, until something else happens to it. */
  held?: 'pending' | 'executing';
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
  /** What the last evaluation went by: while none of it has changed, the next one would find the same. */
  evaluated_by?: string;
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

/** Who an automation has subscribed, and when the first of them is due. */
export interface Enrolment {
  rows: Map<string, Subscription>;
  next_at: number | undefined;
}

export interface ScripEvent {
  order: number;
  id: string;
  program_id: string;
  participant_id?: string;
  event_data: JsonObject;
  at: number;
  /** Why the rules could not do what they say; such an event has FAILED. */
  error?: string;
}

/** What rules have moved so far. */
export interface Ledger {
  /** Events the rules have looked at. */
  events: number;
  entries: number;
  credited: number;
  by_rule: Record<string, number>;
  /** Credits that a suspended or closed participant did not get. */
  blocked: number;
}

export interface ScripState {
  clock: Clock;
  readings: Readings;
  /** Participants per second; undefined lets every sizeable audience take about eight seconds. */
  fanoutRate: number | undefined;
  idleAfterMs: number;
  programs: Map<string, Program>;
  participants: Map<string, Map<string, Participant>>;
  automations: Map<string, Automation>;
  enrolments: Map<string, Enrolment>;
  events: ScripEvent[];
  /** Of all events there ever were, also of those no longer kept. */
  eventsByName: Record<string, number>;
  ledger: Ledger;
  /** How often something about the participants of a program has changed. */
  changes: Map<string, number>;
  /** How many rows were made so far: separates rows of the same millisecond. */
  made: number;
  /** The rate limit's bucket (scrip.md 4). */
  bucket: { tokens: number; filledAt: number };
  /** Asks for a second look at an automation that something else has made due, while what is due is being worked through. */
  lookAgain?: (automation: Automation) => void;
}

export function participantOf(state: ScripState, programId: string, id: string): Participant | undefined {
  return state.participants.get(programId)?.get(id);
}

export function enrolmentOf(state: ScripState, automationId: string): Enrolment {
  const known = state.enrolments.get(automationId);
  if (known) return known;
  const made: Enrolment = { rows: new Map(), next_at: undefined };
  state.enrolments.set(automationId, made);
  return made;
}
