// What the TrustPager tools share: how an automation and a run are told, and what running one costs.
import * as z from 'zod';
import { type Answer, type Change, type Target, type Use, unpublished } from '../src/tool.ts';
import { clean, quote as quoted } from '../src/vendors/text.ts';
import {
  configuration,
  type TrustpagerAction,
  type TrustpagerAutomation,
  unwrapped,
} from '../src/vendors/trustpager/automation.ts';
import { followCascades } from '../src/vendors/trustpager/cascade.ts';
import { asCharged, listedOrTenfold, type Quote, quoteActions } from '../src/vendors/trustpager/prices.ts';
import { marker } from '../src/vendors/trustpager/requests.ts';
import { unclear } from '../src/vendors/trustpager/rules.ts';
import type { Run } from '../src/vendors/trustpager/run.ts';
import type { JsonObject, VendorReply } from '../src/vendors/types.ts';
import { present, when } from './words.ts';

export const stateOf = ({ enabled }: Pick<TrustpagerAutomation, 'enabled'>): string =>
  enabled === true ? 'enabled' : enabled === false ? 'disabled' : 'enabled or not: missing';

export const target = (automation: TrustpagerAutomation): Target => ({
  id: automation.id,
  name: automation.name ?? '',
  state: stateOf(automation),
  unclear: unclear(automation),
  configuration: configuration(automation),
});

/** Only what is certainly off counts as off. */
export const live = (automation: TrustpagerAutomation): boolean => automation.enabled !== false;

/** The write itself sends nothing; the vendor's pages disagree on a credit or two per request (trustpager.md C8). */
export const nothingNow: Quote = {
  low: 0,
  expected: 0,
  high: 0,
  unknown: [],
  lines: [{ what: 'nothing is sent by this call itself', credits: [0, 0], source: 'TrustPager documentation' }],
};

/** What running these actions once costs, what they start included; by the list, or as this account was charged for it lately. */
export async function price(
  { reader, charges }: Pick<Use<'trustpager'>, 'reader' | 'charges'>,
  actions: readonly TrustpagerAction[],
): Promise<Quote> {
  const [prices, followed, seen] = await Promise.all([reader.prices(), followCascades(reader, actions), charges()]);
  return quoteActions(actions, { prices, followed, factor: seen ? asCharged(seen) : listedOrTenfold, now: Date.now() });
}

/** What a run is given, as a person sees it: the marker is named where there will be one. */
export const runChanges = (trigger_data: JsonObject | undefined, markRuns: boolean): Change[] => [
  ...(trigger_data ? [{ field: 'trigger_data', to: trigger_data }] : []),
  ...(markRuns ? [{ field: `trigger_data.${marker}`, to: 'the id of this call, to mark its run' }] : []),
];

/** What every later run costs, for the sentence a person reads before switching on. */
export function perRun({ low, high, unknown }: Quote): string {
  const known = low === high ? `${high} credits` : `${low} to ${high} credits`;
  return unknown.length > 0 ? `at least ${known} a run, not all prices are known` : `${known} a run`;
}

const actions = z
  .array(
    z.object({
      action_id: z.string().optional(),
      action_type: z.string().optional(),
      sequence: unpublished(z.number().optional()),
    }),
  )
  .optional();

export const automationOutput = z.object({
  automation_id: z.string(),
  name: z.string().optional(),
  trigger_type: unpublished(z.string().optional()),
  enabled: z.boolean().optional(),
  actions: unpublished(actions),
});
/** Where the whole automation is what was asked for. */
export const wholeOutput = automationOutput.extend({ actions });

export const automationFields = (automation: TrustpagerAutomation) =>
  present({
    automation_id: automation.id,
    name: automation.name,
    trigger_type: automation.trigger_type,
    enabled: automation.enabled,
    actions: automation.actions?.map(action =>
      present({ action_id: action.id, action_type: action.action_type, sequence: action.sequence }),
    ),
  });

const json = (value: unknown): string | undefined =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
    ? undefined
    : clean(JSON.stringify(value), 400);

