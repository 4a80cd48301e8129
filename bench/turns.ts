// Two things measured turn about: whatever else the machine does meanwhile falls on both, and each goes first as often as the other.

export const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;

export interface Turns {
  /** Medians over all pairs. */
  ours: number;
  beside: number;
  /** Median over the rounds of ours ÷ beside, with the lowest and the highest round. */
  ratio: number;
  ratios: readonly [number, number];
  /** The same of ours − beside. */
  added: number;
  addeds: readonly [number, number];
}

export interface Plan {
  rounds: number;
  /** In each round. */
  pairs: number;
  /** Pairs beforehand that are not counted. */
  warm?: number;
}

/** Each round's figure is of the medians of its own pairs. `measure` gets the number of the pair, which is below 0 while warming up. */
export async function inTurns<T>(
  [ours, beside]: readonly [T, T],
  { rounds, pairs, warm = pairs }: Plan,
  measure: (what: T, n: number) => Promise<number>,
): Promise<Turns> {
  const took: [number[], number[]] = [[], []];
  for (let n = -warm; n < rounds * pairs; n++)
    for (const which of n % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const value = await measure(which === 0 ? ours : beside, n);
      if (n >= 0) took[which].push(value);
    }
  const byRound = (of: (a: number, b: number) => number): number[] =>
    Array.from({ length: rounds }, (_, round) => {
      const [a, b] = took.map(list => median(list.slice(round * pairs, (round + 1) * pairs)));
      return of(a ?? Number.NaN, b ?? Number.NaN);
    });
  const ends = (list: readonly number[]): [number, number] => [Math.min(...list), Math.max(...list)];
  const [ratios, addeds] = [byRound((a, b) => a / b), byRound((a, b) => a - b)];
  return {
    ours: median(took[0]),
    beside: median(took[1]),
    ratio: median(ratios),
    ratios: ends(ratios),
    added: median(addeds),
    addeds: ends(addeds),
  };
}
