// Schedules, judged before any request and shown before anybody says yes: cron expressions, single times, and when they will fire (scrip.md 8.2).
import type { Cron } from 'croner';
import { Failure } from '../errors.ts';
import { type Check, fail, note, pass } from './checks.ts';
import { clean, quote } from './text.ts';
import { checkZone, localTime, offsetAt, type Transition, transitions } from './zone.ts';

export { checkZone } from './zone.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const standard = '0 9 * * 1';
const longest = 200;
const inlineZone = /^\s*(?:CRON_)?TZ\s*=\s*(\S*)\s*/i;

const nicknames = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

/** In a zone, or on a wall clock that never changes, told as if it were UTC. Throws what croner throws. */
async function cronOf(expression: string, timezone?: string): Promise<Cron> {
  const { Cron } = await import('croner');
  return new Cron(expression, {
    mode: '5-part',
    paused: true,
    ...(timezone === undefined ? { utcOffset: 0 } : { timezone }),
  });
}

/** What is wrong, as the end of a sentence; undefined where nothing is. */
async function flaw(expression: string): Promise<string | undefined> {
  if (expression.length > longest) return `has ${expression.length} characters, and at most ${longest} are taken`;
  if (inlineZone.test(expression)) return 'has a time zone inside it, which Scrip rejects (put the zone into timezone)';
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5 || expression.trim() === '')
    return 'does not have exactly five fields (minute, hour, day of month, month, day of week)';
  // `?` is "any" to some and "now" to others, `+` is known to one library alone.
  const odd = fields.find(field => !/^[0-9A-Za-z*,/#-]+$/.test(field));
  if (odd !== undefined)
    return `has ${quote(odd, 30)}, and a field holds only digits, names and * , - / (use * for "any")`;
  try {
    const first = (await cronOf(expression)).nextRun(new Date(Date.UTC(2024, 0, 1)));
    return first ? undefined : 'never fires, as there is no such date';
  } catch (error) {
    const said = error instanceof Error ? error.message.replace(/^CronPattern: (?:Syntax error, )?/, '') : '';
    return `is not valid cron: ${clean(said.split('. ')[0] ?? '', 160).replace(/\.$/, '')}`;
  }
}

/** The nearest expression that passes, where one can be told; else one that always does. */
async function repaired(expression: string): Promise<string> {
  const text = expression.slice(0, longest).trim().replace(inlineZone, '');
  const fields = text.split(/\s+/);
  const tries = [
    text,
    nicknames.get(text.toLowerCase()) ?? '',
    // Seconds in front, or a year behind.
    ...(fields.length === 6 ? [fields.slice(1).join(' '), fields.slice(0, 5).join(' ')] : []),
    text.replaceAll('?', '*'),
    text.replace(/^(\d+)\/(\d+)(?= )/, '$1-59/$2'),
  ];
  for (const one of tries) if (one === clean(one, longest) && !one.includes('"') && !(await flaw(one))) return one;
  return standard;
}

/** What is accepted here and may surprise. */
function surprises(expression: string): string[] {
  const [, , date = '', , weekday = ''] = expression.trim().split(/\s+/);
  return [
    ...(date.startsWith('*') || weekday.startsWith('*')
      ? []
      : [`it fires when the day of month (${date}) or the day of week (${weekday}) matches, not only when both do`]),
    ...(/[LW#]/.test(`${date}${weekday.replace(/[A-Z]{3}/gi, '')}`.toUpperCase())
      ? ['L, W and # are not standard cron, and no page says that Scrip takes them']
      : []),
  ];
}

/** Standard cron of five fields, by croner; six fields, nicknames and inline zones are undocumented or rejected (scrip.md 8.2). */
export async function checkCron(expression: string, field = 'cron_expression'): Promise<Check> {
  const wrong = await flaw(expression);
  if (wrong !== undefined)
    return fail(
      'cron',
      `${field} is ${quote(expression, 60)} and ${wrong}: give five fields, such as "${await repaired(expression)}".`,
    );
  const odd = surprises(expression);
  return odd.length > 0
    ? note('cron', `${field} is ${quote(expression, 60)}: ${odd.join('; ')}.`)
    : pass('cron', `${field} is ${quote(expression, 60)}.`);
}

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|[+-](?:0\d|1\d|2[0-3]):[0-5]\d)$/;

/** Milliseconds; undefined for anything but a time that exists, with its zone. */
function instant(text: string): number | undefined {
  const match = rfc3339.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, date = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map(Number);
  // `Date` turns 30 February into 2 March, and takes 24:00.
  const exists = new Date(Date.UTC(year, month - 1, date)).getUTCDate() === date && hours < 24;
  const at = Date.parse(text);
  return exists && minutes < 60 && seconds < 60 && !Number.isNaN(at) ? at : undefined;
}

/** Nine in the morning UTC, tomorrow or the day after: always ahead. */
const ahead = (now: number): string =>
  `${new Date(Math.floor(now / day) * day + 2 * day + 9 * hour).toISOString().slice(0, 19)}Z`;

/**
 * A single time, with zone and ahead. What Scrip does with one that is past, no page says (scrip.md 8.2): it might fire at once, for everyone,
 * or never. Neither is what was meant, so it is refused here.
 */
export function checkOneOff(trigger_at: string, now: number, field = 'trigger_at'): Check {
  const at = instant(trigger_at);
  const seen = `${field} is ${quote(trigger_at, 40)}`;
  if (at === undefined)
    return fail('trigger_at', `${seen}, which is no RFC 3339 time with zone: give one, such as "${ahead(now)}".`);
  if (at <= now)
    return fail(
      'trigger_at',
      `${seen}, which is past (it is ${new Date(now).toISOString().slice(0, 19)}Z now): give a time ahead, such as "${ahead(now)}".`,
    );
  return pass('trigger_at', `${seen}, which is ahead.`);
}

export interface Firing {
  /** UTC, RFC 3339. */
  at: string;
  /** In the automation's zone, such as `Mon 2026-03-30 09:00 (+02:00)`. */
  local: string;
  note?: string;
}

export interface Preview {
  firings: Firing[];
  /** Average over the next twelve months, by the wall clock; 0 for a single time, and for what does not fall into them. */
  per_month: number;
  warnings: string[];
}

const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** Times that match after `from` and before `to`, at most `most`. */
function between(cron: Cron, from: number, to: number, most: number): number[] {
  const found: number[] = [];
  for (let at = cron.nextRun(new Date(from)); at && at.getTime() < to && found.length < most; at = cron.nextRun(at))
    found.push(at.getTime());
  return found;
}

/** How often it matches on the wall clock within the twelve months after `wall`: times of day × dates, without walking through each. */
async function yearly(expression: string, wall: number): Promise<number> {
  const [minutes, hours, ...dates] = expression.trim().split(/\s+/);
  const of = async (text: string, from: number, to: number) => between(await cronOf(text), from - 1, to, 400);
  const inHour = await of(`${minutes} * * * *`, 0, hour);
  const inDay = await of(`0 ${hours} * * *`, 0, day);
  const first = Math.floor(wall / day) * day;
  const end = new Date(first);
  end.setUTCFullYear(end.getUTCFullYear() + 1);
  const last = end.getTime();
  const onDays = await of(`0 0 ${dates.join(' ')}`, first, last + 1);
  const times = inDay.flatMap(at => inHour.map(more => at + more));
  const past = times.filter(time => time <= wall - first).length;
  return (
    onDays.length * times.length -
    // Today counts from now on, the same date next year up to now.
    (onDays.includes(first) ? past : 0) -
    (onDays.includes(last) ? times.length - past : 0)
  );
}

const dateOf = (wall: number): string => new Date(wall).toISOString().slice(0, 10);
const clockOf = (wall: number): string => new Date(wall).toISOString().slice(11, 16);
const clocksOf = (walls: readonly number[]): string =>
  `${walls.slice(0, 3).map(clockOf).join(', ')}${walls.length > 3 ? ` and ${walls.length - 3} more` : ''}`;

/** One change of clocks as it meets the schedule: which of its times then do not exist, or exist twice. */
function met({ at, before, after }: Transition, wall: Cron): { gap: boolean; walls: number[] } {
  const [from, to] = after > before ? [at + before, at + after] : [at + after, at + before];
  return { gap: after > before, walls: between(wall, from - 1, to, 1_500) };
}

/**
 * When a cron schedule will fire next, and how often. Scrip documents nothing about changes of clocks: what they touch is marked as an
 * estimate. Throws `Failure` where expression or zone would not pass.
 */
export async function preview(schedule: {
  cron_expression: string;
  timezone?: string | undefined;
  now: number;
  count?: number;
}): Promise<Preview> {
  const { cron_expression, timezone = 'UTC', now, count = 5 } = schedule;
  const failed = [await checkCron(cron_expression), checkZone(timezone)].find(check => !check.pass);
  if (failed) throw new Failure('not_sent', 'invalid_input', failed.reason, { next: 'Correct it, and call again.' });

  const wall = await cronOf(cron_expression);
  const times = (await cronOf(cron_expression, timezone))
    .nextRuns(Math.min(Math.max(1, Math.floor(count)), 50), new Date(now))
    .map(at => at.getTime());
  const notes = new Map<number, string>();
  const warnings = surprises(cron_expression);
  for (const change of transitions(timezone, now - day, Math.max(now + 366 * day, (times.at(-1) ?? now) + day))) {
    const { gap, walls } = met(change, wall);
    if (walls.length === 0) continue;
    const when = `${clocksOf(walls)} ${gap ? (walls.length === 1 ? 'does not exist' : 'do not exist') : walls.length === 1 ? 'happens twice' : 'happen twice'} on ${dateOf(walls[0] ?? 0)} in ${timezone}`;
    const width = Math.abs(change.after - change.before);
    const touched = times.filter(at =>
      gap
        ? at === change.at && !wall.match(new Date(change.at + change.after))
        : at >= change.at - width && at < change.at + width,
    );
    for (const at of touched)
      notes.set(
        at,
        gap
          ? `daylight-saving gap: ${when}; an estimate`
          : `daylight-saving overlap: ${clockOf(at + offsetAt(timezone, at))} happens twice on ${dateOf(at + offsetAt(timezone, at))} in ${timezone}; an estimate`,
      );
    if (touched.length === 0 && change.at > now)
      warnings.push(
        gap
          ? `daylight-saving gap: ${when}; whether it then fires late or not at all is not documented`
          : `daylight-saving overlap: ${when}; whether it then fires once or twice is not documented`,
      );
  }
  return {
    firings: times.map(at => ({
      at: iso(at),
      local: localTime(timezone, at),
      ...(notes.has(at) ? { note: notes.get(at) } : {}),
    })),
    per_month: Math.round(((await yearly(cron_expression, now + offsetAt(timezone, now))) / 12) * 100) / 100,
    warnings,
  };
}

/** The same for a single time, which is exact whatever the zone. Throws `Failure` where it would not pass. */
export function previewOnce(schedule: { trigger_at: string; timezone?: string | undefined; now: number }): Preview {
  const { trigger_at, timezone = 'UTC', now } = schedule;
  const failed = [checkOneOff(trigger_at, now), checkZone(timezone)].find(check => !check.pass);
  if (failed) throw new Failure('not_sent', 'invalid_input', failed.reason, { next: 'Correct it, and call again.' });
  const at = instant(trigger_at) ?? now;
  return { firings: [{ at: iso(at), local: localTime(timezone, at) }], per_month: 0, warnings: [] };
}
