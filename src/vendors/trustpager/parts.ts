// Rules for the triggers and actions of a TrustPager automation, as predicates that say why (trustpager.md 5.4 and 5.5).
import { type Check, fail, note, pass, seen } from '../checks.ts';
import { clean, quote } from '../text.ts';
import { actionClass, actionTypes } from './actions.ts';
import type { TrustpagerAction, TrustpagerAutomation } from './automation.ts';
import { variableHints } from './hints.ts';

export interface TriggerInput {
  trigger_type?: string | null | undefined;
  source_type?: string | null | undefined;
  source_id?: string | null | undefined;
  config?: unknown;
}

export interface ActionInput {
  action_type?: string | undefined;
  sequence?: number | undefined;
  config?: unknown;
}

/** Fired without a trigger row (trustpager.md 5.4). */
const rowless = ['manual', 'api', 'scheduled', 'event_queue_step', 'auto_queue'];

const ids = (parts: readonly { id?: string }[] | undefined): string[] => (parts ?? []).flatMap(({ id }) => id ?? []);

const listed = (names: readonly string[]): string =>
  names.length === 0
    ? 'none'
    : `${names
        .slice(0, 20)
        .map(name => clean(name, 64))
        .join(', ')}${names.length > 20 ? ` and ${names.length - 20} more` : ''}`;

/** Whether the automation, as just read, has that trigger or action. */
export function existsCheck(
  what: 'trigger' | 'action',
  id: string,
  parts: readonly { id?: string }[] | undefined,
): Check {
  const known = ids(parts);
  const field = `${what}_id`;
  return known.includes(id)
    ? pass(field, `${field} is ${quote(id, 64)}, which the automation has.`)
    : fail(
        field,
        `${field} is ${quote(id, 64)}, which the automation does not have: ${known.length === 0 ? `it has no ${what} at all; add one first` : `use one of ${listed(known)}`}.`,
      );
}

/** For a row that is added, or as it will be after a change: one without a type of its own has the automation's (trustpager.md 5.4). */
export const triggerRowChecks = (automation: TrustpagerAutomation, row: TriggerInput): Check[] => [
  rowType(automation, row),
];

function rowType(automation: TrustpagerAutomation, { trigger_type }: TriggerInput): Check {
  const type = trigger_type ?? automation.trigger_type;
  const whose = trigger_type ? 'trigger_type' : 'trigger_type of the automation';
  if (type === 'stage_changed')
    return fail(
      'trigger_type',
      `${whose} is stage_changed, for which TrustPager rejects trigger rows: set stage_id on the automation instead, or give the row another trigger_type, such as deal_updated.`,
    );
  if (type === 'form_submitted')
    return fail('trigger_type', `${whose} is form_submitted, which TrustPager rejects: use form_completed.`);
  if (type !== undefined && rowless.includes(type))
    return note('trigger_type', `${whose} is ${type}, which fires without a trigger row.`);
  return pass('trigger_type', `${seen(whose, type)}.`);
}

const flat = (type: string): string => type.toLowerCase().replace(/[^a-z]/g, '');

/** The list of types is open, so only a missing one fails; one that is on no page counts as the worst (trustpager.md 5.5). */
function kind({ action_type: type }: ActionInput): Check {
  if (typeof type !== 'string' || type.trim() === '')
    return fail(
      'action_type',
      `action_type is ${type === undefined ? 'missing' : 'empty'}: give one, such as add_tasks.`,
    );
  if (actionClass(type) !== 'unknown') return pass('action_type', `action_type is ${quote(type, 60)}.`);
  const meant = type === 'send_email' ? 'send_gmail_email' : actionTypes.find(known => flat(known) === flat(type));
  return note(
    'action_type',
    `action_type is ${quote(type, 60)}, which is on none of the vendor's pages, so it counts as costly and as reaching customers${meant ? `; ${meant} is on them` : ''}.`,
  );
}

/** Whether it counts from 0 or from 1, no page says (trustpager.md 5.5). */
function place(sequence: unknown, others: readonly TrustpagerAction[]): Check {
  const next = Math.max(0, ...others.map(other => other.sequence ?? 0)) + 1;
  if (!Number.isInteger(sequence) || (sequence as number) < 0)
    return fail(
      'sequence',
      `sequence is ${sequence === undefined ? 'missing' : clean(JSON.stringify(sequence) ?? 'not a number', 40)}: give a whole number from 0, such as ${next}.`,
    );
  return others.some(other => other.sequence === sequence)
    ? note(
        'sequence',
        `sequence is ${sequence}, which another action has; which of them runs first is not documented. ${next} is free.`,
      )
    : pass('sequence', `sequence is ${sequence}.`);
}

/** For an action that is added, or as it will be after a change; `others` are the automation's other actions. */
export const actionRowChecks = (action: ActionInput, others: readonly TrustpagerAction[] = []): Check[] => [
  kind(action),
  place(action.sequence, others),
  ...variableHints('config', action.config),
];

/** Every action exactly once; what TrustPager does with half a list, no page says. */
export function reorderChecks(automation: TrustpagerAutomation, actionIds: readonly string[]): Check[] {
  const known = ids(automation.actions);
  const given = new Set(actionIds);
  const wrong = [
    known.length === 0 && 'the automation has no actions',
    known.length < (automation.actions?.length ?? 0) && 'an action of the automation has no id',
    given.size < actionIds.length &&
      `${listed([...given].filter(id => actionIds.indexOf(id) !== actionIds.lastIndexOf(id)))} is named twice`,
    ...[...given].filter(id => !known.includes(id)).map(id => `${quote(id, 64)} is not one of its actions`),
    ...known.filter(id => !given.has(id)).map(id => `${clean(id, 64)} is left out`),
  ].filter(line => line !== false);
  if (wrong.length > 0)
    return [
      fail(
        'action_ids',
        `action_ids is ${clean(JSON.stringify(actionIds), 200)}, and ${wrong.slice(0, 5).join('; ')}: name each of its actions exactly once${known.length === 0 ? '' : `, such as ${clean(JSON.stringify(known), 4_000)}`}.`,
      ),
    ];
  return [
    known.every((id, at) => actionIds[at] === id)
      ? note('action_ids', 'the actions are in this order already.')
      : pass('action_ids', `action_ids names each of the ${known.length} actions exactly once.`),
  ];
}

/** The actions of a create that is made in one call, where a sequence may be left out (trustpager.md 5.2). */
export const inlineActionChecks = (actions: readonly ActionInput[]): Check[] =>
  actions.flatMap((action, at) => [
    kind(action),
    ...(action.sequence === undefined ? [] : [place(action.sequence, actions.slice(0, at) as TrustpagerAction[])]),
    ...variableHints('config', action.config),
  ]);
