// Scrip's automation as its API returns it: flat, lenient, every field but the id optional (scrip.md section 8).
import { count, given, id, present, word } from '../fields.ts';
import type { Json, JsonObject } from '../types.ts';

/** Times are RFC 3339. Enumerations stay plain text: the vendor may add values, and rules refuse what they do not know. */
export interface ScripAutomation {
  /** Empty where the body named none. */
  id: string;
  program_id?: string;
  name?: string;
  description?: string;
  event_name?: string;
  scope?: string;
  trigger_type?: string;
  cron_expression?: string;
  timezone?: string;
  trigger_at?: string;
  schedule_type?: string;
  schedule_config?: Json;
  participant_filter?: string;
  guard_condition?: string;
  filter_hints?: Json;
  participant_id?: string;
  payload?: Json;
  source?: string;
  status?: string;
  execution_status?: string;
  execution_started_at?: string;
  execution_completed_at?: string;
  execution_error?: string;
  participants_total?: number;
  participants_processed?: number;
  last_run_at?: string;
  next_run_at?: string;
  last_error?: string;
  processed_at?: string;
  error_message?: string;
  last_evaluated_at?: string;
  created_at?: string;
  updated_at?: string;
}

/** Never throws; what is absent or null is left out. */
export const parseAutomation = (body: JsonObject): ScripAutomation =>
  present({
    id: id(body.id) ?? '',
    program_id: word(body.program_id),
    name: word(body.name),
    description: word(body.description),
    event_name: word(body.event_name),
    scope: word(body.scope),
    trigger_type: word(body.trigger_type),
    cron_expression: word(body.cron_expression),
    timezone: word(body.timezone),
    trigger_at: word(body.trigger_at),
    schedule_type: word(body.schedule_type),
    schedule_config: given(body.schedule_config),
    participant_filter: word(body.participant_filter),
    guard_condition: word(body.guard_condition),
    filter_hints: given(body.filter_hints),
    participant_id: word(body.participant_id),
    payload: given(body.payload),
    source: word(body.source),
    status: word(body.status),
    execution_status: word(body.execution_status),
    execution_started_at: word(body.execution_started_at),
    execution_completed_at: word(body.execution_completed_at),
    execution_error: word(body.execution_error),
    participants_total: count(body.participants_total),
    participants_processed: count(body.participants_processed),
    last_run_at: word(body.last_run_at),
    next_run_at: word(body.next_run_at),
    last_error: word(body.last_error),
    processed_at: word(body.processed_at),
    error_message: word(body.error_message),
    last_evaluated_at: word(body.last_evaluated_at),
    created_at: word(body.created_at),
    updated_at: word(body.updated_at),
  });

/** What makes up a target's version (design section 6). Not `updated_at` nor anything a fan-out moves: those change without a change. */
const configured = [
  'name',
  'description',
  'event_name',
  'scope',
  'trigger_type',
  'cron_expression',
  'timezone',
  'trigger_at',
  'schedule_type',
  'schedule_config',
  'participant_filter',
  'guard_condition',
  'filter_hints',
  'participant_id',
  'payload',
  'status',
] as const satisfies readonly (keyof ScripAutomation)[];

export const configuration = (automation: ScripAutomation): JsonObject =>
  Object.fromEntries(
    configured.flatMap(field => (automation[field] === undefined ? [] : [[field, automation[field] as Json]])),
  );
