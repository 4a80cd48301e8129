// `doctor`, `inspect` and `config`: what they find is what is so, nothing is changed, and no key is shown.
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Finding, node } from '../../src/cli/doctor.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { type Setting, settings } from '../../src/settings.ts';
import { catalogue } from '../../tools/index.ts';
import { fastTwins, settingsFor } from '../fixtures.ts';
import { folder, run } from './program.ts';

async function findings(args: string[], env: Record<string, string>) {
  const { code, stdout, stderr } = await run(['doctor', '--json', ...args], env);
  expect(stderr).toBe('');
  const { findings, failed } = JSON.parse(stdout) as { findings: Finding[]; failed: number };
  expect(code).toBe(failed === 0 ? 0 : 1);
  return {
    failed,
    stdout,
    of: (about: Finding['about']) => findings.filter(finding => finding.about === about),
  };
}

test.each([
  ['v20.20.2', 'fail'],
  ['v22.18.9', 'fail'],
  ['v22.19.0', 'ok'],
  ['v24.0.0', 'ok'],
])('Node %s: %s', (version, status) => {
  expect(node(version, '/bin/node')).toMatchObject({ status });
});

describe.concurrent('doctor', () => {
  test('with nothing set: the twins answer, and nothing is left behind', async () => {
    await using home = await folder();
    const { failed, of } = await findings([], { HOME: home.path });
    expect(failed).toBe(0);
    expect(of('settings')).toEqual([{ about: 'settings', status: 'note', text: 'nothing is set: all defaults' }]);
    expect(of('account').map(({ text }) => text)).toEqual([
      expect.stringMatching(/built-in twin of scrip, .*answered in \d+ ms; 2 programs; it charges no credits$/),
      expect.stringMatching(/built-in twin of trustpager, .*answered in \d+ ms; \d+ credits left$/),
    ]);
    expect(of('state')[0]?.text).toContain('made when it is first needed');
    expect(readdirSync(home.path)).toEqual([]);
  });

  test('real accounts: a good key, one that is not, a program that is not there; each setting with its place, no key anywhere', async () => {
    const sandbox = await startSandbox(fastTwins);
    await using home = await folder();
    const env = {
      ...settingsFor(sandbox, join(home.path, 'state')),
      HOME: home.path,
      TRUSTPAGER_SCOPES: 'automations:read',
    };
    const good = await findings(['--read-only'], env);
    expect(good.of('account').map(({ status }) => status)).toEqual(['ok', 'ok']);
    expect(good.of('account')[1]?.text).toContain('scopes automations:read');
    const texts = good.of('settings').map(({ text }) => text);
    expect(texts).toContain('SCRIP_API_KEY: set (SCRIP_API_KEY)');
    expect(texts).toContain('read-only: true (--read-only)');
    const bad = await findings([], {
      ...env,
      TRUSTPAGER_API_KEY: 'tp_live_00000000000000000000',
      SCRIP_PROGRAM_ID: '00000000-0000-4000-8000-000000000000',
    });
    expect(bad.failed).toBe(2);
    expect(bad.of('account').map(({ text }) => text)).toEqual([
      expect.stringContaining('its default program 00000000-0000-4000-8000-000000000000 is not among'),
      expect.stringMatching(/trustpager.*(key|401|credential)/i),
    ]);
    const gone = await findings([], { ...env, SCRIP_BASE_URL: 'http://127.0.0.1:9/v1' });
    expect(gone.of('account')[0]).toMatchObject({ status: 'fail' });
    for (const { stdout } of [good, bad, gone])
      for (const key of [sandbox.scrip.key, sandbox.trustpager.key, 'tp_live_0000']) expect(stdout).not.toContain(key);
    expect(readdirSync(home.path)).toEqual([]);
    await sandbox.close();
  });

  test('a state folder that cannot be used, one that others can read, a stop, a port that is taken, a client’s broken file', async () => {
    await using home = await folder();
    const state = join(home.path, 'state');
    writeFileSync(join(home.path, 'file'), '');
    const unusable = await findings(['--offline', '--state-folder', join(home.path, 'file', 'x')], { HOME: home.path });
    expect(unusable.of('state')[0]).toMatchObject({ status: 'fail' });
    mkdirSync(state);
    chmodSync(state, 0o755);
    mkdirSync(join(home.path, '.cursor'));
    writeFileSync(join(home.path, '.cursor', 'mcp.json'), '{');
    expect((await run(['stop', '--state-folder', state, 'lunch'])).code).toBe(0);
    const key = join(home.path, 'key');
    writeFileSync(key, 'sk_0123456789abcdef');
    chmodSync(key, 0o640);
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const found = await findings(['--offline', '--http', '--port', String(port), '--state-folder', state], {
      HOME: home.path,
      SCRIP_API_KEY_FILE: key,
    });
    server.close();
    expect(found.of('state').map(({ status, text }) => [status, text])).toEqual([
      ['warn', expect.stringContaining('others may look into it (mode 0755)')],
      ['warn', 'everything is stopped: lunch (automations-mcp resume ends it)'],
    ]);
    expect(found.of('http')).toMatchObject([{ status: 'warn', text: expect.stringContaining('EADDRINUSE') }]);
    expect(found.of('client').find(({ text }) => text.startsWith('Cursor'))).toMatchObject({ status: 'warn' });
    expect(found.of('settings').at(-1)).toEqual({
      about: 'settings',
      status: 'warn',
      text: `others than its owner may read a file that holds a key: chmod 600 it (${key})`,
    });
    expect(found.of('account').every(({ text }) => text.includes('--offline'))).toBe(true);
  });

  test('as text, without colours where it is no terminal', async () => {
    await using home = await folder();
    const { code, stdout } = await run(['doctor', '--offline'], { HOME: home.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^automations-mcp \d/);
    expect(stdout).toMatch(/\nNothing stands in the way\.\n$/);
    expect(stdout).not.toContain('\u001b');
  });
});

test('inspect: every listed tool with its tokens, and the policy that holds', async () => {
  await using home = await folder();
  const file = join(home.path, 'automations.yaml');
  writeFileSync(file, 'rules:\n  - { name: quiet, when: effect == "run", verdict: deny }\nkeep_credits: 7\n');
  const { code, stdout } = await run(['inspect', '--json', '--config', file, '--no-spend'], { HOME: home.path });
  expect(code).toBe(0);
  const { tools, tokens, policy } = JSON.parse(stdout);
  const core = catalogue.filter(({ toolset }) => toolset === 'core').map(({ name }) => name);
  expect(tools.map(({ name }: { name: string }) => name)).toEqual(core.toSorted());
  expect(tokens.tools).toBe(tools.reduce((sum: number, { tokens }: { tokens: number }) => sum + tokens, 0));
  expect(policy).toMatchObject({ modes: ['no-spend'], rules: [{ name: 'quiet', verdict: 'deny' }], keep_credits: 7 });
  const text = (await run(['inspect', '--toolsets', 'all'], { HOME: home.path })).stdout;
  for (const { name } of catalogue) expect(text).toMatch(new RegExp(`^${name} +\\d+  `, 'm'));
  expect(readdirSync(home.path)).toEqual(['automations.yaml']);
});

test('config show: every setting with its place, and no key; config schema: that of the operator’s file', async () => {
  const env = { SCRIP_API_KEY: 'sk_0123456789abcdef0123', AUTOMATIONS_PORT: '99', CI: 'true' };
  const { stdout } = await run(['config', 'show', '--json', '--read-only'], env);
  const shown = JSON.parse(stdout);
  expect(Object.keys(shown)).toEqual((settings as readonly Setting[]).map(({ env }) => env));
  expect(shown).toMatchObject({
    SCRIP_API_KEY: { value: 'set', from: 'SCRIP_API_KEY' },
    AUTOMATIONS_PORT: { value: '99', from: 'AUTOMATIONS_PORT' },
    AUTOMATIONS_READ_ONLY: { value: 'true', from: '--read-only' },
    AUTOMATIONS_NO_BROWSER: { value: 'true', from: 'CI' },
    AUTOMATIONS_HOST: { value: '127.0.0.1', from: 'default' },
    TRUSTPAGER_API_KEY: { value: null, from: 'not set' },
  });
  expect(stdout).not.toContain('0123456789');
  const schema = await run(['config', 'schema']);
  expect(schema.stdout).toBe((await run(['policy', 'schema'])).stdout);
  expect((await run(['config'])).code).toBe(2);
});
