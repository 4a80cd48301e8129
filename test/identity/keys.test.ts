// Where an issuer's keys are found: at either well-known place, from whoever names itself as the issuer, and from nowhere unsafe.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { keysOf } from '../../src/identity/issuer.ts';

const places = new Map<string, (res: ServerResponse) => void>();
const asked: string[] = [];
const server = createServer((req, res) => {
  asked.push(req.url ?? '');
  const answer = places.get(req.url ?? '');
  if (answer) answer(res);
  else res.writeHead(404).end('{}');
});
let origin = '';
beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  places.clear();
  asked.length = 0;
});

const openId = '/.well-known/openid-configuration';
const oauth = '/.well-known/oauth-authorization-server';
const json = (body: unknown) => (res: ServerResponse) => res.end(JSON.stringify(body));
const said = (issuer: string, jwks_uri = `${origin}/keys`) => json({ issuer, jwks_uri });

test.each([
  ['', openId],
  ['', oauth],
  ['/', openId],
  ['/', oauth],
  ['/tenant', `/tenant${openId}`],
  ['/tenant', `${oauth}/tenant`],
  ['/tenant/', `${oauth}/tenant`],
])('of an issuer with the path "%s" at %s', async (path, place) => {
  places.set(place, said(`${origin}${path}`));
  expect((await keysOf(`${origin}${path}`)).href).toBe(`${origin}/keys`);
});

test('the second place is looked at where the first does not do', async () => {
  places.set(openId, said('https://other.example'));
  places.set(oauth, said(origin));
  expect((await keysOf(origin)).href).toBe(`${origin}/keys`);
  expect(asked).toEqual([openId, oauth]);
});

test.each<[string, () => (res: ServerResponse) => void]>([
  ['it names another issuer', () => said(`${origin}/`)],
  ['it names none', () => json({ jwks_uri: `${origin}/keys` })],
  ['it names no keys', () => json({ issuer: origin })],
  ['its keys are no address', () => said(origin, 'keys')],
  ['its keys come without encryption, from elsewhere', () => said(origin, 'http://id.example/keys')],
  ['its keys are a file', () => said(origin, 'file:///etc/passwd')],
  ['it is no JSON', () => res => res.end('<html>')],
  ['it is nothing', () => json(null)],
  ['it sends us elsewhere', () => res => res.writeHead(302, { location: `${origin}/real` }).end()],
  ['it breaks', () => res => res.writeHead(500).end(JSON.stringify({ issuer: origin, jwks_uri: `${origin}/keys` }))],
  [
    'it never ends',
    () => res => res.end(`{"issuer":"${origin}","jwks_uri":"${origin}/keys","x":"${'x'.repeat(300_000)}"}`),
  ],
  ['it hangs up', () => res => res.destroy()],
])('there are none where %s', async (_, answer) => {
  places.set('/real', said(origin));
  for (const place of [openId, oauth]) places.set(place, answer());
  await expect(keysOf(origin)).rejects.toThrow('does not say where its keys are');
  expect(asked).not.toContain('/real');
});
