// Who may come to the approval page: principals of the operator's file, each by a good token for approvals, and by nothing an agent holds.
import type { Principal } from '../principal.ts';
import type { TokenRow, Tokens } from '../store/tokens.ts';
import { idOf, isGood, ownerOf } from './tokens.ts';

/** A principal, as far as questions go. */
interface Approver {
  principal: string;
  approves: readonly string[];
}

export function approversOf(
  store: Pick<Tokens, 'token' | 'tokens'>,
  principals: readonly Principal[],
  now: () => number,
) {
  const approver = (id: string): Approver | undefined => {
    const found = principals.find(principal => principal.id === id);
    return found && { principal: found.id, approves: found.approves ?? [] };
  };
  const opens = (row: TokenRow): boolean => row.purpose === 'approvals' && isGood(row, now());
  return {
    /** The person whose token this is, and its public part; nothing where it opens no approval page, for whatever reason. */
    async enter(token: string): Promise<{ token: string; by: Approver } | undefined> {
      const owner = await ownerOf(store, 'approvals', token, now());
      const by = owner === undefined ? undefined : approver(owner);
      return by && { token: idOf(token), by };
    },

    /** The person, as long as that token of theirs is good. */
    async stay(id: string, principal: string): Promise<Approver | undefined> {
      const row = await store.token(id);
      return row && opens(row) && row.principal === principal ? approver(principal) : undefined;
    },

    /** Everybody who could sign in now. */
    async all(): Promise<readonly Approver[]> {
      const holders = new Set((await store.tokens()).filter(opens).map(({ principal }) => principal));
      return principals.flatMap(({ id }) => (holders.has(id) ? (approver(id) ?? []) : []));
    },
  };
}
