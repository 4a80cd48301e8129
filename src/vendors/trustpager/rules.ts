// TrustPager's rules for firing and building, as predicates that say why (trustpager.md sections 5 and 6; design section 5.3).
import { type Check, fail, note, pass, seen } from '../checks.ts';
import { clean, quote } from '../text.ts';
import type { TrustpagerAutomation } from './automation.ts';
import { limitHints } from './hints.ts';
import { type ActionInput, inlineActionChecks } from './parts.ts';
import type { Run } from './run.ts';

/** Why nothing can be said of whether it is on: what stands there is neither. */
export const unclear = ({ enabled: on }: Pick<TrustpagerAutomation, 'enabled'>): string | undefined =>
  on === undefined
    ? 'enabled is missing or not true or false, so it cannot be told what a change would do: read it again, and look at it in TrustPager.'
    : undefined;

function enabled({ enabled: on }: TrustpagerAutomation): Check {
  if (on === true) return pass('enabled', 'enabled is true.');
  return on === false
    ? fail(
        'enabled',
        'enabled is false, and what the vendor does with a disabled automation is not documented: enable it first, or execute single actions to try it.',
      )
    : fail(
        'enabled',
        'enabled is missing or not true or false, so it cannot be told whether it may be triggered: read it again.',
      );
}

const over = ['completed', 'failed', 'skipped'];

/** The vendor has no "busy" of its own (trustpager.md 6.1); what runs now is told by the first page of runs, newest first. */
function quiet(runs: readonly Run[]): Check {
  const going = runs.find(({ status }) => status === 'running');
  if (going)
    return fail(
      'no_run_going',
      `status of run ${quote(going.run_id ?? 'without id', 64)} is running: wait until it is over, then call again.`,
    );
  const odd = runs.find(({ status }) => status === undefined || !over.includes(status));
  if (odd)
    return fail(
      'no_run_going',
      `${seen('status', odd.status)} at run ${quote(odd.run_id ?? 'without id', 64)}, not one TrustPager documents, so it cannot be told whether it is still going: look at that run first.`,
    );
  return pass('no_run_going', `None of the ${runs.length} latest runs is running.`);
}

/** Whether an automation, as just read, may be triggered: `enabled` and `no_run_going`. `runs` is the first page of its runs. */
export const triggerChecks = (automation: TrustpagerAutomation, runs: readonly Run[]): Check[] => [
  enabled(automation),
  quiet(runs),
];

/** The fields of a create that rules look at. */
export interface TrustpagerInput {
  name?: string | undefined;
  trigger_type?: string | undefined;
  stage_id?: string | undefined;
  conditions?: unknown;
  triggers?: readonly { trigger_type?: string | undefined }[] | undefined;
  actions?: readonly ActionInput[] | undefined;
  dedup_enabled?: boolean | null | undefined;
  max_executions_per_day?: number | null | undefined;
}

function named({ name }: TrustpagerInput): Check {
  return name
    ? pass('name', 'name is given.')
    : fail('name', 'name is missing or empty: give it one, such as "Welcome new contacts".');
}

function kind({ trigger_type, triggers }: TrustpagerInput): Check {
  if (!trigger_type)
    return fail('trigger_type', 'trigger_type is missing: give one, such as contact_created or form_completed.');
  if (trigger_type === 'form_submitted' || triggers?.some(row => row.trigger_type === 'form_submitted'))
    return fail('trigger_type', 'trigger_type is form_submitted, which TrustPager rejects: use form_completed.');
  return pass('trigger_type', `trigger_type is ${quote(trigger_type, 64)}.`);
}

function stage({ trigger_type, stage_id, triggers }: TrustpagerInput): Check {
  if (trigger_type === 'stage_changed' && !stage_id)
    return fail('stage_id', 'stage_id is missing, and stage_changed needs it: give the id of the pipeline stage.');
  if (triggers?.some(row => (row.trigger_type ?? trigger_type) === 'stage_changed'))
    return fail(
      'stage_id',
      'triggers has a row for stage_changed, which TrustPager rejects: leave the row out, and set stage_id on the automation.',
    );
  return pass('stage_id', 'stage_id is where it is needed.');
}

/** trustpager.md 5.3. An unknown operator is saved, and then no run ever passes it. */
export const operators = [
  'eq',
  'neq',
  'exists',
  'not_exists',
  'gt',
  'gte',
  'lt',
  'lte',
  'contains',
  'not_contains',
  'contains_any',
  'contains_text',
  'in',
];

