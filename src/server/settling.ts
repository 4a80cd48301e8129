// Finds out by reading what became of a write whose answer was lost. It never sends anything that changes state.
import { standing, timing } from '../ledger/ledger.ts';
import type { IntentRow } from '../store/store.ts';
import type { JsonObject, Receipt } from '../vendors/types.ts';
import { useOf } from './gather.ts';
import type { House } from './house.ts';

/** The intent as it stands after one look; unchanged where nothing can tell. */
export async function settleByReading(house: House, intent: IntentRow): Promise<IntentRow> {
  const tool = house.tools.get(intent.tool);
  const connection = house.connections.find(({ id }) => id === intent.connection);
  if (standing(intent, house.now()) !== 'unknown' || tool?.kind !== 'write' || !tool.settle || !connection)
    return intent;
  try {
    const use = useOf(house, connection, await connection.open(), intent.principal);
    const window = { from: intent.created_at, to: intent.deadline_at };
    const found = await tool.settle(
      JSON.parse(intent.arguments),
      JSON.parse(intent.preimage) as JsonObject,
      window,
      use as never,
    );
    if (found.outcome !== 'done') return intent;
    const receipt: Receipt = {
      outcome: 'done',
      reason: `Found out by reading: ${found.reason}`,
      ...(found.body ? { body: found.body } : {}),
    };
    return (
      (await house.store.settle(intent.id, { outcome: 'done', receipt: JSON.stringify(receipt), at: house.now() })) ??
      intent
    );
  } catch (error) {
    house.log.warn({ err: error, intent: intent.id }, 'an unknown outcome could not be read');
    return intent;
  }
}

/** The sender looks again for ten minutes, ever more seldom, without keeping the program alive. */
export function keepSettling(house: House, id: string): void {
  const look = (after: number): void => {
    if (after > timing.unknownAnswersFor) return;
    setTimeout(() => {
      house.store
        .intent(id)
        .then(intent => intent && settleByReading(house, intent))
        .then(intent => intent && standing(intent, house.now()) === 'unknown' && look(after * 2))
        .catch(error => house.log.warn({ err: error, intent: id }, 'an unknown outcome could not be read'));
    }, after).unref();
  };
  look(2_000);
}
