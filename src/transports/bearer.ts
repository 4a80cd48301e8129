// The door where every request must say who it is from: a bearer token in one header, and what is told to whoever has none, or not enough.
import type { IncomingMessage } from 'node:http';
import type { Recognised } from '../principal.ts';
import type { Authenticate, Refusal } from './principal.ts';
import { once } from './wall.ts';

export interface Door {
  recognise(token: string): Promise<Recognised>;
  /** The address of this server as tokens of an authorization server name it; absent where there are static tokens alone. */
  resource?: string;
  /** Scopes that every such token must have. */
  scopes?: readonly string[];
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** Where it is told who issues tokens for this server (RFC 9728, section 3.1): the resource's path goes behind the well-known one. */
function metadataOf(resource: string): { url: string; paths: string[] } {
  const { origin, pathname } = new URL(resource);
  const path = pathname.replace(/\/$/, '');
  // A proxy may take its own part of the path away.
  return { url: `${origin}${WELL_KNOWN}${path}`, paths: [WELL_KNOWN, `${WELL_KNOWN}/mcp`, `${WELL_KNOWN}${path}`] };
}

/** What RFC 9728 has a resource say of itself, and the paths it is said at. */
export function resourceMetadata({
  resource,
  issuer,
  scopes,
}: {
  resource: string;
  issuer: string;
  scopes: readonly string[];
}) {
  return {
    paths: metadataOf(resource).paths,
    body: {
      resource,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      ...(scopes.length > 0 ? { scopes_supported: [...scopes] } : {}),
      resource_name: 'automations-mcp',
    },
  };
}

/** A token in anything but one `Authorization` header, such as in the address, is no token. */
function tokenIn(req: IncomingMessage): string | undefined {
  if (!once(req, 'authorization')) return undefined;
  return /^bearer +([\w.~+/-]+=*)$/i.exec(req.headers.authorization ?? '')?.[1];
}

/** Who a request is from; and what is told to whoever's token was not issued for a call, with the scopes of one that would be. */
export function bearer({ recognise, resource, scopes = [] }: Door): {
  authenticate: Authenticate;
  forMore(scopes: readonly string[]): Refusal;
} {
  const metadata = resource === undefined ? '' : `resource_metadata="${metadataOf(resource).url}"`;
  const challenge = (error?: string, wanted: readonly string[] = scopes): Record<string, string> => {
    const parts = [
      'realm="automations-mcp"',
      error === undefined ? '' : `error="${error}"`,
      metadata,
      wanted.length === 0 ? '' : `scope="${wanted.join(' ')}"`,
    ];
    return { 'www-authenticate': `Bearer ${parts.filter(Boolean).join(', ')}` };
  };
  const forMore = (wanted: readonly string[]): Refusal => ({
    status: 403,
    message: 'The token was not issued for this.',
    headers: challenge('insufficient_scope', [...new Set([...scopes, ...wanted])]),
  });
  const nobody: Refusal = { status: 401, message: 'A token is needed.', headers: challenge() };
  const refusals: Record<Extract<Recognised, { refused: unknown }>['refused'], Refusal> = {
    token: { status: 401, message: 'The token is not good here.', headers: challenge('invalid_token') },
    subject: { status: 403, message: 'Whoever the token is for is not served here; the operator can name them.' },
    scope: forMore([]),
    issuer: {
      status: 503,
      message: 'Whoever issued the token cannot be asked now.',
      headers: { 'retry-after': '5' },
    },
  };
  return {
    forMore,
    async authenticate(req) {
      const token = tokenIn(req);
      if (token === undefined) return { refusal: nobody };
      const known = await recognise(token);
      return 'refused' in known ? { refusal: refusals[known.refused] } : known;
    },
  };
}
