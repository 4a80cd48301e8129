// How much of a model's attention a text takes, estimated without its tokenizer, and what of a result fits into the room it has.

/**
 * In tokens: the text of a default call's result, that of one whose caller asked for more, and the fields beside it. Some clients cut what
 * is longer than 25,000 (schema-rules.md section 1, rule 23).
 */
export const ROOM = { usual: 1_900, wide: 8_000, fields: 15_000 };

/** Letters that read as a word are few tokens; others, such as those of keys and digests, are many. */
const wordly = /^[A-Za-z]?[a-z]*$/;
const clusters = /[^aeiouy]{5}/i;
function ofLetters(piece: string): number {
  const vowels = piece.match(/[aeiouy]/gi)?.length ?? 0;
  const word =
    wordly.test(piece) && !clusters.test(piece) && vowels * 5 >= piece.length && vowels * 3 <= piece.length * 2;
  return word ? 1 + Math.max(0, piece.length - 7) * 0.15 : Math.max(1, piece.length * 0.65);
}

/** By what each kind of character took at most of o200k when it was measured. */
function ofOther(character: string): number {
  const bytes = Buffer.byteLength(character);
  return bytes === 1 ? 0.7 : bytes === 2 ? 1.05 : bytes === 3 ? 2.3 : 4;
}

/** Tokens, rather too many than too few. */
export function estimate(text: string): number {
  let sum = 0;
  for (const [piece] of text.matchAll(/[A-Za-z]+|\d{1,3}|\s+|[\s\S]/gu))
    sum += /^[A-Za-z]/.test(piece)
      ? ofLetters(piece)
      : /^\d/.test(piece)
        ? 1
        : /^\s/.test(piece)
          ? piece.length * 0.3
          : ofOther(piece);
  return sum;
}

/** As much of the line as fits, whole characters. */
function beginning(line: string, room: number): string {
  let [fits, over] = [0, Math.min(line.length, Math.ceil(room * 8)) + 1];
  while (over - fits > 1) {
    const half = (fits + over) >> 1;
    if (estimate(line.slice(0, half)) <= room) fits = half;
    else over = half;
  }
  return line.slice(0, fits).toWellFormed();
}

/**
 * One text of at most so many tokens. The first lines and the last, which say how it went and what to do next, come before those between
 * them, of which the ends are left out; and it says so.
 */
export function fitted(
  first: readonly string[],
  between: readonly string[],
  last: readonly string[],
  room: number,
): string {
  const whole = [...first, ...between, ...last].join('\n');
  // A token is a byte at least.
  if (Buffer.byteLength(whole) <= room || estimate(whole) <= room) return whole;
  const note = '… cut here; ask for less.';
  const heads = first.map(line => (estimate(line) > room / 4 ? `${beginning(line, room / 4)}…` : line));
  const ends = last.map(line => (estimate(line) > room / 4 ? `${beginning(line, room / 4)}…` : line));
  let left = room - estimate([...heads, ...ends, note].join('\n'));
  const kept: string[] = [];
  for (const line of between) {
    const needs = estimate(`${line}\n`);
    if (needs > left) {
      if (left > 20) kept.push(beginning(line, left - 1));
      break;
    }
    left -= needs;
    kept.push(line);
  }
  return [...heads, ...kept, note, ...ends].join('\n');
}
