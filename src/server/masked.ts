// No known secret is left in any string of a value, the names of its fields included.

export function masked<T>(value: T, redact: (text: string) => string): T {
  const mask = (inner: unknown): unknown => {
    if (typeof inner === 'string') return redact(inner);
    if (Array.isArray(inner)) return inner.map(mask);
    if (inner && typeof inner === 'object')
      return Object.fromEntries(Object.entries(inner).map(([key, more]) => [redact(key), mask(more)]));
    return inner;
  };
  return mask(value) as T;
}
