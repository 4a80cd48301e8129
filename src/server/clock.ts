// The one clock that covers a call: whatever happens, the call answers before it runs out.
import { setMaxListeners } from 'node:events';

export interface Clock {
  /** Milliseconds left, never below zero. */
  left(): number;
  /** The promise's value, or undefined when the clock runs out first. The promise goes on by itself. */
  race<T>(promise: Promise<T>, within?: number): Promise<T | undefined>;
}

/** The end of the program: once it is told, nobody waits for a person any more, and every call answers within what is left. */
export class Ending {
  readonly #told = new AbortController();
  #by = Number.POSITIVE_INFINITY;

  constructor() {
    setMaxListeners(0, this.#told.signal);
  }

  tell(within: number): void {
    this.#by = performance.now() + within;
    this.#told.abort();
  }

  get told(): boolean {
    return this.#told.signal.aborted;
  }

  get by(): number {
    return this.#by;
  }

  /** Calls back when it is told, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#told.signal.addEventListener('abort', listener);
    return () => this.#told.signal.removeEventListener('abort', listener);
  }
}

export function startClock(ms: number, ending?: Ending): Clock {
  const end = performance.now() + ms;
  const left = () => Math.max(0, Math.min(end, ending?.by ?? end) - performance.now());
  return {
    left,
    async race(promise, within = Number.POSITIVE_INFINITY) {
      let timer: NodeJS.Timeout | undefined;
      let deaf: (() => void) | undefined;
      const out = new Promise<undefined>(resolve => {
        const wind = (): void => {
          clearTimeout(timer);
          timer = setTimeout(() => resolve(undefined), Math.min(left(), within));
        };
        wind();
        deaf = ending?.listen(wind);
      });
      try {
        return await Promise.race([promise, out]);
      } finally {
        clearTimeout(timer);
        deaf?.();
      }
    },
  };
}

export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
