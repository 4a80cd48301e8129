// The store's contract: while the operator's stop stands no intent is recorded, by anybody, and whoever asks is told why.
import { describe, expect, test } from 'vitest';
import type { Made } from './contract-history.ts';
import { approved, id, opened, opening, receipt, T } from './rows.ts';

export function stops(made: () => Made): void {
  describe('the stop', () => {
    test('is told in one line, the last words first, and is over when it is ended', async () => {
      const { store } = made();
      expect(await store.stopped()).toBeUndefined();
      expect(await store.resume()).toBe(false);
      await store.stop('');
      expect(await store.stopped()).toBe('');
      await store.stop(` a fire\0\ndrill ${'!'.repeat(300)}`);
      expect(await store.stopped()).toMatch(/^a fire {2}drill !{186}$/);
      expect(await store.resume()).toBe(true);
      expect(await store.stopped()).toBeUndefined();
    });

    test('keeps every intent from being recorded, with its yes unspent, and nothing else', async () => {
      const { store, another } = made();
      const other = another?.() ?? store;
      const before = opened(await store.open(opening({ call: 'before', target: null })));
      const approval = await approved(store);
      await other.stop('drill');
      expect(await store.open(opening({}, { approval }))).toEqual({ refused: 'stopped', reason: 'drill' });
      expect(await store.open(opening({}, { stops: true }))).toEqual({ refused: 'stopped', reason: 'drill' });
      expect(await store.question(approval.id)).toMatchObject({ state: 'approved', intent_id: null });
      // What left before is still settled, and questions are still asked and answered.
      expect(await store.settle(before?.id ?? '', receipt('done', T))).toMatchObject({ outcome: 'done' });
      await approved(store, T, 'another');
      expect(await store.stopped()).toBe('drill');
      expect(await store.resume()).toBe(true);
      expect(opened(await other.open(opening({}, { approval })))).toBeDefined();
      if (other !== store) await other.close();
    });

    test('lets nothing through that is recorded after it was put', async () => {
      const { store, another } = made();
      const other = another?.() ?? store;
      let stopped = false;
      const race = Array.from({ length: 30 }, async (_, n) => {
        if (n === 10) {
          await other.stop('now');
          stopped = true;
          return;
        }
        const late = stopped;
        const result = await store.open(opening({ id: id(), call: `${n}`, target: null }));
        if (late) expect(opened(result)).toBeUndefined();
      });
      await Promise.all(race);
      expect(opened(await store.open(opening({ call: 'last', target: null })))).toBeUndefined();
      await store.resume();
      if (other !== store) await other.close();
    });
  });
}
