// "Did you mean": the known word with the fewest changes to the one that was written.

/** How many letters must change to turn one into the other. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? a.length;
}

/** `known` must not be empty. What is written is cut first: it comes from outside. */
export function closest(written: string, known: readonly string[]): string {
  const word = written.slice(0, 64).toLowerCase();
  return [...known].sort((a, b) => distance(word, a) - distance(word, b) || a.localeCompare(b))[0] ?? '';
}

/** What was written and what it probably should be, or else what it may be: `"conection"; did you mean "connection"?`. */
export function meant(written: string, known: readonly string[]): string {
  const word = written.slice(0, 40);
  const best = closest(word, known);
  const near =
    best !== '' &&
    distance(word.toLowerCase(), best) <= (word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3)));
  return near
    ? `${JSON.stringify(word)}; did you mean ${JSON.stringify(best)}?`
    : `${JSON.stringify(word)}; ${known.length === 0 ? 'there is none' : `it may be ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''}`}.`;
}
