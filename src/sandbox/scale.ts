// Makes the twins as big as asked: more members in the rewards program, more automations at both vendors.
import { isObject } from './json.ts';
import { scheduleNext } from './scrip/engine.ts';
import { rewardsMembers } from './scrip/people.ts';
import type { ScripState } from './scrip/state.ts';
import { SCRIP_PROGRAMS, uuidOf } from './seed.ts';
import type { TrustPagerState } from './trustpager/state.ts';

export interface Scale {
  /** Members of the rewards program. */
  participants?: number;
  /** Automations of the rewards program, and again as many in the first TrustPager workspace. */
  automations?: number;
}

const MOST = 1_000_000;

/** The scale a body asks for, or the sentence that says what is wrong. */
export function readScale(body: unknown): Scale | string {
  if (!isObject(body)) return 'The body must be a JSON object';
  for (const name of Object.keys(body))
    if (name !== 'participants' && name !== 'automations') return 'The body has participants and automations only';
  for (const [name, value] of Object.entries(body))
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > MOST)
      return `${name} must be a whole number up to ${MOST}`;
  return body as Scale;
}

/** Adds what is missing; nothing is taken away. What there is then. */
export function scaleUp(scrip: ScripState, trustpager: TrustPagerState, { participants = 0, automations = 0 }: Scale) {
  const members = scrip.participants.get(SCRIP_PROGRAMS.rewards);
  if (members) {
    for (const member of rewardsMembers(participants, members.size + 1)) members.set(member.id, member);
    scrip.changes.set(SCRIP_PROGRAMS.rewards, (scrip.changes.get(SCRIP_PROGRAMS.rewards) ?? 0) + 1);
  }
  const atScrip = () => [...scrip.automations.values()].filter(row => row.program_id === SCRIP_PROGRAMS.rewards).length;
  for (let n = atScrip() + 1; n <= automations; n++) addToScrip(scrip, n);
  const workspace = trustpager.workspaces[0];
  for (let n = (workspace?.automations.size ?? 0) + 1; workspace && n <= automations; n++) {
    const id = uuidOf(`trustpager more automation ${n}`);
    workspace.automations.set(id, {
      order: trustpager.made++,
      id,
      name: `Follow-up for suburb ${n}`,
      description: null,
      trigger_type: 'manual',
      stage_id: null,
      conditions: null,
      enabled: n % 3 !== 0,
      priority: 10,
      dedup_enabled: false,
      dedup_window_minutes: null,
      max_executions_per_day: null,
      created_at: trustpager.clock.now(),
    });
  }
  return {
    participants: members?.size ?? 0,
    automations: { scrip: atScrip(), trustpager: workspace?.automations.size ?? 0 },
  };
}

/** Once a month each, one in three paused. */
function addToScrip(scrip: ScripState, n: number): void {
  const now = scrip.clock.now();
  const automation = {
    order: scrip.made++,
    id: uuidOf(`scrip more automation ${n}`),
    program_id: SCRIP_PROGRAMS.rewards,
    name: `Segment ${n} check-in`,
    event_name: `segment_${n}_check_in`,
    scope: 'program',
    trigger_type: 'cron',
    cron_expression: `${n % 60} ${n % 24} ${1 + (n % 28)} * *`,
    timezone: 'Australia/Sydney',
    source: 'api',
    status: n % 3 === 0 ? 'paused' : 'active',
    created_at: now,
    updated_at: now,
  } as const;
  scrip.automations.set(automation.id, automation);
  if (automation.status === 'active') scheduleNext(automation, now);
}
