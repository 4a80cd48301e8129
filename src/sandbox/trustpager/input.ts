// What TrustPager accepts for automations, triggers and actions (trustpager.md 5.2, 5.4, 5.5).
import { isObject, isUuid, type JsonObject } from '../json.ts';
import { ACTION_TYPES, actionType, defaultSource, isTriggerType, TRIGGER_TYPES } from './catalogue.ts';
import { confirmed400, missingFields, unknownValue, validationError } from './errors.ts';
import type { Action, Automation, Trigger } from './state.ts';

type Check = (value: unknown) => boolean;
const isText: Check = value => typeof value === 'string';
const isName: Check = value => typeof value === 'string' && value.trim() !== '';
const isFlag: Check = value => typeof value === 'boolean';
const isCount: Check = value => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const orNull =
  (check: Check): Check =>
  value =>
    value === null || check(value);

const AUTOMATION_FIELDS: Record<string, { check: Check; expected: string }> = {
  name: { check: isName, expected: 'a non-empty string' },
  trigger_type: { check: isName, expected: 'a string' },
  stage_id: { check: orNull(isUuid), expected: 'a UUID' },
  description: { check: orNull(isText), expected: 'a string' },
  enabled: { check: isFlag, expected: 'a boolean' },
  priority: { check: value => typeof value === 'number' && Number.isFinite(value), expected: 'a number' },
  conditions: { check: orNull(isObject), expected: 'an object or null' },
  dedup_enabled: { check: isFlag, expected: 'a boolean' },
  dedup_window_minutes: { check: orNull(isCount), expected: 'a whole number' },
  max_executions_per_day: { check: orNull(isCount), expected: 'a whole number' },
};
const INLINE_FIELDS = ['triggers', 'trigger', 'actions'];

function checkFields(
  body: JsonObject,
  fields: Record<string, { check: Check; expected: string }>,
  extra: string[] = [],
): void {
  const hint = `Writable fields: ${[...Object.keys(fields), ...extra].join(', ')}`;
  for (const [name, value] of Object.entries(body)) {
    if (extra.includes(name)) continue;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    // silent: unknown fields; refused here, with the documented hint.
    if (!field) throw validationError(`Unknown field: ${name}`, `Remove '${name}' from your request body.`, hint);
    if (!field.check(value))
      throw validationError(`${name} must be ${field.expected}`, `Send ${field.expected} as '${name}'.`, hint);
  }
}

const requireFields = (body: JsonObject, names: string[]) => {
  const missing = names.filter(name => body[name] === undefined || body[name] === null || body[name] === '');
  if (missing.length > 0) throw missingFields(missing);
};

function checkTriggerType(name: string): void {
  if (name === 'form_submitted')
    throw confirmed400('trigger_type form_submitted is deprecated', "Use 'form_completed' instead.");
  // silent: an unknown trigger type; 422 with the known ones here (C7).
  const available = TRIGGER_TYPES.map(type => type.trigger_type);
  if (!isTriggerType(name)) throw unknownValue(`Unknown trigger_type: ${name.slice(0, 80)}`, available);
}

const STAGE_CHANGED = "Set 'stage_id' on the automation instead; it is the only stage matcher.";

export interface NewAutomation {
  automation: Omit<Automation, 'order' | 'id' | 'created_at'>;
  triggers: NewTrigger[];
  actions: NewAction[];
}
export type NewTrigger = Pick<Trigger, 'trigger_type' | 'source_type' | 'source_id' | 'config'>;
export type NewAction = Pick<Action, 'action_type' | 'sequence' | 'config'>;

