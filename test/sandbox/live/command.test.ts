// The command that serves the twins: its flags, its file, its end, and its one line when something is wrong.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compiled } from '../../compiled.ts';
import { until } from '../fixtures.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twins-command-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['src/main.ts', 'sandbox', '--port', '0', ...args], {
    env: { PATH: process.env.PATH, ...compiled, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', chunk => {
    said.out += chunk;
  });
  child.stderr.on('data', chunk => {
    said.err += chunk;
  });
  const code = new Promise<number | null>(resolve => child.once('exit', resolve));
  return { child, said, code };
}

it('serves with the readings asked for, and keeps its state at the end', async () => {
  const file = join(folder, 'state');
  const { child, said, code } = run(['--twin-state', file], { AUTOMATIONS_TWIN_READINGS: 'idle=never,cursor=after' });
  await until(
    async () => said.out,
    text => text.includes('TRUSTPAGER_API_KEY='),
    20_000,
  );
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said.out)?.[0];
  const { readings } = (await (await fetch(`${url}/_twin/readings`)).json()) as { readings: object };
  expect(readings).toMatchObject({ idle: 'never', cursor: 'after', body_key: 'both' });
  await fetch(`${url}/_twin/trustpager`, { method: 'PATCH', body: '{"credits":77}' });
  child.kill('SIGTERM');
  expect([await code, said.err]).toEqual([0, '']);
  expect(await readFile(file, 'utf8')).toContain('"credits":77');
});

it.each<[string, string[], RegExp]>([
  ['a reading that is none', ['--twin-reading', 'moon=full'], /--twin-reading: there is no reading "moon"/],
  ['a value that is none', ['--twin-reading', 'idle=maybe'], /--twin-reading: idle must be one of returns, never/],
  ['a file that is broken', ['--twin-state', 'broken'], /state file ".*broken" cannot be used: it was not written/],
  ['a folder instead of a file', ['--twin-state', '.'], /cannot be used: it cannot be read \(EISDIR\)/],
])('refuses %s in one line', async (_, [flag = '', value = ''], line) => {
  await writeFile(join(folder, 'broken'), 'x');
  const { said, code } = run([flag, flag === '--twin-state' ? join(folder, value) : value]);
  expect([await code, said.out]).toEqual([2, '']);
  expect(said.err).toMatch(line);
  expect(said.err.trim()).not.toContain('\n');
});
