// What the Scrip tools share: how an automation is told, who it reaches, and what it costs.
import * as z from 'zod';
import { type Audience, type Target, unpublished } from '../src/tool.ts';
import { configuration, parseAutomation, type ScripAutomation } from '../src/vendors/scrip/automation.ts';
import { unclear } from '../src/vendors/scrip/rules.ts';
import { clean, quote as quoted } from '../src/vendors/text.ts';
import type { Quote } from '../src/vendors/trustpager/prices.ts';
import type { JsonObject, VendorReply } from '../src/vendors/types.ts';
import { present, when } from './words.ts';

/** Scrip charges nothing per call; what a firing costs is what the program's rules hand out (scrip.md section 13). */
export const free: Quote = {
  low: 0,
  expected: 0,
  high: 0,
  unknown: [],
  lines: [
    {
      what: 'Scrip charges no credits; points or rewards that the program’s rules grant are not priced',
      credits: [0, 0],
      source: 'Scrip API reference',
    },
  ],
};

export const statusOf = (automation: ScripAutomation): string =>
  [
    automation.status ?? 'status missing',
    automation.scope === 'participants' ? (automation.execution_status ?? 'execution status missing') : undefined,
  ]
    .filter(Boolean)
    .join(', ');

export const target = (automation: ScripAutomation): Target => ({
  id: automation.id,
  name: automation.name ?? '',
  state: statusOf(automation),
  unclear: unclear(automation),
  configuration: configuration(automation),
});

/** No page counts an audience beforehand (scrip.md 9.10): the last run's total is the best there is. */
export function audience(
  automation: Pick<ScripAutomation, 'scope' | 'participant_filter' | 'participants_total'>,
): Audience {
  if (automation.scope === 'program')
    return { note: 'one event for the program as a whole; its rules decide who gains' };
  const who = automation.participant_filter
    ? `every participant matching ${quoted(automation.participant_filter)}`
    : 'every participant of the program';
  return automation.participants_total === undefined
    ? { note: `${who}; how many is not known before it runs` }
    : { people: automation.participants_total, note: `${who}; the number is the last run’s` };
}

/** How many people the fan-out that is under way reaches (scrip.md section 8); a vendor that has not counted yet may say 0, which tells nothing. */
export const reached = ({ body }: VendorReply): number | undefined => {
  const { execution_status, participants_total } = parseAutomation(body ?? {});
  const underWay = execution_status === 'pending' || execution_status === 'executing';
  return underWay && participants_total ? participants_total : undefined;
};

/** What a later read is compared with: the marks that a firing leaves (scrip.md 9.6). */
export const marks = (automation: ScripAutomation): JsonObject =>
  JSON.parse(
    JSON.stringify({
      status: automation.status,
      execution_status: automation.execution_status,
      execution_started_at: automation.execution_started_at,
      last_run_at: automation.last_run_at,
      next_run_at: automation.next_run_at,
      trigger_type: automation.trigger_type,
      scope: automation.scope,
    }),
  );

export const automationOutput = z.object({
  automation_id: z.string(),
  name: z.string().optional(),
  trigger_type: unpublished(z.string().optional()),
  scope: unpublished(z.string().optional()),
  status: z.string().optional(),
  execution_status: z.string().optional(),
  participants_total: unpublished(z.number().optional()),
  participants_processed: unpublished(z.number().optional()),
  next_run_at: unpublished(z.string().optional()),
  last_run_at: unpublished(z.string().optional()),
});

/** The fields a caller may rely on. */
export const automationFields = (automation: ScripAutomation) =>
  present({
    automation_id: automation.id,
    name: automation.name,
    trigger_type: automation.trigger_type,
    scope: automation.scope,
    status: automation.status,
    execution_status: automation.execution_status,
    participants_total: automation.participants_total,
    participants_processed: automation.participants_processed,
    next_run_at: automation.next_run_at,
    last_run_at: automation.last_run_at,
  });

/** One automation, told in a few lines; empty ones are left out. */
export function automationLines(automation: ScripAutomation, now: number): string[] {
  const schedule = [
    automation.cron_expression && `cron ${quoted(automation.cron_expression)} ${automation.timezone ?? 'UTC'}`,
    automation.trigger_at && `at ${when(automation.trigger_at, now)}`,
    automation.schedule_type,
  ]
    .filter(Boolean)
    .join(', ');
  const progress =
    automation.participants_total === undefined
      ? undefined
      : `${automation.participants_processed ?? 0} of ${automation.participants_total} participants`;
  const lines: Record<string, string | undefined> = {
    id: automation.id,
    kind: [automation.trigger_type, automation.scope].filter(Boolean).join(' × '),
    state: statusOf(automation),
    event: automation.event_name && quoted(automation.event_name),
    about: automation.description && quoted(automation.description),
    schedule,
    'next run': when(automation.next_run_at, now),
    'last run': when(automation.last_run_at, now),
    'fan-out': [
      progress,
      when(automation.execution_started_at, now) && `started ${when(automation.execution_started_at, now)}`,
      when(automation.execution_completed_at, now) && `completed ${when(automation.execution_completed_at, now)}`,
    ]
      .filter(Boolean)
      .join(', '),
    filter: automation.participant_filter && quoted(automation.participant_filter),
    guard: automation.guard_condition && quoted(automation.guard_condition),
    payload:
      automation.payload && Object.keys(automation.payload).length > 0
        ? clean(JSON.stringify(automation.payload), 400)
        : undefined,
    error:
      automation.execution_error || automation.last_error || automation.error_message
        ? quoted(automation.execution_error ?? automation.last_error ?? automation.error_message ?? '')
        : undefined,
  };
  return Object.entries(lines).flatMap(([key, value]) => (value ? [`${key}: ${value}`] : []));
}
