// "Did you mean": the known word with the fewest changes to the one that was written.

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    row = next;
  }
  return row[b.length] ?? a.length;
}

/** `known` must not be empty. What is written is cut first: it comes from outside. */
export function closest(written: string, known: readonly string[]): string {
  const word = written.slice(0, 64).toLowerCase();
  return [...known].sort((a, b) => distance(word, a) - distance(word, b) || a.localeCompare(b))[0] ?? '';
}