// silent: whether an inline create is atomic; here everything is checked before anything is made.
export function readAutomation(body: JsonObject): NewAutomation {
  requireFields(body, ['name', 'trigger_type']);
  checkFields(body, AUTOMATION_FIELDS, INLINE_FIELDS);
  const trigger_type = String(body.trigger_type);
  checkTriggerType(trigger_type);
  if (trigger_type === 'stage_changed' && !body.stage_id) throw missingFields(['stage_id'], STAGE_CHANGED);
  const inline = [...listOf(body, 'triggers'), ...(body.trigger === undefined ? [] : [body.trigger])];
  const automation = {
    name: String(body.name),
    description: null,
    trigger_type,
    stage_id: null,
    conditions: null,
    enabled: false,
    priority: 0,
    dedup_enabled: false,
    dedup_window_minutes: null,
    max_executions_per_day: null,
    ...Object.fromEntries(Object.entries(body).filter(([name]) => Object.hasOwn(AUTOMATION_FIELDS, name))),
  };
  return {
    automation,
    triggers: inline.map(row => readTrigger(objectOf(row, 'trigger'), trigger_type)),
    actions: listOf(body, 'actions').map((row, index) =>
      readAction({ sequence: index + 1, ...objectOf(row, 'action') }),
    ),
  };
}

function listOf(body: JsonObject, name: string): unknown[] {
  const value = body[name];
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw validationError(`${name} must be an array`);
  return value;
}

function objectOf(value: unknown, name: string): JsonObject {
  if (!isObject(value)) throw validationError(`${name} must be an object`);
  return value;
}

export function readAutomationChange(body: JsonObject, automation: Automation): Partial<Automation> {
  const inline = INLINE_FIELDS.find(name => Object.hasOwn(body, name));
  // silent: inline rows on PATCH; here they have their own endpoints only.
  if (inline)
    throw validationError(
      `${inline} cannot be updated inline`,
      'Use the triggers and actions endpoints of the automation.',
    );
  checkFields(body, AUTOMATION_FIELDS);
  if (typeof body.trigger_type === 'string') checkTriggerType(body.trigger_type);
  const merged = { ...automation, ...body };
  if (merged.trigger_type === 'stage_changed' && !merged.stage_id) throw missingFields(['stage_id'], STAGE_CHANGED);
  return body as Partial<Automation>;
}

const TRIGGER_FIELDS = {
  trigger_type: { check: isName, expected: 'a string' },
  source_type: { check: isName, expected: 'a string' },
  source_id: { check: orNull(isName), expected: 'a string or null' },
  config: { check: isObject, expected: 'an object' },
};

function checkTrigger(body: JsonObject, parentType: string): void {
  checkFields(body, TRIGGER_FIELDS);
  if (typeof body.trigger_type === 'string') checkTriggerType(body.trigger_type);
  if (parentType === 'stage_changed' || body.trigger_type === 'stage_changed')
    throw confirmed400('stage_changed automations take no trigger rows', STAGE_CHANGED);
}

/** source_type follows from the trigger type unless it is given (trustpager.md 5.4). */
export function readTrigger(body: JsonObject, parentType: string): NewTrigger {
  checkTrigger(body, parentType);
  const { source_type, source_id = null, config = {} } = body;
  const trigger_type = String(body.trigger_type ?? parentType);
  return { trigger_type, source_type: source_type ?? defaultSource(trigger_type), source_id, config } as NewTrigger;
}

export function readTriggerChange(body: JsonObject, parentType: string): Partial<NewTrigger> {
  checkTrigger(body, parentType);
  return body as Partial<NewTrigger>;
}

const ACTION_FIELDS = {
  action_type: { check: isName, expected: 'a string' },
  sequence: { check: isCount, expected: 'a whole number' },
  config: { check: isObject, expected: 'an object' },
};

export function readActionChange(body: JsonObject): Partial<NewAction> {
  checkFields(body, ACTION_FIELDS);
  const name = body.action_type;
  // silent: an unknown action type; 422 with the known ones here (C7).
  if (typeof name === 'string' && !actionType(name))
    throw unknownValue(
      `Unknown action_type: ${name.slice(0, 80)}`,
      ACTION_TYPES.map(type => type.action_type),
    );
  return body as Partial<NewAction>;
}

export function readAction(body: JsonObject): NewAction {
  requireFields(body, ['action_type', 'sequence']);
  return { config: {}, ...readActionChange(body) } as NewAction;
}
