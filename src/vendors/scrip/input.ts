// Scrip's rules for what is built, one by one: when, for whom, and with what (scrip.md 8.1, 8.2 and section 11). Every refusal names a value that would pass.
import { checkCel } from '../cel.ts';
import { type Check, fail, note, pass, seen } from '../checks.ts';
import { checkCron, checkOneOff, checkZone } from '../schedule.ts';
import { clean, quote } from '../text.ts';

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
  guard_condition?: string | undefined;
  payload?: unknown;
}

export const kinds = ['cron', 'one_time', 'immediate', 'participant_state'];
const scopes = ['program', 'participants'];

export function pair({ trigger_type, scope }: ScripInput): Check {
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

export function length(field: 'name' | 'event_name', value: string | undefined): Check {
  const size = value === undefined ? 0 : Array.from(value).length;
  if (size >= 1 && size <= 255) return pass(field, `${field} has ${size} of at most 255 characters.`);
  const example = field === 'name' ? '"Weekly digest"' : '"weekly_digest"';
  return fail(
    field,
    value === undefined
      ? `${field} is missing: give it 1 to 255 characters, such as ${example}.`
      : `${field} is ${quote(value, 40)}, which has ${size} characters: give it 1 to 255, such as ${example}.`,
  );
}

/** Who: a filter belongs to participants; one participant to a one_time automation of the program (scrip.md 8.2). */
export function audience({ scope, trigger_type, participant_filter, participant_id }: ScripInput): Check {
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
  if (scope === 'participants' && participant_filter === undefined)
    return note('audience', 'there is no participant_filter, so it reaches every participant of the program.');
  return pass('audience', 'participant_filter and participant_id are where they belong.');
}

export async function cron({ trigger_type, cron_expression: expression }: ScripInput): Promise<Check> {
  if (expression === undefined)
    return trigger_type === 'cron'
      ? fail('cron', 'cron_expression is missing, and cron needs one: give five fields, such as "0 9 * * 1".')
      : pass('cron', 'No cron_expression is needed.');
  if (trigger_type !== 'cron')
    return fail(
      'cron',
      `cron_expression is ${quote(expression, 60)} and ${seen('trigger_type', trigger_type)}: it belongs to cron only; leave it out, or change trigger_type.`,
    );
  return checkCron(expression);
}

export const zone = ({ timezone }: ScripInput): Check =>
  timezone === undefined ? pass('timezone', 'timezone is UTC, the default.') : checkZone(timezone);

export function moment({ trigger_type, trigger_at }: ScripInput, now: number): Check {
  if (trigger_at === undefined)
    return trigger_type === 'one_time'
      ? fail(
          'trigger_at',
          `trigger_at is missing, and one_time needs one: ${checkOneOff('', now).reason.split(': ').at(-1)}`,
        )
      : pass('trigger_at', 'No trigger_at is needed.');
  if (trigger_type !== 'one_time')
    return fail(
      'trigger_at',
      `trigger_at is ${quote(trigger_at, 40)} and ${seen('trigger_type', trigger_type)}: it belongs to one_time only; leave it out, or change trigger_type.`,
    );
  return checkOneOff(trigger_at, now);
}

/** What belongs into schedule_config, no page says (scrip.md section 15), so it is passed on as it is. */
export function subscription({ trigger_type, schedule_type, schedule_config }: ScripInput): Check {
  if (trigger_type === 'participant_state') {
    const missing = [
      schedule_type === undefined && 'schedule_type',
      (schedule_config === undefined || schedule_config === null) && 'schedule_config',
    ].filter(Boolean);
    return missing.length === 0
      ? pass('schedule', 'schedule_type and schedule_config are given.')
      : fail(
          'schedule',
          `${missing.join(' and ')} missing, and participant_state needs both: schedule_type is ATTRIBUTE_DATE, INTERVAL, CRON or THRESHOLD, schedule_config an object.`,
        );
  }
  if (schedule_type === undefined && schedule_config === undefined)
    return pass('schedule', 'No schedule_type is needed.');
  return fail(
    'schedule',
    `schedule_type or schedule_config is given and ${seen('trigger_type', trigger_type)}: they belong to participant_state only; leave them out, or change trigger_type.`,
  );
}

/** Nothing where the field is absent. */
export async function expression(
  field: 'participant_filter' | 'guard_condition',
  value: string | undefined,
): Promise<Check[]> {
  if (value === undefined) return [];
  const { check, warnings } = await checkCel(value, field);
  return [check, ...warnings.map(warning => note(field, warning))];
}

/** Which of the two wins where the payload has a `type` of its own, no page says (scrip.md 8.2). */
export function payload({ payload: given, event_name }: ScripInput): Check[] {
  if (given === undefined) return [];
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return [
      fail(
        'payload',
        `payload is ${clean(JSON.stringify(given) ?? typeof given, 80)}, not an object: give one, such as {"points":10}.`,
      ),
    ];
  return Object.hasOwn(given, 'type')
    ? [
        note(
          'payload',
          `payload has the key type, and so does every event, where it is ${quote(event_name ?? 'the event_name', 60)}; which of them wins is not documented.`,
        ),
      ]
    : [];
}
