// The twins' time: it runs, can be frozen and stepped forward, and never goes back; and waits that end with the twin.
import { setTimeout as wait } from 'node:timers/promises';

export interface Clock {
  now(): number;
  isFrozen(): boolean;
  /** Frozen, it stands still until it is stepped or let go; let go, it runs on from where it stood. */
  freeze(on: boolean): void;
  wind(ms: number): void;
  /** Real time, also while frozen: a request must not hang because nobody steps the clock. */
  sleep(ms: number): Promise<void>;
  stop(): void;
}

/** `from` is where an earlier clock stood: a frozen one stands there still, another one has run on meanwhile. */
export function createClock(source: () => number = Date.now, from?: { now: number; frozen: boolean }): Clock {
  const stopped = new AbortController();
  let ahead = from ? Math.max(0, from.now - source()) : 0;
  let frozenAt = from?.frozen ? from.now : undefined;
  let latest = -Infinity;
  const now = () => {
    latest = Math.max(latest, Math.floor(frozenAt ?? source() + ahead));
    return latest;
  };
  return {
    now,
    isFrozen: () => frozenAt !== undefined,
    freeze: on => {
      if (on) frozenAt ??= now();
      else if (frozenAt !== undefined) {
        ahead = frozenAt - source();
        frozenAt = undefined;
      }
    },
    wind: ms => {
      if (frozenAt === undefined) ahead += ms;
      else frozenAt += ms;
    },
    // Unreferenced: a wait must never be what keeps a process alive. Once the twin is closed nothing goes on, and nobody is told.
    sleep: ms => wait(ms, undefined, { ref: false, signal: stopped.signal }).catch(() => new Promise<void>(() => {})),
    stop: () => stopped.abort(),
  };
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
