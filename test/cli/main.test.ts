// The program from outside: commands, flags and settings in real processes.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/index.ts';
import { type Setting, settings } from '../../src/settings.ts';
import { catalogue } from '../../tools/index.ts';
import { fastTwins, said, settingsFor } from '../fixtures.ts';
import { client, folder, run, start } from './program.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const core = catalogue.filter(({ toolset }) => toolset === 'core').map(({ name }) => name);
const of = (...vendors: string[]): string[] =>
  catalogue
    .filter(({ vendor, toolset }) => toolset === 'core' && vendors.includes(vendor))
    .map(({ name }) => name)
    .toSorted();

describe('asking the program about itself', () => {
  test.concurrent('--version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
  });

  test.concurrent('--help names every command and what keys are for', async () => {
    const { code, stdout, stderr } = await run(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of ['serve', 'sandbox', 'demo', 'approvals', 'client-config'])
      expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
    expect(stdout).toContain('SCRIP_API_KEY_FILE');
    expect(stdout).toMatch(/^ {2}stop \[options\]/m);
  });

  test.concurrent('help of a command names its flags however it is asked for', async () => {
    const told = await Promise.all([run(['help', 'stop']), run(['stop', '--help']), run(['stop', '-h'])]);
    for (const { code, stdout } of told) {
      expect(code).toBe(0);
      expect(stdout).toContain('--state-folder <value>');
    }
  });

  test.concurrent('serve --help names every flag with its variable and default, and none for a key', async () => {
    const { code, stdout, stderr } = await run(['serve', '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const text = stdout.replace(/\s+/g, ' ');
    for (const { flag, env, default: otherwise } of settings as readonly Setting[])
      if (flag) {
        expect(text).toContain(`--${flag}`);
        expect(text).toContain(otherwise === undefined ? `(${env})` : `(${env}, default ${otherwise})`);
      } else expect(text).not.toContain(env);
  });
});

describe('P13 C17: what is wrong is told in one line on stderr, with exit code 2 and nothing on stdout', () => {
  const wrong: { what: string; args?: string[]; env?: Record<string, string>; says: RegExp }[] = [
    { what: 'a flag', args: ['--no-such-flag'], says: /unknown option '--no-such-flag'/ },
    { what: 'a flag that is nearly right', args: ['--reed-only'], says: /Did you mean --read-only/ },
    { what: 'a command', args: ['frobnicate'], says: /there is no command "frobnicate"/ },
    { what: 'one word too many', args: ['sandbox', 'now'], says: /too many arguments for 'sandbox'/ },
    { what: 'a flag without its value', args: ['--port'], says: /'--port <value>' argument missing/ },
    {
      what: 'a value',
      args: ['--idle', 'sometimes'],
      says: /--idle must be one of strict, not_busy; it was "sometimes"/,
    },
    { what: 'a value of a variable', env: { AUTOMATIONS_PORT: 'x' }, says: /AUTOMATIONS_PORT must be a whole number/ },
    { what: 'a vendor without https', env: { SCRIP_BASE_URL: 'http://x.test' }, says: /SCRIP_BASE_URL must be https/ },
    { what: 'a key file', env: { SCRIP_API_KEY_FILE: '/no/such/file' }, says: /SCRIP_API_KEY_FILE: .* \(ENOENT\)\./ },
    {
      what: 'an operator’s file',
      args: ['--config', '/no/such/file'],
      says: /\/no\/such\/file cannot be read \(ENOENT\)/,
    },
    { what: 'checks', env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, says: /NODE_TLS_REJECT_UNAUTHORIZED=0/ },
    { what: 'questions in memory', args: ['approvals', 'list', '--state-folder', ':memory:'], says: /:memory:/ },
  ];

  test.concurrent.each(wrong)('$what: $args $env', async ({ args = [], env = {}, says }) => {
    const { code, stdout, stderr } = await run(args, env);
    // Node itself warns about that variable, in lines of its own.
    const lines = stderr.split('\n').filter(line => line !== '' && !/^\(|NODE_TLS.* makes TLS/.test(line));
    expect({ code, stdout, lines }).toEqual({ code: 2, stdout: '', lines: [expect.stringMatching(says)] });
    expect(lines[0]).toMatch(/^automations-mcp: /);
  });

  test.concurrent.each<{ args: string[]; env: Record<string, string> }>([
    { args: ['--scrip-api-key=sk_0123456789abcdef0123'], env: {} },
    { args: ['sk_0123456789abcdef0123'], env: {} },
    { args: ['--scrip-scopes', 'my-own-key-of-scrip'], env: { SCRIP_API_KEY: 'my-own-key-of-scrip' } },
    { args: [], env: { SCRIP_BASE_URL: 'https://me:hunter2hunter2@x.test' } },
  ])('P17: a key in the wrong place is not repeated: $args $env', async ({ args, env }) => {
    const { code, stdout, stderr } = await run(args, env);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toMatch(/0123456789abcdef|my-own-key-of-scrip|hunter2/);
  });

  test.concurrent('a port that is taken is a failure, not a mistake: exit code 1', async () => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    for (const args of [['sandbox'], ['serve', '--http']]) {
      const { code, stdout, stderr } = await run([...args, '--port', String(port)]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^automations-mcp: .*EADDRINUSE.*\n$/);
    }
    server.close();
  });
});

describe('sandbox', () => {
  test.concurrent.each(['SIGTERM', 'SIGINT'] as const)('serves the twins until %s', async signal => {
    const { child, ended, said } = start(['sandbox', '--port', '0']);
    const text = await said('TRUSTPAGER_API_KEY=');
    const value = (name: string) => new RegExp(`^${name}=(\\S+)`, 'm').exec(text)?.[1] ?? '';
    const scrip = await fetch(`${value('SCRIP_BASE_URL')}/programs/${value('SCRIP_PROGRAM_ID')}/automations`, {
      headers: { 'x-api-key': value('SCRIP_API_KEY') },
    });
    const trustpager = await fetch(`${value('TRUSTPAGER_BASE_URL')}/automations`, {
      headers: { authorization: `Bearer ${value('TRUSTPAGER_API_KEY')}` },
    });
    expect([scrip.status, trustpager.status]).toEqual([200, 200]);
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    await expect(fetch(value('SCRIP_BASE_URL'))).rejects.toThrow();
  });
});

describe('client-config', () => {
  test.concurrent('prints JSON whose command really starts this server', async () => {
    const { code, stdout, stderr } = await run(['client-config']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { command, args } = JSON.parse(stdout).mcpServers.automations;
    await using home = await folder();
    await using server = await client([], { HOME: home.path }, [command, ...args]);
    expect(await server.names()).toEqual(core.toSorted());
    // Started, listed, and still nothing was written anywhere.
    expect(readdirSync(home.path)).toEqual([]);
  });
});

describe('which tools are listed', () => {
  const list = async (args: string[], env: Record<string, string>) => {
    await using home = await folder();
    await using server = await client(args, { HOME: home.path, ...env });
    return await server.names();
  };
  const scrip = { SCRIP_API_KEY: 'sk_0123456789abcdef0123' };
  const trustpager = { TRUSTPAGER_API_KEY: 'tp_live_0123456789abcdef' };

  test.concurrent.each<[string, string[], Record<string, string>, string[]]>([
    ['no key: both twins', [], {}, core.toSorted()],
    ['a key of Scrip', [], scrip, of('common', 'scrip')],
    ['a key of TrustPager', [], trustpager, of('common', 'trustpager')],
    ['both keys', [], { ...scrip, ...trustpager }, core.toSorted()],
    ['a key, and --sandbox', ['--sandbox'], scrip, core.toSorted()],
    ['a key, and the variable for it', [], { ...trustpager, AUTOMATIONS_SANDBOX: 'yes' }, core.toSorted()],
    ['a blank key and a placeholder', [], { SCRIP_API_KEY: ' ', TRUSTPAGER_API_KEY: '$\u007bkey}' }, core.toSorted()],
    ['all toolsets', ['--toolsets', 'all'], {}, catalogue.map(({ name }) => name).toSorted()],
  ])('%s', async (_what, args, env, expected) => {
    expect(await list(args, env)).toEqual(expected);
  });

  test.concurrent('C1: a real key reaches no twin: the vendor it names is asked, and only that', async () => {
    const sandbox = await startSandbox(fastTwins);
    await using home = await folder();
    const env = settingsFor(sandbox, home.path);
    delete env.TRUSTPAGER_API_KEY;
    await using server = await client([], env);
    const listed = said(await server.client.callTool({ name: 'list_connections', arguments: {} }));
    expect(listed.structured.connections).toMatchObject([{ id: 'scrip', environment: 'production' }]);
    await sandbox.close();
  });

  test.concurrent('--sandbox keeps a real key at home', async () => {
    await using home = await folder();
    await using server = await client(['--sandbox'], {
      HOME: home.path,
      ...scrip,
      SCRIP_BASE_URL: 'http://127.0.0.1:9',
    });
    const listed = said(await server.client.callTool({ name: 'list_connections', arguments: {} }));
    expect(listed.structured.connections.map((row: { environment: string }) => row.environment)).toEqual([
      'sandbox',
      'sandbox',
    ]);
    expect(JSON.stringify(listed)).not.toContain(scrip.SCRIP_API_KEY);
  });
});

test('C22: --read-only lists every tool still, and refuses every write', async () => {
  await using home = await folder();
  await using server = await client(['--read-only', '--state-folder', join(home.path, 'state')], {});
  expect(await server.names()).toEqual(core.toSorted());
  const id = '00000000-0000-4000-8000-000000000000';
  const all = { automation_id: id, action_id: id, name: 'A', event_name: 'a', scope: 'program', trigger_type: 'cron' };
  for (const tool of catalogue.filter(({ kind, toolset }) => kind === 'write' && toolset === 'core')) {
    const args = Object.fromEntries(Object.entries(all).filter(([field]) => field in tool.input.shape));
    const answer = said(await server.client.callTool({ name: tool.name, arguments: args }));
    expect([tool.name, answer.structured.outcome, answer.structured.rule]).toEqual([tool.name, 'denied', 'read-only']);
  }
  expect(existsSync(join(home.path, 'state'))).toBe(false);
});

test('a key may come from a file, and the file’s end of line is not part of it', async () => {
  const sandbox = await startSandbox(fastTwins);
  await using home = await folder();
  const file = join(home.path, 'key');
  writeFileSync(file, `${sandbox.scrip.key}\n`);
  const env = { SCRIP_API_KEY_FILE: file, SCRIP_BASE_URL: sandbox.scrip.baseUrl, HOME: home.path };
  await using server = await client([], env);
  const programs = said(await server.client.callTool({ name: 'list_connections', arguments: {} }));
  expect(programs.structured.connections[0].programs.length).toBeGreaterThan(0);
  await sandbox.close();
});
