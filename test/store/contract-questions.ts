// The store's contract: questions, their answers, and the lists of them.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { approved, id, no, opening, question, receipt, refused, T, yes } from './rows.ts';

export function questions(made: () => { store: Store }): void {
  let store: Store;
  beforeEach(() => {
    store = made().store;
  });

  describe('questions', () => {
    test('a question comes back exactly as it was asked', async () => {
      const row = question({ shown: 'snow ☃ "quotes" \n and \u0001 controls', arguments: '{"é":1}' });
      expect(await store.ask(row)).toEqual({ question: row, joined: false });
      expect(await store.question(row.id)).toEqual(row);
      expect(await store.question(id())).toBeUndefined();
    });

    test('text that a store would cut is refused, not cut', async () => {
      const row = question({ client: 'a\0b' });
      await expect(store.ask(row)).rejects.toMatchObject({ outcome: 'not_sent', code: 'invalid_input' });
      expect(await store.questions()).toEqual([]);
    });

    test('the same digest joins the open question, and the approved one', async () => {
      const row = question();
      await store.ask(row);
      expect(await store.ask(question({ created_at: T + 1 }))).toEqual({ question: row, joined: true });
      await store.answer(row.id, yes(T + 2));
      const again = await store.ask(question({ created_at: T + 3 }));
      expect(again.joined).toBe(true);
      expect(again.question.state).toBe('approved');
    });

    test('an expired, rejected, lapsed or consumed question is not joined', async () => {
      const expired = question({ digest: 'expired' });
      await store.ask(expired);
      expect((await store.ask(question({ digest: 'expired', created_at: T + 120_000 }))).joined).toBe(false);

      const rejected = question({ digest: 'rejected', created_at: T + 120_000, expires_at: T + 240_000 });
      await store.ask(rejected);
      await store.answer(rejected.id, no(T + 120_001));
      expect((await store.ask(question({ digest: 'rejected', created_at: T + 120_002 }))).joined).toBe(false);

      const lapsed = await approved(store, T + 130_000, 'lapsed');
      expect((await store.ask(question({ digest: 'lapsed', created_at: T + 249_999 }))).question.id).toBe(lapsed.id);
      expect((await store.ask(question({ digest: 'lapsed', created_at: T + 250_000 }))).joined).toBe(false);

      const consumed = await approved(store, T + 250_000, 'consumed');
      await store.open(opening({ created_at: T + 250_001 }, { approval: consumed }));
      expect((await store.ask(question({ digest: 'consumed', created_at: T + 250_002 }))).joined).toBe(false);
    });

    test('P8: twenty racing calls share one question', async () => {
      const asked = await Promise.all(Array.from({ length: 20 }, () => store.ask(question())));
      expect(asked.filter(({ joined }) => !joined)).toHaveLength(1);
      expect(new Set(asked.map(one => one.question.id)).size).toBe(1);
    });

    test('a question that no longer covers its call is replaced, closed for good, and its yes is void', async () => {
      const old = await approved(store);
      const dearer = question({ created_at: T + 1 });
      expect(await store.ask(dearer, old.id)).toEqual({ question: dearer, joined: false });
      expect(await store.question(old.id)).toMatchObject({
        state: 'rejected',
        channel: 'replaced',
        decided_at: T + 1,
      });
      expect(refused(await store.open(opening({ created_at: T + 2 }, { approval: old })))).toBe('approval');
      expect((await store.ask(question({ created_at: T + 2 }), old.id)).question.id).toBe(dearer.id);
    });

    test('P8: whoever was raced by an intent they have not seen records and changes nothing', async () => {
      const old = await approved(store);
      await store.open(opening({ id: 'first', created_at: T + 2 }, { done_answers_for: 0 }));
      await store.settle('first', receipt('done', T + 3));
      const row = question({ digest: 'mine', created_at: T + 4 });
      const raced = await store.ask(row, old.id, undefined, []);
      expect(raced).toMatchObject({ joined: false, raced: { id: 'first', outcome: 'done' } });
      expect((await store.questions()).map(({ id, state }) => [id, state])).toEqual([[old.id, 'approved']]);
      expect(await store.ask(row, undefined, undefined, ['first'])).toEqual({ question: row, joined: false });
      // Of another call nothing counts, nor does what is older than the newest twenty.
      const other = question({ call: 'other', digest: 'other', created_at: T + 4 });
      expect(await store.ask(other, undefined, undefined, [])).toEqual({ question: other, joined: false });
      const seen: string[] = [];
      for (let n = 0; n < 20; n++) {
        seen.push(`n${n}`);
        await store.open(opening({ id: `n${n}`, created_at: T + 5 + n }, { unknown_answers_for: 0, stops: true }));
        await store.settle(`n${n}`, receipt('not_sent', T + 5 + n));
      }
      const late = question({ digest: 'late', created_at: T + 30 });
      expect((await store.ask(late, undefined, undefined, seen.slice(1))).raced?.id).toBe('n0');
      expect((await store.ask(late, undefined, undefined, seen)).raced).toBeUndefined();
    });

    test('a question replaces none of another call', async () => {
      const other = await approved(store);
      await store.ask(question({ call: 'another call', digest: 'another digest', created_at: T + 1 }), other.id);
      expect(await store.question(other.id)).toMatchObject({ state: 'approved' });
    });

    test('the first answer wins, whichever it is', async () => {
      for (const [first, second] of [[yes(T + 1), no(T + 2)] as const, [no(T + 1), yes(T + 2)] as const]) {
        const row = question({ digest: id() });
        await store.ask(row);
        expect(await store.answer(row.id, first)).toMatchObject({ won: true, question: { state: first.state } });
        expect(await store.answer(row.id, second)).toMatchObject({ won: false, question: { state: first.state } });
        expect(await store.question(row.id)).toEqual({
          ...row,
          state: first.state,
          channel: 'terminal',
          decided_at: T + 1,
          decided_by: 'bo',
          usable_until: first.usable_until,
        });
      }
      expect(await store.answer(id(), yes(T))).toBeUndefined();
    });

    test('P5: fifty racing answers have one winner', async () => {
      const row = question();
      await store.ask(row);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) => store.answer(row.id, n % 2 === 0 ? yes(T + n) : no(T + n))),
      );
      const winners = answers.filter(answer => answer?.won);
      expect(winners).toHaveLength(1);
      expect((await store.question(row.id))?.state).toBe(winners[0]?.question.state);
    });

    test('P6: no answer counts from the moment of expiry on, and nothing is written', async () => {
      const row = question();
      await store.ask(row);
      expect(await store.answer(row.id, yes(row.expires_at))).toEqual({ question: row, won: false });
      expect(await store.answer(row.id, no(row.expires_at + 1))).toEqual({ question: row, won: false });
      expect(await store.answer(row.id, yes(row.expires_at - 1))).toMatchObject({ won: true });
    });

    test('they are listed newest first, narrowed by what is asked', async () => {
      const rows = [0, 1, 2, 3].map(n =>
        question({
          id: `${n}`.repeat(32),
          created_at: T + Math.min(n, 2),
          expires_at: T + 1_000 * (n + 1),
          digest: `d${n}`,
          principal: n < 2 ? 'ann' : 'bob',
        }),
      );
      for (const row of rows) await store.ask(row);
      await store.answer('3'.repeat(32), no(T + 3));
      const ids = async (filter?: Parameters<Store['questions']>[0]) =>
        (await store.questions(filter)).map(row => row.id[0]).join('');
      expect(await ids()).toBe('3210');
      expect(await ids({})).toBe('3210');
      expect(await ids({ limit: 2 })).toBe('32');
      expect(await ids({ digest: 'd1' })).toBe('1');
      expect(await ids({ principal: 'ann' })).toBe('10');
      expect(await ids({ open_at: T })).toBe('210');
      expect(await ids({ open_at: T + 1_000 })).toBe('21');
      expect(await ids({ since: T + 1 })).toBe('321');
      expect(await ids({ since: T + 1, open_at: T })).toBe('21');
      expect(await ids({ prefix: '22222222' })).toBe('2');
      expect(await ids({ prefix: '2%' })).toBe('');
      expect(await ids({ prefix: '1', principal: 'bob' })).toBe('');
    });
  });
}
