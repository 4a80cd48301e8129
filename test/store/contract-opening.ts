// The store's contract: recording an intent, the reasons not to, and their order.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { approved, by, id, intent, no, opened, opening, question, receipt, refused, T } from './rows.ts';

export function openings(made: () => { store: Store }): void {
  let store: Store;
  beforeEach(() => {
    store = made().store;
  });

  describe('opening an intent', () => {
    test('consumes the approval and comes back exactly as it was recorded', async () => {
      const approval = await approved(store);
      const wish = opening({ created_at: T + 1 }, { approval });
      const row = { ...wish.intent, approval_id: approval.id };
      expect(await store.open(wish)).toEqual({ opened: row });
      expect(await store.intent(row.id)).toEqual(row);
      expect(await store.question(approval.id)).toMatchObject({ state: 'consumed', intent_id: row.id });
      expect(await store.intent(id())).toBeUndefined();
    });

    test('without an approval needs none', async () => {
      expect(opened(await store.open(opening()))).toMatchObject({ approval_id: null, outcome: null });
    });

    test('P1: one yes, one intent: the second gets the first, even after the yes ran out or the intent failed', async () => {
      const approval = await approved(store);
      const first = opened(await store.open(opening({}, { approval })));
      await store.settle(first?.id ?? '', receipt('rejected', T + 1));
      for (const at of [T + 2, T + 10_000_000]) {
        const again = await store.open(opening({ created_at: at }, { approval: { ...approval, digest: 'moved on' } }));
        expect([refused(again), by(again)]).toEqual(['consumed', first?.id]);
      }
      expect(await store.intents({})).toHaveLength(1);
      const [{ principal = '' } = {}] = await store.intents({});
      expect(await store.intents({ principal })).toHaveLength(1);
      expect(await store.intents({ principal: `${principal}x` })).toEqual([]);
    });

    test('a consumed approval tells another call nothing', async () => {
      const approval = await approved(store);
      await store.open(opening({}, { approval }));
      const foreign = await store.open(opening({ call: 'another call', target: 'a2' }, { approval }));
      expect(foreign).toEqual({ refused: 'approval' });
    });

    test.each([
      ['missing', async () => ({ id: id(), digest: 'digest' })],
      ['still open', async () => ({ id: (await store.ask(question())).question.id, digest: 'digest' })],
      ['for something else', async () => ({ ...(await approved(store)), digest: 'another digest' })],
      ['for an earlier time', () => approved(store, T - 120_000)],
      [
        'a no',
        async () => {
          const { question: asked } = await store.ask(question());
          await store.answer(asked.id, no(T));
          return { id: asked.id, digest: 'digest' };
        },
      ],
    ])('refuses an approval that is %s, and changes nothing', async (_, approval) => {
      const given = await approval();
      const before = await store.questions();
      expect(await store.open(opening({}, { approval: given }))).toEqual({ refused: 'approval' });
      expect(await store.questions()).toEqual(before);
      expect(await store.intents({})).toEqual([]);
    });

    test('P4: a yes is good until its very last millisecond', async () => {
      const approval = await approved(store);
      expect(await store.open(opening({ created_at: T + 120_000 }, { approval }))).toEqual({ refused: 'approval' });
      expect(opened(await store.open(opening({ created_at: T + 119_999 }, { approval })))).toBeDefined();
    });

    test('a record that fails leaves the approval unconsumed', async () => {
      const taken = intent({ call: 'earlier', target: 'a2' });
      await store.open(opening(taken));
      const approval = await approved(store);
      await expect(store.open(opening({ id: taken.id }, { approval }))).rejects.toMatchObject({
        outcome: 'not_sent',
      });
      expect(await store.question(approval.id)).toMatchObject({ state: 'approved', intent_id: null });
      expect(await store.intent(taken.id)).toEqual(taken);
      expect(opened(await store.open(opening({}, { approval })))).toBeDefined();
    });

    test('the same call is answered by what is in flight, and while it is unknown, and while the vendor holds it', async () => {
      const first = opened(await store.open(opening()));
      const at = async (created_at: number) => store.open(opening({ created_at }));
      for (const time of [T, T + 29_999, T + 30_000, T + 629_999])
        expect([time, refused(await at(time)), by(await at(time))]).toEqual([time, 'same', first?.id]);
      await store.settle(first?.id ?? '', receipt('unknown', T + 630_000));
      expect(refused(await at(T + 629_999))).toBe('same');
      await store.settle(first?.id ?? '', receipt('pending', T + 630_000));
      expect(refused(await at(T + 99_999_999))).toBe('same');
      await store.settle(first?.id ?? '', receipt('unknown', T + 630_001));
      expect(opened(await at(T + 630_000))).toBeDefined();
    });

    test.each(['rejected', 'not_sent', 'done'] as const)('the same call goes through again after %s', async outcome => {
      const first = opened(await store.open(opening()));
      await store.settle(first?.id ?? '', receipt(outcome, T + 1));
      expect(opened(await store.open(opening({ created_at: T + 2 })))).toBeDefined();
    });

    test('what was just done answers where nobody was asked', async () => {
      const first = opened(await store.open(opening()));
      await store.settle(first?.id ?? '', receipt('done', T + 1_000));
      const again = (at: number) => store.open(opening({ created_at: at }, { done_answers_for: 120_000 }));
      expect(by(await again(T + 1_000))).toBe(first?.id);
      expect(by(await again(T + 120_999))).toBe(first?.id);
      expect(opened(await again(T + 121_000))).toBeDefined();
    });

    test('what was just done does not answer where a person was asked, not even before its own time', async () => {
      const first = opened(await store.open(opening()));
      await store.settle(first?.id ?? '', receipt('done', T + 1_000));
      expect(opened(await store.open(opening({ created_at: T + 500 }, { done_answers_for: 0 })))).toBeDefined();
    });

    test('a person passes exactly the unknown intent they were told of, and nothing in flight', async () => {
      const first = opened(await store.open(opening()));
      const passing = (at: number, passes: string) => store.open(opening({ created_at: at }, { passes }));
      expect(refused(await passing(T + 29_999, first?.id ?? ''))).toBe('same');
      expect(refused(await passing(T + 30_000, id()))).toBe('same');
      const second = opened(await passing(T + 30_000, first?.id ?? ''));
      expect(second).toBeDefined();
      const third = await passing(T + 60_000, first?.id ?? '');
      expect([refused(third), by(third)]).toEqual(['same', second?.id]);
    });

    test('P8 R13: another write to the same automation waits, unless it stops', async () => {
      const first = opened(await store.open(opening()));
      const other = (of: object, stops = false) =>
        store.open(opening({ call: id(), created_at: T + 1, ...of }, { stops }));
      const busy = await other({});
      expect([refused(busy), by(busy)]).toEqual(['busy', first?.id]);
      expect(opened(await other({ connection: 'second' }))).toBeDefined();
      expect(opened(await other({ target: 'a2' }))).toBeDefined();
      expect(opened(await other({ target: null }))).toBeDefined();
      expect(opened(await other({ target: null }))).toBeDefined();
      expect(opened(await other({ deadline_at: T + 2 }, true))).toBeDefined();
      expect(refused(await other({ created_at: T + 29_999 }))).toBe('busy');
      expect(opened(await other({ created_at: T + 30_000 }))).toBeDefined();
    });

    test('a receipt, whatever it says, lets other writes through', async () => {
      for (const outcome of ['done', 'rejected', 'not_sent', 'pending', 'unknown'] as const) {
        const one = opened(await store.open(opening({ call: id(), target: outcome })));
        await store.settle(one?.id ?? '', receipt(outcome, T + 1));
        expect(opened(await store.open(opening({ call: id(), target: outcome, created_at: T + 2 })))).toBeDefined();
      }
    });

    test('P13: refuses in order: clock, consumed, same, busy, approval', async () => {
      const approval = await approved(store);
      const first = opened(await store.open(opening({}, { approval })));
      const bad = { id: id(), digest: 'digest' };
      expect(refused(await store.open(opening({ created_at: T - 60_001 }, { approval })))).toBe('clock');
      expect(refused(await store.open(opening({}, { approval })))).toBe('consumed');
      expect(refused(await store.open(opening({}, { approval: bad })))).toBe('same');
      expect(refused(await store.open(opening({ call: 'b' }, { approval: bad })))).toBe('busy');
      await store.settle(first?.id ?? '', receipt('done', T + 1));
      expect(refused(await store.open(opening({ call: 'b' }, { approval: bad })))).toBe('approval');
    });

    test('P1: a hundred racing calls with one yes send once', async () => {
      const approval = await approved(store);
      const results = await Promise.all(Array.from({ length: 100 }, () => store.open(opening({}, { approval }))));
      const winners = results.flatMap(result => opened(result) ?? []);
      expect(winners).toHaveLength(1);
      for (const result of results)
        if (!opened(result)) expect([refused(result), by(result)]).toEqual(['consumed', winners[0]?.id]);
      expect(await store.intents({})).toHaveLength(1);
    });
  });
}
