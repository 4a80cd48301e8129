// Runs the benchmarks, each in a process of its own: `npm run bench` all of them, `npm run bench -- decision` one. Ends with 1 where one misses its mark.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const names = readdirSync(import.meta.dirname)
  .filter(file => file.endsWith('.ts') && !['index.ts', 'table.ts'].includes(file))
  .map(file => file.slice(0, -3))
  .sort();
const asked = process.argv.slice(2);
const unknown = asked.find(name => !names.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`There is no benchmark ${JSON.stringify(unknown)}; there are ${names.join(', ')}.\n`);
  process.exit(2);
}
for (const name of asked.length > 0 ? asked : names) {
  process.stdout.write(`\n${name}\n`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
