// Scrip's rules for firing, as predicates that say why (scrip.md 8.1, 8.3 and 9.6; design section 5.3). What is not known to be allowed is refused.
import { type Check, fail, pass, seen } from '../checks.ts';
import { quote } from '../text.ts';
import type { ScripAutomation } from './automation.ts';

/** Trigger × scope: the sentence that refuses firing by hand, or null where the vendor allows it. */
const firing: Record<string, Record<string, string | null>> = {
  cron: { program: null, participants: null },
  one_time: {
    program:
      'A one_time automation of scope program fires only at its trigger_at: change trigger_at instead, or wait for it.',
    participants: null,
  },
  immediate: {
    program: 'immediate does not exist for scope program, only for participants: read the automation again.',
    participants: null,
  },
  participant_state: {
    program:
      'participant_state does not exist for scope program, and can never be triggered by hand: read the automation again.',
    participants: 'A participant_state automation can never be triggered by hand: refresh its subscriptions instead.',
  },
};

const kinds = Object.keys(firing);
const scopes = ['program', 'participants'];

function matrix({ trigger_type, scope }: ScripAutomation): Check {
  const kind = trigger_type !== undefined && Object.hasOwn(firing, trigger_type) ? firing[trigger_type] : undefined;
  if (!kind)
    return fail(
      'matrix',
      `${seen('trigger_type', trigger_type)}, not one of ${kinds.join(', ')}, so it cannot be told whether it may be triggered: read it again.`,
    );
  const verdict = scope !== undefined && Object.hasOwn(kind, scope) ? kind[scope] : undefined;
  if (verdict === undefined)
    return fail(
      'matrix',
      `${seen('scope', scope)}, neither program nor participants, so it cannot be told whether it may be triggered: read it again.`,
    );
  return verdict === null
    ? pass('matrix', `${trigger_type} × ${scope} may be triggered by hand.`)
    : fail('matrix', verdict);
}

/** What to do about each status that is not `active`; states are compared exactly, case included. */
const revive: Record<string, string> = {
  paused: 'set its status to active first',
  completed: 'it has fired already; create a new one to fire again',
  failed: 'look at its error, then create a new one',
  archived: 'that is final; create a new one',
};

function active({ status }: ScripAutomation): Check {
  if (status === 'active') return pass('active', 'status is active.');
  const way =
    status !== undefined && Object.hasOwn(revive, status) ? revive[status] : 'read it again, and look at it in Scrip';
  return fail('active', `${seen('status', status)}, and only an active automation can be triggered: ${way}.`);
}

/** No page says whether `completed` and `failed` return to `idle` by themselves (scrip.md 8.3, C6), so the operator chooses how strictly to read it. */
function idle({ scope, execution_status: state }: ScripAutomation, mode: 'strict' | 'not_busy'): Check {
  if (scope === 'program') return pass('idle', 'Scope program has no fan-out, so idle is not asked for.');
  if (state === 'idle') return pass('idle', 'execution_status is idle.');
  if (state === 'pending' || state === 'executing')
    return fail(
      'idle',
      `execution_status is ${state}: a fan-out is under way. Wait until it is over, or cancel it; triggering now would be refused.`,
    );
  if (state === 'completed' || state === 'failed')
    return mode === 'not_busy'
      ? pass(
          'idle',
          `execution_status is ${state}: nothing is under way, and the operator's setting "idle: not_busy" leaves the rest to Scrip.`,
        )
      : fail(
          'idle',
          `execution_status is ${state}, and Scrip asks for exactly idle. Wait for idle; if it never returns to it, the operator can set "idle: not_busy".`,
        );
  return fail(
    'idle',
    `${seen('execution_status', state)}, not a state Scrip documents, so it cannot be told whether a fan-out is under way: read it again.`,
  );
}

/** Whether an automation, as just read, may be fired by hand: `matrix`, `active`, `idle`, always all three. */
export const triggerChecks = (automation: ScripAutomation, mode: 'strict' | 'not_busy'): Check[] => [
  matrix(automation),
  active(automation),
  idle(automation, mode),
];

/** Whether there is a fan-out to stop. What Scrip answers where there is none, no page says (scrip.md 9.7), so such a call is not made. */
export function cancelChecks({ scope, execution_status: state }: ScripAutomation): Check[] {
  if (scope === 'program')
    return [
      fail(
        'under_way',
        'Scope program has no fan-out, so there is nothing to cancel: set its status to paused to keep it from firing.',
      ),
    ];
  return [
    state === 'pending' || state === 'executing'
      ? pass('under_way', `execution_status is ${state}: a fan-out is under way.`)
      : fail(
          'under_way',
          `${seen('execution_status', state)}, and only a fan-out that is pending or executing can be cancelled: set its status to paused to keep it from firing again.`,
        ),
  ];
}

