// Two versions of a short text, line by line, as a person reads a change.

export interface Line {
  /** ` ` stands in both, `-` in the old one, `+` in the new one. */
  mark: ' ' | '-' | '+';
  text: string;
}

/** The one stretch in which they differ, with up to three lines around it. Empty where they are the same. */
export function changed(before: string, after: string, around = 3): Line[] {
  const lines = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
  const [old, now] = [lines(before), lines(after)];
  if (before === after) return [];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < now.length - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  )
    tail++;
  const marked = (mark: Line['mark'], of: string[], from: number, to: number): Line[] =>
    of.slice(Math.max(0, from), to).map(text => ({ mark, text }));
  return [
    ...marked(' ', old, head - around, head),
    ...marked('-', old, head, old.length - tail),
    ...marked('+', now, head, now.length - tail),
    ...marked(' ', now, now.length - tail, now.length - tail + around),
  ];
}
