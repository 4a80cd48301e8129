// The store's contract: which process has a question's page open.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { id, question, T, yes } from './rows.ts';

export function pages(made: () => { store: Store }): void {
  let store: Store;
  beforeEach(() => {
    store = made().store;
  });
  const by = (of: string, at: number, until = at + 10_000) => ({ by: of, at, until });

  describe('the page of a question', () => {
    test('is one process’s at a time, as long as that keeps it', async () => {
      const row = question();
      await store.ask(row);
      expect(await store.hold(row.id, by('one', T))).toBe(true);
      expect(await store.question(row.id)).toEqual({ ...row, page_by: 'one', page_until: T + 10_000 });
      expect(await store.hold(row.id, by('other', T + 1))).toBe(false);
      expect(await store.hold(row.id, by('one', T + 9_000))).toBe(true);
      expect(await store.hold(row.id, by('other', T + 18_999))).toBe(false);
      expect(await store.question(row.id)).toMatchObject({ page_by: 'one', page_until: T + 19_000 });
    });

    test('is free once it was given back, and once nobody kept it', async () => {
      const row = question();
      await store.ask(row);
      await store.hold(row.id, by('one', T));
      expect(await store.hold(row.id, by('one', T + 1, T + 1))).toBe(true);
      expect(await store.hold(row.id, by('other', T + 1))).toBe(true);
      expect(await store.hold(row.id, by('one', T + 10_000))).toBe(false);
      expect(await store.hold(row.id, by('one', T + 10_001))).toBe(true);
    });

    test('is nobody’s where the question is answered, expired, or not there', async () => {
      const [row, late, other] = [question({ digest: 'a' }), question({ digest: 'b' }), question({ digest: 'c' })];
      for (const one of [row, late, other]) await store.ask(one);
      await store.answer(row.id, yes(T));
      expect(await store.hold(row.id, by('one', T))).toBe(false);
      expect(await store.hold(late.id, by('one', late.expires_at))).toBe(false);
      expect(await store.hold(id(), by('one', T))).toBe(false);
      for (const one of [late, other]) expect(await store.question(one.id)).toEqual(one);
    });

    test('bears on nobody’s answer, and stays with the row', async () => {
      const row = question();
      await store.ask(row);
      await store.hold(row.id, by('one', T));
      const held = { page_by: 'one', page_until: T + 10_000 };
      expect(await store.ask(question({ created_at: T + 1 }))).toEqual({
        question: { ...row, ...held },
        joined: true,
      });
      expect(await store.answer(row.id, yes(T + 1))).toMatchObject({ won: true, question: held });
    });

    test('goes to one of twenty that race for it', async () => {
      const row = question();
      await store.ask(row);
      const got = await Promise.all(Array.from({ length: 20 }, (_, n) => store.hold(row.id, by(`${n}`, T))));
      expect(got.filter(Boolean)).toHaveLength(1);
    });
  });
}
