// TrustPager's error envelope, with the fix and hint that help a caller mend its own request (trustpager.md 4).
import type { Readings } from '../readings.ts';

export interface ErrorExtras {
  fix?: string;
  hint?: string;
  required_scopes?: string[];
  upgrade_url?: string;
  docs?: string;
  auth_scheme?: string;
  details?: { available: readonly string[] };
}

export class TrustPagerError extends Error {
  readonly status: 400 | 401 | 402 | 403 | 404 | 409 | 422 | 429;
  readonly code: string;
  readonly extras: ErrorExtras;
  /** The pages name this status: no reading changes it. */
  isConfirmed = false;

  constructor(status: TrustPagerError['status'], code: string, message: string, extras: ErrorExtras = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.extras = extras;
  }

  /** C7: two statuses are documented for an empty balance and for bad values. */
  statusIn({ no_credits, validation }: Readings): TrustPagerError['status'] {
    if (this.code === 'INSUFFICIENT_CREDITS') return no_credits === '402' ? 402 : 403;
    if (this.code !== 'VALIDATION_ERROR' || this.isConfirmed || validation === 'both') return this.status;
    return validation === '422' ? 422 : 400;
  }

  // silent: whether the extras stand inside `error` or beside it; inside here.
  body(status: number = this.status) {
    return { error: { code: this.code, message: this.message, ...this.extras, status } };
  }
}

const DOCS = 'https://docs.trustpager.com/llms.txt';

export const invalidBody = (message: string) =>
  new TrustPagerError(400, 'INVALID_BODY', message, { fix: 'Send a JSON object with Content-Type: application/json.' });
export const missingFields = (fields: string[], hint?: string) =>
  new TrustPagerError(400, 'MISSING_FIELDS', `Required fields missing: ${fields.join(', ')}`, {
    fix: `Include ${fields.map(field => `'${field}'`).join(', ')} in your request body.`,
    ...(hint ? { hint } : {}),
  });
export const validationError = (message: string, fix?: string, hint?: string) =>
  new TrustPagerError(400, 'VALIDATION_ERROR', message, { ...(fix ? { fix } : {}), ...(hint ? { hint } : {}) });
/** What the pages call a 400 in so many words (trustpager.md 5.2, 5.4). */
export const confirmed400 = (message: string, fix: string) => {
  const error = validationError(message, fix);
  error.isConfirmed = true;
  return error;
};
// C7: a value outside a list of known ones is 422 with the list (trustpager.md 4).
export const unknownValue = (message: string, available: readonly string[]) =>
  new TrustPagerError(422, 'VALIDATION_ERROR', message, {
    fix: 'Use one of error.details.available.',
    details: { available },
  });
export const unauthorized = () =>
  new TrustPagerError(401, 'UNAUTHORIZED', 'Missing or invalid API key', {
    fix: "Send 'Authorization: Bearer <api key>'.",
    docs: DOCS,
    auth_scheme: 'Bearer',
  });
export const insufficientScope = (required: string[]) =>
  new TrustPagerError(403, 'INSUFFICIENT_SCOPE', `This API key lacks a required scope: ${required.join(', ')}`, {
    fix: 'Grant the scope to the key in Settings, API.',
    required_scopes: required,
    docs: DOCS,
  });
export const insufficientCredits = () =>
  new TrustPagerError(403, 'INSUFFICIENT_CREDITS', 'This workspace has no credits left', {
    fix: 'Top up credits in Settings, Billing.',
  });
export const planRequired = () =>
  new TrustPagerError(403, 'PLAN_REQUIRED', 'API access is not included in the Free plan', {
    upgrade_url: 'https://app.trustpager.com/settings/billing',
  });
export const notFound = (what: string) =>
  new TrustPagerError(404, 'NOT_FOUND', `${what} not found`, {
    fix: 'Check the id; it may belong to another workspace.',
    docs: DOCS,
  });
export const conflict = (message: string) => new TrustPagerError(409, 'CONFLICT', message);
export const rateLimited = () =>
  new TrustPagerError(429, 'RATE_LIMITED', 'Too many requests', { fix: 'Wait for Retry-After seconds.' });
