// Cursor paging by key rather than by offset, so that rows that come or go between two pages are neither skipped nor repeated.
export interface Slice<T> {
  rows: T[];
  hasMore: boolean;
  next: string | undefined;
  prev: string | undefined;
}

/** Where a row stands: by the first part, and among equals by the second, which no two rows share. */
export interface Place {
  by: number | string;
  order: number | string;
}

export interface SliceOptions<T> {
  by(row: T): number | string;
  order(row: T): number | string;
  descending: boolean;
  limit: number;
  after?: Place | undefined;
  before?: Place | undefined;
}

export function encodeCursor({ by, order }: Place): string {
  return Buffer.from(JSON.stringify(['k', by, order])).toString('base64url');
}

/** The place inside a cursor, or undefined when it is none of ours. */
export function decodeCursor(cursor: string): Place | undefined {
  try {
    const [mark, by, order] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const isOurs = mark === 'k' && [by, order].every(part => typeof part === 'number' || typeof part === 'string');
    return isOurs && encodeCursor({ by, order }) === cursor ? { by, order } : undefined;
  } catch {
    return undefined;
  }
}

const rank = (a: number | string, b: number | string) => (a < b ? -1 : a > b ? 1 : 0);

/** With `before` alone, the page is the one that ends right in front of it. */
export function slice<T>(
  rows: readonly T[],
  { by, order, descending, limit, after, before }: SliceOptions<T>,
): Slice<T> {
  const compare = (a: T, b: T) => rank(by(a), by(b)) || rank(order(a), order(b));
  // Rows mostly come in order already: then looking is all there is to do.
  let sorted = rows;
  for (let n = 1; n < rows.length; n++)
    if (compare(rows[n - 1] as T, rows[n] as T) > 0) {
      sorted = rows.toSorted(compare);
      break;
    }
  /** How many rows stand before the place, or at it too. */
  const countTo = (place: Place, inclusive: boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = sorted[middle] as T;
      const side = rank(by(row), place.by) || rank(order(row), place.order);
      if (side < 0 || (inclusive && side === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const [lowest, highest] = descending ? [before, after] : [after, before];
  const from = lowest ? countTo(lowest, true) : 0;
  const to = highest ? countTo(highest, false) : sorted.length;
  // The page lies at the end it is read from: where `after` leads to, or in front of `before`.
  const fromBelow = (before !== undefined && after === undefined) === descending;
  const [start, end] = fromBelow
    ? [from, Math.max(from, Math.min(to, from + limit))]
    : [Math.min(to, Math.max(from, to - limit)), to];
  const kept = sorted.slice(start, Math.max(start, end));
  if (descending) kept.reverse();
  const [hasBelow, hasAbove] = [start > 0, end < sorted.length];
  const hasMore = kept.length > 0 && (descending ? hasBelow : hasAbove);
  const hasPrevious = kept.length > 0 && (descending ? hasAbove : hasBelow);
  const cursorOf = (row: T) => encodeCursor({ by: by(row), order: order(row) });
  return {
    rows: kept,
    hasMore,
    next: hasMore ? cursorOf(kept.at(-1) as T) : undefined,
    prev: hasPrevious ? cursorOf(kept[0] as T) : undefined,
  };
}
