// When a cron expression occurs next in a zone: by croner, the short way where no change of clocks is near.
import { Cron } from 'croner';

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const DAY = 86_400_000;
const KEPT = 20_000;

/** Remembers what was made, and forgets everything when it becomes too much. */
function remembered<T>(make: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return name => {
    const found = known.get(name);
    if (found !== undefined) return found;
    if (known.size >= KEPT) known.clear();
    const made = make(name);
    known.set(name, made);
    return made;
  };
}

const cronIn = remembered(name => {
  const [timezone = '', expression = ''] = name.split('\n');
  // Without a zone, by plain arithmetic: ten times as fast as in one.
  const where = timezone === '' ? { utcOffset: 0 } : { timezone };
  return new Cron(expression, { mode: '5-part', paused: true, ...where });
});

const clockIn = remembered(
  timeZone => new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset', year: 'numeric' }),
);

const offsetOf = remembered(name => {
  const [zone = '', quarter = ''] = name.split('\n');
  const text = clockIn(zone)
    .formatToParts(Number(quarter) * QUARTER)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(text ?? '') ?? [];
  const size = (Number(hours) * 60 + Number(minutes)) * MINUTE + Number(seconds) * 1000;
  return sign === '-' ? -size : size;
});

/** How far a zone is ahead of UTC at a moment. Clocks change at quarters of an hour. */
const ahead = (zone: string, at: number): number => offsetOf(`${zone}\n${Math.floor(at / QUARTER)}`);

/**
 * The first occurrence after `from`. silent: times of day that a change of clocks leaps over or repeats. With one minute and
 * one hour an expression then fires at the first moment after the leap, or at the first of both times; with several, at each time there is.
 */
export function nextRun(expression: string, timezone: string, from: number): number | undefined {
  const offset = ahead(timezone, from);
  const local = cronIn(`\n${expression}`)
    .nextRun(new Date(from + offset))
    ?.getTime();
  if (local === undefined) return undefined;
  const at = local - offset;
  // Within a day clocks change once at most: where they are the same at both ends, they have not changed in between.
  if (at - from < DAY && ahead(timezone, at) === offset) return at;
  return cronIn(`${timezone}\n${expression}`).nextRun(new Date(from))?.getTime();
}
