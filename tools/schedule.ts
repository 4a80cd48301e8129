// How a plan tells when an automation will fire: the next times in its own zone, how often in a month, and where clocks change.
import type { Check } from '../src/vendors/checks.ts';
import { type Preview, preview, previewOnce } from '../src/vendors/schedule.ts';

export interface Scheduled {
  trigger_type?: string | undefined;
  cron_expression?: string | undefined;
  timezone?: string | undefined;
  trigger_at?: string | undefined;
}

/** Nothing for what has no schedule, or one that would be refused anyway. An estimate: the vendor's own next_run_at is the authority. */
export async function previewLines(
  { trigger_type, cron_expression, timezone, trigger_at }: Scheduled,
  checks: readonly Check[],
  now: number,
): Promise<string[]> {
  if (checks.some(({ pass }) => !pass)) return [];
  if (trigger_type === 'cron' && cron_expression)
    return lines(await preview({ cron_expression, timezone, now }), timezone);
  if (trigger_type === 'one_time' && trigger_at) return lines(previewOnce({ trigger_at, timezone, now }), timezone);
  return [];
}

const lines = ({ firings, per_month, warnings }: Preview, timezone = 'UTC'): string[] => [
  firings.length === 0
    ? 'fires: never'
    : `fires (estimate, ${timezone}): ${firings.map(({ local, note }) => (note ? `${local} (${note})` : local)).join('; ')}`,
  ...(per_month > 0 ? [`about ${per_month} firings a month`] : []),
  ...warnings.map(warning => `note: ${warning}`),
];
