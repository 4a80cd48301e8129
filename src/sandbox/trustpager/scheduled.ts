// Sends that wait: for business hours, for a delay or for a time; then the dispatcher's tick takes them up (trustpager.md 8).
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../json.ts';
import type { Action, ScheduledSend, TrustPagerState, Workspace } from './state.ts';

const MINUTE = 60_000;
const HALF_HOUR = 30 * MINUTE;
const COMPANY_ZONE = 'Australia/Sydney';
/** silent: which zone a country with several has; its business capital's here. */
const PHONE_ZONES: readonly [string, string][] = [
  ['+61', 'Australia/Sydney'],
  ['+64', 'Pacific/Auckland'],
  ['+44', 'Europe/London'],
  ['+49', 'Europe/Berlin'],
  ['+1', 'America/New_York'],
];
/** silent: how long the dispatcher is at it. */
const DISPATCHING_MS = 1000;

/** The contact's zone, else its phone's country, else the company's (trustpager.md 8). */
export function zoneOf({ timezone, phone }: JsonObject): string {
  if (typeof timezone === 'string' && clockIn(timezone)) return timezone;
  const country = typeof phone === 'string' ? PHONE_ZONES.find(([prefix]) => phone.startsWith(prefix)) : undefined;
  return country?.[1] ?? COMPANY_ZONE;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockIn(timeZone: string): Intl.DateTimeFormat | undefined {
  const known = clocks.get(timeZone);
  if (known) return known;
  try {
    const made = new Intl.DateTimeFormat('en-AU', { timeZone, weekday: 'short', hour: '2-digit', hourCycle: 'h23' });
    clocks.set(timeZone, made);
    return made;
  } catch {
    return undefined;
  }
}

/** The next moment within Monday to Friday, 9 to 5 (trustpager.md 8). */
function nextBusinessHour(now: number, zone: string): number {
  const isOpen = (ms: number) => {
    const parts = Object.fromEntries((clockIn(zone)?.formatToParts(ms) ?? []).map(({ type, value }) => [type, value]));
    return !['Sat', 'Sun'].includes(parts.weekday ?? '') && Number(parts.hour) >= 9 && Number(parts.hour) < 17;
  };
  if (isOpen(now)) return now;
  // Every zone's full hours fall on half hours of ours, but for a few that fall on quarters.
  let at = Math.ceil(now / (HALF_HOUR / 2)) * (HALF_HOUR / 2);
  while (!isOpen(at)) at += HALF_HOUR / 2;
  return at;
}

/**
 * When a send with this config leaves. The four modes are documented, and respect_business_hours on calls. silent: the names
 * in config; send_mode (immediate, business_hours, after_delay with delay_minutes, specific_time with send_at) here.
 */
export function sendAt(config: JsonObject, contact: JsonObject, now: number): number {
  const { send_mode, delay_minutes, send_at, respect_business_hours } = config;
  if (send_mode === 'after_delay' && typeof delay_minutes === 'number' && delay_minutes > 0 && delay_minutes < 1e6)
    return now + delay_minutes * MINUTE;
  if (send_mode === 'specific_time' && typeof send_at === 'string') {
    const at = Date.parse(send_at);
    return Number.isNaN(at) ? now : Math.max(now, at);
  }
  const waits = send_mode === 'business_hours' || (send_mode === undefined && respect_business_hours === true);
  return waits ? nextBusinessHour(now, zoneOf(contact)) : now;
}

export function schedule(
  state: TrustPagerState,
  workspace: Workspace,
  send: Pick<ScheduledSend, 'channel' | 'to' | 'run_id'> & { action: Action; at: number },
): ScheduledSend {
  const row: ScheduledSend = {
    order: state.made++,
    id: randomUUID(),
    channel: send.channel,
    status: 'pending',
    automation_id: send.action.automation_id,
    action_id: send.action.id,
    run_id: send.run_id,
    to: send.to,
    scheduled_for: send.at,
    created_at: state.clock.now(),
    dispatched_at: null,
  };
  workspace.scheduled.set(row.id, row);
  return row;
}

/** The tick of each minute takes up what is due (trustpager.md 8). */
const takenUpAt = ({ scheduled_for }: ScheduledSend) => Math.ceil(scheduled_for / MINUTE) * MINUTE;

/** Brings what waits up to the present: sends and approvals. How many things happened. */
export function advance(state: TrustPagerState): number {
  const now = state.clock.now();
  let happened = 0;
  for (const { scheduled, approvals } of state.workspaces) {
    for (const row of scheduled.values()) {
      if (row.status !== 'pending' && row.status !== 'dispatching') continue;
      const at = takenUpAt(row);
      const status = at > now ? 'pending' : at + DISPATCHING_MS > now ? 'dispatching' : 'dispatched';
      if (status === row.status) continue;
      happened += 1;
      row.status = status;
      if (status === 'dispatched') row.dispatched_at = at + DISPATCHING_MS;
    }
    for (const approval of approvals.values())
      if (approval.status === 'pending' && approval.expires_at <= now) {
        happened += 1;
        approval.status = 'expired';
      }
  }
  return happened;
}
