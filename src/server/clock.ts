// The one clock that covers a call: whatever happens, the call answers before it runs out.

export interface Clock {
  /** Milliseconds left, never below zero. */
  left(): number;
  /** The promise's value, or undefined when the clock runs out first. The promise goes on by itself. */
  race<T>(promise: Promise<T>, within?: number): Promise<T | undefined>;
}

export function startClock(ms: number): Clock {
  const end = performance.now() + ms;
  const left = () => Math.max(0, end - performance.now());
  return {
    left,
    async race(promise, within = Number.POSITIVE_INFINITY) {
      let timer: NodeJS.Timeout | undefined;
      const out = new Promise<undefined>(resolve => {
        timer = setTimeout(() => resolve(undefined), Math.min(left(), within));
      });
      try {
        return await Promise.race([promise, out]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
