// The demo, as a newcomer runs it, without a terminal to ask in.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { thisProgram } from '../../src/cli/house.ts';

it('tells the whole story, shows progress, answers for itself visibly, and ends with 0 because the twins confirm it', async () => {
  const [command = '', ...args] = thisProgram();
  const { stdout, stderr } = await promisify(execFile)(command, [...args, 'demo'], { env: { PATH: process.env.PATH } });
  expect(stderr).toBe('');
  expect(stdout.match(/No terminal to ask in, so the demo answers for you: yes/g)).toHaveLength(2);
  const progress = [...stdout.matchAll(/(\d+) of 360$/gm)].map(([, done]) => Number(done));
  expect(progress.length).toBeGreaterThan(2);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(stdout.match(/^ {4}✓ /gm)).toHaveLength(8);
  expect(stdout).not.toContain('✗');
  expect(stdout).toContain('Everything this demo claimed was found at the twins.');
});
