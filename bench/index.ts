// Runs the benchmarks, each in a process of its own, and prints one table: `npm run bench` all of them, `npm run bench -- decision` one,
// with `--keep` their figures become those of ratios.json, with `--soak 60` the HTTP server is called for so many seconds. Ends with 1 where
// one misses its bar.
import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Figures, fallen, figuresOf, linesOf, missed, type Results, type Row } from './row.ts';
import { printTable } from './table.ts';

interface Options {
  /** Seconds. */
  soak: number;
}

/** What takes part: each exports `measure`, which gives back its rows. Loaded by the process that runs it alone. */
export const benchmarks: Record<string, () => Promise<{ measure(options: Options): Promise<Row[]> }>> = {
  decision: () => import('./decision.ts'),
  http: () => import('./http.ts'),
  start: () => import('./start.ts'),
  twins: () => import('./twins.ts'),
};

const ratios = join(import.meta.dirname, 'ratios.json');
const last = join(import.meta.dirname, 'last.json');

const readJson = <T>(file: string): T | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};
/** The figures that were kept. */
export const keptFigures = (): Figures => readJson(ratios) ?? {};
/** What the last run on this machine found, where there was one. */
export const lastRun = (): Results | undefined => readJson(last);

const write = (file: string, value: object): void => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

const { values: flags, positionals } = parseArgs({
  args: import.meta.main ? process.argv.slice(2) : [],
  allowPositionals: true,
  options: { keep: { type: 'boolean' }, soak: { type: 'string', default: '5' }, alone: { type: 'boolean' } },
});

const inItsOwnProcess = (name: string): Promise<Row[]> =>
  new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, [name, '--alone', '--soak', flags.soak]);
    child.once('message', rows => resolve(rows as Row[]));
    child.once('exit', code => reject(new Error(`The benchmark ${name} ended with ${code} and measured nothing.`)));
  });

async function main(): Promise<void> {
  const unknown = positionals.find(name => !benchmarks[name]);
  if (unknown !== undefined) {
    process.stderr.write(
      `There is no benchmark ${JSON.stringify(unknown)}; there are ${Object.keys(benchmarks).join(', ')}.\n`,
    );
    process.exitCode = 2;
    return;
  }
  const results: Results = {};
  for (const name of positionals.length > 0 ? positionals : Object.keys(benchmarks)) {
    const began = performance.now();
    results[name] = await inItsOwnProcess(name);
    process.stderr.write(`${name}: ${Math.round((performance.now() - began) / 1_000)} s\n`);
  }
  printTable(linesOf(results));
  for (const line of fallen(results, keptFigures())) process.stdout.write(`${line}\n`);
  write(last, { ...lastRun(), ...results });
  if (flags.keep) write(ratios, { ...keptFigures(), ...figuresOf(results) });
  if (Object.values(results).flat().some(missed)) process.exitCode = 1;
}

/** The part of the one process that measures. */
async function alone(name = ''): Promise<void> {
  const rows = await benchmarks[name]?.().then(({ measure }) => measure({ soak: Number(flags.soak) }));
  process.send?.(rows, () => process.exit());
}

if (import.meta.main) await (flags.alone ? alone(positionals[0]) : main());
