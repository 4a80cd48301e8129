// The server as a resource server of OAuth 2.1, against a real authorization server: who finds it, who is let in, and who is not.
import { ClientCredentialsProvider, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { exportJWK, exportSPKI, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { recognising } from '../../src/identity/identity.ts';
import { TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { makeClient, said } from '../fixtures.ts';
import type { Call } from '../server/wire.ts';
import { opening, refusal } from '../transports/knock.ts';
import { freePort } from '../transports/port.ts';
import { type AuthorizationServer, authorizationServer, GROUP, newKey } from './issuer.ts';
import { type Served, served } from './served.ts';

const principals = [
  { id: 'ada', subject: 'ada', approves: 'all' as const },
  { id: 'bot', subject: 'bot', scopes: ['automations:read'] },
  { id: 'ops', subject: '*', claims: { groups: GROUP }, read_only: true },
];

let port: number;
let resource: string;
let as: AuthorizationServer;
let at: Served;
const settingsOf = (issuer: string) => ({
  AUTOMATIONS_PORT: String(port),
  AUTOMATIONS_PUBLIC_URL: `http://127.0.0.1:${port}`,
  AUTOMATIONS_OAUTH_ISSUER: issuer,
  AUTOMATIONS_OAUTH_SCOPES: 'mcp',
});
beforeAll(async () => {
  port = await freePort();
  resource = `http://127.0.0.1:${port}/mcp`;
  as = await authorizationServer(resource);
  at = await served({ principals, env: settingsOf(as.issuer) });
});
afterAll(async () => {
  await at[Symbol.asyncDispose]();
  await as[Symbol.asyncDispose]();
});

const metadata = () => `http://127.0.0.1:${port}/.well-known/oauth-protected-resource/mcp`;
const challenge = (error?: string) =>
  `Bearer realm="automations-mcp"${error ? `, error="${error}"` : ''}, resource_metadata="${metadata()}", scope="mcp"`;

describe('who is let in', () => {
  test('RFC 9728: whoever comes without a token is told where it is told who issues them', async () => {
    const nobody = await at.ask();
    refusal(nobody, 401);
    expect(nobody.headers['www-authenticate']).toBe(challenge());
    for (const path of ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp']) {
      const told = await at.knock({ method: 'GET', path, headers: { host: `127.0.0.1:${port}` } });
      expect(told.status).toBe(200);
      expect(JSON.parse(told.text)).toEqual({
        resource,
        authorization_servers: [as.issuer],
        bearer_methods_supported: ['header'],
        scopes_supported: ['mcp'],
        resource_name: 'automations-mcp',
      });
      expect((await at.knock({ path, headers: { host: `127.0.0.1:${port}` } })).status).toBe(405);
      expect((await at.knock({ method: 'GET', path, headers: { host: 'evil.example' } })).status).toBe(403);
    }
    const elsewhere = '/.well-known/oauth-protected-resource/other';
    expect((await at.knock({ method: 'GET', path: elsewhere, headers: { host: `127.0.0.1:${port}` } })).status).toBe(
      404,
    );
  });

  test.each(['modern', 'legacy'] as const)(
    'a %s client of the SDK finds its way by itself: client credentials',
    async era => {
      const authProvider = new ClientCredentialsProvider({
        clientId: 'bot',
        clientSecret: 'a secret of the bot',
        scope: 'mcp',
        expectedIssuer: as.issuer,
      });
      const client = makeClient(era, undefined);
      // biome-ignore lint/suspicious/noExplicitAny: the fixture's client stands for two packages
      await (client as any).connect(new StreamableHTTPClientTransport(new URL(at.url), { authProvider }));
      const told = said(await client.callTool({ name: 'trustpager_list_automations', arguments: {} }));
      expect(told.structured.outcome).toBe('done');
      const refused = said(
        await client.callTool({
          name: 'scrip_trigger_automation',
          arguments: { automation_id: '5c120000-0000-4000-8000-000000000001' },
        }),
      );
      expect(refused.structured).toMatchObject({ outcome: 'denied', code: 'insufficient_scope', rule: 'scope' });
      expect(refused.text).toContain('which "bot" is not granted (automations:read)');
      await client.close();
    },
  );

  test('a person who signs in: the code is exchanged, and the principal is theirs', async () => {
    const redirectUrl = 'http://127.0.0.1/back';
    let sent: URL | undefined;
    let verifier = '';
    let tokens: unknown;
    const transport = () =>
      new StreamableHTTPClientTransport(new URL(at.url), {
        authProvider: {
          redirectUrl,
          clientMetadata: { redirect_uris: [redirectUrl], scope: 'mcp' },
          clientInformation: () => ({ client_id: 'desk', client_secret: 'a secret of the desk', issuer: as.issuer }),
          tokens: () => tokens as never,
          saveTokens: (given: unknown) => {
            tokens = given;
          },
          redirectToAuthorization: (url: URL) => {
            sent = url;
          },
          saveCodeVerifier: (given: string) => {
            verifier = given;
          },
          codeVerifier: () => verifier,
        },
      });
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const first = makeClient('modern', undefined) as any;
    const door = transport();
    await expect(first.connect(door)).rejects.toThrow();
    expect(sent?.searchParams.get('resource')).toBe(resource);
    await door.finishAuth(await as.signIn(sent as URL, 'ada'));
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const client = makeClient('modern', undefined) as any;
    await client.connect(transport());
    expect(said(await client.callTool({ name: 'list_connections', arguments: {} })).structured.outcome).toBe('done');
    await client.close();
    await first.close();
  });
});

describe('C20: who is not', () => {
  const shared = (bytes: string | Uint8Array) => ({
    by: { kid: as.key().kid, privateKey: Buffer.from(bytes) as never },
  });
  const now = () => Math.floor(Date.now() / 1_000);
  const bad: Record<string, () => Promise<string>> = {
    'another audience': () => as.sign({ aud: 'https://elsewhere.example/mcp' }),
    'an audience that begins like ours': () => as.sign({ aud: `${resource}/` }),
    'no audience': () => as.sign({ aud: undefined } as never),
    'a token of the same server for another resource': () => as.grant('mcp', 'https://elsewhere.example/mcp'),
    'another issuer': () => as.sign({ iss: 'https://elsewhere.example' }),
    'an issuer with one stroke more': () => as.sign({ iss: `${as.issuer}/` }),
    'no issuer': () => as.sign({ iss: undefined } as never),
    expired: () => as.sign({ exp: now() - 6 }),
    'without an end': () => as.sign({ exp: undefined } as never),
    'not good yet': () => as.sign({ nbf: now() + 30 }),
    'no subject': () => as.sign({ sub: undefined } as never),
    'an empty subject': () => as.sign({ sub: '' }),
    'a subject that is no text': () => as.sign({ sub: 7 as never }),
    'bound to a key that nobody shows': () => as.sign({ cnf: { jkt: 'x' } }),
    'another key under the same name': async () => as.sign({}, { by: await newKey(as.key().kid) }),
    'another key that it brings along': async () => {
      const by = await newKey('mine');
      const jwk = await exportJWK(by.publicKey);
      return as.sign({}, { by, header: { jwk, jku: 'http://127.0.0.1:1/keys' } });
    },
    'an unknown key': async () => as.sign({}, { by: await newKey('unknown') }),
    'alg none': async () =>
      new UnsecuredJWT({ sub: 'ada', scope: 'mcp' })
        .setIssuer(as.issuer)
        .setAudience(resource)
        .setIssuedAt()
        .setExpirationTime('5m')
        .encode(),
    'HS256 with the public key as the secret, as PEM': async () =>
      as.sign({}, { ...shared(await exportSPKI(as.key().publicKey)), header: { alg: 'HS256' } } as never),
    'HS256 with the public key as the secret, as JWK': async () =>
      as.sign({}, {
        ...shared(JSON.stringify(await exportJWK(as.key().publicKey))),
        header: { alg: 'HS256' },
      } as never),
    'another signature': async () => {
      const [head, , tail] = (await as.sign()).split('.');
      const body = Buffer.from(
        JSON.stringify({ sub: 'ada', iss: as.issuer, aud: resource, exp: now() + 60, scope: 'mcp' }),
      );
      return [head, body.toString('base64url'), tail].join('.');
    },
    'no signature': async () => (await as.sign()).replace(/[^.]+$/, ''),
  };

  test.each(Object.entries(bad))('%s', async (_, make) => {
    const answer = await at.ask(`Bearer ${await make()}`);
    refusal(answer, 401);
    expect(answer.headers['www-authenticate']).toBe(challenge('invalid_token'));
    expect(JSON.parse(answer.text).error.message).toBe('The token is not good here.');
  });

  test('and with none of that wrong a token is good: the table above is about what it says', async () => {
    for (const claims of [{}, { aud: ['https://elsewhere.example', resource] }, { exp: now() - 3 }, { nbf: now() + 3 }])
      expect((await at.ask(`Bearer ${await as.sign(claims)}`)).status, JSON.stringify(claims)).toBe(200);
    expect((await at.ask(`Bearer ${await as.grant()}`)).status).toBe(200);
  });

  test('a token that was issued for less is told what it lacks, and a subject whom nobody named that it is nobody', async () => {
    for (const scope of ['', 'mcpx automations:read', 'MCP']) {
      const less = await at.ask(`Bearer ${await as.sign({ scope })}`);
      refusal(less, 403);
      expect(less.headers['www-authenticate']).toBe(challenge('insufficient_scope'));
    }
    const stranger = await at.ask(`Bearer ${await as.sign({ sub: 'eve' })}`);
    refusal(stranger, 403);
    expect(stranger.headers['www-authenticate']).toBeUndefined();
    for (const groups of ['dev', ['dev'], { ops: true }, [['ops']], 'opsy'])
      expect((await at.ask(`Bearer ${await as.sign({ sub: 'eve', groups })}`)).status).toBe(403);
    for (const groups of [GROUP, ['dev', GROUP]])
      expect((await at.ask(`Bearer ${await as.sign({ sub: 'eve', groups })}`)).status).toBe(200);
    // Nobody is let in by the name of the door.
    expect((await at.ask(`Bearer ${await as.sign({ sub: '*' })}`)).status).toBe(403);
  });

  test('what is no signed token of the right kind makes nobody ask the issuer', async () => {
    const before = as.asked.length;
    for (const token of [
      'x',
      'a.b.c',
      await bad['alg none']?.(),
      await bad['HS256 with the public key as the secret, as PEM']?.(),
    ])
      await at.ask(`Bearer ${token}`);
    expect(as.asked.length).toBe(before);
  });
});

describe('a token that was issued for less than its principal may do', () => {
  const list = { name: 'trustpager_list_automations' };
  const fire = {
    name: 'trustpager_trigger_automation',
    arguments: { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms },
  };
  const call = async (what: Call, claims: Parameters<AuthorizationServer['sign']>[0]) => {
    const { headers, body } = opening('modern');
    const message = JSON.parse(body);
    // Whoever is asked a question is asked it at once.
    message.params._meta['io.modelcontextprotocol/clientCapabilities'] = { elicitation: {} };
    const answer = await at.knock({
      headers: {
        ...headers,
        host: `127.0.0.1:${port}`,
        'mcp-method': 'tools/call',
        'mcp-name': what.name,
        authorization: `Bearer ${await as.sign(claims)}`,
      },
      body: JSON.stringify({ ...message, method: 'tools/call', params: { ...message.params, ...what } }),
    });
    return { answer, told: /"outcome":"(\w+)","code":"(\w+)"/.exec(answer.text)?.slice(1).join(' ') };
  };

  test('is told which scopes one for the call would have, and what it has is among them', async () => {
    const { answer } = await call(fire, { scope: 'mcp automations:read' });
    refusal(answer, 403);
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer realm="automations-mcp", error="insufficient_scope", resource_metadata="${metadata()}", scope="mcp automations:read automations:trigger"`,
    );
    expect((await call(list, { scope: 'mcp automations:read' })).answer.status).toBe(200);
    expect((await call(list, { scope: 'mcp automations:trigger' })).answer.status).toBe(403);
    expect((await call(fire, { scope: 'mcp automations:read automations:trigger' })).answer.status).toBe(200);
  });

  test('is not sent for another where none would help: the result says what is missing', async () => {
    // What the operator leaves the principal, what no tool is called, what cannot be read, and what reaches no account.
    const less = await call(fire, { sub: 'bot', scope: 'mcp automations:read' });
    expect([less.answer.status, less.told]).toEqual([200, 'denied insufficient_scope']);
    for (const what of [
      { name: 'no_such_tool' },
      { name: 'list_connections' },
      { ...fire, arguments: { automation_id: 7 as never } },
    ])
      expect((await call(what, { scope: 'mcp automations:trigger' })).answer.status, what.name).not.toBe(403);
    // A token that names none of ours was issued for all.
    expect((await call(fire, { scope: 'mcp' })).answer.status).toBe(200);
  });

  test('a client of the SDK gets one for more by itself, and the call goes on', async () => {
    const own = String(await freePort());
    await using here = await served({
      principals: [{ id: 'bot', subject: 'bot' }],
      env: {
        ...settingsOf(as.issuer),
        AUTOMATIONS_PORT: own,
        AUTOMATIONS_PUBLIC_URL: `http://127.0.0.1:${own}`,
        AUTOMATIONS_OAUTH_SCOPES: 'mcp automations:read',
      },
      beside: at,
    });
    const authProvider = new ClientCredentialsProvider({
      clientId: 'bot',
      clientSecret: 'a secret of the bot',
      expectedIssuer: as.issuer,
    });
    const client = makeClient('modern', async () => ({ action: 'decline' }));
    // biome-ignore lint/suspicious/noExplicitAny: the fixture's client stands for two packages
    await (client as any).connect(new StreamableHTTPClientTransport(new URL(here.url), { authProvider }));
    expect(authProvider.tokens()?.scope).toBe('mcp automations:read');
    // It got as far as its user, who says no.
    expect(said(await client.callTool(fire)).structured.code).toBe('approval_declined');
    expect(authProvider.tokens()?.scope).toBe('mcp automations:read automations:trigger');
    await client.close();
  });
});

