// Decides every recorded decision again, by the very policy it was decided by.
import { settingsFrom } from '../conditions/settings.ts';
import { versionOf } from '../ledger/canonical.ts';
import type { Bodies } from '../ledger/entries.ts';
import type { Settings, Verdict } from '../policy/policy.ts';
import type { AuditRow } from '../store/store.ts';
import { decideAgain, type Recorded, recorded, same, sameButWords } from './recorded.ts';

/** A decision that comes out differently, or cannot be reached again. */
export interface Difference extends Pick<Recorded, 'seq' | 'at' | 'tool' | 'connection' | 'principal'> {
  then?: Verdict;
  now?: Verdict;
  /** Why nothing can be said. */
  why?: string;
}

export interface Replayed {
  decisions: number;
  different: number;
  /** Decided alike by another version of this program, in other words. */
  reworded: number;
}

interface Policy {
  program: string;
  settings: Settings | string;
}

/** The settings of a policy, or why there are none. */
async function read({ version, policy }: Bodies['policy']): Promise<Settings | string> {
  if (versionOf(policy) !== version) return 'its policy is not the one of that version';
  try {
    return await settingsFrom(JSON.stringify((policy as { settings: unknown }).settings));
  } catch (error) {
    return `its policy cannot be read: ${(error as Error).message}`;
  }
}

export async function replay(
  rows: AsyncIterable<AuditRow>,
  program: string,
  found: (difference: Difference) => Promise<unknown>,
): Promise<Replayed> {
  const policies = new Map<string, Policy>();
  const sums: Replayed = { decisions: 0, different: 0, reworded: 0 };
  for await (const row of rows) {
    if (row.kind === 'policy') {
      const body = JSON.parse(row.body) as Bodies['policy'];
      policies.set(body.version, { program: body.program, settings: await read(body) });
    }
    const decision = recorded(row);
    if (!decision) continue;
    sums.decisions += 1;
    const { seq, at, tool, connection, principal, verdict: then } = decision;
    const of = { seq, at, tool, connection, principal, ...(then ? { then } : {}) };
    const by = policies.get(decision.policy);
    const settings = by?.settings ?? 'its policy is not in the audit';
    if (typeof settings === 'string') {
      sums.different += 1;
      await found({ ...of, why: settings });
      continue;
    }
    const now = decideAgain(decision.facts, settings);
    if (same(then, now)) continue;
    if (by?.program !== program && sameButWords(then, now)) sums.reworded += 1;
    else {
      sums.different += 1;
      await found({ ...of, ...(now ? { now } : {}) });
    }
  }
  return sums;
}
