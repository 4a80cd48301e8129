// What Scrip keeps besides automations: who is enrolled, and the events that firings leave behind (scrip.md 9.9 and section 10).
import { count, given, id, isObject, present, word } from '../fields.ts';
import type { Json, JsonObject } from '../types.ts';

/** One participant's enrolment in a participant_state automation. Times are RFC 3339. */
export interface Subscription {
  id?: string;
  participant_id?: string;
  /** `active`, `completed` or `failed`; what a cancelled one says is not documented. */
  status?: string;
  created_at?: string;
  next_trigger_at?: string;
  last_triggered_at?: string;
  last_error?: string;
  retry_count?: number;
  trigger_count?: number;
}

export const parseSubscription = (row: JsonObject): Subscription =>
  present({
    id: id(row.id),
    participant_id: word(row.participant_id),
    status: word(row.status),
    created_at: word(row.created_at),
    next_trigger_at: word(row.next_trigger_at),
    last_triggered_at: word(row.last_triggered_at),
    last_error: word(row.last_error),
    retry_count: count(row.retry_count),
    trigger_count: count(row.trigger_count),
  });

/** One event. It names no automation: only `event_name`, out of `event_data.type`, ties it to those that make events of that name. */
export interface ScripEvent {
  id?: string;
  participant_id?: string;
  /** `EXTERNAL` or `SYSTEM`. */
  event_type?: string;
  event_name?: string;
  event_data?: Json;
  /** `RECEIVED`, `PENDING`, `PROCESSING`, `COMPLETED` or `FAILED`. */
  status?: string;
  error_message?: string;
  created_at?: string;
  event_timestamp?: string;
}

export const parseEvent = (row: JsonObject): ScripEvent =>
  present({
    id: id(row.id),
    participant_id: word(row.participant_id),
    event_type: word(row.event_type),
    event_name: isObject(row.event_data) ? id(row.event_data.type) : undefined,
    event_data: given(row.event_data),
    status: word(row.status),
    error_message: word(row.error_message),
    created_at: word(row.created_at),
    event_timestamp: word(row.event_timestamp),
  });
