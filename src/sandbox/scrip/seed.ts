// The Scrip organisation of the demonstration: a coffee roaster's rewards program with every kind of automation in it.
import { createClock } from '../clock.ts';
import { defaultReadings } from '../readings.ts';
import { SCRIP_AUTOMATIONS as ID, SCRIP_PROGRAMS } from '../seed.ts';
import { audienceOf } from './audience.ts';
import { scheduleNext } from './engine.ts';
import { enrol, subscribe } from './enrolment.ts';
import { record } from './ledger.ts';
import { BURST } from './limits.ts';
import { rewardsMembers, wholesaleMembers } from './people.ts';
import { otherRows, type Row, rewardsRows } from './seed-automations.ts';
import { type Automation, enrolmentOf, type Fanout, type Participant, type Program, type ScripState } from './state.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SYDNEY = 'Australia/Sydney';

export function emptyScrip(
  options: Partial<Pick<ScripState, 'clock' | 'readings' | 'fanoutRate' | 'idleAfterMs'>> = {},
): ScripState {
  const { clock = createClock() } = options;
  return {
    clock,
    readings: options.readings ?? defaultReadings(),
    fanoutRate: options.fanoutRate,
    idleAfterMs: options.idleAfterMs ?? 1500,
    programs: new Map(),
    participants: new Map(),
    automations: new Map(),
    enrolments: new Map(),
    events: [],
    eventsByName: Object.create(null),
    ledger: { events: 0, entries: 0, credited: 0, by_rule: {}, blocked: 0 },
    changes: new Map(),
    made: 0,
    bucket: { tokens: BURST, filledAt: clock.now() },
  };
}

const byId = (members: Participant[]) => new Map(members.map(member => [member.id, member]));

export function seedScrip(state: ScripState): void {
  const now = state.clock.now();
  const programs: [Program['id'], string, string, Program['status']][] = [
    [SCRIP_PROGRAMS.rewards, 'Harbour Lane Rewards', 'Points and treats for the people who drink our coffee', 'ACTIVE'],
    [SCRIP_PROGRAMS.wholesale, 'Wholesale Partners', 'Rebates for the cafés that brew our beans', 'ACTIVE'],
    [SCRIP_PROGRAMS.closed, 'Founders Card', 'The stamp card of our first year', 'ARCHIVED'],
  ];
  programs.forEach(([id, name, description, status], index) => {
    state.programs.set(id, {
      id,
      name,
      description,
      status,
      on_unknown_participant: 'CREATE',
      created_at: now - (700 - index) * DAY,
    });
  });
  state.participants.set(SCRIP_PROGRAMS.rewards, byId(rewardsMembers()));
  state.participants.set(SCRIP_PROGRAMS.wholesale, byId(wholesaleMembers()));
  for (const row of [...rewardsRows(now), ...otherRows(now)]) addRow(state, row, now);
  seedHistory(state, now);
  seedSubscriptions(state, now);
  // As they would have come, and as every later one will.
  state.events.sort((a, b) => a.at - b.at || a.order - b.order);
}

function addRow(state: ScripState, row: Row, now: number): void {
  const order = state.made++;
  const created_at = row.created_at ?? now - (200 - order) * DAY;
  const automation: Automation = {
    order,
    program_id: SCRIP_PROGRAMS.rewards,
    source: 'api',
    status: 'active',
    created_at,
    updated_at: created_at,
    ...row,
  };
  if (automation.trigger_type === 'cron') automation.timezone ??= SYDNEY;
  if (automation.trigger_type === 'cron' && automation.status === 'active') scheduleNext(automation, now);
  state.automations.set(automation.id, automation);
}

/** A fan-out that is over, with the events it left behind. */
function pastFanout(
  state: ScripState,
  id: string,
  startedAt: number,
  audience: string[],
  processed = audience.length,
): void {
  const automation = state.automations.get(id);
  if (!automation) return;
  const per_participant_ms = 25;
  const fanout: Fanout = {
    started_at: startedAt,
    first_at: startedAt + 250,
    per_participant_ms,
    audience,
    processed,
    skipped: 0,
    completes: false,
  };
  audience.slice(0, processed).forEach((participantId, index) => {
    record(state, automation, participantId, fanout.first_at + (index + 1) * per_participant_ms);
  });
  const at = fanout.first_at + processed * per_participant_ms;
  automation.fanout = { ...fanout, ended: { at, ...(processed < audience.length ? { error: 'Cancelled' } : {}) } };
  automation.updated_at = Math.max(automation.updated_at, at);
}

function seedHistory(state: ScripState, now: number): void {
  const members = [...(state.participants.get(SCRIP_PROGRAMS.rewards)?.keys() ?? [])];
  pastFanout(state, ID.welcomeBonus, now - 179 * DAY, members.slice(0, 340));
  pastFanout(state, ID.apologyCredit, now - 40 * DAY, members.slice(0, 118));
  pastFanout(state, ID.happyHour, now - 30 * DAY, members.slice(0, 131));
  pastFanout(state, ID.cuppingClass, now - 26 * DAY, members.slice(0, 240), 121);
  // Eight members joined since: the last total is a hint about the next run, not a promise.
  pastFanout(state, ID.weeklyDigest, now - 3 * DAY, members.slice(0, 352));
  const sweep = state.automations.get(ID.nightlySweep);
  if (sweep) for (const daysAgo of [2, 1]) record(state, sweep, undefined, now - daysAgo * DAY + 4 * HOUR);
}

function seedSubscriptions(state: ScripState, now: number): void {
  const birthday = state.automations.get(ID.birthdayTreat);
  if (birthday) {
    const evaluatedAt = birthday.last_evaluated_at;
    enrol(state, birthday, now);
    if (evaluatedAt !== undefined) birthday.last_evaluated_at = evaluatedAt;
  }
  const winBack = state.automations.get(ID.winBack);
  if (winBack)
    for (const participantId of audienceOf(state, winBack, now).slice(0, 20))
      subscribe(state, winBack, participantId, now - 9 * DAY);
  const threshold = state.automations.get(ID.hundredPoints);
  if (!threshold) return;
  // Only the first sixty were enrolled, and fired for, while the filter was stricter: a refresh finds the rest.
  for (const participantId of audienceOf(state, threshold, now).slice(0, 60)) {
    const row = subscribe(state, threshold, participantId, now - 5 * DAY);
    delete row.next_trigger_at;
    Object.assign(row, { status: 'completed', trigger_count: 1, last_triggered_at: now - 5 * DAY });
  }
  enrolmentOf(state, threshold.id).next_at = undefined;
}
