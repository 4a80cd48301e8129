// Behind nginx and behind Caddy, over TLS, two servers as one: both eras, a question while the call runs, names and limits, and an end that nobody notices.
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Agent, fetch, type RequestInit } from 'undici';
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import type { Authenticate } from '../../src/transports/principal.ts';
import { makeClient, said, yes } from '../fixtures.ts';
import { eventually, firings } from '../server/twin.ts';
import { opening } from './knock.ts';
import { freePort } from './port.ts';
import { kinds, missing, startProxy } from './proxy.ts';
import { startReplicas } from './replicas.ts';

const run = { name: 'trustpager_trigger_automation', arguments: { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms } };
const fire = { name: 'scrip_trigger_automation', arguments: { automation_id: SCRIP_AUTOMATIONS.weeklyDigest } };

/** Somebody is who they say with a token; nobody else is anybody. */
const authorization = 'Bearer amcp_behind-a-proxy';
const authenticate: Authenticate = async ({ headers }) =>
  headers.authorization === authorization
    ? { principal: { id: 'behind' } }
    : { refusal: { status: 401, message: 'Say who you are.', headers: { 'www-authenticate': 'Bearer' } } };

interface ByHand {
  port: number;
  ca: string;
  headers: Record<string, string>;
  /** Without one it is announced and never sent. */
  body?: string;
}

/** What comes back to a request whose Host and length are chosen: `fetch` lets nobody do that. */
const byHand = ({ port, ca, headers, body }: ByHand): Promise<{ status: number | undefined; said: string }> =>
  new Promise((resolve, reject) => {
    const to = { host: 'localhost', servername: 'localhost', port, ca, path: '/mcp', method: 'POST' };
    const asked = request({ ...to, agent: false, headers }, async answer => {
      resolve({ status: answer.statusCode, said: await text(answer) });
      asked.destroy();
    });
    asked.on('error', reject);
    if (body === undefined) asked.flushHeaders();
    else asked.end(body);
  });

for (const kind of kinds) {
  const why = missing(kind);
  if (why && !process.env.CI) process.stdout.write(`${why}\n`);
  // Where the tests must be whole, leaving these out is a failure.
  if (why && process.env.CI) test(`${kind} is installed`, () => expect.fail(why));
}

describe.concurrent.each(kinds.filter(kind => !missing(kind)))('behind %s', kind => {
  test('a client of each era is served, asked, and told', async () => {
    const port = await freePort();
    const address = `https://localhost:${port}`;
    await using r = await startReplicas(0);
    for (const lameDuck of ['600', '0'])
      await r.start({ env: { AUTOMATIONS_PUBLIC_URL: address, AUTOMATIONS_LAME_DUCK: lameDuck }, authenticate });
    await using proxy = await startProxy(
      kind,
      port,
      r.all.map(({ port }) => port),
    );
    const agent = new Agent({ allowH2: false, connect: { ca: proxy.ca } });
    const ask = (path: string, init: RequestInit = {}) => fetch(`${address}${path}`, { ...init, dispatcher: agent });
    await eventually(() =>
      ask('/readyz').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    const connect = async (era: 'modern' | 'legacy') => {
      const client = makeClient(era, yes);
      const transport = new StreamableHTTPClientTransport(new URL(`${address}/mcp`), {
        fetch: ((url: string | URL, init: RequestInit) => fetch(url, { ...init, dispatcher: agent })) as never,
        requestInit: { headers: { authorization } },
      });
      // biome-ignore lint/suspicious/noExplicitAny: each client takes its own package's transport
      await (client as any).connect(transport);
      return client;
    };
    const modern = await connect('modern');
    const legacy = await connect('legacy');
    // The form of an older client comes on the very answer that waits for it: a proxy that kept it back would keep both waiting.
    expect(said(await legacy.callTool(fire)).structured).toMatchObject({ outcome: 'done' });
    expect(said(await modern.callTool(run)).structured).toMatchObject({ outcome: 'done' });
    expect(firings(await r.writes())).toHaveLength(2);

    // Who is nobody stays nobody, whatever the proxy adds.
    const { headers, body } = opening('modern');
    const post = (more: Record<string, string>, text = body) =>
      ask('/mcp', { method: 'POST', headers: { ...headers, ...more }, body: text });
    const unnamed = await post({ 'x-forwarded-user': 'behind', 'x-forwarded-for': '127.0.0.1' });
    expect([unnamed.status, unnamed.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const named = await post({
      authorization,
      'x-request-id': 'chosen-by-a-client',
      'x-forwarded-host': 'evil.example',
    });
    expect(named.status).toBe(200);
    // The proxy's own id for the request, so that its log and the server's can be laid side by side.
    expect(named.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{32,36}$/);
    // Another page's origin, and another name: refused here, or not even known to the proxy.
    expect((await post({ authorization, origin: 'https://evil.example' })).status).toBe(403);
    expect((await post({ authorization, origin: address })).status).toBe(200);
    const by = { port, ca: proxy.ca };
    const misnamed = { ...headers, authorization, host: 'evil.example' };
    expect((await byHand({ ...by, headers: misnamed, body })).said).not.toContain('tools');
    const large = { ...headers, authorization, 'content-length': '1048577' };
    expect((await byHand({ ...by, headers: large })).status).toBe(413);
    for (const path of ['/metrics', '/_twin/state', '/']) expect((await ask(path)).status).toBe(404);

    // One of the two ends; whoever is under way goes on with the other. Caddy asks each how it is, and hears of the end before it comes.
    const [first] = r.all;
    if (!first) throw new Error('no replica');
    const hurry = Promise.withResolvers<void>();
    const ended = first.close(hurry.promise);
    if (kind === 'caddy')
      await eventually(async () => {
        const looks = await Promise.all(Array.from({ length: 30 }, () => ask('/readyz')));
        return looks.every(({ status }) => status === 200);
      });
    hurry.resolve();
    await ended;
    for (const client of [legacy, modern])
      expect(said(await client.callTool({ name: 'list_connections', arguments: {} })).structured).toMatchObject({
        outcome: 'done',
      });
    await Promise.all([legacy.close(), modern.close()]);
    await agent.destroy();
    expect(proxy.wrote()).not.toContain('amcp_');
  });
});
