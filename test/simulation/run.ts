// The simulation from the command line: `node test/simulation/run.ts --seeds 10000`, and `--seed N` for one run with its trace.
import { parseArgs } from 'node:util';
import { counted } from './record.ts';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    /** How many failing seeds to go on to. */
    most: { type: 'string', default: '1' },
  },
});
const print = (text: string): void => void process.stdout.write(`${text}\n`);

if (values.seed !== undefined) {
  const { trace, violations } = await simulate(Number(values.seed));
  print(trace.join('\n'));
  print(violations.length === 0 ? 'nothing is wrong' : violations.join('\n'));
  process.exitCode = violations.length === 0 ? 0 : 1;
} else {
  const began = performance.now();
  const total = Object.fromEntries(counted.map(name => [name, 0]));
  const [from, seeds] = [Number(values.from), Number(values.seeds)];
  let failing = 0;
  let ran = 0;
  for (let seed = from; seed < from + seeds && failing < Number(values.most); seed++) {
    const { violations, counts } = await simulate(seed);
    ran++;
    for (const name of counted) total[name] = (total[name] ?? 0) + counts[name];
    if (violations.length === 0) continue;
    failing++;
    print(`seed ${seed}: ${violations[0]}\n  node test/simulation/run.ts --seed ${seed}`);
  }
  const took = (performance.now() - began) / 1000;
  print(`${ran} runs in ${took.toFixed(1)} s, ${failing} failing`);
  print(
    Object.entries(total)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  );
  process.exitCode = failing === 0 ? 0 : 1;
}
