// Chance with a seed: everything that is random in a run comes from here, so that the same seed is the same run.

export interface Chance {
  /** Between 0 and 1, 1 excluded. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  maybe(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** By weight; a weight of 0 never comes. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T;
  bytes(size: number): Buffer;
}

/** Mulberry32: small, fast, and good enough for choosing. */
export function chance(seed: number): Chance {
  let state = (seed * 0x9e3779b1) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between,
    maybe: probability => next() < probability,
    pick: list => list[Math.floor(next() * list.length)] as never,
    weighted(weights) {
      const entries = Object.entries(weights) as [never, number][];
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [name, weight] of entries) {
        left -= weight;
        if (left < 0) return name;
      }
      return entries[0]?.[0] as never;
    },
    bytes: size => Buffer.from(Array.from({ length: size }, () => between(0, 255))),
  };
}
