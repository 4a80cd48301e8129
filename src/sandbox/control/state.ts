// The inside of both twins as plain data, for tests that must know what really happened.
import type { ScripState } from '../scrip/state.ts';
import type { TrustPagerState } from '../trustpager/state.ts';

export function insideOf(scrip: ScripState, trustpager: TrustPagerState) {
  return {
    scrip: {
      events: Object.values(scrip.eventsByName).reduce((sum, count) => sum + count, 0),
      events_by_name: scrip.eventsByName,
      ledger: scrip.ledger,
      points: [...scrip.participants].map(([program_id, members]) => ({
        program_id,
        participants: members.size,
        points: [...members.values()].reduce((sum, { counters }) => sum + (counters.points ?? 0), 0),
      })),
      automations: [...scrip.automations.values()].map(({ fanout, ...automation }) => ({
        ...automation,
        ...(fanout ? { fanout: { ...fanout, audience: fanout.audience.length } } : {}),
      })),
      subscriptions: [...scrip.enrolments.values()].reduce((sum, { rows }) => sum + rows.size, 0),
    },
    trustpager: {
      workspaces: trustpager.workspaces.map(workspace => ({
        id: workspace.id,
        plan: workspace.plan,
        credits: workspace.credits,
        automations: workspace.automations.size,
        runs: [...workspace.runs.values()],
        approvals: [...workspace.approvals.values()],
      })),
      /** Of the first workspace, the one most tests are about. */
      credits: trustpager.workspaces[0]?.credits,
      runs: [...(trustpager.workspaces[0]?.runs.values() ?? [])],
    },
  };
}
