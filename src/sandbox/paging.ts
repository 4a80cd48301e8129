// Cursor paging by key rather than by offset, so that rows that come or go between two pages are neither skipped nor repeated.
export interface Slice<T> {
  rows: T[];
  hasMore: boolean;
  next: string | undefined;
  prev: string | undefined;
}

export interface SliceOptions<T> {
  /** Unique, and sorts as text. */
  key(row: T): string;
  descending: boolean;
  limit: number;
  after?: string | undefined;
  before?: string | undefined;
}

export function encodeCursor(key: string): string {
  return Buffer.from(`k:${key}`).toString('base64url');
}

/** The key inside a cursor, or undefined when it is none of ours. */
export function decodeCursor(cursor: string): string | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  return text.startsWith('k:') && encodeCursor(text.slice(2)) === cursor ? text.slice(2) : undefined;
}

/** `after` and `before` are decoded keys; with `before`, the page is the one that ends right in front of it. */
export function slice<T>(rows: readonly T[], { key, descending, limit, after, before }: SliceOptions<T>): Slice<T> {
  const sign = descending ? -1 : 1;
  const compare = (a: string, b: string) => (a < b ? -sign : a > b ? sign : 0);
  const keyed = rows.map(row => ({ row, at: key(row) })).sort((a, b) => compare(a.at, b.at));
  const inRange = keyed.filter(
    ({ at }) => (after === undefined || compare(at, after) > 0) && (before === undefined || compare(at, before) < 0),
  );
  const kept = before !== undefined && after === undefined ? inRange.slice(-limit) : inRange.slice(0, limit);
  const first = kept[0];
  const last = kept.at(-1);
  const hasMore = last !== undefined && keyed.at(-1) !== last;
  const hasPrevious = first !== undefined && keyed[0] !== first;
  return {
    rows: kept.map(({ row }) => row),
    hasMore,
    next: hasMore ? encodeCursor(last.at) : undefined,
    prev: hasPrevious ? encodeCursor(first.at) : undefined,
  };
}

/** A sortable key for rows in order of time; `order` separates rows of the same millisecond. */
export function timeKey(ms: number, order: number): string {
  return `${String(ms).padStart(15, '0')}:${String(order).padStart(9, '0')}`;
}
