// Follows what automations start, as far as it can be read: a run is paid for with everything that it sets going (design section 5.4).
import { Failure } from '../../errors.ts';
import type { TrustpagerAction } from './automation.ts';
import { cascadesTo, type Followed } from './prices.ts';
import type { TrustpagerReader } from './reader.ts';

/** How many automations are read for one quote; what lies beyond is unknown, and asks. */
const most = 8;

/** Every automation that these actions start, directly or through others, by id. */
export async function followCascades(
  reader: Pick<TrustpagerReader, 'getAutomation'>,
  actions: readonly TrustpagerAction[],
): Promise<ReadonlyMap<string, Followed>> {
  const followed = new Map<string, Followed>();
  let next = actions;
  while (next.length > 0) {
    const ids = [...new Set(next.flatMap(action => cascadesTo(action) ?? []))].filter(id => !followed.has(id));
    const found = await Promise.all(
      ids.map(async (id, n): Promise<readonly [string, Followed]> => {
        if (followed.size + n >= most) return [id, { unread: 'it starts more than can be followed' }];
        return [id, await reader.getAutomation(id).catch(unread)];
      }),
    );
    for (const [id, automation] of found) followed.set(id, automation);
    next = found.flatMap(([, automation]) => ('actions' in automation ? (automation.actions ?? []) : []));
  }
  return followed;
}

/** What may not be read, or is not there, has no known price; a vendor that cannot be reached fails the call itself. */
function unread(error: unknown): Followed {
  if (error instanceof Failure && ['not_found', 'insufficient_scope', 'invalid_input', 'rejected'].includes(error.code))
    return { unread: 'what it starts could not be read' };
  throw error;
}
