// Tokens of an OAuth 2.1 authorization server: JWTs that it signed for exactly this server (RFC 9068), checked with its published keys.
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { keysOf } from './issuer.ts';

export interface OAuthSettings {
  /** Exactly as tokens name it. */
  issuer: string;
  /** What tokens for this server name as their audience. */
  audience: string;
  /** Scopes that every token must have. */
  scopes: readonly string[];
}

/** Signatures that only the issuer can make; a shared secret, or none, never counts. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'],
  ...['EdDSA', 'Ed25519'],
];

/** Seconds by which the issuer's clock may differ from ours. */
const TOLERANCE = 5;

export interface Vouched {
  subject: string;
  claims: JWTPayload;
  /** As the token names them, in `scope` or in `scp`. */
  scopes: string[];
}

/** The issuer cannot be asked for its keys: nobody can be told apart, and it is no fault of the token. */
export class IssuerUnreachable extends Error {
  override readonly name = 'IssuerUnreachable';
}

/** Milliseconds before an issuer that could not be asked is asked again. */
const AGAIN = 1_000;

function scopesIn({ scope, scp }: JWTPayload): string[] {
  const said = scope ?? scp;
  const words = Array.isArray(said) ? said : typeof said === 'string' ? said.split(' ') : [];
  return words.filter(word => typeof word === 'string' && word !== '');
}

/** Answers what a token says where all of it holds: signature, algorithm, issuer, audience, times and subject; else nothing. */
export function vouching({ issuer, audience }: Omit<OAuthSettings, 'scopes'>) {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  const remote = (): Promise<JWTVerifyGetKey> => {
    keys ??= Promise.all([import('jose'), keysOf(issuer)]).then(([{ createRemoteJWKSet }, url]) =>
      // The set is kept, and read anew for a key that is not in it: keys may be rotated at any time.
      createRemoteJWKSet(url, { timeoutDuration: 5_000, cooldownDuration: 10_000, cacheMaxAge: 600_000 }),
    );
    keys.catch(() => {
      setTimeout(() => {
        keys = undefined;
      }, AGAIN).unref();
    });
    return keys;
  };
  return async (token: string): Promise<Vouched | undefined> => {
    const { jwtVerify, errors } = await import('jose');
    // Asked only for what has the form of a token and a signature of such an algorithm.
    const key: JWTVerifyGetKey = async (...of) => {
      try {
        return await (await remote())(...of);
      } catch (cause) {
        if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys) throw cause;
        throw new IssuerUnreachable('The keys of the issuer cannot be read.', { cause });
      }
    };
    try {
      const { payload } = await jwtVerify(token, key, {
        issuer,
        audience,
        algorithms,
        clockTolerance: TOLERANCE,
        requiredClaims: ['exp', 'sub'],
      });
      const { sub, cnf } = payload;
      // Bound to a key that its bearer must show (RFC 8705, RFC 9449): here nothing asks for it, so anybody could be its bearer.
      if (cnf !== undefined) return undefined;
      return typeof sub === 'string' && sub !== ''
        ? { subject: sub, claims: payload, scopes: scopesIn(payload) }
        : undefined;
    } catch (error) {
      if (error instanceof IssuerUnreachable) throw error;
      return undefined;
    }
  };
}