export function automationLines(automation: TrustpagerAutomation): string[] {
  const lines: Record<string, string | undefined> = {
    id: automation.id,
    state: stateOf(automation),
    trigger: [automation.trigger_type, automation.stage_id && `stage ${automation.stage_id}`]
      .filter(Boolean)
      .join(', '),
    about: automation.description && quoted(automation.description),
    conditions: json(automation.conditions),
  };
  const limits = [
    automation.dedup_enabled ? `same target at most once in ${automation.dedup_window_minutes ?? '?'} min` : undefined,
    automation.max_executions_per_day === undefined ? undefined : `at most ${automation.max_executions_per_day} a day`,
  ].filter(Boolean);
  return [
    ...Object.entries(lines).flatMap(([key, value]) => (value ? [`${key}: ${value}`] : [])),
    ...(limits.length > 0 ? [`limits: ${limits.join(', ')}`] : []),
    ...(automation.triggers ?? []).map(
      row =>
        `trigger row ${row.id ?? ''}: ${[row.trigger_type, row.source_type, row.source_id].filter(Boolean).join(' ')}`,
    ),
    ...(automation.actions ?? []).map(action =>
      `action ${action.sequence ?? '?'}: ${action.action_type ?? 'type missing'} (${action.id ?? 'no id'}) ${json(action.config) ?? ''}`.trimEnd(),
    ),
  ];
}

export const runOutput = z.object({
  run_id: z.string().optional(),
  automation_id: unpublished(z.string().optional()),
  status: z.string().optional(),
  trigger_type: unpublished(z.string().optional()),
  started_at: unpublished(z.string().optional()),
  completed_at: unpublished(z.string().optional()),
  actions_total: unpublished(z.number().optional()),
  actions_executed: unpublished(z.number().optional()),
  actions_failed: z.number().optional(),
  actions_skipped: unpublished(z.number().optional()),
  action_results: unpublished(
    z
      .array(
        z.object({ action_type: z.string().optional(), status: z.string().optional(), error: z.string().optional() }),
      )
      .optional(),
  ),
});

export const runFields = (run: Run) =>
  present({
    run_id: run.run_id,
    automation_id: run.automation_id,
    status: run.status,
    trigger_type: run.trigger_type,
    started_at: run.started_at,
    completed_at: run.completed_at,
    actions_total: run.actions_total,
    actions_executed: run.actions_executed,
    actions_failed: run.actions_failed,
    actions_skipped: run.actions_skipped,
    action_results: run.action_results?.map(result =>
      present({
        action_type: result.action_type,
        status: result.status,
        error: result.error ? quoted(result.error) : undefined,
      }),
    ),
  });

/** The run's own verdict in words: HTTP 200 does not mean that anything worked (trustpager.md 6.1). */
export function runVerdict(run: Run): string {
  const counts = [
    run.actions_executed === undefined
      ? undefined
      : `${run.actions_executed} of ${run.actions_total ?? '?'} actions ran`,
    run.actions_failed ? `${run.actions_failed} failed` : undefined,
    run.actions_skipped ? `${run.actions_skipped} skipped` : undefined,
  ].filter(Boolean);
  const said =
    run.status === 'completed'
      ? run.actions_failed
        ? 'The run completed with failures'
        : 'The run completed'
      : run.status === 'skipped'
        ? 'The run was skipped: its conditions were not met, nothing was sent'
        : run.status === 'failed'
          ? 'The run failed'
          : run.status === 'running'
            ? 'The run is still going on'
            : `The run’s status is ${run.status ? quoted(run.status) : 'missing'}`;
  return `${said}${counts.length > 0 ? `; ${counts.join(', ')}` : ''}.`;
}

export const runLines = (run: Run, now: number): string[] => [
  [
    `run: ${run.run_id ?? 'no id given'}`,
    run.trigger_type && `fired by ${run.trigger_type}`,
    when(run.started_at, now) && `started ${when(run.started_at, now)}`,
  ]
    .filter(Boolean)
    .join(', '),
  ...(run.action_results ?? []).map(
    (result, index) =>
      `action ${result.sequence ?? index + 1}: ${result.action_type ?? '?'} ${result.status ?? '?'}${result.error ? `, error ${quoted(result.error)}` : ''}`,
  ),
  ...(run.error ? [`error: ${quoted(run.error)}`] : []),
  ...(run.truncated ? ['Not all action results are shown by the vendor.'] : []),
];

/** The answer of a write to one part: what stands there now, as far as the vendor tells. */
export const partOutput = z.object({ automation_id: z.string(), id: z.string().optional() });

export function partAnswer(headline: string, automation_id: string, { body }: VendorReply): Answer {
  const part = unwrapped(body ?? {});
  const id = typeof part.id === 'string' ? part.id : undefined;
  return {
    headline: `${headline}.`,
    fields: present({ automation_id, id }),
    lines: [
      ...(id ? [`id: ${quoted(id)}`] : []),
      ...(part.config ? [`config: ${clean(JSON.stringify(part.config), 400)}`] : []),
    ],
    next: [{ tool: 'trustpager_get_automation', arguments: { automation_id }, why: 'see the whole of it' }],
  };
}
