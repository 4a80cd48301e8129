// Serves one client over stdin and stdout. Stdout carries protocol frames only; the program ends when its client does.
import { Writable } from 'node:stream';
import type { Server } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { House } from '../server/house.ts';
import { mcpServers } from '../server/mcp.ts';
import { countCalls } from './calls.ts';

/** Keeps the real stdout for frames; whatever else writes to it, a dependency's banner included, lands on stderr. */
function reserveStdout(onerror: () => void): Writable {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.on('error', onerror);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  return new Writable({
    decodeStrings: false,
    write(chunk, encoding, done) {
      // A reader that is gone is no error to anybody here: `onerror` ends the program, and nothing of it is logged.
      write(chunk, encoding, () => done());
    },
  });
}

/** Resolves when told to stop, or when the client is gone: stdin ended, stdout broke, or the parent process died (reliability.md P18). */
export async function serveOverStdio(
  house: House,
  { callLimit }: { callLimit: number },
  stop: Promise<void>,
): Promise<void> {
  const gone = Promise.withResolvers<void>();
  const frames = reserveStdout(() => gone.resolve());
  process.stdin
    .on('end', () => gone.resolve())
    .on('close', () => gone.resolve())
    .on('error', () => gone.resolve());
  const parent = process.ppid;
  const watchdog = setInterval(() => process.ppid !== parent && gone.resolve(), 2_000).unref();
  const servers = mcpServers(house, countCalls(callLimit).begin);
  const handle = serveStdio(() => servers() as Server, {
    transport: new StdioServerTransport(process.stdin, frames),
    onerror: error => house.log.warn({ err: error }, 'stdio'),
  });
  await Promise.race([gone.promise, stop]);
  clearInterval(watchdog);
  await handle.close().catch(() => {});
}
