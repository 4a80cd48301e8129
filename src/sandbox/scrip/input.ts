// What Scrip accepts on create and on PATCH, every mistake reported with its field (scrip.md 8.1, 8.2, 9.2, 9.4).
import { isObject, isUuid, type JsonObject } from '../json.ts';
import { celProblem } from './cel.ts';
import { type Detail, invalid } from './errors.ts';
import { cronProblem, isTimezone, rfc3339 } from './schedule.ts';
import {
  type Automation,
  SCHEDULE_TYPES,
  SCOPES,
  type ScheduleType,
  type Scope,
  TRIGGER_TYPES,
  type TriggerType,
} from './state.ts';

type Fields = Partial<Automation>;

const CREATE_FIELDS = [
  'name',
  'event_name',
  'scope',
  'trigger',
  'description',
  'participant_filter',
  'guard_condition',
  'filter_hints',
  'participant_id',
  'payload',
];
const TRIGGER_FIELDS = ['type', 'cron_expression', 'timezone', 'trigger_at', 'schedule_type', 'schedule_config'];
const PATCH_FIELDS = [
  'name',
  'description',
  'event_name',
  'payload',
  'status',
  'cron_expression',
  'timezone',
  'trigger_at',
  'schedule_config',
  'participant_filter',
  'guard_condition',
  'filter_hints',
];
/** Which trigger type a schedule field belongs to (scrip.md 8). */
const BELONGS_TO: Record<string, TriggerType> = {
  cron_expression: 'cron',
  trigger_at: 'one_time',
  schedule_type: 'participant_state',
  schedule_config: 'participant_state',
};

/** Reads fields off one JSON object and collects what is wrong with them. */
class Reader {
  readonly details: Detail[];
  readonly source: JsonObject;
  readonly prefix: string;

  constructor(source: JsonObject, details: Detail[] = [], prefix = '') {
    this.source = source;
    this.details = details;
    this.prefix = prefix;
  }

  wrong(field: string, reason: string, message: string, expected?: string): undefined {
    const value = this.source[field];
    const received =
      value === null
        ? 'null'
        : Array.isArray(value)
          ? 'array'
          : typeof value === 'string'
            ? value.slice(0, 80)
            : typeof value;
    this.details.push({ field: this.prefix + field, message, reason, ...(expected ? { expected } : {}), received });
  }

  has(field: string): boolean {
    return Object.hasOwn(this.source, field);
  }

  required(field: string): boolean {
    if (this.has(field)) return true;
    this.details.push({
      field: this.prefix + field,
      message: 'This field is required',
      reason: 'required',
      expected: 'present',
    });
    return false;
  }

  // silent: unknown fields; refused here, on create as on PATCH (scrip.md 16.8).
  onlyKnows(fields: readonly string[]): void {
    for (const field of Object.keys(this.source))
      if (!fields.includes(field)) this.wrong(field, 'unknown', 'Not an accepted field');
  }

  text(field: string, min = 0, max = Infinity): string | undefined {
    if (!this.has(field)) return undefined;
    const value = this.source[field];
    if (typeof value !== 'string') return this.wrong(field, 'type', 'Must be a string', 'string');
    const length = [...value].length;
    if (length < min || length > max)
      return this.wrong(field, 'length', `Must have ${min} to ${max} characters`, `${min}-${max}`);
    return value;
  }

  oneOf<const T extends readonly string[]>(field: string, values: T): T[number] | undefined {
    if (!this.has(field)) return undefined;
    const value = this.source[field];
    return (
      values.find(known => known === value) ??
      this.wrong(field, 'enum', `Must be one of ${values.join(', ')}`, values.join('|'))
    );
  }

  object(field: string): JsonObject | undefined {
    if (!this.has(field)) return undefined;
    const value = this.source[field];
    return isObject(value) ? value : this.wrong(field, 'type', 'Must be an object', 'object');
  }

  objects(field: string): JsonObject[] | undefined {
    if (!this.has(field)) return undefined;
    const value = this.source[field];
    return Array.isArray(value) && value.every(isObject)
      ? value
      : this.wrong(field, 'type', 'Must be an array of objects', 'object[]');
  }

  cel(field: string): string | undefined {
    const expression = this.text(field);
    const problem = expression === undefined ? undefined : celProblem(expression);
    return problem === undefined ? expression : this.wrong(field, 'cel', problem, 'CEL expression');
  }

  timezone(): string | undefined {
    const name = this.text('timezone');
    return name === undefined || isTimezone(name)
      ? name
      : this.wrong('timezone', 'timezone', 'Must be a tz-database name', 'IANA timezone');
  }

  cron(timezone: string): string | undefined {
    const expression = this.text('cron_expression');
    const problem = expression === undefined ? undefined : cronProblem(expression, timezone);
    return problem === undefined ? expression : this.wrong('cron_expression', 'cron', problem, 'cron expression');
  }

  // silent: whether trigger_at may be in the past; refused here (scrip.md 8.2).
  triggerAt(now: number): number | undefined {
    const text = this.text('trigger_at');
    if (text === undefined) return undefined;
    const at = rfc3339(text);
    if (at === undefined) return this.wrong('trigger_at', 'format', 'Must be an RFC 3339 time', 'date-time');
    return at < now ? this.wrong('trigger_at', 'past', 'Must not be in the past', 'future time') : at;
  }