/** Archiving is final and needs nothing but that it has not been done (scrip.md 9.5). */
export const archiveChecks = ({ status }: ScripAutomation): Check[] => [
  status === 'archived'
    ? fail('archived', 'status is archived already: there is nothing left to do.')
    : pass('archived', `${seen('status', status)}, not archived.`),
];

/** Scrip answers 400 for the wrong type and for what is paused or archived (scrip.md 9.8). */
export function refreshChecks({ trigger_type, status }: ScripAutomation): Check[] {
  const way =
    status !== undefined && Object.hasOwn(revive, status) ? revive[status] : 'read it again, and look at it in Scrip';
  return [
    trigger_type === 'participant_state'
      ? pass('kind', 'trigger_type is participant_state.')
      : fail(
          'kind',
          `${seen('trigger_type', trigger_type)}, and only participant_state automations have subscriptions to refresh; others find their participants when they fire.`,
        ),
    status === 'active'
      ? pass('active', 'status is active.')
      : fail('active', `${seen('status', status)}, and only an active automation can be refreshed: ${way}.`),
  ];
}

/** The flat fields of a create, named as in responses; what is given is judged, unknown fields are left to the vendor. */
export interface ScripInput {
  name?: string | undefined;
  event_name?: string | undefined;
  scope?: string | undefined;
  trigger_type?: string | undefined;
  cron_expression?: string | undefined;
  timezone?: string | undefined;
  trigger_at?: string | undefined;
  schedule_type?: string | undefined;
  schedule_config?: unknown;
  participant_filter?: string | undefined;
  participant_id?: string | undefined;
}

function pair({ trigger_type, scope }: ScripInput): Check {
  if (trigger_type === undefined || !kinds.includes(trigger_type))
    return fail('matrix', `${seen('trigger_type', trigger_type)}: use one of ${kinds.join(', ')}.`);
  if (scope === undefined || !scopes.includes(scope))
    return fail('matrix', `${seen('scope', scope)}: use program or participants.`);
  if (scope === 'program' && (trigger_type === 'immediate' || trigger_type === 'participant_state'))
    return fail(
      'matrix',
      `trigger_type is ${trigger_type} and scope is program, which Scrip does not have: use scope participants, or cron or one_time for the program.`,
    );
  return pass('matrix', `${trigger_type} × ${scope} exists.`);
}

function length(field: 'name' | 'event_name', value: string | undefined): Check {
  const size = value === undefined ? 0 : Array.from(value).length;
  if (size >= 1 && size <= 255) return pass(field, `${field} has ${size} of at most 255 characters.`);
  return fail(
    field,
    value === undefined
      ? `${field} is missing: give it 1 to 255 characters.`
      : `${field} has ${size} characters: give it 1 to 255.`,
  );
}

/** Who: a filter belongs to participants; one participant to a one_time automation of the program (scrip.md 8.2). */
function audience({ scope, trigger_type, participant_filter, participant_id }: ScripInput): Check {
  if (participant_filter !== undefined && scope !== 'participants')
    return fail(
      'audience',
      `participant_filter is ${quote(participant_filter, 80)} and ${seen('scope', scope)}: a filter needs scope participants; leave it out, or change the scope.`,
    );
  if (participant_id !== undefined && !(scope === 'program' && trigger_type === 'one_time'))
    return fail(
      'audience',
      `participant_id is ${quote(participant_id, 60)} with trigger_type ${quote(trigger_type ?? 'missing', 40)} and scope ${quote(scope ?? 'missing', 40)}: it belongs only to one_time with scope program. For some participants use scope participants and a participant_filter.`,
    );
  return pass('audience', 'participant_filter and participant_id are where they belong.');
}

const inlineZone = /(?:CRON_)?TZ\s*=/i;

