// A program of its own for tests on a real pseudo-terminal: the approvals command on its own standard streams.
import { approvals } from '../../src/cli/approvals.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';

const [file = '', now = '', ...args] = process.argv.slice(2);
const store = sqliteStore(file);
process.exitCode = await approvals(args, {
  store,
  stdin: process.stdin,
  stdout: process.stdout,
  now: () => Number(now),
});
await store.close();
