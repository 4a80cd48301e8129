// The image's steps without an engine: the script that the Dockerfile runs is run, and what it built is started and asked as the Dockerfile says.
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Setting, settings } from '../../src/settings.ts';
import { root } from '../imports.ts';
import { eventually } from '../server/twin.ts';
import { start } from '../transports/program.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const { mcpName, engines } = JSON.parse(read('package.json'));
/** The last value of an instruction, lines that go on joined. */
const dockerfile = read('Dockerfile').replace(/\\\n\s*/g, ' ');
const said = (instruction: string): string =>
  [...dockerfile.matchAll(new RegExp(`^${instruction} (.*)$`, 'gm'))].at(-1)?.[1] ?? '';

const folder = mkdtempSync(join(tmpdir(), 'automations-mcp-image-'));
const app = join(folder, 'app');
const source = join(folder, 'source');
const [all, ...named] = read('.dockerignore')
  .split('\n')
  .filter(line => line !== '' && !line.startsWith('#'));
const letIn = named.map(line => line.replace(/^!/, ''));
const home = join(folder, 'home');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A command as the image would run it, in the folder that was built. */
const command = (text: string): string[] =>
  (JSON.parse(text) as string[]).map(word => (word === 'node' ? process.execPath : word.replace(/^\/app\b/, app)));
const health = command(said('HEALTHCHECK').replace(/^.*? CMD /, ''));

function ask(env: Record<string, string>, ...more: string[]) {
  const [program = '', ...args] = [...health, ...more];
  return new Promise<{ code: number; stdout: string; stderr: string }>(resolve =>
    execFile(program, args, { env: { PATH: process.env.PATH ?? '', HOME: home, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    ),
  );
}

describe('what the image holds', () => {
  beforeAll(() => {
    const [, script = '', to = ''] = /^RUN (build\/image\.sh) (\/app)$/m.exec(dockerfile) ?? [];
    expect([script, to]).toEqual(['build/image.sh', '/app']);
    // Only what the engine would be given; installing it all anew is left to the engine.
    for (const name of letIn) cpSync(join(root, name), join(source, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(source, 'node_modules'));
    execFileSync(join(source, script), [app], { stdio: 'pipe', env: { ...process.env, HOME: folder } });
  });

  test('is the program and its licences; no source, no package, no key', () => {
    const files = readdirSync(app, { recursive: true }).map(String);
    expect(files).toContain('automations-mcp.cjs');
    expect(files.filter(file => !/^[\w-]+\.cjs$/.test(file)).toSorted()).toEqual([
      'LICENSE',
      'THIRD-PARTY-LICENCES.txt',
    ]);
    expect(dockerfile).not.toMatch(/_KEY|_TOKEN|PASSWORD/);
  });

  test('starts as the image does, is well, ready, and then gone', async () => {
    const [entry = '', ...args] = command(said('ENTRYPOINT'));
    const state = join(folder, 'state');
    // A free port, found by the program itself: its health check is told which.
    const env = { HOME: home, AUTOMATIONS_HTTP: 'true', AUTOMATIONS_PORT: '0', AUTOMATIONS_STATE_FOLDER: state };
    await using program = start(env, { command: [entry, ...args] });
    const url = await eventually(() => /serving (\S+)/.exec(program.stderr())?.[1]);
    const at = { AUTOMATIONS_PORT: new URL(url).port };
    expect(await ask(at)).toEqual({ code: 0, stdout: 'ok\n', stderr: '' });
    expect(await ask(at, '--ready')).toEqual({ code: 0, stdout: 'ok\n', stderr: '' });
    program.child.kill('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    const gone = await ask(at);
    expect(gone).toMatchObject({ code: 1, stdout: '' });
    expect(gone.stderr).toMatch(/^automations-mcp: port \d+, \/healthz: it cannot be reached \(ECONNREFUSED\)\n$/);
  });
});

describe('the Dockerfile', () => {
  test('runs as nobody special, without a shell, and says what it is', () => {
    expect(dockerfile.indexOf('\nUSER node\n')).toBeGreaterThan(dockerfile.lastIndexOf('\nRUN '));
    expect(said('ENTRYPOINT')).toMatch(/^\[/);
    expect(said('HEALTHCHECK')).toMatch(/CMD \["node", "\/app\/automations-mcp\.cjs", "health"\]$/);
    expect(said('LABEL')).toContain(`io.modelcontextprotocol.server.name="${mcpName}"`);
    const [, major = ''] = /^ARG NODE=(\d+)-slim$/m.exec(dockerfile) ?? [];
    expect(Number(major)).toBeGreaterThanOrEqual(Number.parseInt(engines.node.slice(2), 10));
    const port = (settings as readonly Setting[]).find(({ name }) => name === 'port');
    expect(said('EXPOSE')).toBe(port?.default);
  });

  test('sets nothing but settings that exist, and is built from nothing that is not in the checkout', () => {
    const set = [...said('ENV').matchAll(/(\w+)=/g)].map(([, name = '']) => name).filter(name => name !== 'NODE_ENV');
    const known = (settings as readonly Setting[]).map(({ env }) => env);
    expect(set.length).toBeGreaterThan(0);
    expect(set.filter(name => !known.includes(name))).toEqual([]);
    // Everything stays out but what is named, and what is named is what the steps above were given.
    expect(all).toBe('*');
    expect(named.filter(line => !line.startsWith('!'))).toEqual([]);
  });
});
