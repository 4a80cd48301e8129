// TrustPager's automation: list rows, and the whole with its triggers and actions (trustpager.md 5.1).
import { count, flag, given, id, isObject, objects, present, word } from '../fields.ts';
import type { Json, JsonObject } from '../types.ts';

export interface TrustpagerTrigger {
  id?: string;
  trigger_type?: string;
  source_type?: string;
  source_id?: string;
  config?: Json;
}

export interface TrustpagerAction {
  id?: string;
  action_type?: string;
  /** Whether it counts from 0 or 1, no page says. */
  sequence?: number;
  config?: Json;
}

/** Trigger and action types are open lists, and old names still occur, so they stay plain text. */
export interface TrustpagerAutomation {
  /** Empty where the body named none. */
  id: string;
  name?: string;
  trigger_type?: string;
  stage_id?: string;
  description?: string;
  /** Only a real boolean counts. */
  enabled?: boolean;
  /** Lower runs first. */
  priority?: number;
  conditions?: Json;
  dedup_enabled?: boolean;
  dedup_window_minutes?: number;
  max_executions_per_day?: number;
  created_at?: string;
  updated_at?: string;
  /** Absent where the body had none, as in list rows. */
  triggers?: TrustpagerTrigger[];
  /** By sequence. Absent where the body had none. */
  actions?: TrustpagerAction[];
}

export const parseTrigger = (row: JsonObject): TrustpagerTrigger =>
  present({
    id: id(row.id),
    trigger_type: word(row.trigger_type),
    source_type: word(row.source_type),
    source_id: word(row.source_id),
    config: given(row.config),
  });

export const parseAction = (row: JsonObject): TrustpagerAction =>
  present({
    id: id(row.id),
    action_type: word(row.action_type),
    sequence: count(row.sequence),
    config: given(row.config),
  });

/** Sorted by sequence; those without one last, otherwise as they came. */
export const parseActions = (rows: JsonObject[]): TrustpagerAction[] =>
  rows
    .map(parseAction)
    .toSorted((a, b) => (a.sequence ?? Number.POSITIVE_INFINITY) - (b.sequence ?? Number.POSITIVE_INFINITY) || 0);

/** What is inside `data`, where the body has it (trustpager.md section 4). */
export const unwrapped = (body: JsonObject): JsonObject => (isObject(body.data) ? body.data : body);

/** A list row, a get, or the answer to a write, wrapped in `data` or not. Never throws. */
export function parseAutomation(body: JsonObject): TrustpagerAutomation {
  const row = unwrapped(body);
  return present({
    id: id(row.id) ?? '',
    name: word(row.name),
    trigger_type: word(row.trigger_type),
    stage_id: word(row.stage_id),
    description: word(row.description),
    enabled: flag(row.enabled),
    priority: count(row.priority),
    conditions: given(row.conditions),
    dedup_enabled: flag(row.dedup_enabled),
    dedup_window_minutes: count(row.dedup_window_minutes),
    max_executions_per_day: count(row.max_executions_per_day),
    created_at: word(row.created_at),
    updated_at: word(row.updated_at),
    triggers: (objects(row.automations_triggers) ?? objects(row.triggers))?.map(parseTrigger),
    actions: actionsOf(row),
  });
}

function actionsOf(row: JsonObject): TrustpagerAction[] | undefined {
  const rows = objects(row.automations_actions) ?? objects(row.actions);
  return rows && parseActions(rows);
}

/** What makes up a target's version (design section 6): no time stamps, and trigger rows in an order that does not depend on the answer's. */
export function configuration(automation: TrustpagerAutomation): JsonObject {
  const { created_at: _made, updated_at: _changed, triggers, id: _id, ...rest } = automation;
  const sorted = triggers
    ?.map(trigger => JSON.stringify(trigger))
    .toSorted()
    .map(text => JSON.parse(text) as JsonObject);
  return present({ ...rest, triggers: sorted }) as unknown as JsonObject;
}
