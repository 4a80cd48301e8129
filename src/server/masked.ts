// No known secret is left in any string of a value, the names of its fields included.

export function masked<T>(value: T, redact: (text: string) => string): T {
  // Nearly always there is nothing to mask, and one look at the whole text says so: secrets are known in JSON’s escapes too.
  const text = JSON.stringify(value);
  if (text === undefined || redact(text) === text) return value;
  const mask = (inner: unknown): unknown => {
    if (typeof inner === 'string') return redact(inner);
    if (Array.isArray(inner)) return inner.map(mask);
    if (inner && typeof inner === 'object')
      return Object.fromEntries(Object.entries(inner).map(([key, more]) => [redact(key), mask(more)]));
    return inner;
  };
  return mask(value) as T;
}
