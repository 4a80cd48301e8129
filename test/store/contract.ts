// What every store promises, as one suite over a way to make one. SQLite in a file and in memory run it; any other store must pass it too.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { budgets } from './contract-audit.ts';
import { agree, type Made, step } from './contract-history.ts';
import { openings } from './contract-opening.ts';
import { pages } from './contract-page.ts';
import { questions } from './contract-questions.ts';
import { sessions } from './contract-sessions.ts';
import { stops } from './contract-stop.ts';
import { tokens } from './contract-tokens.ts';
import { id, no, opened, opening, question, receipt, T, yes } from './rows.ts';

export function storeContract(name: string, make: () => Made, runs: number): void {
  describe(name, () => {
    let made: Made;
    let store: Store;
    beforeEach(() => {
      made = make();
      store = made.store;
    });
    afterEach(() => made.end());

    questions(() => made);
    pages(() => made);
    openings(() => made);
    budgets(() => made);
    sessions(() => made);
    tokens(() => made);
    stops(() => made);

    describe('P13: a clock that went back', () => {
      test('refuses whatever would record something, beyond a minute', async () => {
        const old = question({ digest: 'old', expires_at: T + 120_000 });
        await store.ask(old);
        await store.open(opening({ created_at: T + 200_000, deadline_at: T + 230_000, target: null }));
        const back = T + 200_000 - 60_001;
        expect(await store.open(opening({ created_at: back, call: 'b' }))).toEqual({ refused: 'clock' });
        await expect(store.ask(question({ created_at: back }))).rejects.toBeInstanceOf(Failure);
        // Time by itself would say that this old question is still open.
        await expect(store.answer(old.id, yes(T + 119_999))).rejects.toMatchObject({ code: 'unavailable' });
        expect(await store.question(old.id)).toEqual(old);
        expect(opened(await store.open(opening({ created_at: back + 1, call: 'b' })))).toBeDefined();
      });

      test('never keeps a receipt out', async () => {
        const first = opened(await store.open(opening()));
        expect(await store.settle(first?.id ?? '', receipt('done', T - 10_000_000))).toMatchObject({ outcome: 'done' });
      });
    });

    describe('receipts', () => {
      const outcomes = ['done', 'rejected', 'not_sent', 'pending', 'unknown'] as const;
      for (const first of outcomes)
        for (const second of outcomes) {
          const replaces = first === 'unknown' || first === 'pending';
          test(`${second} ${replaces ? 'takes the place of' : 'leaves'} ${first}`, async () => {
            const row = opened(await store.open(opening()));
            const one = await store.settle(row?.id ?? '', receipt(first, T + 1));
            expect(one).toEqual({
              ...row,
              outcome: first,
              receipt: JSON.stringify({ outcome: first }),
              settled_at: T + 1,
            });
            const two = await store.settle(row?.id ?? '', { outcome: second, receipt: '"two"', at: T + 2 });
            expect(two).toEqual(replaces ? { ...row, outcome: second, receipt: '"two"', settled_at: T + 2 } : one);
            expect(await store.intent(row?.id ?? '')).toEqual(two);
          });
        }

      test('of an intent nobody recorded is not kept', async () => {
        expect(await store.settle(id(), receipt('done', T))).toBeUndefined();
      });
    });

    test('intents are listed newest first, narrowed by what is asked', async () => {
      const rows = [
        { id: 'a', call: 'x', connection: 'c1', target: 't1', outcome: 'done' },
        { id: 'b', call: 'x', connection: 'c2', target: 't1', outcome: 'unknown' },
        { id: 'c', call: 'x', connection: 'c1', target: null, outcome: 'pending' },
        { id: 'd', call: 'y', connection: 'c1', target: 't2', outcome: null },
        { id: 'e', call: 'z', connection: 'c1', target: 't2', outcome: 'rejected' },
      ] as const;
      for (const [n, { outcome, ...row }] of rows.entries()) {
        const created_at = T + Math.min(n, 3);
        const over = { created_at, deadline_at: outcome === null ? T + 30_000 : created_at };
        const result = await store.open(opening({ ...row, ...over }, { unknown_answers_for: 0, stops: true }));
        expect(opened(result)).toBeDefined();
        if (outcome) await store.settle(row.id, receipt(outcome, T + n));
      }
      const ids = async (filter: Parameters<Store['intents']>[0]) =>
        (await store.intents(filter)).map(row => row.id).join('');
      expect(await ids({})).toBe('edcba');
      expect(await ids({ limit: 2 })).toBe('ed');
      expect(await ids({ call: 'x' })).toBe('cba');
      expect(await ids({ connection: 'c1' })).toBe('edca');
      expect(await ids({ connection: 'c1', target: 't2' })).toBe('ed');
      expect(await ids({ unsettled: true })).toBe('dcb');
      expect(await ids({ unsettled: false })).toBe('edcba');
      expect(await ids({ unsettled: true, call: 'x', since: T + 2 })).toBe('c');
      expect(await ids({ since: T + 3 })).toBe('ed');
    });

    test('the key is made once, and is the same for everybody', async () => {
      const keys = await Promise.all([store.key(), store.key(), made.another?.().key() ?? store.key()]);
      expect(keys[0]).toHaveLength(32);
      expect(keys[0]?.some(byte => byte !== 0)).toBe(true);
      expect(new Set(keys.map(key => Buffer.from(key).toString('hex'))).size).toBe(1);
    });

    test('rows that its caller changes afterwards stay as they were recorded', async () => {
      const row = question();
      const { question: asked } = await store.ask(row);
      asked.state = 'approved';
      row.state = 'approved';
      expect((await store.question(row.id))?.state).toBe('open');
    });

    test('a closed store refuses, and says that nothing was sent', async () => {
      await store.key();
      await store.close();
      await store.close();
      await expect(store.open(opening())).rejects.toThrow(/nothing was sent/);
    });

    test('two store objects on the same records see each other', async () => {
      if (!made.another) return;
      const other = made.another();
      const { question: asked } = await store.ask(question());
      expect(await other.ask(question())).toEqual({ question: asked, joined: true });
      expect(await other.answer(asked.id, yes(T + 1))).toMatchObject({ won: true });
      expect(await store.answer(asked.id, no(T + 2))).toMatchObject({ won: false });
      const approval = { id: asked.id, digest: 'digest' };
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (n % 2 ? store : other).open(opening({ created_at: T + 3 }, { approval })),
        ),
      );
      expect(results.filter(opened)).toHaveLength(1);
      await other.close();
      expect(await store.intents({})).toHaveLength(1);
    });

    test('agrees with the model over any history', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 45 }), async steps => {
          const fresh = make();
          try {
            await agree(fresh, steps);
          } finally {
            await fresh.end();
          }
        }),
        { numRuns: runs },
      );
    });
  });
}
