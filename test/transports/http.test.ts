// The walls of the HTTP server: who may knock, and with what; nothing of a refused request reaches a vendor or comes back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Fixture } from '../fixtures.ts';
import { json, type Knock, knockAt, opening, refusal } from './knock.ts';

let f: Fixture;
let port: number;
beforeAll(async () => {
  f = await connect();
  port = Number(new URL(f.url ?? '').port);
});
afterAll(async () => {
  const arrived = (await f.requests()).map(({ method, path }) => `${method} ${path}`);
  await f.close();
  expect(arrived).toEqual([]);
});

const knock = (what: Knock) => knockAt(port, what);
const here = (text: string): string => text.replaceAll('PORT', String(port));

describe('C11: who may knock', () => {
  test.each(['modern', 'legacy'] as const)('a %s request to any of our own names is let in', async era => {
    const { headers, body } = opening(era);
    for (const host of ['127.0.0.1:PORT', 'localhost:PORT', 'LOCALHOST:PORT', '[::1]:PORT'].map(here)) {
      expect((await knock({ headers: { ...headers, host }, body })).status, host).toBe(200);
      const origin = `http://${host.toLowerCase()}`;
      expect((await knock({ headers: { ...headers, host, origin }, body })).status, origin).toBe(200);
    }
  });

  const hosts = [
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1',
    '127.0.0.1:1',
    'localhost.evil.example:PORT',
    '127.0.0.1.nip.io:PORT',
    'localhost:PORT.evil.example',
    'localhost:PORT@evil.example',
    '0.0.0.0:PORT',
    '[::]:PORT',
    '127.0.0.2:PORT',
    '127.0.0.1:0PORT',
    'localhost.:PORT',
  ];
  const origins = [
    'null',
    'http://evil.example',
    'https://127.0.0.1:PORT',
    'http://127.0.0.1',
    'http://127.0.0.1:1',
    'http://localhost:PORT.evil.example',
    'http://localhost:PORT@evil.example',
    'http://evil.example:PORT',
    'file://',
    'chrome-extension://abcdefghijklmnop',
    'http://127.0.0.1:PORT, http://evil.example',
    'http://127.0.0.1:PORT/',
  ];
  const methods = ['GET', 'POST', 'DELETE', 'OPTIONS', 'PUT', 'PATCH', 'HEAD'];

  test.each(methods)('%s with a Host that is not ours is refused, on every path', async method => {
    const { headers, body } = opening('modern');
    for (const host of hosts.map(here))
      for (const path of ['/mcp', '/', '/anything']) {
        const answer = await knock({
          method,
          path,
          headers: { ...headers, host },
          ...(method === 'POST' ? { body } : {}),
        });
        if (method === 'HEAD') expect(answer.status, `${host} ${path}`).toBe(403);
        else refusal(answer, 403, host === '127.0.0.1' ? undefined : host);
      }
  });

  test.each(methods)('%s with an Origin that is not ours is refused, preflights too', async method => {
    const { headers, body } = opening('modern');
    for (const origin of origins.map(here)) {
      const answer = await knock({
        method,
        headers: { ...headers, origin, 'access-control-request-method': 'POST' },
        ...(method === 'POST' ? { body } : {}),
      });
      if (method === 'HEAD') expect(answer.status, origin).toBe(403);
      else refusal(answer, 403, origin === 'null' ? undefined : origin);
    }
    expect((await knock({ method, headers: { ...headers, origin: '' } })).status).toBe(403);
  });

  test('paths and methods that are not served say so', async () => {
    for (const path of [
      '/',
      '/mcp/',
      '/mcp/x',
      '/.well-known/x',
      '/sse',
      '/mcp/../mcp2',
      '/%6dcp',
      '/MCP',
      '//mcp',
      '//',
      '/\\\\',
      '*',
    ])
      refusal(await knock({ path, ...opening('modern') }), 404);
    for (const method of ['PUT', 'PATCH', 'OPTIONS']) {
      const answer = await knock({ method, headers: json });
      refusal(answer, 405);
      expect(answer.headers.allow).toBe('GET, POST, DELETE');
    }
  });
});

describe('C11: what may be handed in', () => {
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
  ];
  test.each([...types, ''])('content type %j is refused', async type => {
    for (const era of ['modern', 'legacy'] as const) {
      const { headers, body } = opening(era);
      refusal(await knock({ headers: { ...headers, 'content-type': type }, body }), 415);
    }
    refusal(await knock({ headers: { accept: json.accept }, body: opening('modern').body }), 415);
  });

  const broken = ['', '{', 'null{', '{"secret":"2.0"', '\u0000', '<xml/>', '{"a":1}{"b":2}'];
  test.each(broken)('a body that is no JSON, %j, is refused without an echo', async body => {
    refusal(await knock({ headers: opening('modern').headers, body }), 400, body.length > 3 ? body : undefined);
  });

  test('batches are refused', async () => {
    const { headers, body } = opening('modern');
    for (const batch of ['[]', `[${opening('legacy').body}]`, `[${body},${body}]`])
      refusal(await knock({ headers, body: batch }), 400);
  });

  test('JSON that is no request never breaks the server', async () => {
    const bodies = ['null', '5', '"text"', 'true', '{}', '{"jsonrpc":"2.0"}', '{"jsonrpc":"1.0","id":1,"method":"x"}'];
    for (const body of [...bodies, '{"method":{}}'])
      for (const { headers } of [opening('modern'), opening('legacy')]) {
        const { status } = await knock({ headers, body });
        expect(status, body).toBeGreaterThanOrEqual(400);
        expect(status, body).toBeLessThan(500);
      }
    expect((await knock(opening('modern'))).status).toBe(200);
  });

  test('P16: a body above a MiB is refused, declared or not', async () => {
    const { headers } = opening('modern');
    const large = Buffer.alloc(1024 * 1024 + 1, 0x20);
    for (const more of [{ 'content-length': String(large.length) }, { 'transfer-encoding': 'chunked' }]) {
      const answer = await knock({ headers: { ...headers, ...more }, body: large }).catch(error => error as Error);
      // The connection may be gone before the whole body was written; the answer is then lost with it.
      if (!(answer instanceof Error)) refusal(answer, 413);
    }
    expect((await knock(opening('modern'))).status).toBe(200);
  });

  test('headers that contradict the body, or lack what 2026-07-28 asks for, are refused', async () => {
    const { headers, body } = opening('modern');
    const call = body
      .replace('"tools/list"', '"tools/call"')
      .replace('"params":{', '"params":{"name":"list_connections","arguments":{},');
    for (const [more, text] of [
      [{ 'mcp-method': 'tools/call' }, body],
      [{ 'mcp-method': undefined }, body],
      [{ 'mcp-protocol-version': '2030-01-01' }, body],
      [{ 'mcp-method': 'tools/call', 'mcp-name': 'scrip_trigger_automation' }, call],
      [{ 'mcp-method': 'tools/call' }, call],
    ] as const) {
      const { status } = await knock({ headers: { ...headers, ...more }, body: text });
      expect(status, JSON.stringify(more)).toBe(400);
    }
  });
});
