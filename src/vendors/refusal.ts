// Reads what a vendor says when it refuses: the code that tells it best, and its own words, quoted and cleaned.
import { type Code, Failure } from '../errors.ts';
import { object } from './fields.ts';
import { clean, quote } from './text.ts';
import type { Json, JsonObject, VendorName } from './types.ts';

/** The vendors' names as people write them. */
export const titles: Record<VendorName, string> = { scrip: 'Scrip', trustpager: 'TrustPager' };

export interface Refusal {
  code: Code;
  /** The vendor's words, such as `MISSING_FIELDS, "Required fields missing: name"`; empty where it said nothing readable. */
  said: string;
}

const words = (value: Json | undefined): string[] =>
  (Array.isArray(value) ? value : [value])
    .flatMap(item => (typeof item === 'string' || typeof item === 'number' ? [clean(String(item), 60)] : []))
    .slice(0, 10);

/** Scrip's `details` is a list or a single object (scrip.md section 5): which field, and what is wrong with it. */
const details = (value: Json | undefined): string[] =>
  (Array.isArray(value) ? value : [value]).slice(0, 5).flatMap(item => {
    const { field, message, reason, expected } = object(item) ?? {};
    const text = [field, message ?? reason ?? expected]
      .flatMap(part => (typeof part === 'string' ? [part] : []))
      .join(': ');
    return text ? [quote(text)] : [];
  });

/** TrustPager wraps its errors in `error`, Scrip does not; `required_scopes` has been seen in either place (trustpager.md section 4). */
function read(body: JsonObject | undefined) {
  const error = object(body?.error) ?? body ?? {};
  const text = (key: string): string | undefined =>
    typeof error[key] === 'string' ? (error[key] as string) : undefined;
  const scopes = words(error.required_scopes ?? body?.required_scopes);
  const available = words(object(error.details)?.available);
  const message = text('message') ?? (typeof body?.error === 'string' ? body.error : undefined);
  const said = [
    text('code') && clean(text('code') ?? '', 60),
    message && quote(message, 300),
    ...details(error.details),
    available.length > 0 ? `valid values: ${available.map(value => quote(value, 60)).join(', ')}` : undefined,
    text('fix') && `its fix: ${quote(text('fix') ?? '', 300)}`,
    text('hint') && `its hint: ${quote(text('hint') ?? '', 300)}`,
    scopes.length > 0 ? `required scopes: ${scopes.map(scope => quote(scope, 60)).join(', ')}` : undefined,
  ].filter(part => part !== undefined && part !== '');
  return { code: text('code'), scopes, said: said.join(', ') };
}

function codeOf(status: number, code: string | undefined, scopes: string[]): Code {
  if (status === 401) return 'unauthenticated';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  if (status === 400 || status === 422) return 'invalid_input';
  // TrustPager says 403 for three things (trustpager.md section 4); only one of them is a scope. A gateway's 403 is none.
  if (status === 403 && (scopes.length > 0 || code === 'INSUFFICIENT_SCOPE' || code === 'forbidden'))
    return 'insufficient_scope';
  return 'rejected';
}

/** For a 4xx. Conflicts, out of credits and a plan that is too small are `rejected`: no other code tells them. */
export function refusal(status: number, body: JsonObject | undefined): Refusal {
  const { code, scopes, said } = read(body);
  return { code: codeOf(status, code, scopes), said };
}

/** Whether a body is the vendor's error envelope, whatever its status says. */
export const isError = (body: JsonObject | undefined): boolean =>
  typeof object(body?.error)?.code === 'string' ||
  (typeof body?.code === 'string' && typeof body.message === 'string' && body.id === undefined);

/** What a person can do about it, by code. */
export const remedy: Partial<Record<Code, string>> = {
  unauthenticated: 'The operator must set a valid API key for this connection.',
  insufficient_scope: 'The operator must give the key the scope it lacks, or use another key.',
  not_found: 'Look the id up with a list tool; it may be of another account or program.',
  invalid_input: 'Correct what the vendor names, and call again.',
  rate_limited: 'Wait as long as it says, then call again.',
};

/** A 2xx whose body is not what the vendor's pages describe: nothing may be decided on it. */
export const misread = (vendor: VendorName, what: string): Failure =>
  new Failure('not_sent', 'unavailable', `${titles[vendor]} answered, but ${what}; nothing was changed.`, {
    next: 'Try again in a moment; where it stays so, the vendor has changed its API.',
  });
