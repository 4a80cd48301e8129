// Static tokens: made of 256 random bits, shown once, kept as a digest; found by their public part and compared in constant time.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TokenRow, Tokens } from '../store/tokens.ts';

/** `amcp_<id>_<secret>`: 16 hexadecimal digits, and 32 bytes in base64url. */
const form = /^amcp_([0-9a-f]{16})_([\w-]{43})$/;

const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** What a secret is compared with where there is no such token, so that both take the same steps. */
const nobody = Buffer.alloc(32);

export const DAY = 86_400_000;

/** The row to keep, and the token itself, which nothing keeps. */
export function newToken(
  { principal, purpose }: Pick<TokenRow, 'principal' | 'purpose'>,
  now: number,
  days: number,
): { row: TokenRow; token: string } {
  const id = randomBytes(8).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  const row = {
    id,
    principal,
    purpose,
    digest: digestOf(secret).toString('hex'),
    created_at: now,
    expires_at: now + days * DAY,
    revoked_at: null,
  };
  return { row, token: `amcp_${id}_${secret}` };
}

/** Whether it looks like one of ours, whatever it is worth. */
export const isStatic = (token: string): boolean => token.startsWith('amcp_');

/** The public part, of what has that form. */
export const idOf = (token: string): string => form.exec(token)?.[1] ?? '';

export const isGood = ({ expires_at, revoked_at }: TokenRow, now: number): boolean =>
  revoked_at === null && (expires_at === null || now < expires_at);

/**
 * Whose token it is; nothing where it is unknown, wrong, expired, revoked, or opens something else, which all look alike from outside.
 * The store is asked each time, so that a revocation counts for the next request at every server on it.
 */
export async function ownerOf(
  store: Pick<Tokens, 'token'>,
  purpose: TokenRow['purpose'],
  token: string,
  now: number,
): Promise<string | undefined> {
  const [, id, secret] = form.exec(token) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  const row = await store.token(id);
  const right = timingSafeEqual(digestOf(secret), row ? Buffer.from(row.digest, 'hex') : nobody);
  return row && right && row.purpose === purpose && isGood(row, now) ? row.principal : undefined;
}
