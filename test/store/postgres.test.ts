// The PostgreSQL store: the same contract as SQLite, over a real server; and what only a server has: addresses, restarts, several replicas.
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresStore } from '../../src/store/postgres.ts';
import { addressOf } from '../../src/store/postgres-address.ts';
import { inPostgres } from '../../src/store/postgres-schema.ts';
import { steps } from '../../src/store/tables.ts';
import { storeContract } from './contract.ts';
import { missing, type Server, startPostgres } from './postgres-server.ts';
import { entry, id, opened, opening, question, receipt, T, yes } from './rows.ts';

let server: Server;
if (missing) {
  // Where the tests must be whole, leaving these out is a failure.
  if (process.env.CI) test('PostgreSQL is installed', () => expect.fail(missing));
  else process.stdout.write(`${missing}\n`);
}

describe.skipIf(missing !== undefined)('PostgreSQL', () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.end());

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

  const admin = async <T>(address: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
    const { schema, secrets: _, name: __, ...where } = addressOf(address);
    const sql = postgres({ ...where, max: 1, onnotice: () => {}, connection: { search_path: schema } as never });
    try {
      return await work(sql);
    } finally {
      await sql.end();
    }
  };
  const schemasOf = (address: string) =>
    admin(address, sql => sql`SELECT nspname FROM pg_namespace WHERE nspname = ${addressOf(address).schema}`);

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
    expect(await admin(address, sql => sql`SELECT step FROM steps_taken`)).toHaveLength(steps.length);
    await Promise.all(stores.map(store => store.close()));
  });

  test('a schema of any earlier version is brought up to date, by two replicas at once, by a look too, and keeps its rows', async () => {
    for (const version of [...steps.keys()].slice(1)) {
      const address = server.fresh();
      await admin(address, async sql => {
        const { schema } = addressOf(address);
        await sql.unsafe(`CREATE SCHEMA ${schema}; CREATE TABLE steps_taken (step BIGINT NOT NULL PRIMARY KEY)`);
        for (const [n, step] of steps.slice(0, version).entries())
          await sql.unsafe(`${inPostgres(step)}; INSERT INTO steps_taken (step) VALUES (${n + 1})`);
        await sql`INSERT INTO keys (name, value) VALUES ('seal', ${Buffer.alloc(32, 7)})`;
      });
      const [one, two] = [postgresStore(address), postgresStore(address)];
      expect((await Promise.all([one.questions(), two.append([entry()]), one.intents({})]))[0]).toEqual([]);
      expect([...(await two.key())]).toEqual(Array(32).fill(7));
      expect(await one.audit(0, 10)).toHaveLength(1);
      expect(await admin(address, sql => sql`SELECT step FROM steps_taken`)).toHaveLength(steps.length);
      await Promise.all([one.close(), two.close()]);
    }
  });

  test('a schema of a newer version is left alone', async () => {
    const address = server.fresh();
    const store = postgresStore(address);
    await store.append([entry()]);
    await store.close();
    await admin(address, sql => sql`INSERT INTO steps_taken (step) VALUES (99)`);
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

  test('a database that is restarted is found again, and has lost nothing', async () => {
    if (!server.restart) return;
    const store = postgresStore(server.fresh());
    const row = opened(await store.open(opening()));
    await server.restart();
    const settled = await store.settle(row?.id ?? '', receipt('done', T)).catch(error => error);
    // The first verb may meet the connection that was cut; the one after it does not.
    if (settled instanceof Error) expect(settled).toMatchObject({ outcome: 'unknown', code: 'outcome_unknown' });
    expect(await store.settle(row?.id ?? '', receipt('done', T))).toMatchObject({ outcome: 'done' });
    await store.close();
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

  test.skipIf(missing !== undefined)('because it has no such database says so', async () => {
    const own = await startPostgres();
    try {
      const store = postgresStore(own.fresh().replace('/postgres?', '/nowhere?'));
      expect(await refusal(store.append([entry()]))).toMatch(
        /^not_sent unavailable: .*no such database; nothing was sent\./,
      );
      await store.close();
    } finally {
      await own.end();
    }
  });
});
