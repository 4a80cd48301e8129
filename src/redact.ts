// Masks known secrets by value, in whatever form they stand: the last hop of every result and log line.

const MASK = '[secret]';

const plain = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const hex = (byte: number, digits = 2): string => byte.toString(16).padStart(digits, '0');
const letters: Record<string, string> = { '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't' };
const names: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };

/** One character as itself, and as JSON and programs write it within quotes. */
const quoted = (character: string): string => `${/["'\\/]/.test(character) ? '\\\\*' : ''}${plain(character)}`;

/** One character as itself and as every escape writes it: JSON and programs, URLs, HTML and mail; escaped again and again, too. */
function written(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const units = Array.from({ length: character.length }, (_, at) => `\\\\+u${hex(character.charCodeAt(at), 4)}`);
  const [letter, name] = [letters[character], names[character]];
  return `(?:${[
    quoted(character),
    ...(character === ' ' ? ['\\+'] : []),
    ...(letter ? [`\\\\+${letter}`] : []),
    [...Buffer.from(character)].map(byte => `%(?:25)*${hex(byte)}`).join(''),
    units.join(''),
    `&(?:amp;)*(?:#0*${code}|#x0*${hex(code)}${name ? `|${name}` : ''});`,
    ...(code < 0x80 ? [`\\\\+x${hex(code)}`, `=${hex(code)}`] : []),
  ].join('|')})`;
}

/** What escapes the first character goes with it, so that JSON stays JSON. */
const before = '(?:\\\\+(?:u[\\da-f]{0,3})?)?';

/** White space, as itself and as JSON writes it. */
const gap = '(?:\\s|\\\\+(?:[bfnrt]|u00[01][\\da-f]))';

/** Base64 of the text at each of the three alignments, without the characters that its neighbours decide. */
const base64Forms = (text: string): string[] =>
  [0, 2, 3].map((skip, offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const whole = bytes.toString('base64').replace(/=+$/, '');
    return whole.slice(skip, bytes.length % 3 === 0 ? undefined : -1);
  });

/** In either alphabet, broken into lines or not. */
const base64 = (form: string): string =>
  [...form]
    .map(letter => (letter === '+' ? '(?:\\+|-|%(?:25)*2b)' : letter === '/' ? '(?:\\\\*\\/|_|%(?:25)*2f)' : letter))
    .join(`${gap}*`);

function patterns(secret: string): string[] {
  const bytes = [...Buffer.from(secret)];
  return [
    [...secret].map(written).join(''),
    [...secret].reverse().map(quoted).join(''),
    bytes.map(byte => hex(byte)).join(`(?:${gap}|[:,-]){0,2}(?:0x)?`),
    bytes.join(`${gap}*,${gap}*`),
    ...base64Forms(secret)
      .filter(({ length }) => length >= 8)
      .map(base64),
  ];
}

/**
 * A function that masks every form of the given secrets, in capitals or not, and whatever looks like a vendor key (the shapes are
 * documented: trustpager.md section 3, scrip.md section 3) or a token of this server. Values shorter than eight characters are not masked: they would eat
 * ordinary text.
 */
export function redactor(secrets: readonly (string | undefined)[]): (text: string) => string {
  const known = [...new Set(secrets)]
    .filter(secret => secret !== undefined && secret.length >= 8)
    // Of two that begin alike, the longer one first.
    .sort((a = '', b = '') => b.length - a.length)
    .flatMap(secret => patterns(secret ?? '').map(pattern => new RegExp(`${before}${pattern}`, 'gi')));
  // A key may follow a line break, which in JSON ends in a letter.
  const keys =
    /(?:\b|(?<=\\(?:[bfnrt]|u[0-9a-fA-F]{4})))(?:tp_(?:live|test)_[A-Za-z0-9_-]{8,}|sk_[A-Za-z0-9_-]{16,}|amcp_[0-9a-f]{16}_[A-Za-z0-9_-]{16,})/g;
  return text => known.reduce((masked, pattern) => masked.replace(pattern, MASK), text).replace(keys, MASK);
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
