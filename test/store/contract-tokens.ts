// The store's contract: a token is found by its public part, and once revoked stays so, for every process.
import { describe, expect, test } from 'vitest';
import type { TokenRow } from '../../src/store/tokens.ts';
import type { Made } from './contract-history.ts';
import { T } from './rows.ts';

const token = (id: string, over: Partial<TokenRow> = {}): TokenRow => ({
  id,
  principal: 'ada',
  purpose: 'mcp',
  digest: `digest of ${id}`,
  created_at: T,
  expires_at: null,
  revoked_at: null,
  ...over,
});

export function tokens(made: () => Made): void {
  describe('tokens', () => {
    test('are there as they were added, for everybody, and no others are', async () => {
      const { store, another } = made();
      expect(await store.token('one')).toBeUndefined();
      expect(await store.tokens()).toEqual([]);
      const one = token('one', { expires_at: T + 9 });
      const two = token('two', { principal: 'bob', purpose: 'approvals', created_at: T + 1 });
      await store.addToken(one);
      await store.addToken(two);
      const other = another?.();
      for (const at of [store, other ?? store]) {
        expect(await at.token('one')).toEqual(one);
        expect(await at.token('on')).toBeUndefined();
        expect(await at.token('One')).toBeUndefined();
        expect(await at.tokens()).toEqual([two, one]);
      }
      await other?.close();
    });

    test('of one id there is one: another does not take its place', async () => {
      const { store } = made();
      await store.addToken(token('one'));
      await expect(store.addToken(token('one', { principal: 'eve' }))).rejects.toThrow();
      expect(await store.token('one')).toEqual(token('one'));
    });

    test('are revoked for good, each by itself, and the first time counts', async () => {
      const { store, another } = made();
      await store.addToken(token('one'));
      await store.addToken(token('two'));
      const gone = token('one', { revoked_at: T + 5 });
      expect(await store.revokeToken('one', T + 5)).toEqual(gone);
      expect(await store.revokeToken('one', T + 7)).toEqual(gone);
      expect(await store.revokeToken('nobody', T + 7)).toBeUndefined();
      const other = another?.();
      for (const at of [store, other ?? store]) {
        expect(await at.token('one')).toEqual(gone);
        expect(await at.token('two')).toEqual(token('two'));
      }
      await other?.close();
    });
  });
}
