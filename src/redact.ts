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
  const keys = /\b(?:tp_(?:live|test)_[A-Za-z0-9_-]{8,}|sk_[A-Za-z0-9_-]{16,})/g;
  return text => {
    let masked = text;
    for (const form of known) if (masked.includes(form)) masked = masked.replaceAll(form, MASK);
    return masked.replace(keys, MASK);
  };
}
