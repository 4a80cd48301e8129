// The PostgreSQL store: the same contract as SQLite, over a real server; and what only a server has: addresses, restarts, several replicas.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresStore } from '../../src/store/postgres.ts';
import { addressOf } from '../../src/store/postgres-address.ts';
import { inPostgres } from '../../src/store/postgres-schema.ts';
import type { IntentRow, Store } from '../../src/store/store.ts';
import { steps } from '../../src/store/tables.ts';
import { eventually } from '../server/twin.ts';
import { storeContract } from './contract.ts';
import { missing, type Server, startPostgres } from './postgres-server.ts';
import { entry, id, opened, opening, question, receipt, T, yes } from './rows.ts';

let server: Server;
if (missing) {
  // Where the tests must be whole, leaving these out is a failure.
  if (process.env.CI) test('PostgreSQL is installed', () => expect.fail(missing));
  else process.stdout.write(`${missing}\n`);
}

beforeAll(async () => {
  if (!missing) server = await startPostgres();
});
afterAll(() => server?.end());

describe.skipIf(missing !== undefined)('PostgreSQL', () => {
  storeContract(
    'in PostgreSQL',
    () => {
      const address = server.fresh();
      const stores = [postgresStore(address)];
      return {
        store: stores[0] as ReturnType<typeof postgresStore>,
        another() {
          const other = postgresStore(address);
          stores.push(other);
          return other;
        },
        async end() {
          await Promise.all(stores.map(store => store.close()));
        },
      };
    },
    12,
  );

  const admin = async (address: string, ...sqls: string[]) => {
    const { schema, secrets: _, name: __, ...where } = addressOf(address);
    const client = new pg.Client({ ...where, options: `-c search_path=${schema}` });
    await client.connect();
    try {
      let rows: unknown[] = [];
      for (const sql of sqls) ({ rows } = await client.query(sql));
      return rows;
    } finally {
      await client.end();
    }
  };
  const schemasOf = (address: string) =>
    admin(address, `SELECT nspname FROM pg_namespace WHERE nspname = '${addressOf(address).schema}'`);

  test('looking makes nothing; the first verb that writes makes the tables', async () => {
    const address = server.fresh();
    const store = postgresStore(address);
    expect(await store.question('x')).toBeUndefined();
    expect(await store.questions({ open_at: T })).toEqual([]);
    expect(await store.used([])).toEqual({ used: [], as_of: 0 });
    expect(await store.audit(0, 1)).toEqual([]);
    expect(await schemasOf(address)).toHaveLength(0);
    await store.append([entry()]);
    expect(await schemasOf(address)).toHaveLength(1);
    await store.close();
  });

  test('replicas that start together take the steps once; a later program adds only what is missing', async () => {
    const address = server.fresh();
    const stores = Array.from({ length: 6 }, () => postgresStore(address));
    await Promise.all(stores.map((store, n) => store.append([entry({ at: n })])));
    expect((await stores[0]?.audit(0, 10))?.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await admin(address, 'SELECT step FROM steps_taken')).toHaveLength(steps.length);
    await Promise.all(stores.map(store => store.close()));
  });

  test('a schema of any earlier version is brought up to date, by two replicas at once, by a look too, and keeps its rows', async () => {
    for (const version of [...steps.keys()].slice(1)) {
      const address = server.fresh();
      const { schema } = addressOf(address);
      await admin(
        address,
        `CREATE SCHEMA ${schema}`,
        'CREATE TABLE steps_taken (step BIGINT NOT NULL PRIMARY KEY)',
        ...steps
          .slice(0, version)
          .flatMap((step, n) => [inPostgres(step), `INSERT INTO steps_taken (step) VALUES (${n + 1})`]),
        "INSERT INTO keys (name, value) VALUES ('seal', decode(repeat('07', 32), 'hex'))",
      );
      const [one, two] = [postgresStore(address), postgresStore(address)];
      expect((await Promise.all([one.questions(), two.append([entry()]), one.intents({})]))[0]).toEqual([]);
      expect([...(await two.key())]).toEqual(Array(32).fill(7));
      expect(await one.audit(0, 10)).toHaveLength(1);
      expect(await admin(address, 'SELECT step FROM steps_taken')).toHaveLength(steps.length);
      await Promise.all([one.close(), two.close()]);
    }
  });

  test('a schema of a newer version is left alone', async () => {
    const address = server.fresh();
    const store = postgresStore(address);
    await store.append([entry()]);
    await store.close();
    await admin(address, 'INSERT INTO steps_taken (step) VALUES (99)');
    const older = postgresStore(address);
    await expect(older.open(opening())).rejects.toThrow(/written by a newer version.*nothing was sent/);
    await expect(older.intents({})).rejects.toThrow(/newer version/);
    await older.close();
  });

  test('a hundred racing calls on four replicas spend one yes once', async () => {
    const address = server.fresh();
    const stores = Array.from({ length: 4 }, () => postgresStore(address));
    const [first] = stores;
    const asked = (await first?.ask(question()))?.question;
    await first?.answer(asked?.id ?? '', yes(T));
    const approval = { id: asked?.id ?? '', digest: 'digest' };
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, n) => stores[n % 4]?.open(opening({ id: id() }, { approval }))),
    );
    expect(results.filter(result => result && opened(result))).toHaveLength(1);
    expect(await first?.intents({})).toHaveLength(1);
    await Promise.all(stores.map(store => store.close()));
  });

  const role = async (address: string, grants: (schema: string) => string[]): Promise<string> => {
    const { schema } = addressOf(address);
    await admin(address, `CREATE ROLE ${schema} LOGIN`, ...grants(schema));
    return address.replace(/\/\/[^@]*@/, `//${schema}@`);
  };

  test('a user without the right to make a schema says so, and is content with one that was made for it', async () => {
    const address = server.fresh();
    const poor = postgresStore(await role(address, () => []));
    await expect(poor.append([entry()])).rejects.toThrow(/may not be used; nothing was sent/);
    expect(await poor.questions()).toEqual([]);
    const given = server.fresh();
    const store = postgresStore(await role(given, schema => [`CREATE SCHEMA ${schema} AUTHORIZATION ${schema}`]));
    await store.append([entry()]);
    expect(await store.audit(0, 2)).toHaveLength(1);
    await Promise.all([poor.close(), store.close()]);
  });

  test('a user that may only look reads, and is told what it may not', async () => {
    const address = server.fresh();
    const owner = postgresStore(address);
    await owner.append([entry()]);
    const stranger = postgresStore(await role(address, () => []));
    await expect(stranger.audit(0, 2)).rejects.toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    const { schema } = addressOf(address);
    await admin(
      address,
      `GRANT USAGE ON SCHEMA ${schema} TO ${schema}`,
      `GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${schema}`,
    );
    expect(await stranger.audit(0, 2)).toHaveLength(1);
    await expect(stranger.open(opening())).rejects.toThrow(/may not be used; nothing was sent/);
    await Promise.all([owner.close(), stranger.close()]);
  });

  test('who only looks waits for no lock, and neither does the stop’s last look', async () => {
    const address = server.fresh();
    const { schema, secrets: _, name: __, ...where } = addressOf(address);
    const store = postgresStore(address);
    const row = opened(await store.open(opening()));
    const holder = new pg.Client(where);
    await holder.connect();
    await holder.query(`BEGIN; SELECT pg_advisory_xact_lock(${0x616d6370}, hashtext('${schema}'))`);
    const write = store.settle(row?.id ?? '', receipt('done', T));
    // However many wait to write, there is a way for those who look.
    const more = Promise.all(Array.from({ length: 30 }, (_, n) => store.append([entry({ at: n })])));
    expect(await store.stopped()).toBeUndefined();
    expect(await store.sessionEnded('x')).toBe(false);
    expect((await store.used([])).as_of).toBe(0);
    expect(await store.intent(row?.id ?? '')).toMatchObject({ outcome: null });
    await holder.end();
    expect(await write).toMatchObject({ outcome: 'done' });
    await more;
    expect((await store.audit(0, 100)).map(({ at }) => at).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, n) => n),
    );
    await store.close();
  });

  test('a program that runs while a newer one adds to the tables writes no more', async () => {
    const address = server.fresh();
    const store = postgresStore(address);
    await store.append([entry()]);
    await admin(address, 'INSERT INTO steps_taken (step) VALUES (99)');
    await expect(store.open(opening())).rejects.toThrow(/written by a newer version.*nothing was sent/);
    await store.close();
  });

  describe('a database that is restarted', () => {
    const restartable = () => {
      const { stop, start } = server;
      return stop && start ? { stop, start } : undefined;
    };

    test.each(['now', 'crash'] as const)(
      '(%s) is waited for by every verb, and has lost and doubled nothing',
      async how => {
        const its = restartable();
        if (!its) return;
        const address = server.fresh();
        const stores = [postgresStore(address), postgresStore(address)];
        const [one, two] = stores as [Store, Store];
        const rows = await Promise.all(
          Array.from({ length: 40 }, async (_, n) =>
            opened(await one.open(opening({ call: `${n}`, target: null }), () => [entry({ kind: 'intent' })])),
          ),
        );
        await two.questions();
        const allOf = async (row: IntentRow | undefined, n: number) => {
          const of = row?.id ?? '';
          const store = n % 2 ? one : two;
          await store.ask(question({ digest: of, call: of }), undefined, () => [entry({ kind: 'question' })]);
          await store.settle(of, receipt('done', T), () => [entry({ kind: 'receipt' })]);
          await store.append([entry({ kind: `read ${n}` })]);
          return (await store.intent(of))?.outcome;
        };
        const work = Promise.all(rows.map(allOf)).catch(error => error);
        await its.stop(how);
        await its.start();
        expect(await work).toEqual(rows.map(() => 'done'));
        expect(await one.questions()).toHaveLength(40);
        const kinds = (await two.audit(0, 1_000)).map(({ kind }) => kind);
        expect(kinds).toHaveLength(160);
        expect(new Set(kinds).size).toBe(43);
        await Promise.all(stores.map(store => store.close()));
      },
    );

    test('and stays away is waited for once, and found again when it is back', async () => {
      const its = restartable();
      if (!its) return;
      const store = postgresStore(server.fresh());
      await store.append([entry()]);
      await its.stop();
      await expect(store.open(opening())).rejects.toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
      for (let n = 0; n < 20; n++) await expect(store.intents({})).rejects.toMatchObject({ code: 'unavailable' });
      await its.start();
      await eventually(() => store.open(opening()).then(opened, () => undefined));
      await store.close();
    });
  });
});

