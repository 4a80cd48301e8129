// The package as it would be published: packed once, installed into an empty folder without any registry, and started there.
import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { unzipSync } from 'fflate';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../build/bundle.ts';
import { pack } from '../../build/mcpb.ts';
import { manifest } from '../../build/published.ts';
import { catalogue } from '../../tools/index.ts';
import { said } from '../fixtures.ts';
import { root } from '../imports.ts';

const place = mkdtempSync(join(tmpdir(), 'automations-mcp-package-'));
const [source, home] = [join(place, 'source'), join(place, 'home')];
const installed = join(home, 'node_modules', 'automations-mcp');
const program = join(home, 'node_modules', '.bin', 'automations-mcp');
const { version, engines, files, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
let packed: { size: number; files: { path: string; mode: number }[] };

beforeAll(async () => {
  mkdirSync(home);
  await bundle(join(source, 'dist'));
  for (const file of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'])
    copyFileSync(join(root, file), join(source, file));
  const npm = (cwd: string, ...args: string[]) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: 'pipe' });
  [packed] = JSON.parse(npm(source, 'pack', '--json', '--ignore-scripts'));
  writeFileSync(join(home, 'package.json'), '{}');
  npm(home, 'install', '--offline', '--no-audit', '--no-fund', join(source, `automations-mcp-${version}.tgz`));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const run = promisify(execFile);
const env = { PATH: process.env.PATH ?? '', HOME: home };

describe('what is in the package', () => {
  it('is the program in plain JavaScript, licences, and what a person reads', () => {
    expect(files).toEqual(['dist/*.cjs', 'dist/*.txt', 'CHANGELOG.md']);
    const odd = packed.files
      .map(({ path }) => path)
      .filter(path => !/^dist\/[\w-]+\.cjs$/.test(path))
      .toSorted();
    expect(odd).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist/THIRD-PARTY-LICENCES.txt', 'package.json']);
    expect(packed.files.length).toBeLessThan(100);
    expect(packed.size).toBeLessThan(1.5 * 1024 * 1024);
  });

  it('needs nothing but Node: no other package, nothing native, nothing that runs by being installed', () => {
    expect(readdirSync(join(home, 'node_modules')).filter(name => !name.startsWith('.'))).toEqual(['automations-mcp']);
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies'])
      expect(manifest).not.toHaveProperty(kind);
    const asked = readdirSync(join(installed, 'dist'))
      .filter(file => file.endsWith('.cjs'))
      .flatMap(file => [
        ...readFileSync(join(installed, 'dist', file), 'utf8').matchAll(/\brequire\((["'`])([^"'`]+)\1\)/g),
      ])
      .map(([, , name = '']) => name);
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter(name => !/^\.\/[\w-]+\.cjs$/.test(name) && !isBuiltin(name))).toEqual([]);
  });

  it('tells the licence of every package whose code it holds', () => {
    const text = readFileSync(join(installed, 'dist', 'THIRD-PARTY-LICENCES.txt'), 'utf8');
    for (const name of ['@modelcontextprotocol/server', 'zod', 'undici', 'hono', '@bufbuild/cel', 'pino', 'commander'])
      expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
  });

  it('reaches vendors without HTTP/2, which no first call need wait for', () => {
    const texts = readdirSync(join(installed, 'dist')).map(file => readFileSync(join(installed, 'dist', file), 'utf8'));
    const wire = texts.filter(text => text.includes('UND_ERR_CONNECT_TIMEOUT') && text.includes('llhttp'));
    expect(wire.length).toBe(1);
    expect(wire[0]?.includes('node:http2')).toBe(false);
  });

  it('names no place of the machine it was built on', () => {
    for (const file of readdirSync(join(installed, 'dist')))
      expect(readFileSync(join(installed, 'dist', file), 'utf8').includes(root), file).toBe(false);
  });
});

describe('publint', () => {
  it('finds nothing', async () => {
    const { messages } = await publint({ pkgDir: source, pack: false, strict: true });
    expect(messages).toEqual([]);
  });
});

describe('the bundle for Claude Desktop', () => {
  const folder = join(place, 'extension');
  let packed: Uint8Array;
  beforeAll(() => {
    packed = pack(join(source, 'dist'));
    for (const [path, bytes] of Object.entries(unzipSync(packed))) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
  });

  it('is the same bytes each time, and holds nothing native', () => {
    expect(Buffer.from(pack(join(source, 'dist'))).equals(Buffer.from(packed))).toBe(true);
    const odd = Object.keys(unzipSync(packed)).filter(path => !/^server\/[\w-]+\.cjs$/.test(path));
    expect(odd.toSorted()).toEqual(['LICENSE', 'icon.png', 'manifest.json', 'server/THIRD-PARTY-LICENCES.txt']);
  });

  it('has a manifest that the official tool takes', async () => {
    const { stdout } = await run('mcpb', ['validate', join(folder, 'manifest.json')], { env });
    expect(stdout).toContain('Manifest schema validation passes!');
  });

  it('declares every value that its command is given, asks for none of them, and hides keys', () => {
    const { server, user_config } = manifest();
    const given = Object.entries(server.mcp_config.env);
    expect(given.length).toBeGreaterThan(4);
    expect(Object.keys(user_config)).toEqual(given.map(([name]) => name.toLowerCase()));
    for (const [name, value] of given) {
      const field = user_config[name.toLowerCase()];
      expect(value).toBe(`\${user_config.${name.toLowerCase()}}`);
      expect(field).toMatchObject({ required: false, title: expect.any(String), description: expect.any(String) });
      expect(field && 'sensitive' in field).toBe(name.endsWith('_KEY'));
    }
    expect(JSON.stringify(server.mcp_config.args)).not.toContain('user_config');
  });

  it.each([
    ['blank', () => ''],
    ['the literal placeholder', (value: string) => value],
  ])('starts with every field %s, on the twins', async (_, filled) => {
    const { command, args, env: given } = manifest().server.mcp_config;
    const client = new Client({ name: 'desktop', version: '1' });
    await client.connect(
      new StdioClientTransport({
        command,
        args: args.map(arg => arg.replace(`\${__dirname}`, folder)),
        env: { ...env, ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name, filled(value)])) },
        stderr: 'ignore',
      }),
    );
    expect(client.getInstructions()).toContain('built-in twins');
    const said = await client.callTool({ name: 'no_such_tool', arguments: {} }).catch(error => String(error));
    expect(said).toContain('Unknown tool');
    await client.close();
  });
});

describe('the installed program', () => {
  it('says its version', async () => {
    expect(await run(program, ['--version'], { env })).toEqual({ stdout: `${version}\n`, stderr: '' });
  });

  it('serves the twins over stdio to a client, with nothing filled in', async () => {
    const client = new Client({ name: 'package-test', version: '1' });
    await client.connect(new StdioClientTransport({ command: program, args: [], env, stderr: 'ignore' }));
    const { tools } = await client.listTools();
    expect(tools.length).toBe(catalogue.filter(({ toolset }) => toolset === 'core').length);
    const listed = said(await client.callTool({ name: 'list_connections', arguments: {} }));
    expect(listed.structured).toMatchObject({ outcome: 'done', connections: [{ environment: 'sandbox' }, {}] });
    expect(client.getInstructions()).toContain('built-in twins');
    await client.close();
  });

  it('has loaded next to nothing while its client only opens and lists; and then all that a call needs', async () => {
    const [hook, list] = [join(home, 'hook.cjs'), join(home, 'loaded.json')];
    writeFileSync(
      hook,
      `process.on('exit', () => require('fs').writeFileSync('${list}', JSON.stringify(Object.keys(require.cache))))`,
    );
    const loaded = async (...messages: object[]) => {
      const started = run(program, [], { env: { ...env, NODE_OPTIONS: `--require ${hook}` } });
      for (const message of messages) started.child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
      started.child.stdin?.end();
      const { stdout } = await started;
      const names: string[] = JSON.parse(readFileSync(list, 'utf8')).filter((name: string) => name !== hook);
      return {
        answers: stdout.trimEnd().split('\n').length,
        bytes: names.map(name => readFileSync(name).length).reduce((a, b) => a + b, 0),
      };
    };
    const opening = [
      {
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
      },
      { method: 'notifications/initialized' },
      { id: 2, method: 'tools/list' },
    ];
    const before = await loaded(...opening);
    expect(before.answers).toBe(2);
    expect(before.bytes).toBeLessThan(200_000);
    const after = await loaded(...opening, { id: 3, method: 'no/such/method' });
    expect(after.answers).toBe(3);
    expect(after.bytes).toBeGreaterThan(400_000);
  });

  it('keeps what it compiled in the user’s own cache, and does without where it cannot', async () => {
    const kept = join(home, '.cache', 'automations-mcp');
    expect(readdirSync(kept, { recursive: true }).length).toBeGreaterThan(5);
    const blocked = { ...env, XDG_CACHE_HOME: join(home, 'package.json') };
    expect(await run(program, ['--version'], { env: blocked })).toEqual({ stdout: `${version}\n`, stderr: '' });
  });

  it('tells a client’s configuration how to start it', async () => {
    const { stdout } = await run(program, ['client-config'], { env });
    const { command, args } = JSON.parse(stdout).mcpServers.automations;
    expect(args).toEqual([join(installed, bin['automations-mcp'])]);
    expect((await run(command, [...args, '--version'], { env })).stdout).toBe(`${version}\n`);
  });
});

describe('the launcher', () => {
  const launcher = readFileSync(join(root, 'build', 'launcher.cjs'), 'utf8');
  const under = (node: string) =>
    run(process.execPath, [
      '-e',
      `Object.defineProperty(process.versions, 'node', { value: '${node}' }); require('${join(installed, bin['automations-mcp'])}')`,
    ]).catch(error => error);

  it('says in one line that Node is too old', async () => {
    const least = engines.node.replace('>=', '');
    for (const old of ['20.20.2', '22.18.9', '9.0.0']) {
      const { code, stdout, stderr } = await under(old);
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: '',
        stderr: `automations-mcp: needs Node ${least} or newer, and this is Node ${old} at ${process.execPath}\n`,
      });
    }
  });

  it('is written so that the oldest Node reads it', () => {
    expect(launcher).not.toMatch(/=>|`|\b(const|let|class|import|async|await)\b|\?\.|\?\?|\.\.\./);
  });
});
