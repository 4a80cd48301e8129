// Finds by reading the run that a lost request left behind at TrustPager: one that nobody else can have left.
import { isDeepStrictEqual } from 'node:util';
import type { Settled, Use, Window } from '../src/tool.ts';
import type { Run } from '../src/vendors/trustpager/run.ts';
import type { JsonObject } from '../src/vendors/types.ts';

/** By how much the vendor's clock and ours may differ. */
const skew = 2_000;
/** How many runs are read in full for one look; where more could be it, nothing is told. */
const most = 5;
/** How far back the list is read, in pages of a hundred. */
const pages = 3;

/** What is kept with the intent: the runs that were there before it, the newest 25 as listed. */
export const seenRuns = (rows: readonly Run[]): JsonObject => ({
  runs: rows.slice(0, 25).flatMap(({ run_id }) => run_id ?? []),
});

/** The runs that started since, or nothing where the list could not be read that far. Newest first, as TrustPager lists them (trustpager.md 7). */
async function runsSince(
  { reader }: Use<'trustpager'>,
  automation_id: string,
  since: number,
): Promise<Run[] | undefined> {
  const runs: Run[] = [];
  let cursor: string | undefined;
  for (let n = 0; n < pages; n++) {
    const page = await reader.listRuns(automation_id, { limit: 100, ...(cursor === undefined ? {} : { cursor }) });
    if (page.note !== undefined) return undefined;
    runs.push(...page.rows);
    cursor = page.next_cursor;
    if (cursor === undefined || started(page.rows.at(-1)) < since) return runs.filter(run => started(run) >= since);
  }
  return undefined;
}
const started = (run: Run | undefined): number => Date.parse(run?.started_at ?? '');

/**
 * Runs fired through the API inside the window with exactly this data, those excepted that were there before: one such run is this
 * call's; none or several prove nothing (reliability.md P3).
 */
export async function lostRun(
  { automation_id, trigger_data }: { automation_id: string; trigger_data?: JsonObject | undefined },
  before: JsonObject,
  window: Window,
  use: Use<'trustpager'>,
): Promise<Settled> {
  const unknown = (reason: string): Settled => ({ outcome: 'unknown', reason });
  const runs = await runsSince(use, automation_id, window.from - skew);
  if (!runs) return unknown('The list of runs could not be read back to the time of this call.');
  const seen = new Set(Array.isArray(before.runs) ? before.runs : []);
  const near = runs.filter(
    run => run.run_id && !seen.has(run.run_id) && run.trigger_type === 'api' && started(run) <= window.to + skew,
  );
  if (near.length > most) return unknown('Too many runs fit, so nothing tells which is this call’s.');
  const whole = await Promise.all(near.map(run => use.reader.getRun(run.run_id ?? '')));
  const [only, ...others] = whole.filter(run => isDeepStrictEqual(run.trigger_data ?? {}, trigger_data ?? {}));
  if (!only) return unknown('No run fits so far.');
  if (others.length > 0) return unknown('Several runs fit, so nothing tells which is this call’s.');
  return {
    outcome: 'done',
    reason: `Exactly one run fits: ${only.run_id}, ${only.status}.`,
    body: { data: only as never },
  };
}
