// The address of a database as the store: every command that takes it tells what stands in the way, and none shows its password.
import { describe, expect, test } from 'vitest';
import { openHouse } from '../../src/cli/house.ts';
import { readConfig, sourcesOf } from '../../src/config.ts';
import { run } from './program.ts';

const password = 's3cret-%2Fword';
/** Nobody listens there. */
const address = `postgres://ann:${password}@127.0.0.1:1/records`;
const leaks = [password, 's3cret-/word', 's3cret'];
const hidden = (text: string): void => {
  for (const leak of leaks) expect(text).not.toContain(leak);
};

describe.concurrent('C2: a store that cannot be reached', () => {
  test.each([
    [['stop'], 1],
    [['spend'], 1],
    [['audit', 'verify'], 1],
    [['approvals', 'list'], 1],
    [['doctor', '--offline'], 1],
    [['config', 'show', '--json'], 0],
    [['init', 'cursor'], 2],
  ])('is told by %j, without its password', async (args, code) => {
    for (const given of args[0] === 'spend' ? ['flag', 'env'] : ['env']) {
      const ran = await run(
        given === 'flag' ? [...args, '--store', address] : args,
        given === 'env' ? { AUTOMATIONS_STORE: address } : {},
      );
      expect(ran.code, ran.stderr).toBe(code);
      hidden(ran.stdout + ran.stderr);
      if (code === 1) expect(ran.stdout + ran.stderr).toContain('postgres://127.0.0.1:1/records cannot be reached');
    }
  });

  test('is told when it makes no sense, and when its flag is misspelt', async () => {
    for (const args of [
      ['spend', '--store', `${address}?sslmode=require`],
      ['spend', `--stor=${address}`],
    ]) {
      const { code, stderr } = await run(args);
      expect(code, stderr).toBe(2);
      hidden(stderr);
    }
  });
});

test('C2: what a server says and logs is masked by the value of its store’s password', async () => {
  const config = readConfig({}, { AUTOMATIONS_STORE: address, AUTOMATIONS_LOG_LEVEL: 'silent' });
  const house = openHouse(config, '0.0.0-test');
  try {
    hidden(house.redact(`at ${address} with ${password}, that is s3cret-/word`));
    // A terminal is told where to answer, and not how the database is reached.
    expect(house.approveCommand?.('0123456789abcdef')).toMatch(
      / approvals approve 0123456789ab \(with AUTOMATIONS_STORE set/,
    );
    const store = await house.store.open({} as never).catch(error => error);
    expect(store).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
  } finally {
    await house.close();
  }
  expect(sourcesOf({ store: address }, {}).find(({ setting }) => setting.name === 'store')).toMatchObject({
    value: 'set',
  });
});
