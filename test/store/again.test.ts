// A transaction whose end was lost is done again: whatever it recorded stands once, and its caller hears what came of it the first time.
import { expect, test } from 'vitest';
import { audited } from '../../src/ledger/audit.ts';
import { sqliteDatabase } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { storeOver } from '../../src/store/verbs.ts';
import { entry, opened, opening, question, receipt, T, yes } from './rows.ts';

/** Of each transaction the end is lost as often as that, recorded or not. */
function losing(ends: readonly ('recorded' | 'not recorded')[]) {
  const database = sqliteDatabase(':memory:');
  const lost = new Error('lost');
  const inner = storeOver({
    ...database,
    async writing(steps) {
      for (const end of ends)
        if (end === 'recorded') await database.writing(steps);
        else
          await database
            .writing(function* () {
              yield* steps();
              throw lost;
            })
            .catch(() => {});
      return database.writing(steps);
    },
  });
  return audited(inner, { json: JSON.stringify, now: () => T });
}

async function story(store: Store): Promise<unknown[]> {
  const row = question({ id: 'q' });
  const approval = { id: 'q', digest: row.digest };
  const intent = { id: 'i', created_at: T + 2 };
  return [
    await store.ask(row),
    await store.ask(question({ id: 'q2' })),
    await store.answer('q', yes(T + 1)),
    await store.answer('q', yes(T + 1)),
    await store.open(opening(intent, { approval })),
    await store.open(opening({ ...intent, id: 'i2' }, { approval })),
    await store.settle('i', receipt('done', T + 3)),
    await store.settle('i', receipt('unknown', T + 4)),
    await store.append([entry(), entry({ kind: 'refused' })]),
    await store.endSession({ id: 's', principal: 'local', expires_at: T + 5 }, T),
    await store.questions(),
    await store.intents({}),
    (await store.audit(0, 100)).map(({ seq, kind, hash }) => [seq, kind, hash]),
  ];
}

test.each([
  [['recorded']],
  [['not recorded']],
  [['recorded', 'recorded']],
  [['not recorded', 'recorded', 'not recorded']],
] as ('recorded' | 'not recorded')[][][])('ends that were lost: %j', async ends => {
  const [plain, lost] = [losing([]).store, losing(ends).store];
  const [expected, got] = [await story(plain), await story(lost)];
  expect(got).toEqual(expected);
  expect(opened(got[4] as never)).toMatchObject({ id: 'i' });
  await Promise.all([plain.close(), lost.close()]);
});
