// Paths to vendors are made here only: every id is checked and then encoded, so that none can walk to another endpoint (reliability.md C6).
import { Failure } from '../errors.ts';
import { quote } from './text.ts';

/** TrustPager's ids are not documented as UUIDs; this is what is safe in a path. Scrip's UUIDs fit it too. */
const safe = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function refuse(what: string, value: unknown, form: string): never {
  const seen = typeof value === 'string' ? quote(value, 80) : `a ${value === null ? 'null' : typeof value}`;
  throw new Failure('not_sent', 'invalid_input', `${what} is ${seen}, which is not ${form}; nothing was sent.`, {
    next: 'Take the id from a list tool, and call again.',
  });
}

/** The id itself, where it is a UUID (scrip.md section 2); else throws `invalid_input`. */
export function scripId(id: string, what = 'The id'): string {
  return typeof id === 'string' && uuid.test(id) ? id : refuse(what, id, 'a UUID');
}

/** The id itself, where it is safe in a path: a letter or digit, then up to 63 letters, digits, `-` or `_`; else throws `invalid_input`. */
export function trustpagerId(id: string, what = 'The id'): string {
  return typeof id === 'string' && safe.test(id) ? id : refuse(what, id, 'an id of letters, digits, - and _');
}

/** Tagged template: a path relative to the base URL, each interpolated segment checked, then percent-encoded. Throws `invalid_input`. */
export function path(parts: TemplateStringsArray, ...segments: string[]): string {
  return parts.reduce(
    (whole, part, at) =>
      `${whole}${encodeURIComponent(trustpagerId(segments[at - 1] ?? '', 'A part of the path'))}${part}`,
  );
}
