// A queue that hands out what is due first: by time, and among equals by the order given.
export interface Due<T> {
  at: number;
  order: number;
  what: T;
}

export interface Heap<T> {
  push(due: Due<T>): void;
  pop(): Due<T> | undefined;
  peek(): Due<T> | undefined;
}

export function createHeap<T>(): Heap<T> {
  const rows: Due<T>[] = [];
  const isBefore = (a: Due<T>, b: Due<T>) => a.at < b.at || (a.at === b.at && a.order < b.order);
  const swapIfBefore = (child: number, parent: number): boolean => {
    const [lower, upper] = [rows[child], rows[parent]];
    if (!lower || !upper || !isBefore(lower, upper)) return false;
    rows[child] = upper;
    rows[parent] = lower;
    return true;
  };
  const isFirst = (a: number, b: number) => {
    const [one, other] = [rows[a], rows[b]];
    return one !== undefined && (other === undefined || isBefore(one, other));
  };
  return {
    push(due) {
      rows.push(due);
      for (let at = rows.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1;
        if (!swapIfBefore(at, parent)) return;
        at = parent;
      }
    },
    pop() {
      const first = rows[0];
      const last = rows.pop();
      if (rows.length === 0 || !last) return first;
      rows[0] = last;
      for (let at = 0; ; ) {
        const left = 2 * at + 1;
        const child = isFirst(left + 1, left) ? left + 1 : left;
        if (!swapIfBefore(child, at)) return first;
        at = child;
      }
    },
    peek: () => rows[0],
  };
}
