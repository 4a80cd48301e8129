// The operator's file as the program meets it: mistakes end it in one line, keys in the wrong place are not repeated, limits count.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readOperator } from '../../src/cli/operator-file.ts';
import { startSandbox, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { fastTwins, said } from '../fixtures.ts';
import { client, folder, run } from './program.ts';

const account = (more = '') => `connections:\n  - id: shop\n    vendor: scrip\n    key_env: SHOP_KEY\n${more}`;

/** The program's answer to a file of this content. */
async function started(content: string, env: Record<string, string> = {}) {
  await using home = await folder();
  const file = join(home.path, 'automations.yaml');
  writeFileSync(file, content);
  const { code, stdout, stderr } = await run(['--config', file], env);
  return { code, stdout, stderr: stderr.replaceAll(file, 'FILE') };
}

describe('P13 C17: what is wrong ends the program with exit code 2 and one line', () => {
  test.concurrent.each<[string, string, RegExp]>([
    [
      'a word it does not know',
      account('    colour: red\n'),
      /FILE:5:5: connections\.0 has no "colour"; it may be id, /,
    ],
    ['a key that is not set', account(), /Connection "shop": the environment variable SHOP_KEY is not set\./],
    ['no YAML', 'connections: [', /FILE:1:\d+: /],
  ])('%s', async (_what, content, says) => {
    const { code, stdout, stderr } = await started(content);
    expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({ code: 2, stdout: '', lines: 2 });
    expect(stderr).toMatch(says);
  });

  test.concurrent.each([
    account('    key: sk_0123456789abcdef0123\n'),
    account().replace('SHOP_KEY', 'sk_0123456789abcdef0123'),
    account('    base_url: https://me:hunter2hunter2@x.test\n'),
    account('    scopes: [tp_live_0123456789abcdef0123]\n'),
  ])('P17: a secret in it is not repeated: %j', async content => {
    const { code, stderr } = await started(content, { SHOP_KEY: 'sk_set_0123456789abcdef' });
    expect(code).toBe(2);
    expect(stderr).not.toMatch(/0123456789abcdef|hunter2/);
  });
});

test('aliases do not grow without end', async () => {
  await using home = await folder();
  const lines = ['a: &a [1,1,1,1,1,1,1,1,1]'];
  for (const [name, before] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf', 'hg'])
    lines.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]`);
  writeFileSync(join(home.path, 'bomb.yaml'), lines.join('\n'));
  await expect(readOperator(join(home.path, 'bomb.yaml'))).rejects.toThrow();
});

test('keys of the environment are not used beside it, and its limits count', async () => {
  const sandbox = await startSandbox(fastTwins);
  await using home = await folder();
  const file = join(home.path, 'automations.json');
  const shop = { id: 'shop', vendor: 'trustpager', key_env: 'SHOP_KEY', base_url: sandbox.trustpager.baseUrl };
  writeFileSync(file, JSON.stringify({ connections: [shop], limits: { ask_above_credits: 14 } }));
  const env = { SHOP_KEY: sandbox.trustpager.key, SCRIP_API_KEY: 'sk_0123456789abcdef', HOME: home.path };
  await using server = await client(['--config', file], env);
  const call = async (name: string, args: Record<string, unknown>) =>
    said(await server.client.callTool({ name, arguments: args }));
  expect((await call('list_connections', {})).structured.connections).toMatchObject([{ id: 'shop' }]);
  const fourteen = { automation_id: TRUSTPAGER_AUTOMATIONS.quoteFollowUp };
  const plan = await call('plan_call', { tool: 'trustpager_trigger_automation', arguments: fourteen });
  expect(plan.structured).toMatchObject({ verdict: 'ask_human', rule: 'quote', connection: 'shop' });
  await sandbox.close();
});
