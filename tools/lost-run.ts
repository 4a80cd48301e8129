// Finds by reading the run that a lost request left behind at TrustPager: one that nobody else can have left.
import { isDeepStrictEqual } from 'node:util';
import type { Settled, Use, Window } from '../src/tool.ts';
import { isObject } from '../src/vendors/fields.ts';
import { marker } from '../src/vendors/trustpager/requests.ts';
import type { Run } from '../src/vendors/trustpager/run.ts';
import type { Json, JsonObject } from '../src/vendors/types.ts';

/**
 * By how much the vendor's clock and ours may differ, in milliseconds, and how many runs are read in full for one look; where more
 * could be it, nothing is told. A marker is proof of its own, so with it the look may be wider.
 */
const bounds = { plain: { skew: 2_000, most: 5 }, marked: { skew: 60_000, most: 20 } };
/** How far back the list is read, in pages of a hundred. */
const pages = 3;

interface Given {
  automation_id: string;
  trigger_data?: JsonObject | undefined;
}

/** What is kept with the intent: the runs that were there before it, the newest 25 as listed. */
export const seenRuns = (rows: readonly Run[]): JsonObject => ({
  runs: rows.slice(0, 25).flatMap(({ run_id }) => run_id ?? []),
});

/** The data that a run shows, without its marker, and the marker. */
export function unmarked(data: Json | undefined): { mark: Json | undefined; rest: Json | undefined } {
  if (!isObject(data)) return { mark: undefined, rest: data };
  const { [marker]: mark, ...rest } = data;
  return { mark, rest };
}

const started = (run: Run | undefined): number => Date.parse(run?.started_at ?? '');

/** The runs since then, or nothing where the list could not be read that far. Newest first, as TrustPager lists them (trustpager.md section 7). */
async function since({ reader }: Use<'trustpager'>, automation_id: string, from: number): Promise<Run[] | undefined> {
  const runs: Run[] = [];
  let cursor: string | undefined;
  for (let n = 0; n < pages; n++) {
    const page = await reader.listRuns(automation_id, { limit: 100, ...(cursor === undefined ? {} : { cursor }) });
    if (page.note !== undefined) return undefined;
    runs.push(...page.rows.filter(run => started(run) >= from));
    cursor = page.next_cursor;
    if (cursor === undefined || started(page.rows.at(-1)) < from) return runs;
  }
  return undefined;
}

/** The one run, among those that may be this call's, that is it; none, several, or too many to read prove nothing (reliability.md P3). */
async function theOne(
  { automation_id }: Given,
  before: JsonObject,
  window: Window,
  use: Use<'trustpager'>,
  may: (row: Run) => boolean,
  is: (run: Run) => boolean,
): Promise<Settled> {
  const { skew, most } = before.marked === true ? bounds.marked : bounds.plain;
  const unknown = (reason: string): Settled => ({ outcome: 'unknown', reason });
  const rows = await since(use, automation_id, window.from - skew);
  if (!rows) return unknown('The list of runs could not be read back to the time of this call.');
  const seen = new Set(Array.isArray(before.runs) ? before.runs : []);
  const near = rows.filter(row => row.run_id && !seen.has(row.run_id) && started(row) <= window.to + skew && may(row));
  if (near.length > most) return unknown('Too many runs fit, so nothing tells which is this call’s.');
  const [only, ...others] = (await Promise.all(near.map(row => use.reader.getRun(row.run_id ?? '')))).filter(is);
  if (!only) return unknown('No run fits so far.');
  if (others.length > 0) return unknown('Several runs fit, so nothing tells which is this call’s.');
  return {
    outcome: 'done',
    reason: `Exactly one run ${before.marked === true ? 'bears its marker' : 'fits'}: ${only.run_id}, ${only.status}.`,
    body: { data: only as never },
    ...(before.marked === true ? { certain: true } : {}),
  };
}

const bears =
  ({ intent }: Window) =>
  (run: Run): boolean =>
    unmarked(run.trigger_data).mark === intent;

/** A run fired through the API inside the window, and not there before: by its marker where it has one, else by exactly this data. */
export const lostRun = (given: Given, before: JsonObject, window: Window, use: Use<'trustpager'>): Promise<Settled> =>
  theOne(
    given,
    before,
    window,
    use,
    row => row.trigger_type === 'api',
    before.marked === true ? bears(window) : run => isDeepStrictEqual(run.trigger_data ?? {}, given.trigger_data ?? {}),
  );

/** Whether an execution leaves a run, and of which kind, is not documented (trustpager.md 6.2); one that bears its marker is its own. */
export const lostExecution = async (
  given: Given,
  before: JsonObject,
  window: Window,
  use: Use<'trustpager'>,
): Promise<Settled> =>
  before.marked === true
    ? theOne(given, before, window, use, () => true, bears(window))
    : { outcome: 'unknown', reason: 'Nothing tells an execution from others.' };
