// Puts the twins into states that would take long to reach, so that a test can stand in any of them.
import { isObject } from '../json.ts';
import { executionStatus, startFanout } from '../scrip/fanout.ts';
import { type Automation, type ScripState, STATUSES } from '../scrip/state.ts';
import type { TrustPagerState } from '../trustpager/state.ts';

const EXECUTION_STATUSES = ['idle', 'pending', 'executing', 'completed', 'failed'] as const;

/** Stops a fan-out in the given state, where it stays until something else happens to it. */
function holdAt(state: ScripState, automation: Automation, status: (typeof EXECUTION_STATUSES)[number]): void {
  const now = state.clock.now();
  delete automation.fanout;
  if (status === 'idle') return;
  const fanout = startFanout(state, automation, now, false);
  if (status === 'pending' || status === 'executing') fanout.held = status;
  if (status === 'completed' || status === 'failed')
    fanout.ended = { at: now, stays: true, ...(status === 'failed' ? { error: 'Arranged' } : {}) };
}

/** What the automation is like afterwards, or the sentence that says what is wrong. */
export function arrangeAutomation(state: ScripState, id: string, body: unknown) {
  const automation = state.automations.get(id);
  if (!automation) return 'There is no such automation';
  if (!isObject(body)) return 'The body must be a JSON object';
  const status = body.status === undefined ? automation.status : STATUSES.find(known => known === body.status);
  if (!status) return `status must be one of ${STATUSES.join(', ')}`;
  if (body.execution_status !== undefined) {
    const execution = EXECUTION_STATUSES.find(known => known === body.execution_status);
    if (!execution) return `execution_status must be one of ${EXECUTION_STATUSES.join(', ')}`;
    if (automation.scope === 'program') return 'Only participants scope has an execution_status';
    holdAt(state, automation, execution);
  }
  automation.status = status;
  return { id, status, execution_status: executionStatus(state, automation) };
}

/** Sets the balance of the workspace that most keys belong to. */
export function arrangeCredits(state: TrustPagerState, body: unknown) {
  const credits = isObject(body) ? body.credits : undefined;
  const workspace = state.workspaces[0];
  if (!workspace || typeof credits !== 'number' || !Number.isInteger(credits) || credits < 0)
    return 'credits must be a whole number';
  workspace.credits = credits;
  return { credits };
}
