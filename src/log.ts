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

/** Never throws and never writes to stdout; a stderr that is gone swallows the line. */
export function createLog(level: Level, redact: (text: string) => string): Log {
  let logger: Promise<Logger> | undefined;
  const load = async (): Promise<Logger> => {
    const { pino } = await import('pino');
    const write = (line: string): void => {
      try {
        writeSync(2, redact(line));
      } catch {
        // A broken or full stderr must never take the program down.
      }
    };
    return pino(
      { level, base: { name: 'automations-mcp', pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
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
