// Which cron expressions are taken, IANA zones, RFC 3339 times and the schedules of subscriptions.
import type { JsonObject } from '../json.ts';
import { nextRun } from './next-run.ts';
import type { Participant, ScheduleType } from './state.ts';

const HOUR = 3_600_000;
const VALUE = '(?:\\d+|[A-Za-z]{3})';
const FIELD = new RegExp(`^(?:\\*|${VALUE}(?:-${VALUE})?)(?:/\\d+)?$`);

/**
 * Why a cron expression is refused, or undefined. Five standard fields; CRON_TZ= and TZ= prefixes are refused by the
 * vendor (scrip.md 8.2). silent: six fields and descriptors such as @daily; refused here.
 */
export function cronProblem(expression: string, timezone: string): string | undefined {
  if (/^\s*(CRON_TZ|TZ)=/i.test(expression)) return 'Inline CRON_TZ= and TZ= prefixes are not supported, use timezone';
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5) return 'Must be a standard cron expression of five fields';
  if (!fields.every(field => field.split(',').every(item => FIELD.test(item))))
    return 'Must be a standard cron expression';
  try {
    return nextRun(expression, timezone, Date.now()) === undefined ? 'Never occurs' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'Must be a standard cron expression';
  }
}

/** A tz-database name (scrip.md 8.2); offsets such as +05:00, which Intl would take, are not names. */
export function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Milliseconds of an RFC 3339 time, or undefined when it is none. */
export function rfc3339(text: string): number | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (!parts) return undefined;
  const ms = Date.parse(text);
  // Date.parse rolls 31 February over into March; a calendar does not.
  const lastDay = new Date(Date.UTC(Number(parts[1]), Number(parts[2]), 0)).getUTCDate();
  return Number.isNaN(ms) || Number(parts[3]) > lastDay ? undefined : ms;
}

/**
 * When a subscription fires next. silent: the shape of schedule_config is unknown for every schedule type (scrip.md 15.5).
 * It is passed through untouched; of the shapes one might guess, this twin reads `attribute`, `interval` ("36h", "7d") and
 * `cron_expression` with `timezone`, for a THRESHOLD `counter` with `at_least` (without them it fires once at enrolment),
 * and never fires what it cannot read.
 */
export function nextTrigger(
  type: ScheduleType,
  config: JsonObject,
  participant: Participant,
  from: number,
): number | undefined {
  if (type === 'THRESHOLD') return thresholdOf(config, participant) === 'below' ? undefined : from;
  if (type === 'INTERVAL') {
    const [, count, unit] = /^(\d{1,4})([mhd])$/.exec(String(config.interval)) ?? [];
    const unitMs = unit === 'd' ? 24 * HOUR : unit === 'h' ? HOUR : HOUR / 60;
    return count === undefined ? undefined : from + Math.max(1, Number(count)) * unitMs;
  }
  if (type === 'CRON') {
    const timezone = typeof config.timezone === 'string' && isTimezone(config.timezone) ? config.timezone : 'UTC';
    const expression = config.cron_expression;
    if (typeof expression !== 'string' || cronProblem(expression, timezone) !== undefined) return undefined;
    return nextRun(expression, timezone, from);
  }
  const date = /^\d{4}-(\d\d)-(\d\d)$/.exec(participant.attributes[String(config.attribute)] ?? '');
  if (!date) return undefined;
  const year = new Date(from).getUTCFullYear();
  const onDay = (y: number) => Date.UTC(y, Number(date[1]) - 1, Number(date[2]), 9);
  return onDay(year) > from ? onDay(year) : onDay(year + 1);
}

/** Where a participant stands against a threshold of a shape that this twin reads. */
export function thresholdOf(config: JsonObject, participant: Participant): 'reached' | 'below' | 'unreadable' {
  const { counter, at_least } = config;
  if (typeof counter !== 'string' || typeof at_least !== 'number') return 'unreadable';
  const value = Object.hasOwn(participant.counters, counter) ? participant.counters[counter] : undefined;
  return (value ?? 0) >= at_least ? 'reached' : 'below';
}
