// Sums of fractions come out the same whatever order they were added in, be it by a database or here.

/** To a millionth: prices have fewer digits, and what a sum loses in adding is far less. */
export const exact = (sum: number): number => Math.round(sum * 1e6) / 1e6;
