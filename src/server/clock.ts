// The one clock that covers a call: whatever happens, the call answers before it runs out.

export interface Clock {
  /** Milliseconds left, never below zero. */
  left(): number;
  /** The promise's value, or undefined when the clock runs out first. The promise goes on by itself. */
  race<T>(promise: Promise<T>, within?: number): Promise<T | undefined>;
}

/** The end of the program: once it is told, nobody waits for a person any more, and every call answers within what is left. */
export class Ending {
  readonly #listeners = new Set<() => void>();
  #by = Number.POSITIVE_INFINITY;

  /** Told again it can only come sooner. */
  tell(within: number): void {
    this.#by = Math.min(this.#by, performance.now() + within);
    for (const listener of this.#listeners) listener();
  }

  get told(): boolean {
    return this.#by < Number.POSITIVE_INFINITY;
  }

  get by(): number {
    return this.#by;
  }

  /** Calls back when it is told, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
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