describe('C13: whose it is', () => {
  const recognise = (issuer = as.issuer) =>
    recognising({
      principals: [
        { id: 'ada', subject: 'ada', approves: ['all'], scopes: ['automations:read', 'automations:trigger'] },
        { id: 'anyone', subject: '*', readOnly: true },
      ],
      store: { token: async () => undefined },
      now: Date.now,
      oauth: { issuer, audience: resource, scopes: [] },
      onerror: () => {},
    });
  const principal = async (claims: Parameters<AuthorizationServer['sign']>[0], recogniser = recognise()) => {
    const known = await recogniser(await as.sign(claims));
    return 'principal' in known ? known.principal : known;
  };

  test('a named subject is its principal, without what recognises it', async () => {
    expect(await principal({ sub: 'ada' })).toEqual({
      id: 'ada',
      approves: ['all'],
      scopes: ['automations:read', 'automations:trigger'],
    });
  });

  test('everybody else has an id of their own, always the same, and never one that a file can name', async () => {
    const ids = new Set<string>();
    for (const sub of ['eve', 'mallory', 'ADA', 'ada ', '*', 'local']) {
      const one = (await principal({ sub })) as { id: string; readOnly?: boolean };
      expect(one).toEqual({ id: expect.stringMatching(/^anyone:[0-9a-f]{32}$/), readOnly: true });
      expect(await principal({ sub })).toEqual(one);
      ids.add(one.id);
    }
    expect(ids.size).toBe(6);
  });

  test('scopes of ours in a token are what it was issued for; other words mean nothing', async () => {
    const token = async (scope: unknown, name = 'scope') =>
      ((await principal({ sub: 'ada', scope: undefined, [name]: scope })) as { token?: string[] }).token;
    expect(await token(undefined)).toBeUndefined();
    expect(await token('mcp openid admin')).toBeUndefined();
    expect(await token('mcp automations:read')).toEqual(['automations:read']);
    expect(await token(['automations-trigger:trigger', 7], 'scp')).toEqual(['automations-trigger:trigger']);
    expect(await token('automations:read xautomations:write')).toEqual(['automations:read']);
  });
});

