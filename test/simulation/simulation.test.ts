// Faults × crashes × races × decisions, seed by seed: a sweep with every test run, ten thousand with SIMULATION_SEEDS=10000.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { defects } from './planted.ts';
import { counted } from './record.ts';

const program = fileURLToPath(new URL('run.ts', import.meta.url));

async function run(...args: string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', chunk => {
    out += String(chunk);
  });
  const code = await new Promise<number | null>(resolve => child.once('close', resolve));
  return { code, out };
}

const seeds = Number(process.env.SIMULATION_SEEDS ?? 1_000);

describe.concurrent('the simulation', () => {
  test('P1 P2 P4 P7 P8 P9 P13 P14 C8 C18: no seed sends twice, sends past a person or a hard limit, or says what is not so', {
    timeout: 60_000 + seeds * 500,
  }, async () => {
    const half = Math.ceil(seeds / 2);
    const halves = [1, 1 + half].map(from => run('--from', String(from), '--seeds', String(half), '--most', '5'));
    const said = await Promise.all(halves);
    const out = said.map(half => half.out).join('');
    expect(out).not.toMatch(/^seed /m);
    expect(said.map(({ code }) => code)).toEqual([0, 0]);
    // A sweep in which something never happens would prove nothing about it.
    for (const name of counted) expect(out).toMatch(new RegExp(`${name} [1-9]`));
  });

  test('the same seed is the same run, to the last line of its trace', async () => {
    const [one, two] = await Promise.all([run('--seed', '37'), run('--seed', '37')]);
    expect(one.out.split('\n').length).toBeGreaterThan(30);
    expect(two.out).toBe(one.out);
  });
});

test.each(Object.entries(defects))('the planted defect still fits the source: %s', (_, edits) => {
  for (const [file, from] of edits)
    expect(
      readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').split(from),
      `${file}: ${from}`,
    ).toHaveLength(2);
});
