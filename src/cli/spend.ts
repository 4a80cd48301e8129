// The spend report: credits, calls and people of the last days, as a picture and tables in the terminal, or as JSON.
import { ConfigError } from '../config.ts';
import { type Side, type Spent, sides, spent } from '../ledger/spend.ts';
import { redactor } from '../redact.ts';
import type { Config } from '../settings.ts';
import type { IntentRow } from '../store/store.ts';
import { clean } from '../vendors/text.ts';
import { openStore } from './state.ts';

const usage = 'usage: automations-mcp spend [days] [--json] [--zone <IANA zone>]';
const longest = 3_660;

/** Tells the day of a time, in that zone. */
export function dayIn(zone: string): (at: number) => string {
  try {
    // Swedish dates are written as ISO 8601 writes them.
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
    return at => format.format(at);
  } catch {
    throw new ConfigError(`--zone: there is no time zone ${JSON.stringify(zone.slice(0, 64))}.`);
  }
}

const round = (value: number): string => String(Math.round(value * 100) / 100);
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of at most `width` cells; what is not nothing shows at least an eighth of one. */
export function bar(value: number, most: number, width: number): string {
  if (value <= 0 || most <= 0) return '';
  const parts = Math.max(1, Math.round((value / most) * width * 8));
  return '█'.repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? '');
}

/** Every day from the first to the last, quiet ones included, so that the picture keeps its scale. */
function everyDay(days: readonly Spent[], from: number, to: number, dayOf: (at: number) => string): Spent[] {
  const known = new Map(days.map(day => [day.key, day]));
  const keys = new Set<string>();
  // By half days: no zone's day is shorter.
  for (let at = from; at <= to; at += 43_200_000) keys.add(dayOf(at));
  keys.add(dayOf(to));
  return [...keys].map(
    key => known.get(key) ?? { key, calls: 0, credits: 0, people: 0, open_calls: 0, open_credits: 0 },
  );
}

const open = ({ open_calls, open_credits }: Spent): string =>
  open_calls === 0 ? '' : `  (${open_calls} not settled, ${round(open_credits)} credits reserved)`;

function picture(days: readonly Spent[], width: number): string[] {
  // Where nothing costs credits, as at Scrip, calls are what there is to see.
  const unit = days.some(({ credits }) => credits > 0) ? 'credits' : 'calls';
  const most = Math.max(...days.map(day => day[unit]));
  return [
    `${unit} by day`,
    ...days.map(day => {
      const right = day.calls === 0 ? '' : ` ${round(day[unit])}`;
      return `  ${day.key}  ${bar(day[unit], most, Math.max(10, width - 30))}${right}`.trimEnd();
    }),
  ];
}

function table(side: Side, rows: readonly Spent[]): string[] {
  const label = ({ key, name }: Spent) => (name ? `${name} (${key.slice(0, 8)})` : clean(key, 60));
  const wide = Math.max(...rows.map(row => label(row).length));
  return [
    '',
    `by ${side}`,
    ...rows.map(
      row =>
        `  ${label(row).padEnd(wide)}  ${round(row.credits).padStart(8)} credits  ${String(row.calls).padStart(6)} calls  ${String(row.people).padStart(7)} people${open(row)}`,
    ),
  ];
}

export interface Report {
  from: string;
  to: string;
  zone: string;
  total: Omit<Spent, 'key'>;
  by: Record<Side, Spent[]>;
}

export function report(rows: readonly IntentRow[], from: number, to: number, zone: string): Report {
  const dayOf = dayIn(zone);
  const by = Object.fromEntries(sides.map(side => [side, spent(rows, side, dayOf)])) as Report['by'];
  by.day = everyDay(by.day, from, to, dayOf);
  const sum = (of: Exclude<keyof Spent, 'key' | 'name'>) => by.day.reduce((total, day) => total + day[of], 0);
  const total = {
    calls: sum('calls'),
    credits: sum('credits'),
    people: sum('people'),
    open_calls: sum('open_calls'),
    open_credits: sum('open_credits'),
  };
  return { from: dayOf(from), to: dayOf(to), zone, total, by };
}

export function asText({ from, to, zone, total, by }: Report, width: number): string {
  if (total.calls === 0) return `Nothing was used from ${from} to ${to} (${zone}).`;
  return [
    `${from} to ${to} (${zone}): ${round(total.credits)} credits, ${total.calls} calls, ${total.people} people${open({ key: '', ...total })}`,
    '',
    ...picture(by.day, width),
    ...sides.filter(side => side !== 'day').flatMap(side => table(side, by[side])),
  ].join('\n');
}

/**
 * Names come from the vendor and may hold a key that it gave back. Masks the keys that are set; where one cannot be read here, there is
 * nothing to mask with, and names are left out.
 */
async function masking(config: Config): Promise<((name: string) => string) | undefined> {
  try {
    const operator =
      config.config === undefined ? {} : await (await import('./operator-file.ts')).readOperator(config.config);
    return redactor((await import('./connections.ts')).openAccounts(config, operator).secrets);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

export async function spend(config: Config, args: readonly string[]): Promise<number> {
  const rest = [...args];
  const json = rest.includes('--json');
  const zoneAt = rest.indexOf('--zone');
  const zone = zoneAt < 0 ? 'UTC' : (rest[zoneAt + 1] ?? '');
  const [days = '30', ...more] = rest.filter(
    (word, n) => word !== '--json' && n !== zoneAt && (zoneAt < 0 || n !== zoneAt + 1),
  );
  if (more.length > 0 || !/^\d{1,4}$/.test(days) || Number(days) < 1 || Number(days) > longest)
    throw new ConfigError(`${usage}; days is a whole number from 1 to ${longest}, 30 by default.`);
  const to = Date.now();
  const from = to - (Number(days) - 1) * 86_400_000;
  const store = openStore(config);
  try {
    const found = report(await store.intents({ since: from }), from, to, zone);
    const mask = await masking(config);
    found.by.automation = found.by.automation.map(({ name, ...row }) =>
      name === undefined || !mask ? row : { ...row, name: clean(mask(name), 60) },
    );
    process.stdout.write(`${json ? JSON.stringify(found) : asText(found, process.stdout.columns ?? 80)}\n`);
    return 0;
  } finally {
    await store.close();
  }
}