/** Only the shape: which ranges and names Scrip takes, no page says. Six fields and `@daily` are undocumented, so five it is. */
function cron({ trigger_type, cron_expression: expression }: ScripInput): Check {
  if (expression === undefined)
    return trigger_type === 'cron'
      ? fail('cron', 'cron_expression is missing, and cron needs one: give five fields, such as "0 9 * * 1".')
      : pass('cron', 'No cron_expression is needed.');
  if (trigger_type !== 'cron')
    return fail(
      'cron',
      `cron_expression is ${quote(expression, 60)} and ${seen('trigger_type', trigger_type)}: it belongs to cron only; leave it out, or change trigger_type.`,
    );
  if (inlineZone.test(expression))
    return fail(
      'cron',
      `cron_expression is ${quote(expression, 60)}: Scrip rejects a time zone inside it; put the zone into timezone.`,
    );
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5 || fields.some(field => !/^[0-9A-Za-z*,/?#-]+$/.test(field)))
    return fail(
      'cron',
      `cron_expression is ${quote(expression, 60)}: give five fields (minute, hour, day of month, month, day of week), such as "0 9 * * 1".`,
    );
  return pass('cron', 'cron_expression has five fields.');
}

/** Whether the zone exists is left to the vendor: its zone table is not ours. */
function zone({ timezone }: ScripInput): Check {
  if (timezone === undefined || /^[A-Za-z][A-Za-z0-9_+/-]*$/.test(timezone))
    return pass('timezone', `timezone is ${timezone ?? 'UTC, the default'}.`);
  return fail(
    'timezone',
    `timezone is ${quote(timezone, 60)}: give a name of the tz database, such as "America/Chicago".`,
  );
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** A time in the past passes: what Scrip does with one is not documented (scrip.md 8.2). */
function moment({ trigger_type, trigger_at }: ScripInput): Check {
  if (trigger_at === undefined)
    return trigger_type === 'one_time'
      ? fail(
          'trigger_at',
          'trigger_at is missing, and one_time needs one: give an RFC 3339 time with zone, such as "2027-03-01T09:00:00Z".',
        )
      : pass('trigger_at', 'No trigger_at is needed.');
  if (trigger_type !== 'one_time')
    return fail(
      'trigger_at',
      `trigger_at is ${quote(trigger_at, 40)} and ${seen('trigger_type', trigger_type)}: it belongs to one_time only; leave it out, or change trigger_type.`,
    );
  if (!rfc3339.test(trigger_at) || Number.isNaN(Date.parse(trigger_at)))
    return fail(
      'trigger_at',
      `trigger_at is ${quote(trigger_at, 40)}: give an RFC 3339 time with zone, such as "2027-03-01T09:00:00Z".`,
    );
  return pass('trigger_at', 'trigger_at is a time with zone.');
}

function subscription({ trigger_type, schedule_type, schedule_config }: ScripInput): Check {
  if (trigger_type === 'participant_state') {
    const missing = [
      schedule_type === undefined && 'schedule_type',
      (schedule_config === undefined || schedule_config === null) && 'schedule_config',
    ].filter(Boolean);
    return missing.length === 0
      ? pass('schedule', 'schedule_type and schedule_config are given.')
      : fail(
          'schedule',
          `${missing.join(' and ')} missing, and participant_state needs both: schedule_type is ATTRIBUTE_DATE, INTERVAL, CRON or THRESHOLD.`,
        );
  }
  if (schedule_type === undefined && schedule_config === undefined)
    return pass('schedule', 'No schedule_type is needed.');
  return fail(
    'schedule',
    `schedule_type or schedule_config is given and ${seen('trigger_type', trigger_type)}: they belong to participant_state only; leave them out, or change trigger_type.`,
  );
}

/** Whether a create, in flat fields, keeps the rules of scrip.md 8.1 and 8.2. Name and filter semantics are the vendor's to judge. */
export const createChecks = (input: ScripInput): Check[] => [
  pair(input),
  length('name', input.name),
  length('event_name', input.event_name),
  audience(input),
  cron(input),
  zone(input),
  moment(input),
  subscription(input),
];

/** What PATCH takes (scrip.md 9.4). Scope, trigger type, schedule_type, participant_id and source can never change. */
const changeable = [
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

/** Whether a change keeps the rules, judged together with what it changes; rules that it does not touch are not asked again. */
export function updateChecks(automation: ScripAutomation, change: Record<string, unknown>): Check[] {
  const fixed = Object.keys(change).filter(field => !changeable.includes(field));
  const after = { ...automation, ...change } as ScripInput;
  const { status } = change;
  const checks = [
    fixed.length === 0
      ? pass('changeable', 'Scrip lets these fields change.')
      : fail(
          'changeable',
          `${fixed.map(field => quote(field, 40)).join(', ')} cannot change at Scrip: create a new automation instead.`,
        ),
    automation.status === 'archived'
      ? fail('archived', 'status is archived, which is final: create a new automation instead.')
      : pass('archived', `${seen('status', automation.status)}, not archived.`),
    status === undefined || status === 'active' || status === 'paused'
      ? pass('status', 'status is one that can be set.')
      : fail('status', `status cannot be set to ${quote(String(status), 40)}: use active or paused.`),
  ];
  const touched: [string, () => Check][] = [
    ['name', () => length('name', after.name)],
    ['event_name', () => length('event_name', after.event_name)],
    ['participant_filter', () => audience(after)],
    ['cron_expression', () => cron(after)],
    ['timezone', () => zone(after)],
    ['trigger_at', () => moment(after)],
    ['schedule_config', () => subscription(after)],
  ];
  // null may clear a field; whether it does, no page says (scrip.md 9.4), so only values are judged.
  return [
    ...checks,
    ...touched.flatMap(([field, judge]) => (change[field] === undefined || change[field] === null ? [] : [judge()])),
  ];
}