describe('the issuer', () => {
  test('may change its keys: the new one counts, and the old one no more', async () => {
    await using other = await authorizationServer(resource);
    const recognise = recognising({
      principals: [{ id: 'ada', subject: 'ada' }],
      store: { token: async () => undefined },
      now: Date.now,
      oauth: { issuer: other.issuer, audience: resource, scopes: [] },
      onerror: () => {},
    });
    const old = await other.sign();
    expect(await recognise(old)).toEqual({ principal: { id: 'ada' } });
    await other.rotate('second');
    const fresh = await other.sign();
    // An unknown key is looked for once in a while, not with every token that names one.
    expect(await recognise(fresh)).toEqual({ refused: 'token' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 });
    try {
      expect(await recognise(fresh)).toEqual({ principal: { id: 'ada' } });
      expect(await recognise(old)).toEqual({ refused: 'token' });
    } finally {
      vi.useRealTimers();
    }
  });

  test('that cannot be asked lets nobody in, with 503; static tokens go on, and so does everybody once it is back', async () => {
    await using other = await authorizationServer(resource);
    await using here = await served({
      principals,
      env: { ...settingsOf(other.issuer), AUTOMATIONS_PORT: '0' },
      beside: at,
    });
    await other.away();
    const token = `Bearer ${await other.sign()}`;
    const answer = await here.ask(token);
    refusal(answer, 503);
    expect(answer.headers['retry-after']).toBe('5');
    expect((await here.ask(`Bearer ${(await here.token('ada')).token}`)).status).toBe(200);
    await other.back();
    await vi.waitFor(async () => expect((await here.ask(token)).status).toBe(200), { timeout: 5_000, interval: 200 });
  });
});
