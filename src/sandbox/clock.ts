// The twins' time: the caller's clock plus what the control room has wound it forward by, and waits that end with the twin.
import { setTimeout as wait } from 'node:timers/promises';

export interface Clock {
  now(): number;
  wind(ms: number): void;
  sleep(ms: number): Promise<void>;
  stop(): void;
}

export function createClock(source: () => number = Date.now): Clock {
  const stopped = new AbortController();
  let ahead = 0;
  return {
    now: () => Math.floor(source() + ahead),
    wind: ms => {
      ahead += ms;
    },
    // Unreferenced: a wait must never be what keeps a process alive. Once the twin is closed nothing goes on, and nobody is told.
    sleep: ms => wait(ms, undefined, { ref: false, signal: stopped.signal }).catch(() => new Promise<void>(() => {})),
    stop: () => stopped.abort(),
  };
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
