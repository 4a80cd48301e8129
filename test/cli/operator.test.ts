// The operator's file: what it may say, and how every mistake in it is told: file, line, column, what, in one line.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOf } from '../../src/cli/operator.ts';
import { readOperator } from '../../src/cli/operator-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'operator-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
async function told(text: string): Promise<{ file: string; message?: string; found?: unknown }> {
  const file = join(folder, `${count++}.yaml`);
  await writeFile(file, text);
  return readOperator(file).then(
    found => ({ file, found }),
    error => ({ file, message: (error as Error).message }),
  );
}

const good = `
connections:
  - id: roastery
    vendor: scrip
    key_env: ROASTERY_KEY
    program: 5c100000-0000-4000-8000-000000000001
    auth_header: authorization
  - id: plumber
    vendor: trustpager
    key_file: /run/secrets/plumber
    scopes: [automations:read, automations:write]
    body_key: payload
    mark_runs: true
limits:
  ask_above_credits: 100
`;

describe('P13 C17: the operator’s file', () => {
  test('says accounts and limits; JSON is YAML', async () => {
    const { found } = await told(good);
    expect(found).toMatchObject({
      connections: [
        { id: 'roastery', vendor: 'scrip', environment: 'production', auth_header: 'authorization' },
        { id: 'plumber', vendor: 'trustpager', body_key: 'payload', mark_runs: true },
      ],
      limits: { ask_above_credits: 100 },
    });
    expect((await told(JSON.stringify(found))).found).toEqual(found);
    expect((await told('')).found).toEqual({});
  });

  test.each([
    [
      'a misspelled field',
      good.replace('key_env', 'keyenv'),
      /:5:5: connections\.0 has no "keyenv"; did you mean "key_env"\?$/,
    ],
    [
      'a secret in the file',
      good.replace('key_env: ROASTERY_KEY', 'key: sk_live_secret_value_123'),
      /:5:5: connections\.0 has no "key"; it may be id, vendor, .*\.$/,
    ],
    [
      'an unknown vendor',
      good.replace('vendor: scrip', 'vendor: zapier'),
      /:4:13: connections\.0\.vendor: must be one of scrip, trustpager\.$/,
    ],
    [
      'a scope that is none',
      good.replace('automations:write', 'automations write'),
      /:11:\d+: connections\.1\.scopes\.1: must be a scope/,
    ],
    [
      'a program that is no UUID',
      good.replace('5c100000-0000-4000-8000-000000000001', 'rewards'),
      /:6:\d+: connections\.0\.program: must be a UUID\.$/,
    ],
    [
      'plain http to elsewhere',
      good.replace('key_env: ROASTERY_KEY', 'key_env: ROASTERY_KEY\n    base_url: http://api.example.com'),
      /:6:\d+: connections\.0\.base_url: must be https/,
    ],
    ['a negative limit', good.replace('credits: 100', 'credits: -1'), /:15:\d+: limits\.ask_above_credits: /],
    [
      'two of the same name',
      good.replace('id: plumber', 'id: roastery'),
      /:8:9: connections\.1\.id: two connections are called "roastery"\.$/,
    ],
    [
      'no key at all',
      good.replace('    key_env: ROASTERY_KEY\n', ''),
      /:3:5: connections\.0: must name its key by key_env or by key_file/,
    ],
    [
      'Scrip’s setting at TrustPager',
      good.replace('body_key: payload', 'auth_header: x-api-key'),
      /:12:18: connections\.1\.auth_header: this is Scrip’s, and the connection is TrustPager\.$/,
    ],
    [
      'TrustPager’s setting at Scrip',
      good.replace('auth_header: authorization', 'mark_runs: false'),
      /connections\.0\.mark_runs: this is TrustPager’s, and the connection is Scrip\.$/,
    ],
    ['broken YAML', 'connections: [', /:1:\d+: /],
    ['the same key twice', 'limits: {}\nlimits: {}\n', /:2:\d+: /],
    ['an empty list of accounts', 'connections: []', /:1:\d+: connections: must name at least one account\.$/],
  ])('%s is one line with its place', async (_, text, message) => {
    const said = await told(text);
    expect(said.message).toMatch(message);
    expect(said.message?.startsWith(said.file)).toBe(true);
    expect(said.message).not.toContain('\n');
    expect(said.message).not.toContain('sk_live_secret_value_123');
  });

  test('a file that cannot be read says so', async () => {
    await expect(readOperator(join(folder, 'none.yaml'))).rejects.toThrow(/none\.yaml cannot be read \(ENOENT\)\.$/);
  });

  test('a key comes from the variable or file that is named, and from nowhere else', async () => {
    const account = { id: 'a', vendor: 'scrip', environment: 'production' } as const;
    expect(keyOf({ ...account, key_env: 'K' }, { K: ' sk_x ' })).toBe('sk_x');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: some clients pass an unset field on as it stands
    for (const unset of [undefined, '', '  ', '${user_config.key}'])
      expect(() => keyOf({ ...account, key_env: 'K' }, { K: unset })).toThrow(/variable K is not set/);
    const file = join(folder, 'key');
    await writeFile(file, 'sk_file\n');
    expect(keyOf({ ...account, key_file: file }, {})).toBe('sk_file');
    await writeFile(file, ' \n');
    expect(() => keyOf({ ...account, key_file: file }, {})).toThrow(/key_file is empty/);
    expect(() => keyOf({ ...account, key_file: join(folder, 'no') }, {})).toThrow(/cannot be read \(ENOENT\)/);
    await chmod(file, 0o666);
    expect(() => keyOf({ ...account, key_file: file }, {})).toThrow(
      'Connection "a": its key_file may be written by others than its owner (mode 666); chmod 600 it.',
    );
  });
});
