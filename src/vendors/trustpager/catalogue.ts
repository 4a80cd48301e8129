// What TrustPager says about its own trigger and action types: open lists, whose shapes are partly undocumented (trustpager.md 5.4 and 5.5).
import { bounded } from '../bounded.ts';
import { given, id, isObject, objects, present, word } from '../fields.ts';
import type { Json, JsonObject } from '../types.ts';
import { unwrapped } from './automation.ts';

export interface ActionType {
  action_type: string;
  label?: string;
  description?: string;
  /** Everything else it says, such as schema, example, warnings and related types; cut to size. */
  details: JsonObject;
}

export interface TriggerSchema {
  trigger_type: string;
  label?: string;
  description?: string;
  /** What a run of this trigger is given; the best model for `trigger_data`. */
  sample_trigger_data?: Json;
  available_variables?: Json;
  details: JsonObject;
}

export interface TriggerSchemas {
  triggers: TriggerSchema[];
  /** Variables that every run has, such as `contact.*`. */
  enriched_variables?: Json;
}

/** How a row names its type differs, or is not told. */
const names = {
  action_type: ['action_type', 'type', 'key', 'name', 'id'],
  trigger_type: ['trigger_type', 'type', 'key', 'name', 'id'],
};

const without = (row: JsonObject, fields: readonly string[]): JsonObject =>
  bounded(Object.fromEntries(Object.entries(row).filter(([key]) => !fields.includes(key)))) as JsonObject;

const small = (value: Json | undefined): Json | undefined =>
  given(value) === undefined ? undefined : bounded(value as Json);

function nameOf(row: JsonObject, kind: keyof typeof names): { field?: string; type?: string } {
  const field = names[kind].find(name => id(row[name]) !== undefined);
  return field === undefined ? {} : { field, type: id(row[field]) ?? '' };
}

/** `asked`: the type that was asked for, where the answer names none. */
function parseActionType(row: JsonObject, asked?: string): ActionType | undefined {
  const { field, type = asked } = nameOf(row, 'action_type');
  if (type === undefined) return undefined;
  return present({
    action_type: type,
    label: word(row.label),
    description: word(row.description),
    details: without(row, [field ?? '', 'label', 'description']),
  });
}

function parseTriggerSchema(row: JsonObject, asked?: string): TriggerSchema | undefined {
  const { field, type = asked } = nameOf(row, 'trigger_type');
  if (type === undefined) return undefined;
  return present({
    trigger_type: type,
    label: word(row.label),
    description: word(row.description),
    sample_trigger_data: small(row.sample_trigger_data),
    available_variables: small(row.available_variables),
    details: without(row, [field ?? '', 'label', 'description', 'sample_trigger_data', 'available_variables']),
  });
}

/** A list of objects or of bare names, or an object with one entry per type; undefined where it is none of these. */
function rowsOf(list: Json | undefined, field: keyof typeof names): JsonObject[] | undefined {
  if (Array.isArray(list))
    return list.flatMap(row => (typeof row === 'string' ? [{ [field]: row }] : (objects([row]) ?? [])));
  if (!isObject(list)) return undefined;
  const entries = Object.entries(list);
  return entries.length > 0 && entries.every(([, row]) => isObject(row))
    ? entries.map(([type, row]) => ({ ...(row as JsonObject), [field]: type }))
    : undefined;
}

/** Undefined where the answer holds no list. Never throws. */
export function parseActionTypes(body: JsonObject): ActionType[] | undefined {
  const data = body.data ?? body;
  const inner = isObject(data) ? (data.action_types ?? data.actions ?? data.types) : undefined;
  return rowsOf(inner ?? data, 'action_type')?.flatMap(row => parseActionType(row) ?? []);
}

export const describedActionType = (body: JsonObject, asked: string): ActionType | undefined => {
  const row = unwrapped(body);
  return Object.keys(row).length === 0 ? undefined : parseActionType(row, asked);
};

/** Undefined where the answer holds no list. Never throws. */
export function parseTriggerSchemas(body: JsonObject): TriggerSchemas | undefined {
  const data = body.data ?? body;
  const inner = isObject(data) ? (data.triggers ?? data.trigger_types) : undefined;
  const rows = rowsOf(inner ?? data, 'trigger_type');
  return (
    rows &&
    present({
      triggers: rows.flatMap(row => parseTriggerSchema(row) ?? []),
      enriched_variables: isObject(data) ? small(data.enriched_variables) : undefined,
    })
  );
}

export const describedTrigger = (body: JsonObject, asked: string): TriggerSchema | undefined => {
  const row = unwrapped(body);
  const inner = isObject(row.trigger) ? row.trigger : row;
  return Object.keys(inner).length === 0 ? undefined : parseTriggerSchema(inner, asked);
};
