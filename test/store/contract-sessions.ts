// The store's contract: a session that was closed stays closed until its id has expired, for every process.
import { describe, expect, test } from 'vitest';
import type { Made } from './contract-history.ts';
import { T } from './rows.ts';

const HOUR = 3_600_000;
const ended = (id: string, expires_at = T + HOUR) => ({ id, principal: 'local', expires_at });

export function sessions(made: () => Made): void {
  describe('ended sessions', () => {
    test('are known from then on, to everybody, and no others are', async () => {
      const { store, another } = made();
      expect(await store.sessionEnded('one')).toBe(false);
      await store.endSession(ended('one'), T);
      const other = another?.();
      for (const at of [store, other ?? store]) {
        expect(await at.sessionEnded('one')).toBe(true);
        expect(await at.sessionEnded('two')).toBe(false);
      }
      await other?.close();
    });

    test('are told apart however many are asked about at once, and one that ends meanwhile may be told either way', async () => {
      const { store } = made();
      const ids = Array.from({ length: 150 }, (_, n) => `s${n}`);
      for (const id of ids.filter((_, n) => n % 7 === 3)) await store.endSession(ended(id), T);
      for (const some of [ids, ids.slice(0, 9), ids.slice(3, 5), [...ids, ...ids]])
        expect(await Promise.all(some.map(id => store.sessionEnded(id)))).toEqual(
          some.map(id => Number(id.slice(1)) % 7 === 3),
        );
      const [before, , after] = await Promise.all([
        store.sessionEnded('late'),
        store.endSession(ended('late'), T),
        store.sessionEnded('late'),
      ]);
      expect([typeof before, typeof after]).toEqual(['boolean', 'boolean']);
      expect(await store.sessionEnded('late')).toBe(true);
    });

    test('may be ended again, by several at once', async () => {
      const { store } = made();
      await Promise.all([1, 2, 3].map(n => store.endSession(ended('one'), T + n)));
      await store.endSession({ ...ended('one', T + 2 * HOUR), principal: 'somebody' }, T);
      expect(await store.sessionEnded('one')).toBe(true);
    });

    test('are remembered for a day after their ids expired, so that a clock that is set back revives none', async () => {
      const { store } = made();
      await store.endSession(ended('old'), T);
      await store.endSession(ended('new', T + 48 * HOUR), T + 25 * HOUR);
      expect(await store.sessionEnded('old')).toBe(true);
      await store.endSession(ended('newer', T + 48 * HOUR), T + 25 * HOUR + 1);
      expect(await store.sessionEnded('old')).toBe(false);
      expect(await store.sessionEnded('new')).toBe(true);
    });
  });
}
