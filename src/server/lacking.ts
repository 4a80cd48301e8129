// What the token behind a request was not issued for, told from the request alone: whoever issued it can issue one for more.
import { covered } from '../policy/scope.ts';
import type { Principal } from '../principal.ts';
import type { Capability } from '../tool.ts';
import type { House } from './house.ts';

/**
 * The capabilities that a call needs and the token does not give, though principal and account would: then another token helps. Nothing
 * where it would not; the call's own result tells the rest. `house` is the principal's view.
 */
export function lacking(house: House, { scopes, token }: Principal, message: unknown): Capability[] {
  const { method, params } = (message ?? {}) as { method?: unknown; params?: { name?: unknown; arguments?: unknown } };
  if (!token || method !== 'tools/call') return [];
  const tool = house.tools.get(String(params?.name));
  if (!tool || tool.vendor === 'common') return [];
  const parsed = tool.input.safeParse(params?.arguments ?? {});
  if (!parsed.success) return [];
  const { connection: named, ...input } = parsed.data;
  const needs: readonly Capability[] = tool.kind === 'write' ? tool.needs(input as never) : ['automations:read'];
  const account = house.connections.find(({ id, vendor }) => vendor === tool.vendor && (named ?? id) === id);
  const others = [scopes, account?.scopes].filter(list => list !== undefined);
  if (!needs.every(need => others.every(list => covered(need, list)))) return [];
  return needs.filter(need => !covered(need, token));
}
