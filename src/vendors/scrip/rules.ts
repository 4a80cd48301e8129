// Scrip's rules for firing, stopping, building and changing, as predicates that say why (scrip.md 8.1, 8.3 and section 9; design section 5.3). What is not known to be allowed is refused.
import { type Check, fail, note, pass, seen } from '../checks.ts';
import { quote } from '../text.ts';
import type { ScripAutomation } from './automation.ts';
import {
  audience,
  cron,
  expression,
  kinds,
  length,
  moment,
  pair,
  payload,
  type ScripInput,
  subscription,
  zone,
} from './input.ts';

export type { ScripInput } from './input.ts';

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

/** Why nothing can be said of a status: no page names it. */
export const unclear = ({ status }: Pick<ScripAutomation, 'status'>): string | undefined =>
  status === 'active' || (status !== undefined && Object.hasOwn(revive, status))
    ? undefined
    : `${seen('status', status)}, not one Scrip documents, so it cannot be told what a change would do: read it again, and look at it in Scrip.`;

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

/**
 * Whether a create, in flat fields, keeps the rules of scrip.md 8.1 and 8.2. What is only doubtful passes with a "Note:". That a name is not
 * taken is the vendor's to judge. `now` in milliseconds.
 */
export const createChecks = async (input: ScripInput, now: number = Date.now()): Promise<Check[]> => [
  pair(input),
  length('name', input.name),
  length('event_name', input.event_name),
  audience(input),
  await cron(input),
  zone(input),
  moment(input, now),
  subscription(input),
  ...(await expression('participant_filter', input.participant_filter)),
  ...(await expression('guard_condition', input.guard_condition)),
  ...payload(input),
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
export async function updateChecks(
  automation: ScripAutomation,
  change: Record<string, unknown>,
  now: number = Date.now(),
): Promise<Check[]> {
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
  const touched: [string, () => Check | Check[] | Promise<Check | Check[]>][] = [
    ['name', () => length('name', after.name)],
    ['event_name', () => length('event_name', after.event_name)],
    ['participant_filter', () => audience(after)],
    ['participant_filter', () => expression('participant_filter', after.participant_filter)],
    ['guard_condition', () => expression('guard_condition', after.guard_condition)],
    ['cron_expression', () => cron(after)],
    ['timezone', () => zone(after)],
    ['trigger_at', () => moment(after, now)],
    ['schedule_config', () => subscription(after)],
    ['payload', () => payload(after)],
    ['status', () => late(after, status, now)],
  ];
  // null may clear a field; whether it does, no page says (scrip.md 9.4), so only values are judged.
  const judged = touched.map(([field, judge]) =>
    change[field] === undefined || change[field] === null ? [] : judge(),
  );
  return [...checks, ...widened(automation, change), ...(await Promise.all(judged)).flat()];
}

/** Resuming what should have fired by now: whether Scrip then makes up for it, no page says. */
const late = ({ trigger_type, trigger_at }: ScripInput, status: unknown, now: number): Check[] =>
  status === 'active' && trigger_type === 'one_time' && trigger_at !== undefined && Date.parse(trigger_at) <= now
    ? [
        note(
          'trigger_at',
          `trigger_at is ${quote(trigger_at, 40)}, which is past; whether it then fires at once or never is not documented.`,
        ),
      ]
    : [];

/** A filter that is cleared may let everybody in (scrip.md section 11). */
const widened = ({ scope }: ScripAutomation, change: Record<string, unknown>): Check[] =>
  scope === 'participants' && change.participant_filter === null
    ? [note('audience', 'without a participant_filter it reaches every participant of the program.')]
    : [];
