// Time that passes only when the simulation says so: every timer, clock and random id of the code under test comes from here.
import { AsyncLocalStorage } from 'node:async_hooks';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import promised from 'node:timers/promises';
import type { Chance } from './chance.ts';

interface Timer {
  at: number;
  /** Decides between timers of the same moment. */
  tie: number;
  run(): void;
}

export interface Time {
  /** Milliseconds since the run began; never goes back. */
  now(): number;
  /** What the clock on the wall of our machine says: it may be set. */
  wall(): number;
  /** What everybody else's clock says. */
  vendorClock(): number;
  /** Sets the wall clock forward or back. */
  jump(ms: number): void;
  sleep(ms: number): Promise<void>;
  at(ms: number, run: () => void): void;
  /** Lets time pass until `over`, or until nothing is left that could happen. Returns whether it is over. */
  pass(over: () => boolean): Promise<boolean>;
  /** Gives the process its own time back. */
  end(): void;
}

const real = {
  setImmediate: globalThis.setImmediate,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  Date: globalThis.Date,
  performanceNow: performance.now,
  promised: promised.setTimeout,
  randomBytes: crypto.randomBytes,
};

const begins = Date.UTC(2027, 0, 4, 9, 0, 0);

/** All promises that can go on have gone on once the event loop comes round. */
const drained = (): Promise<void> => new Promise(resolve => real.setImmediate(resolve));

export function startTime(chance: Chance): Time {
  let now = 0;
  let offset = 0;
  const queue: Timer[] = [];
  const wall = (): number => begins + Math.floor(now) + offset;

  const at = (ms: number, run: () => void): Timer => {
    const within = AsyncLocalStorage.snapshot();
    const timer = { at: now + Math.max(0, ms), tie: chance.next(), run: () => within(run) };
    let low = 0;
    let high = queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = queue[middle] as Timer;
      if (other.at < timer.at || (other.at === timer.at && other.tie < timer.tie)) low = middle + 1;
      else high = middle;
    }
    queue.splice(low, 0, timer);
    return timer;
  };
  const drop = (timer: unknown): void => {
    const index = queue.indexOf(timer as Timer);
    if (index >= 0) queue.splice(index, 1);
  };

  class VirtualDate extends real.Date {
    constructor(...given: unknown[]) {
      super(...((given.length === 0 ? [wall()] : given) as [number]));
    }
    static override now(): number {
      return wall();
    }
  }
  globalThis.Date = VirtualDate as DateConstructor;
  performance.now = () => now;
  globalThis.setTimeout = ((run: () => void, ms = 0) =>
    Object.assign(at(ms, run), { unref: () => {}, ref: () => {} })) as never;
  globalThis.clearTimeout = drop as never;
  promised.setTimeout = ((ms = 0, value?: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = at(ms, () => {
        signal?.removeEventListener('abort', aborted);
        resolve(value);
      });
      function aborted(): void {
        drop(timer);
        reject(signal?.reason);
      }
      signal?.addEventListener('abort', aborted, { once: true });
    })) as never;
  crypto.randomBytes = ((size: number) => chance.bytes(size)) as never;
  syncBuiltinESMExports();

  return {
    now: () => now,
    wall,
    vendorClock: () => begins + Math.floor(now),
    jump(ms) {
      offset += ms;
    },
    sleep: ms => new Promise(resolve => void at(ms, resolve)),
    at: (ms, run) => void at(ms, run),
    async pass(over) {
      await drained();
      while (!over()) {
        const timer = queue.shift();
        if (!timer) return false;
        now = Math.max(now, timer.at);
        timer.run();
        await drained();
      }
      return true;
    },
    end() {
      globalThis.Date = real.Date;
      performance.now = real.performanceNow;
      globalThis.setTimeout = real.setTimeout;
      globalThis.clearTimeout = real.clearTimeout;
      promised.setTimeout = real.promised;
      crypto.randomBytes = real.randomBytes;
      syncBuiltinESMExports();
    },
  };
}
