// Loaded into a server before anything else: counts the steps by which it changes the world, and kills it with SIGKILL before the one it was told.
import { appendFileSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { DatabaseSync } from 'node:sqlite';

/** The file says before which step, counted from when it was written; `trace` has them written down beside it instead. */
const plan = process.env.CRASH_PLAN ?? '';
let told = '';
let count = 0;

function step(what: string): void {
  const now = readFileSync(plan, 'utf8');
  if (now !== told) [told, count] = [now, 0];
  count++;
  if (told === 'trace') appendFileSync(`${plan}.trace`, `${what}\n`);
  else if (count === Number(told)) process.kill(process.pid, 'SIGKILL');
}

const exec = DatabaseSync.prototype.exec;
let writes = false;
DatabaseSync.prototype.exec = function (sql) {
  if (sql.startsWith('BEGIN')) writes = sql === 'BEGIN IMMEDIATE';
  if (sql === 'COMMIT' && writes) step('commit');
  return exec.call(this, sql);
};

const write = Socket.prototype.write;
const sending = new WeakSet<Socket>();
Socket.prototype.write = function (this: Socket, ...args: unknown[]) {
  // Reads change nothing; the head and the body of a write are two steps, as they go out.
  if (/^(POST|PUT|PATCH|DELETE) /.test(String(args[0]))) sending.add(this);
  if (this === process.stdout) step('frame');
  else if (sending.has(this)) step('request');
  return write.apply(this, args as Parameters<typeof write>);
} as typeof write;
