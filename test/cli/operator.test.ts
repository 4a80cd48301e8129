// The operator's file: what it may say, one line with line and column for every mistake, several accounts, and no secret anywhere.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOf, readOperator } from '../../src/cli/operator.ts';
import { ConfigError } from '../../src/config.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { fastTwins, said } from '../fixtures.ts';
import { client, folder, run } from './program.ts';

let home: Awaited<ReturnType<typeof folder>>;
let files = 0;
beforeAll(async () => {
  home = await folder();
});
afterAll(() => home[Symbol.asyncDispose]());

function file(content: string): string {
  const path = join(home.path, `${files++}.yaml`);
  writeFileSync(path, content);
  return path;
}

/** What a bad file is told, with its own name left out. */
async function refusal(content: string): Promise<string> {
  const path = file(content);
  try {
    await readOperator(path);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message.replace(path, 'FILE');
  }
  throw new Error('It was taken.');
}
const account = (more = '') => `connections:\n  - id: shop\n    vendor: scrip\n    key_env: SHOP_KEY\n${more}`;

describe('what it may say', () => {
  test.each([
    ['nothing', ''],
    ['a comment', '# later\n'],
    ['limits', 'limits:\n  ask_above_credits: 10\n  ask_above_people: 0\n'],
    ['one account', account()],
    ['the same in JSON', '{"connections":[{"id":"shop","vendor":"scrip","key_env":"SHOP_KEY"}]}'],
    [
      'all of an account',
      account(
        '    base_url: https://api.example.test/v1\n    environment: sandbox\n    scopes: [automations:read, admin]\n    program: 5c100000-0000-4000-8000-000000000001\n    auth_header: authorization\n',
      ),
    ],
  ])('%s', async (_what, content) => {
    await expect(readOperator(file(content))).resolves.toBeTypeOf('object');
  });
});

describe('mistakes: one line, with the place', () => {
  test.each<[string, string, RegExp]>([
    ['no YAML', 'connections: [', /^FILE:1:\d+: /],
    ['a key twice', 'limits: {}\nlimits: {}\n', /^FILE:2:1: /],
    ['an unknown word', 'limit:\n  ask_above_credits: 1\n', /^FILE:\d:\d: the file has no "limit"\.$/],
    ['an unknown word inside', account('    colour: red\n'), /^FILE:5:\d+: connections\.0 has no "colour"\.$/],
    ['a wrong vendor', account().replace('scrip', 'acme'), /^FILE:3:\d+: connections\.0\.vendor: /],
    ['a wrong name', account().replace('shop', 'My Shop'), /^FILE:2:\d+: connections\.0\.id: must be a short name/],
    ['a wrong scope', account('    scopes: [read]\n'), /^FILE:5:\d+: connections\.0\.scopes\.0: must be a scope/],
    [
      'http',
      account('    base_url: http://api.example.test\n'),
      /^FILE:5:\d+: connections\.0\.base_url: must be https/,
    ],
    ['a limit below nothing', 'limits:\n  ask_above_credits: -1\n', /^FILE:2:\d+: limits\.ask_above_credits: /],
    ['a limit in words', 'limits:\n  ask_above_people: many\n', /^FILE:2:\d+: limits\.ask_above_people: /],
    ['no accounts', 'connections: []\n', /^FILE:1:\d+: connections: must name at least one account/],
    ['a list', '- 1\n', /^FILE:1:\d+: the file: /],
    [
      'the same name twice',
      `${account()}${account().replace('connections:\n', '')}`,
      /two connections are called "shop"/,
    ],
    ['no key', account().replace('    key_env: SHOP_KEY\n', ''), /"shop" must name its key by key_env or by key_file/],
    ['two keys', account('    key_file: /x\n'), /"shop" must name its key by key_env or by key_file/],
    [
      'what only Scrip has',
      account('    program: 5c100000-0000-4000-8000-000000000001\n').replace('scrip', 'trustpager'),
      /auth_header and program are Scrip/,
    ],
    ['what only TrustPager has', account('    body_key: both\n'), /body_key is TrustPager/],
  ])('%s', async (_what, content, says) => {
    const message = await refusal(content);
    expect(message).toMatch(says);
    expect(message).toMatch(/^[^\n]{10,300}$/);
  });

  test('a key written into the file is refused by its name, and not repeated', async () => {
    for (const content of [
      account('    key: sk_0123456789abcdef0123\n'),
      account('    api_key: "sk_0123456789abcdef0123"\n'),
      account().replace('SHOP_KEY', 'sk_0123456789abcdef0123'),
      account('    base_url: https://me:hunter2hunter2@x.test\n'),
    ])
      expect(await refusal(content)).not.toMatch(/0123456789abcdef|hunter2/);
  });

  test('aliases do not grow without end', async () => {
    const bomb = `a: &a [1,1,1,1,1,1,1,1,1]\n${[...'bcdefgh'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[at]}`).join(',')}]`).join('\n')}\n`;
    await expect(readOperator(file(bomb))).rejects.toThrow();
  });

  test('the program says it in one line too, with exit code 2', async () => {
    const { code, stdout, stderr } = await run(['--config', file(account('    colour: red\n'))]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^automations-mcp: .*\.yaml:5:\d+: connections\.0 has no "colour"\.\n$/);
  });
});

