// A process of its own for tests of several processes: does one thing to a store file and prints what came of it as JSON.
import { sqliteStore } from '../../src/store/sqlite.ts';
import { opening, question } from './rows.ts';

const [file = '', what = '', id = '', at = '0'] = process.argv.slice(2);
const store = sqliteStore(file);
const approval = { id, digest: 'digest' };
const print = (value: unknown) => process.stdout.write(JSON.stringify(value));

// All racers start at the same moment, whenever their process was ready.
while (Date.now() < Number(at)) await new Promise(resolve => setTimeout(resolve, 1));

if (what === 'open') print(await Promise.all(Array.from({ length: 25 }, () => store.open(opening({}, { approval })))));
else if (what === 'ask') print(await store.ask(question()));
else if (what === 'look')
  print(await store.questions().catch(error => ({ message: error.message, next: error.details?.next })));
else if (what === 'write') print(await store.open(opening()).catch(error => ({ ...error, message: error.message })));
else if (what === 'die') {
  await store.open(opening({}, { approval }));
  process.kill(process.pid, 'SIGKILL');
}
await store.close();