describe('a PostgreSQL store that cannot be used', () => {
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'no refusal',
      ({ outcome, code, message, details }) => `${outcome} ${code}: ${message} ${details.next}`,
    );

  test('because nobody is there says so, and shows no password', async () => {
    const store = postgresStore('postgres://ann:s3cret-word@127.0.0.1:1/records');
    const said = await refusal(store.open(opening()));
    expect(said).toMatch(
      /^not_sent unavailable: The store postgres:\/\/127\.0\.0\.1:1\/records cannot be reached; nothing was sent\./,
    );
    expect(said).not.toContain('s3cret');
    expect(await refusal(store.intents({}))).toContain('cannot be reached');
    expect(await refusal(store.settle('x', receipt('done', T)))).toMatch(/^unknown outcome_unknown/);
    await store.close();
    expect(await refusal(store.open(opening()))).toContain('shutting down');
  });

  test.skipIf(missing !== undefined)(
    'R11: because it would not encrypt says so, and nothing goes out in the clear',
    async () => {
      const store = postgresStore(`${server.fresh()}&sslmode=verify-full`);
      const said = await refusal(store.append([entry()]));
      expect(said).toMatch(/^not_sent unavailable: .* offers no encryption; nothing was sent\. .*sslmode=disable/);
      await store.close();
    },
  );

  test.skipIf(missing !== undefined)('because it has no such database says so', async () => {
    const address = server.fresh();
    const store = postgresStore(address.replace(`/${addressOf(address).database}?`, '/nowhere?'));
    expect(await refusal(store.append([entry()]))).toMatch(
      /^not_sent unavailable: .*no such database; nothing was sent\./,
    );
    await store.close();
  });
});