describe('keys', () => {
  const named = { id: 'shop', vendor: 'scrip', environment: 'production' } as const;

  test('come from the variable or the file that is named', () => {
    expect(keyOf({ ...named, key_env: 'SHOP_KEY' }, { SHOP_KEY: ' sk_of_the_shop ' })).toBe('sk_of_the_shop');
    expect(keyOf({ ...named, key_file: file('sk_from_a_file\n') }, {})).toBe('sk_from_a_file');
  });

  test('that are not there are told by the account’s name', () => {
    const missing =
      (found: object, env = {}) =>
      () =>
        keyOf({ ...named, ...found }, env);
    expect(missing({ key_env: 'SHOP_KEY' })).toThrow(
      'Connection "shop": the environment variable SHOP_KEY is not set.',
    );
    expect(missing({ key_env: 'SHOP_KEY' }, { SHOP_KEY: ' ' })).toThrow('SHOP_KEY is not set');
    expect(missing({ key_file: '/no/such/file' })).toThrow('Connection "shop": its key_file cannot be read (ENOENT).');
    expect(missing({ key_file: file(' \n') })).toThrow('Connection "shop": its key_file is empty.');
  });
});

describe('several accounts', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox(fastTwins);
  });
  afterAll(() => sandbox.close());

  const two = () =>
    [
      'connections:',
      ...['east', 'west'].flatMap(id => [
        `  - id: ${id}`,
        '    vendor: trustpager',
        `    key_env: ${id.toUpperCase()}_KEY`,
        `    base_url: ${sandbox.trustpager.baseUrl}`,
        `    scopes: [${id === 'east' ? 'admin' : 'automations:read'}]`,
      ]),
      '',
    ].join('\n');

  test('each call must name one, and each has its own scopes', async () => {
    const env = { EAST_KEY: sandbox.trustpager.key, WEST_KEY: sandbox.trustpager.key, HOME: home.path };
    await using server = await client(['--config', file(two())], env);
    const call = async (name: string, args: Record<string, unknown>) =>
      said(await server.client.callTool({ name, arguments: args }));

    // Only that vendor's tools, and each of them takes the account.
    const { tools } = await server.client.listTools();
    expect(tools.some(({ name }) => name.startsWith('scrip_'))).toBe(false);
    for (const { name, inputSchema } of tools.filter(({ name }) => name.startsWith('trustpager_'))) {
      expect([name, inputSchema.required]).toEqual([name, expect.arrayContaining(['connection'])]);
      expect(inputSchema.properties?.connection).toMatchObject({ type: 'string', enum: ['east', 'west'] });
    }

    expect((await call('trustpager_list_automations', {})).structured.code).toBe('invalid_input');
    expect((await call('trustpager_list_automations', { connection: 'north' })).structured.code).toBe('invalid_input');
    for (const connection of ['east', 'west'])
      expect((await call('trustpager_list_automations', { connection })).structured).toMatchObject({
        outcome: 'done',
        connection,
      });

    const create = { name: 'Made', trigger_type: 'api' };
    expect((await call('trustpager_create_automation', { ...create, connection: 'west' })).structured).toMatchObject({
      outcome: 'denied',
      rule: 'scope',
      connection: 'west',
    });
    expect((await call('trustpager_create_automation', { ...create, connection: 'east' })).structured).toMatchObject({
      outcome: 'done',
      connection: 'east',
    });
  });

  test('keys of the environment are not used beside the file, and the file’s limits are', async () => {
    const path = file(`${two()}limits:\n  ask_above_credits: 0\n`);
    const env = {
      EAST_KEY: sandbox.trustpager.key,
      WEST_KEY: sandbox.trustpager.key,
      SCRIP_API_KEY: 'sk_0123456789abcdef',
    };
    await using server = await client(['--config', path], { ...env, HOME: home.path });
    const listed = said(await server.client.callTool({ name: 'list_connections', arguments: {} }));
    expect(listed.structured.connections.map(({ id }: { id: string }) => id)).toEqual(['east', 'west']);
    const plan = await server.client.callTool({
      name: 'plan_call',
      arguments: {
        tool: 'trustpager_create_automation',
        arguments: { name: 'A', trigger_type: 'api', enabled: true, connection: 'east' },
      },
    });
    expect(said(plan).structured).toMatchObject({ verdict: 'ask_human', rule: 'quote' });
  });

  test('an account whose key is missing keeps the program from starting', async () => {
    const { code, stdout, stderr } = await run(['--config', file(two())], { EAST_KEY: sandbox.trustpager.key });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe('automations-mcp: Connection "west": the environment variable WEST_KEY is not set.\n');
  });
});
