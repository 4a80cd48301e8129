// Finds out by reading what became of a write whose answer was lost. It never sends anything that changes state.
import { canonical } from '../ledger/canonical.ts';
import { standing, timing } from '../ledger/ledger.ts';
import type { IntentRow, Settling } from '../store/store.ts';
import type { Window } from '../tool.ts';
import type { JsonObject, Receipt } from '../vendors/types.ts';
import { mayRead, useOf } from './gather.ts';
import type { Connection, House, VendorHandle } from './house.ts';

/** The intent as it stands after one look; unchanged where nothing can tell. */
export async function settleByReading(house: House, intent: IntentRow): Promise<IntentRow> {
  const stands = standing(intent, house.now());
  if (stands !== 'unknown' && stands !== 'pending') return intent;
  try {
    const receipt = await (stands === 'pending' ? heldReceipt(house, intent) : foundReceipt(house, intent));
    if (!receipt) return intent;
    const settled = { outcome: receipt.outcome, receipt: JSON.stringify(receipt), at: house.now() };
    return (await house.store.settle(intent.id, settled)) ?? intent;
  } catch (error) {
    house.log.warn({ err: error, intent: intent.id }, 'an open outcome could not be read');
    return intent;
  }
}

const connectionOf = (house: House, intent: IntentRow): Connection | undefined =>
  house.connections.find(({ id }) => id === intent.connection);

/** A lost write, found by what it left behind; only `done` can be found, nothing proves that something never ran. */
async function foundReceipt(house: House, intent: IntentRow): Promise<Receipt | undefined> {
  const tool = house.tools.get(intent.tool);
  const connection = connectionOf(house, intent);
  if (tool?.kind !== 'write' || !tool.settle || !connection) return undefined;
  mayRead(house, intent.tool, connection, intent);
  const use = useOf(house, connection, await connection.open(), intent.principal);
  const window = { intent: intent.id, from: intent.created_at, to: intent.deadline_at };
  const preimage = JSON.parse(intent.preimage) as JsonObject;
  const found = await tool.settle(JSON.parse(intent.arguments), preimage, window, use as never);
  if (found.outcome !== 'done' || (!found.certain && (await rivalled(house, intent, window)))) return undefined;
  return {
    outcome: 'done',
    reason: `Found out by reading: ${found.reason}`,
    ...(found.body ? { body: found.body } : {}),
  };
}

/**
 * How long before this one another call of ours may have ended and still have left what was found, in milliseconds. What an earlier
 * firing left was seen before this one, unless it showed a moment late. Of a creation nothing is seen before, and its stamp is the
 * vendor's: the tools allow 2 s around a window, and a clock that was set back by up to a minute is let pass (store/refusal.ts).
 */
const before = { firing: 2_000, creation: 62_000 };

/** What a firing or a creation leaves behind tells no two apart that agree in this: the name of what is made, else all but the program. */
function trace({ target, arguments: text }: IntentRow): string {
  const { program_id: _, ...args } = JSON.parse(text) as JsonObject;
  return target === null ? canonical(args.name) : canonical(Object.entries(args).filter(([, value]) => !empty(value)));
}
const empty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** Whether another write of ours may have left the very thing that was found: then it is not this call's alone (P3). */
async function rivalled(house: House, intent: IntentRow, window: Window): Promise<boolean> {
  const { connection, target, tool, effect } = intent;
  // A state that was reached has been reached, whoever reached it.
  if (target !== null && effect !== 'run') return false;
  const others = await house.store.intents({ connection, ...(target === null ? {} : { target }), limit: 200 });
  return others.some(other => {
    if (other.id === intent.id || other.tool !== tool || other.target !== target) return false;
    if (other.outcome === 'rejected' || other.outcome === 'not_sent' || trace(other) !== trace(intent)) return false;
    const end =
      other.outcome === 'done'
        ? (other.settled_at ?? other.deadline_at)
        : other.outcome === 'pending'
          ? Number.POSITIVE_INFINITY
          : other.deadline_at;
    // A later one counts whenever it was: a clock that was set forward meanwhile may have put it far behind the window.
    return (
      other.created_at >= intent.created_at || end >= window.from - (target === null ? before.creation : before.firing)
    );
  });
}

/** A write that TrustPager holds for its own approval: read there, never answered (trustpager.md 4.1). */
async function heldReceipt(house: House, intent: IntentRow): Promise<Receipt | undefined> {
  const connection = connectionOf(house, intent);
  const { body } = JSON.parse(intent.receipt ?? '{}') as Partial<Receipt>;
  const inner = body?.data as JsonObject | undefined;
  const id = [body?.approval_id, body?.id, inner?.approval_id].find(value => typeof value === 'string');
  if (connection?.vendor !== 'trustpager' || typeof id !== 'string') return undefined;
  mayRead(house, intent.tool, connection, intent);
  const handle = (await connection.open()) as VendorHandle<'trustpager'>;
  const { status, execution_status, execution_result } = await handle.reader.getApproval(id);
  const executed = typeof execution_status === 'number' ? execution_status : undefined;
  if (status === 'rejected' || status === 'expired')
    return { outcome: 'rejected', code: 'rejected', reason: `At TrustPager its approval was ${status}; nothing ran.` };
  if (status === 'executed' || (status === 'approved' && executed !== undefined && executed < 300))
    return {
      outcome: 'done',
      reason: 'A person at TrustPager approved it, and it was executed.',
      ...(execution_result && typeof execution_result === 'object' && !Array.isArray(execution_result)
        ? { body: execution_result }
        : {}),
    };
  if (status !== 'failed') return undefined;
  return executed !== undefined && executed >= 400 && executed < 500
    ? {
        outcome: 'rejected',
        code: 'rejected',
        reason: `Approved at TrustPager, but its execution was refused with ${executed}; nothing ran.`,
      }
    : {
        outcome: 'unknown',
        code: 'outcome_unknown',
        reason: 'Approved at TrustPager, but its execution failed there; it may have run in part.',
      };
}

/** Tries for about ten minutes, ever more seldom, until it is told that it is done; the program does not stay alive for it. */
function until(done: () => Promise<boolean>, after = 2_000): void {
  if (after > timing.unknownAnswersFor) return;
  setTimeout(() => void done().then(over => over || until(done, after * 2)), after).unref();
}

/** The sender looks again what became of its request. */
export const keepSettling = (house: House, id: string): void =>
  until(async () => {
    try {
      const intent = await house.store.intent(id);
      const looked = intent && (await settleByReading(house, intent));
      return !looked || standing(looked, house.now()) !== 'unknown';
    } catch (error) {
      house.log.warn({ err: error, intent: id }, 'an unknown outcome could not be read');
      return false;
    }
  });

/** A receipt that the store could not take is offered again: nobody but this process knows it for certain. */
export const keepOffering = (house: House, id: string, settled: Settling): void =>
  until(() =>
    house.store.settle(id, settled).then(
      () => true,
      () => false,
    ),
  );
