// Serves one client over stdin and stdout. Stdout carries protocol frames only; the program ends when its client does.
import { type Readable, Writable } from 'node:stream';
import type { Server } from '@modelcontextprotocol/server';
import type { House } from '../server/house.ts';
import type { Said } from '../server/opening.ts';
import { door, type HandedOver } from './door.ts';

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

export interface StdioOptions {
  /** Calls that may be under way at once. */
  callLimit: number;
  /** Answers an opening as the server would; without it the server does. */
  say?: ((line: string) => Said | undefined) | undefined;
}

/**
 * Resolves when told to stop, or when the client is gone: stdin ended, stdout broke, or the parent process died (reliability.md P18).
 * `open` builds the house, and is asked to when the client wants more than its opening.
 */
export async function serveOverStdio(
  open: () => Promise<House>,
  { callLimit, say }: StdioOptions,
  stop: Promise<void>,
): Promise<void> {
  const broken = Promise.withResolvers<void>();
  const output = reserveStdout(() => broken.resolve());
  const parent = process.ppid;
  const watchdog = setInterval(() => process.ppid !== parent && broken.resolve(), 2_000).unref();
  const end = (input: Readable): Promise<void> => Promise.race([over(input), broken.promise, stop]);
  const asked = say
    ? await Promise.race([door(process.stdin, output, say), end(process.stdin)])
    : { input: process.stdin, output };
  if (asked) {
    const ended = end(asked.input);
    const close = await serve(open, callLimit, asked);
    await ended;
    await close();
  }
  clearInterval(watchdog);
}

const over = (input: Readable): Promise<void> =>
  new Promise(resolve => {
    for (const event of ['end', 'close', 'error']) input.on(event, () => resolve());
  });

/** The server itself, with everything it needs. */
async function serve(open: () => Promise<House>, callLimit: number, { input, output }: HandedOver) {
  const [house, { StdioServerTransport, serveStdio }, { mcpServers }, { countCalls }] = await Promise.all([
    open(),
    import('@modelcontextprotocol/server/stdio'),
    import('../server/mcp.ts'),
    import('./calls.ts'),
  ]);
  const servers = mcpServers(house, countCalls(callLimit).begin);
  const handle = serveStdio(() => servers() as Server, {
    transport: new StdioServerTransport(input as typeof process.stdin, output as typeof process.stdout),
    onerror: error => house.log.warn({ err: error }, 'stdio'),
  });
  return () => handle.close().catch(() => {});
}