  /** Schedule fields of another trigger type. silent: ignored or refused; refused here. */
  misplaced(type: TriggerType): void {
    for (const [field, owner] of Object.entries(BELONGS_TO))
      if (this.has(field) && owner !== type) this.wrong(field, 'misplaced', `Only for ${owner} triggers`, owner);
  }
}

export interface NewAutomation extends Fields {
  name: string;
  event_name: string;
  scope: Scope;
  trigger_type: TriggerType;
}

export function readNew(body: JsonObject, now: number): NewAutomation {
  const read = new Reader(body);
  read.onlyKnows(CREATE_FIELDS);
  for (const field of ['name', 'event_name', 'scope', 'trigger']) read.required(field);
  const scope = read.oneOf('scope', SCOPES);
  const common = {
    name: read.text('name', 1, 255),
    event_name: read.text('event_name', 1, 255),
    description: read.text('description'),
    payload: read.object('payload'),
    participant_filter: read.cel('participant_filter'),
    guard_condition: read.cel('guard_condition'),
    filter_hints: read.objects('filter_hints'),
    participant_id: read.text('participant_id'),
  };
  const trigger = new Reader(read.object('trigger') ?? {}, read.details, 'trigger.');
  const type = trigger.required('type') ? trigger.oneOf('type', TRIGGER_TYPES) : undefined;
  const schedule = type ? readSchedule(trigger, type, now) : {};
  if (scope === 'program' && (type === 'immediate' || type === 'participant_state'))
    read.wrong('scope', 'combination', `${type} triggers support participants scope only`, 'participants');
  if (scope === 'program' && read.has('participant_filter'))
    read.wrong('participant_filter', 'misplaced', 'Only for participants scope', 'scope=participants');
  if (read.has('participant_id') && !(scope === 'program' && type === 'one_time'))
    read.wrong(
      'participant_id',
      'misplaced',
      'Only for program scope with a one_time trigger',
      'scope=program, trigger.type=one_time',
    );
  else if (common.participant_id !== undefined && !isUuid(common.participant_id))
    read.wrong('participant_id', 'format', 'Must be a UUID', 'uuid');
  if (read.details.length > 0 || !common.name || !common.event_name || !scope || !type) throw invalid(read.details);
  return {
    ...common,
    ...schedule,
    name: common.name,
    event_name: common.event_name,
    scope,
    trigger_type: type,
  } as NewAutomation;
}

function readSchedule(trigger: Reader, type: TriggerType, now: number): Fields {
  trigger.onlyKnows(TRIGGER_FIELDS);
  trigger.misplaced(type);
  const timezone = trigger.timezone();
  if (type === 'cron') {
    trigger.required('cron_expression');
    return { cron_expression: trigger.cron(timezone ?? 'UTC'), timezone: timezone ?? 'UTC' } as Fields;
  }
  if (type === 'one_time') {
    trigger.required('trigger_at');
    return { trigger_at: trigger.triggerAt(now), timezone } as Fields;
  }
  if (type === 'immediate') return { timezone } as Fields;
  // INFERRED: both are required (scrip.md 8.2).
  trigger.required('schedule_type');
  trigger.required('schedule_config');
  const schedule_type: ScheduleType | undefined = trigger.oneOf('schedule_type', SCHEDULE_TYPES);
  return { schedule_type, schedule_config: trigger.object('schedule_config'), timezone } as Fields;
}

/** Optional fields that null clears. silent: whether it does (scrip.md 9.4). */
const CLEARABLE = ['description', 'payload', 'participant_filter', 'guard_condition', 'filter_hints'] as const;

export interface Change {
  set: Fields;
  clear: readonly (typeof CLEARABLE)[number][];
}

export function readChange(body: JsonObject, automation: Automation, now: number): Change {
  const clear = CLEARABLE.filter(field => body[field] === null);
  const read = new Reader(
    Object.fromEntries(Object.entries(body).filter(([field]) => !clear.some(cleared => cleared === field))),
  );
  read.onlyKnows(PATCH_FIELDS);
  read.misplaced(automation.trigger_type);
  if (automation.scope === 'program' && read.has('participant_filter'))
    read.wrong('participant_filter', 'misplaced', 'Only for participants scope', 'scope=participants');
  const timezone = read.timezone();
  const set = {
    name: read.text('name', 1, 255),
    event_name: read.text('event_name', 1, 255),
    description: read.text('description'),
    payload: read.object('payload'),
    // Only these two can be set; completed, failed and archived cannot (scrip.md 9.4).
    status: read.oneOf('status', ['active', 'paused']),
    cron_expression: read.cron(timezone ?? automation.timezone ?? 'UTC'),
    timezone,
    trigger_at: read.triggerAt(now),
    schedule_config: read.object('schedule_config'),
    participant_filter: read.cel('participant_filter'),
    guard_condition: read.cel('guard_condition'),
    filter_hints: read.objects('filter_hints'),
  };
  if (read.details.length > 0) throw invalid(read.details);
  return { set: Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)) as Fields, clear };
}
