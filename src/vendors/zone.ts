// Time zones of the tz database: whether a name is one, what it was probably meant to be, and when its clocks change.
import { distance } from '../closest.ts';
import { type Check, fail, pass } from './checks.ts';
import { quote } from './text.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** The areas of the tz database, and its names without one; JavaScript also knows others (PST, IST), and knows all of them in any case. */
const areas =
  'Africa America Antarctica Arctic Asia Atlantic Australia Brazil Canada Chile Etc Europe Indian Mexico Pacific US'.split(
    ' ',
  );
const singles = new Set(
  'UTC UCT GMT GMT0 GMT+0 GMT-0 Greenwich Universal Zulu EST MST HST EST5EDT CST6CDT MST7MDT PST8PDT CET MET EET WET Cuba Egypt Eire GB GB-Eire Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya NZ NZ-CHAT Navajo PRC Poland Portugal ROC ROK Singapore Turkey W-SU'.split(
    ' ',
  ),
);

/** Its main name, in the right case; undefined where JavaScript does not know it. */
function resolved(zone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

const capitals = (zone: string): string =>
  zone.toLowerCase().replace(/(?<=^|[/_-])[a-z]/g, first => first.toUpperCase());

/** A name of the tz database, spelt as it is there: vendors look it up in theirs, where case counts. */
function isZone(zone: string): boolean {
  const main = resolved(zone);
  if (main === undefined) return false;
  if (main === zone) return singles.has(zone) || areas.includes(zone.split('/')[0] ?? '');
  if (main.toLowerCase() === zone.toLowerCase()) return false;
  const [area = '', ...rest] = zone.split('/');
  // Older and newer names of the same place, which JavaScript folds into one without telling how they are spelt.
  return rest.length === 0
    ? singles.has(zone)
    : areas.includes(area) && rest.every(part => /^[A-Z](?![A-Z]{4})/.test(part));
}

const letters = (text: string): string => text.toLowerCase().replace(/[^a-z0-9+-]/g, '');

/** The zone that was probably meant; undefined where nothing is near. */
function meant(zone: string): string | undefined {
  const text = zone.trim().slice(0, 64);
  const main = resolved(text);
  const [area = '', ...rest] = capitals(text).split('/');
  const near = [
    main?.toLowerCase() === text.toLowerCase() ? main : undefined,
    ...(rest.length > 0 ? [capitals(text), [area.toUpperCase(), ...rest].join('/')] : [text.toUpperCase()]),
    main,
  ];
  const same = near.find(name => name !== undefined && isZone(name));
  if (same !== undefined || /^[+-]?\d/.test(text) || text === '') return same;
  const plain = letters(text);
  const known = ['UTC', ...Intl.supportedValuesOf('timeZone')].filter(isZone);
  const exact = known.find(name => letters(name) === plain || letters(name.split('/').at(-1) ?? '') === plain);
  if (exact !== undefined) return exact;
  const ranked = known.map(name => ({ name, far: distance(plain, letters(name)) })).toSorted((a, b) => a.far - b.far);
  const best = ranked[0];
  return best && best.far <= Math.max(1, Math.floor(plain.length / 4)) ? best.name : undefined;
}

const standard = 'America/Chicago';

export function checkZone(zone: string, field = 'timezone'): Check {
  if (isZone(zone)) return pass('timezone', `${field} is ${zone}.`);
  const better = meant(zone);
  return fail(
    'timezone',
    better === undefined
      ? `${field} is ${quote(zone, 60)}, which is no name of the tz database: give one, such as "${standard}".`
      : `${field} is ${quote(zone, 60)}, which is no name of the tz database as spelt there${zone === zone.trim() ? '' : ' (there are spaces around it)'}: use "${better}".`,
  );
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds to add to UTC for the zone's wall clock. The zone must have passed `checkZone`. */
export function offsetAt(zone: string, at: number): number {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en', {
      timeZone: zone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    if (clocks.size > 50) clocks.clear();
    clocks.set(zone, clock);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of clock.formatToParts(at)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Such as `Mon 2026-03-30 09:00 (+02:00)`. */
export function localTime(zone: string, at: number): string {
  const offset = offsetAt(zone, at);
  const wall = new Date(at + offset);
  const minutes = Math.abs(Math.round(offset / minute));
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${days[wall.getUTCDay()]} ${wall.toISOString().slice(0, 16).replace('T', ' ')} (${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)})`;
}

/** Clocks change at `at`, from one offset to another, all in milliseconds: forward leaves a gap, back an overlap. */
export interface Transition {
  at: number;
  before: number;
  after: number;
}

/** Every change of clocks after `from` and up to `to`. No zone changes twice within a week. */
export function transitions(zone: string, from: number, to: number): Transition[] {
  const found: Transition[] = [];
  for (let low = from; low < to; low += 7 * day) {
    const before = offsetAt(zone, low);
    let [left, right] = [low, Math.min(low + 7 * day, to)];
    const after = offsetAt(zone, right);
    if (after === before) continue;
    while (right - left > 1) {
      const middle = Math.floor((left + right) / 2);
      if (offsetAt(zone, middle) === before) left = middle;
      else right = middle;
    }
    found.push({ at: right, before, after });
  }
  return found;
}
