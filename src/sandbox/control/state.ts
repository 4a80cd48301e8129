// The inside of both twins as plain data, for tests that must know what really happened.
import type { ScripState } from '../scrip/state.ts';
import type { TrustPagerState } from '../trustpager/state.ts';

export function insideOf(scrip: ScripState, trustpager: TrustPagerState) {
  const perName: Record<string, number> = {};
  for (const event of scrip.events) {
    const name = String(event.event_data.type);
    perName[name] = (perName[name] ?? 0) + 1;
  }
  return {
    scrip: {
      events: scrip.events.length,
      events_by_name: perName,
      automations: [...scrip.automations.values()].map(({ fanout, ...automation }) => ({
        ...automation,
        ...(fanout ? { fanout: { ...fanout, audience: fanout.audience.length, passing: fanout.passing.size } } : {}),
      })),
      subscriptions: scrip.subscriptions.length,
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
