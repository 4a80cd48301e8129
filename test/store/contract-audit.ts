// The store's contract: budgets judged where the intent is recorded, and an audit whose entries stand in one chain.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chained, genesis } from '../../src/store/chain.ts';
import type { AuditEntry, Limit, Store } from '../../src/store/store.ts';
import type { Made } from './contract-history.ts';
import { approved, entry, id, no, opened, opening, question, receipt, refused, T, yes } from './rows.ts';

const limit = (of: Partial<Limit> = {}): Limit => ({
  name: 'ten a day',
  unit: 'credits',
  most: 10,
  since: T - 86_400_000,
  where: {},
  ...of,
});

export function budgets(made: () => Made): void {
  const store = (): Store => made().store;
  const spend = (credits: number, limits: Limit[], of: object = {}) =>
    store().open(opening({ call: id(), target: null, credits, ...of }, { limits }));

  describe('limits', () => {
    test('are kept to the last credit, and one more is refused with what was used', async () => {
      expect(opened(await spend(7, [limit()]))).toBeDefined();
      expect(await spend(4, [limit()])).toEqual({ refused: 'budget', limit: limit(), used: 7 });
      expect(opened(await spend(3, [limit()]))).toBeDefined();
      expect(await store().intents({})).toHaveLength(2);
    });

    test('refuse before a yes is spent, and change nothing', async () => {
      const approval = await approved(store());
      const wish = opening({ credits: 11 }, { approval, limits: [limit()] });
      expect(refused(await store().open(wish))).toBe('budget');
      expect(await store().question(approval.id)).toMatchObject({ state: 'approved', intent_id: null });
      expect(await store().intents({})).toEqual([]);
    });

    test('count what was observed, and let what never ran go free', async () => {
      const one = opened(await spend(9, [limit()]));
      await store().settle(one?.id ?? '', { ...receipt('done', T), credits: 3 });
      const two = opened(await spend(7, [limit()]));
      await store().settle(two?.id ?? '', receipt('rejected', T));
      const three = opened(await spend(7, [limit()]));
      await store().settle(three?.id ?? '', receipt('not_sent', T));
      const four = opened(await spend(7, [limit()]));
      await store().settle(four?.id ?? '', receipt('unknown', T));
      expect(await spend(1, [limit()])).toMatchObject({ refused: 'budget', used: 10 });
      // A vendor that charged more than its price is felt by the next call.
      await store().settle(four?.id ?? '', { ...receipt('done', T), credits: 40 });
      expect(await spend(1, [limit()])).toMatchObject({ refused: 'budget', used: 43 });
    });

    test('never hold back what counts for nothing', async () => {
      await spend(10, []);
      expect(refused(await spend(1, [limit()]))).toBe('budget');
      expect(opened(await spend(0, [limit()]))).toBeDefined();
    });

    test('of calls and of people count each for itself', async () => {
      const calls = limit({ unit: 'calls', most: 2 });
      expect(opened(await spend(99, [calls]))).toBeDefined();
      expect(opened(await spend(0, [calls]))).toBeDefined();
      expect(await spend(0, [calls])).toMatchObject({ refused: 'budget', used: 2 });
      const people = limit({ unit: 'people', most: 5 });
      expect(opened(await spend(0, [people], { people: 5 }))).toBeDefined();
      expect(await spend(0, [people], { people: 1 })).toMatchObject({ refused: 'budget', used: 5 });
    });

    test('look at their window and at what is alike', async () => {
      const at = (created_at: number, of: object = {}) =>
        spend(10, [], { created_at, deadline_at: created_at + 1, ...of });
      await at(T - 10);
      await at(T, { connection: 'other', principal: 'ann', rule: 'digest', target: 'a9' });
      const used = async (of: Partial<Limit>) => (await store().used([limit(of)])).used[0];
      expect(await used({ since: T - 11 })).toBe(20);
      expect(await used({ since: T - 10 })).toBe(10);
      expect(await used({ where: { connection: 'main' } })).toBe(10);
      expect(await used({ where: { connection: 'main', target: 'a9' } })).toBe(0);
      expect(await used({ where: { connection: 'other', target: 'a9', principal: 'ann', rule: 'digest' } })).toBe(10);
    });

    test('of calls do not count what stops something', async () => {
      const calls = limit({ unit: 'calls', most: 1 });
      expect(opened(await spend(0, [calls], { calls: 0 }))).toBeDefined();
      expect(opened(await spend(0, [calls]))).toBeDefined();
      expect(opened(await spend(0, [calls], { calls: 0 }))).toBeDefined();
      expect(await spend(0, [calls])).toMatchObject({ refused: 'budget', used: 1 });
    });

    test('can leave out what a balance shows already', async () => {
      const row = async (outcome: 'done' | 'unknown' | 'pending' | undefined, settled: number) => {
        const one = opened(await spend(1, [], { deadline_at: T + 30_000 }));
        if (outcome) await store().settle(one?.id ?? '', receipt(outcome, settled));
      };
      const used = async (uncharged_at: number) => (await store().used([limit({ uncharged_at })])).used[0];
      await row('done', T + 5_000);
      expect([await used(T), await used(T + 5_000), await used(T + 5_001)]).toEqual([1, 1, 0]);
      await row('unknown', T + 6_000);
      await row(undefined, 0);
      expect([await used(T), await used(T + 30_000), await used(T + 30_001)]).toEqual([3, 2, 0]);
      await row('pending', T + 7_000);
      expect(await used(T + 99_000)).toBe(1);
      expect(await spend(10, [limit({ uncharged_at: T + 99_000 })])).toMatchObject({ refused: 'budget', used: 1 });
    });

    test('hold for racing calls through two stores', async () => {
      const other = made().another?.() ?? store();
      const race = Array.from({ length: 40 }, (_, n) =>
        (n % 2 ? store() : other).open(opening({ call: id(), target: null, credits: 3 }, { limits: [limit()] })),
      );
      expect((await Promise.all(race)).filter(opened)).toHaveLength(3);
      if (other !== store()) await other.close();
    });
  });

  describe('the audit', () => {
    const all = () => store().audit(0, 1_000);
    const bare = (rows: readonly AuditEntry[]) =>
      rows.map(({ at, kind, principal, client, connection, tool, intent_id, body }) => ({
        at,
        kind,
        principal,
        client,
        connection,
        tool,
        intent_id,
        body,
      }));

    test('is empty, and has no head, before anything was written', async () => {
      expect(await all()).toEqual([]);
      expect(store().head()).toBeUndefined();
      expect(await store().used([])).toEqual({ used: [], as_of: 0 });
    });

    test('keeps entries in order, each standing on the one before', async () => {
      const entries = fc.sample(
        fc.record({ at: fc.nat(), kind: fc.string().map(text => text.replaceAll('\0', '')), body: fc.json() }),
        20,
      );
      const written = entries.map(of => entry({ ...of, body: of.body.replaceAll('\\u0000', '') }));
      await store().append(written.slice(0, 7));
      await store().append([]);
      for (const one of written.slice(7)) await store().append([one]);
      const rows = await all();
      expect(bare(rows)).toEqual(written);
      expect(rows).toEqual(chained(genesis, written));
      expect(store().head()).toEqual({ seq: 20, hash: rows.at(-1)?.hash });
      expect(await store().audit(5, 3)).toEqual(rows.slice(5, 8));
      expect((await store().used([])).as_of).toBe(20);
    });

    test('is one chain for several stores', async () => {
      const other = made().another?.() ?? store();
      await Promise.all(Array.from({ length: 30 }, (_, n) => (n % 2 ? store() : other).append([entry({ at: n })])));
      const rows = await all();
      expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
      expect(rows).toEqual(chained(genesis, bare(rows)));
      if (other !== store()) await other.close();
    });

    test('is written by the verbs, in their own transactions, and only where they changed something', async () => {
      const note = (kind: string) => () => [entry({ kind })];
      const { question: asked } = await store().ask(question(), undefined, note('asked'));
      await store().ask(question(), undefined, note('asked again'));
      await store().answer(asked.id, yes(T), note('answered'));
      await store().answer(asked.id, no(T), note('answered late'));
      await store().answer('nobody', no(T), note('answered nobody'));
      const approval = { id: asked.id, digest: asked.digest };
      const row = opened(await store().open(opening({}, { approval }), note('opened')));
      await store().open(opening({ created_at: T + 1 }, { approval }), result => [
        entry({ kind: 'refused' in result ? result.refused : 'opened twice' }),
      ]);
      await store().settle(row?.id ?? '', receipt('done', T), settled => [
        entry({ kind: `settled ${settled.outcome}` }),
      ]);
      await store().settle(row?.id ?? '', receipt('done', T), note('settled again'));
      await store().settle('nothing', receipt('done', T), note('settled nothing'));
      expect((await all()).map(({ kind }) => kind)).toEqual([
        'asked',
        'answered',
        'opened',
        'consumed',
        'settled done',
      ]);
    });

    test('and what it tells of are recorded together or not at all', async () => {
      const broken = () => [entry({ body: 'a\0b' })];
      await expect(store().open(opening(), broken)).rejects.toMatchObject({ outcome: 'not_sent' });
      await expect(store().ask(question(), undefined, broken)).rejects.toMatchObject({ outcome: 'not_sent' });
      expect(await store().intents({})).toEqual([]);
      expect(await store().questions()).toEqual([]);
      expect(await all()).toEqual([]);
      expect(store().head()).toBeUndefined();
    });
  });
}
