// The log: pino to fd 2, masked by value; pino itself is loaded by the first line that is written.
import { writeSync } from 'node:fs';
import type { Logger } from 'pino';

export const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type Level = (typeof levels)[number];

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A pipe that is full is waited for a moment, so that lines are not lost in a burst; one that nobody empties costs at most this. */
const PATIENCE = 200;

function writeAll(line: string): void {
  let bytes = Buffer.from(line);
  const until = performance.now() + PATIENCE;
  while (bytes.length > 0)
    try {
      bytes = bytes.subarray(writeSync(2, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || performance.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
}

/** What an error is and where it came from. Its own words are left out: they may hold anything, a body or a header too (reliability.md C3). */
function bare(error: unknown, causes = 3): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  const frames = String(error.stack).match(/^ {4}at .*$/gm) ?? [];
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    at: frames.map(frame => frame.trim()),
    ...(cause === undefined || causes === 0 ? {} : { cause: bare(cause, causes - 1) }),
  };
}

/** Never throws and never writes to stdout; a stderr that is gone swallows the line. `more` is added to every line. */
export function createLog(level: Level, redact: (text: string) => string, more: () => object = () => ({})): Log {
  let logger: Promise<Logger> | undefined;
  const load = async (): Promise<Logger> => {
    const { pino } = await import('pino');
    const write = (line: string): void => {
      try {
        writeAll(redact(line));
      } catch {
        // A broken stderr must never take the program down.
      }
    };
    return pino(
      {
        level,
        base: { name: 'automations-mcp', pid: process.pid },
        timestamp: pino.stdTimeFunctions.isoTime,
        mixin: more,
        serializers: { err: (error: unknown) => bare(error) },
      },
      { write },
    );
  };
  const at = (name: Exclude<Level, 'silent'>) => (fields: object, message: string) => {
    if (levels.indexOf(name) < levels.indexOf(level)) return;
    logger ??= load();
    logger.then(pino => pino[name](fields, message)).catch(() => {});
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
