// A real authorization server on loopback (oidc-provider), whose keys a test may use to sign what that server never would.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';

export interface Key {
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
}

export async function newKey(kid: string, alg = 'ES256'): Promise<Key> {
  return { kid, ...(await generateKeyPair(alg, { extractable: true })) };
}

const listening = (server: Server, port = 0): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

const closed = (server: Server): Promise<void> =>
  new Promise(resolve => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

export const SCOPES = 'mcp automations:read automations:trigger';

const lived = ['AccessToken', 'AuthorizationCode', 'ClientCredentials', 'Grant', 'IdToken', 'Interaction', 'Session'];

/** What anybody who signs in is said to belong to. */
export const GROUP = 'ops';

export async function authorizationServer(resource: string, redirect = 'http://127.0.0.1/back') {
  let handle: (req: IncomingMessage, res: ServerResponse) => unknown = (_, res) => res.writeHead(503).end();
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(req.url ?? '');
    void handle(req, res);
  });
  const port = await listening(server);
  const issuer = `http://127.0.0.1:${port}`;
  let key = await newKey('first');

  async function open(next: Key): Promise<void> {
    key = next;
    const provider: Provider = new Provider(issuer, {
      jwks: { keys: [{ ...(await exportJWK(key.privateKey)), kid: key.kid, use: 'sig', alg: 'ES256' }] },
      cookies: { keys: ['a test'] },
      ttl: Object.fromEntries(lived.map(what => [what, 600])),
      clients: [
        {
          client_id: 'bot',
          client_secret: 'a secret of the bot',
          grant_types: ['client_credentials'],
          response_types: [],
          redirect_uris: [],
        },
        {
          client_id: 'desk',
          client_secret: 'a secret of the desk',
          grant_types: ['authorization_code'],
          redirect_uris: [redirect],
        },
      ].map(client => ({ ...client, id_token_signed_response_alg: 'ES256', scope: SCOPES })),
      scopes: SCOPES.split(' '),
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => resource,
          useGrantedResource: () => true,
          getResourceServerInfo: (_: unknown, indicator: string) => ({
            scope: SCOPES,
            audience: indicator,
            accessTokenFormat: 'jwt',
            accessTokenTTL: 600,
            jwt: { sign: { alg: 'ES256' } },
          }),
        },
      },
      extraTokenClaims: (_: unknown, { kind }: { kind: string }) => (kind === 'AccessToken' ? { groups: [GROUP] } : {}),
      findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
      interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
      // Who signs in has agreed: there is nobody to click.
      async loadExistingGrant({
        oidc: { client, session },
      }: {
        oidc: { client: { clientId: string }; session: { accountId: string } };
      }) {
        const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
        grant.addOIDCScope(SCOPES);
        grant.addResourceScope(resource, SCOPES);
        await grant.save();
        return grant;
      },
    });
    const callback = provider.callback();
    handle = (req, res) =>
      req.url?.startsWith('/interaction/')
        ? provider.interactionFinished(req, res, { login: { accountId: req.headers['x-who'] } })
        : callback(req, res);
  }
  await open(key);

  return {
    issuer,
    /** What was asked of it. */
    asked,
    key: () => key,
    rotate: async (kid: string) => open(await newKey(kid)),
    /** A token as its grant for programs gives it. */
    async grant(scope = 'mcp', of = resource): Promise<string> {
      const answer = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from('bot:a+secret+of+the+bot').toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope, resource: of }),
      });
      const { access_token } = (await answer.json()) as { access_token?: string };
      if (!access_token) throw new Error(`The authorization server gave no token: ${answer.status}`);
      return access_token;
    },
    /** A token that says this, signed like the real ones unless something else is said. */
    sign(claims: JWTPayload = {}, { header = {}, by = key }: { header?: object; by?: Key } = {}): Promise<string> {
      const now = Math.floor(Date.now() / 1_000);
      const usual = { iss: issuer, aud: resource, sub: 'ada', iat: now, exp: now + 300, scope: 'mcp' };
      const said = Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined);
      return new SignJWT(Object.fromEntries(said))
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: by.kid, ...header })
        .sign(by.privateKey);
    },
    /** Signs somebody in as their browser would, from the address they are sent to; what they come back with. */
    async signIn(url: URL, who: string): Promise<URLSearchParams> {
      const jar = new Map<string, string>();
      let at = url.href;
      for (let step = 0; step < 8; step++) {
        const answer = await fetch(at, {
          redirect: 'manual',
          headers: { 'x-who': who, cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
        });
        for (const cookie of answer.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
          jar.set(name, value);
        }
        const next = answer.headers.get('location');
        if (next === null) throw new Error(`Nobody was sent on from ${at}: ${answer.status} ${await answer.text()}`);
        const to = new URL(next, at);
        if (to.searchParams.has('code')) return to.searchParams;
        at = to.href;
      }
      throw new Error('Nobody came back with a code.');
    },
    /** Nobody answers there any more, until `back`. */
    async away(): Promise<void> {
      await closed(server);
    },
    async back(): Promise<void> {
      await listening(server, port);
    },
    [Symbol.asyncDispose]: () => (server.listening ? closed(server) : Promise.resolve()),
  };
}

export type AuthorizationServer = Awaited<ReturnType<typeof authorizationServer>>;
