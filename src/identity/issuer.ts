// What an authorization server says of itself: where the keys are that its tokens are signed with (RFC 8414, OpenID Connect Discovery).
import { request } from 'undici';

/** Milliseconds it may take, and characters it may be long. */
const PATIENCE = 5_000;
const LONGEST = 262_144;

const loopback = ['127.0.0.1', '[::1]', 'localhost'];

/** Keys come over https, or from this very machine: whoever can change them on the way signs tokens. */
const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && loopback.includes(hostname));

/** Both well-known places, for an issuer with a path too. */
function places(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
}

/** Redirects are not followed: the keys are where the issuer itself says they are. */
async function read(place: string): Promise<{ issuer?: unknown; jwks_uri?: unknown } | undefined> {
  const { statusCode, body } = await request(place, {
    headers: { accept: 'application/json' },
    headersTimeout: PATIENCE,
    bodyTimeout: PATIENCE,
    signal: AbortSignal.timeout(PATIENCE),
  });
  let text = '';
  for await (const chunk of body.setEncoding('utf8')) {
    text += chunk;
    if (text.length > LONGEST) return undefined;
  }
  return statusCode === 200 ? JSON.parse(text) : undefined;
}

/** Where its keys are. Throws where the issuer does not say so, or says it is another. */
export async function keysOf(issuer: string): Promise<URL> {
  for (const place of places(issuer)) {
    const said = await read(place).catch(() => undefined);
    const keys = said?.issuer === issuer ? String(said.jwks_uri) : '';
    if (URL.canParse(keys) && isSafe(new URL(keys))) return new URL(keys);
  }
  throw new Error('The issuer does not say where its keys are.');
}
