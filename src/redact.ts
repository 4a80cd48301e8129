// Masks known secrets by value, in whatever form they stand: the last hop of every result and log line.

const MASK = '[secret]';

/** Base64 of the secret at each of the three alignments, without the characters that its neighbours decide. */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].flatMap(offset => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    const skip = [0, 2, 3][offset] ?? 0;
    const whole = bytes.toString('base64').replace(/=+$/, '');
    const cut = whole.slice(skip, bytes.length % 3 === 0 ? undefined : -1);
    return [cut, cut.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function forms(secret: string): string[] {
  const hex = Buffer.from(secret).toString('hex');
  const escaped = JSON.stringify(secret).slice(1, -1);
  const inUrls = [encodeURIComponent(secret), new URLSearchParams({ '': secret }).toString().slice(1)];
  return [
    secret,
    escaped,
    // A log line is JSON that may hold JSON.
    JSON.stringify(escaped).slice(1, -1),
    ...inUrls,
    ...inUrls.map(url => url.replace(/%../g, code => code.toLowerCase())),
    hex,
    hex.toUpperCase(),
    ...base64Forms(secret),
    [...secret].reverse().join(''),
  ];
}

/**
 * A function that masks every form of the given secrets, and whatever looks like a vendor key (the shapes are documented:
 * trustpager.md section 3, scrip.md section 3). Values shorter than eight characters are not masked: they would eat ordinary text.
 */
export function redactor(secrets: readonly (string | undefined)[]): (text: string) => string {
  const known = [
    ...new Set(
      secrets.filter(secret => secret !== undefined && secret.length >= 8).flatMap(secret => forms(secret ?? '')),
    ),
  ]
    .filter(form => form.length >= 8)
    .sort((a, b) => b.length - a.length);
  // A key may follow a line break, which in JSON ends in a letter.
  const keys = /(?:\b|(?<=\\(?:[bfnrt]|u[0-9a-fA-F]{4})))(?:tp_(?:live|test)_[A-Za-z0-9_-]{8,}|sk_[A-Za-z0-9_-]{16,})/g;
  return text => {
    let masked = text;
    for (const form of known) if (masked.includes(form)) masked = masked.replaceAll(form, MASK);
    return masked.replace(keys, MASK);
  };
}

/** The same for a value on its way to JSON: the text stays JSON whatever was masked in it, be it a number. */
export function jsonRedactor(redact: (text: string) => string): (value: unknown) => string {
  const mask = (value: unknown): unknown => {
    if (typeof value === 'string') return redact(value);
    if (typeof value === 'number') return redact(String(value)) === String(value) ? value : redact(String(value));
    if (Array.isArray(value)) return value.map(mask);
    if (value && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [redact(key), mask(inner)]));
    return value;
  };
  return value => {
    // Nearly always there is nothing to mask, and one look at the whole text says so.
    const text = JSON.stringify(value);
    return redact(text) === text ? text : JSON.stringify(mask(JSON.parse(text)));
  };
}
