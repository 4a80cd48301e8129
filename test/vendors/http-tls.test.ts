// A vendor whose certificate nobody trusts gets nothing, also where an environment variable says otherwise (reliability.md R11).
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { selfSigned } from './certificate.ts';
import { client } from './fault-server.ts';

let seen = 0;
let offered: string[] = [];
const options = {
  ...selfSigned(),
  ALPNCallback: ({ protocols }: { protocols: string[] }) => {
    offered = protocols;
    return protocols[0];
  },
};
const server = createServer(options, (_, response) => {
  seen += 1;
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
});
let url: string;
beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  url = `https://localhost:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => void server.close());

test.each([undefined, '0'])('C14 R11: with NODE_TLS_REJECT_UNAUTHORIZED=%s', async value => {
  if (value) vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', value);
  const http = client(url, { deadlines: { connect: 2_000, read: 4_000, write: 4_000 } });
  expect(await http.write({ method: 'POST', path: '/x', pace: 'write' })).toEqual({
    kind: 'not_sent',
    reason: 'No trusted TLS connection to TrustPager could be made; nothing was sent.',
  });
  await expect(http.read({ method: 'GET', path: '/x', pace: 'read' })).rejects.toMatchObject({
    outcome: 'not_sent',
    code: 'unavailable',
  });
  expect(seen).toBe(0);
  // HTTP/2 would share connections, and "the first byte has left" would mean something else there.
  expect(offered).toEqual(['http/1.1']);
});