/** What others call them. */
const aliases: Record<string, string> = {
  '=': 'eq',
  '==': 'eq',
  '===': 'eq',
  equals: 'eq',
  is: 'eq',
  '!=': 'neq',
  ne: 'neq',
  not_equals: 'neq',
  '>': 'gt',
  '>=': 'gte',
  '<': 'lt',
  '<=': 'lte',
  includes: 'contains',
  one_of: 'in',
};

const standard = '{"deal.value":{"gte":500}}';
const lists = ['contains_any', 'in'];

/** The same condition with an operator that exists, where that can be told and is short; else one that always passes. */
function example(field: string, operator: string | undefined, operand: unknown): string {
  const lower = operator?.toLowerCase() ?? '';
  const meant = operators.includes(lower) ? lower : Object.hasOwn(aliases, lower) ? aliases[lower] : undefined;
  if (meant === undefined) return standard;
  const text = JSON.stringify({ [field]: { [meant]: operand } });
  return text.length <= 120 && clean(text, 120) === text ? text : standard;
}

const use = `use one of ${operators.join(', ')}`;

function condition(field: string, test: unknown): Check | undefined {
  // A bare value means `eq`.
  if (typeof test !== 'object' || test === null || Array.isArray(test)) return undefined;
  const used = Object.keys(test);
  const unknown = used.find(operator => !operators.includes(operator));
  const operand = unknown === undefined ? undefined : (test as Record<string, unknown>)[unknown];
  if (unknown !== undefined || used.length === 0)
    return fail(
      'conditions',
      `conditions: ${quote(field, 60)} is ${clean(JSON.stringify(test), 80)} and has ${unknown === undefined ? 'no operator' : `the operator ${quote(unknown, 40)}`}, with which no run would ever pass: ${use}, such as ${example(field, unknown, operand)}.`,
    );
  for (const [operator, value] of Object.entries(test)) {
    if (lists.includes(operator) && !Array.isArray(value))
      return note(
        'conditions',
        `conditions: ${quote(field, 60)} has ${operator} without a list; it compares with lists.`,
      );
    if ((operator === 'exists' || operator === 'not_exists') && value !== true)
      return note(
        'conditions',
        `conditions: ${quote(field, 60)} has ${operator} with something else than true, which is all it takes.`,
      );
  }
  return undefined;
}

function conditions({ conditions: given }: TrustpagerInput): Check[] {
  if (given === undefined || given === null) return [pass('conditions', 'No conditions: it runs for every match.')];
  if (typeof given !== 'object' || Array.isArray(given))
    return [
      fail(
        'conditions',
        `conditions is ${clean(JSON.stringify(given) ?? typeof given, 80)}, not an object: give fields with operators (${use}), such as ${standard}.`,
      ),
    ];
  const told = Object.entries(given).flatMap(([field, test]) => condition(field, test) ?? []);
  const failed = told.find(check => !check.pass);
  if (failed) return [failed];
  return told.length > 0 ? told.slice(0, 5) : [pass('conditions', 'All condition operators are known.')];
}

/** Whether a create keeps the rules that the pages state; types are open lists, so an unknown one passes. */
export const createChecks = (input: TrustpagerInput): Check[] => [
  named(input),
  kind(input),
  stage(input),
  ...conditions(input),
  ...inlineActionChecks(input.actions ?? []),
  ...limitHints(input),
];

/** Whether a change keeps them, judged together with what it changes; rules that it does not touch are not asked again. */
export function updateChecks(automation: TrustpagerAutomation, change: Record<string, unknown>): Check[] {
  // Trigger rows that are there already are the vendor's to judge.
  const after = { ...automation, triggers: undefined, ...change } as TrustpagerInput;
  const touches = (...fields: string[]): boolean => fields.some(field => field in change);
  return [
    ...(touches('name') ? [named(after)] : []),
    ...(touches('trigger_type', 'triggers') ? [kind(after)] : []),
    ...(touches('trigger_type', 'stage_id', 'triggers') ? [stage(after)] : []),
    ...(touches('conditions') ? conditions(after) : []),
    ...(touches('max_executions_per_day', 'dedup_enabled') ? limitHints(after) : []),
  ];
}
