// Tests the test: plants one defect at a time in a copy of the source, and tells by which seed the simulation finds it.
// `node test/simulation/defects.ts --seeds 500 --only "part of a name"`
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { defects } from './planted.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '500' }, only: { type: 'string', default: '' } },
});
const print = (text: string): void => void process.stdout.write(`${text}\n`);

let missed = 0;
for (const [name, edits] of Object.entries(defects)) {
  if (!name.includes(values.only)) continue;
  const copy = mkdtempSync(join(tmpdir(), 'automations-mcp-defect-'));
  try {
    for (const part of ['src', 'tools', 'prompts', 'package.json', 'test/simulation'])
      cpSync(join(root, part), join(copy, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [file, from, to] of edits) {
      const text = readFileSync(join(copy, file), 'utf8');
      if (text.split(from).length !== 2) throw new Error(`${name}: ${file} does not hold exactly once: ${from}`);
      writeFileSync(
        join(copy, file),
        text.replace(from, () => to),
      );
    }
    const { stdout } = spawnSync(process.execPath, ['test/simulation/run.ts', '--seeds', values.seeds], {
      cwd: copy,
      encoding: 'utf8',
    });
    const found = /^seed (\d+): (.*)$/m.exec(stdout);
    if (!found) missed++;
    print(
      found ? `seed ${found[1]?.padStart(3)}  ${name}: ${found[2]}` : `MISSED    ${name}: ${stdout.split('\n')[0]}`,
    );
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
process.exitCode = missed === 0 ? 0 : 1;
