// What takes a write back: told in words, and as a call that is ready to be planned.

import type { Next, Reversal } from '../tool.ts';
import type { JsonObject, VendorReply } from '../vendors/types.ts';
import type { Write } from './gather.ts';
import type { House } from './house.ts';

/** The call that takes this write back, if this program serves it and its own schema takes the arguments. */
export function reversal(
  house: House,
  { tool, input, connection }: Pick<Write, 'tool' | 'input' | 'connection'>,
  before: JsonObject | undefined,
  reply?: VendorReply,
): Reversal | undefined {
  const back = tool.reverse?.(input, before, reply);
  const by = back && house.tools.get(back.tool);
  if (!back || !by) return undefined;
  // Where there are several accounts, a call must name its own.
  const args = 'connection' in by.input.shape ? { ...back.arguments, connection: connection.id } : back.arguments;
  return by.input.safeParse(args).success ? { tool: back.tool, arguments: args } : undefined;
}

/** One step from a result to the plan of its reversal. */
export const planOf = ({ tool, arguments: args }: Reversal): Next => ({
  tool: 'plan_call',
  arguments: { tool, arguments: args },
  why: 'to see what takes it back',
});
