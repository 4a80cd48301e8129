// Reads are repeated where that can help and cannot hurt, and their failures say that nothing was changed (reliability.md R2, R4, R5).
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { vendorHttp } from '../../src/vendors/http.ts';
import type { VendorRequest } from '../../src/vendors/types.ts';
import { client, closedPort, httpServer, json, key, rawServer } from './fault-server.ts';

const list: VendorRequest = {
  method: 'GET',
  path: '/automations',
  query: { limit: '10', after: 'a&b=c' },
  pace: 'read',
};

async function failure(reading: Promise<unknown>): Promise<Failure> {
  const error = await reading.then(
    value => expect.unreachable(`answered ${JSON.stringify(value)}`),
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

/** With room for every pause between attempts, which together may take 600 ms, on a machine that has other things to do. */
const patient = (url: string) => client(url, { deadlines: { connect: 2_000, read: 10_000 } });

describe('R2: repeated', () => {
  test.each([429, 502, 503, 504])('%i twice, then the answer', async status => {
    await using server = await httpServer((_, response, nth) => json(response, nth < 3 ? status : 200, { data: [] }));
    expect(await patient(server.url).read(list)).toEqual({ status: 200, body: { data: [] } });
    expect(server.requests).toHaveLength(3);
    expect(server.requests[0]?.url).toBe('/automations?limit=10&after=a%26b%3Dc');
  });

  test('a connection that breaks, at most three times', async () => {
    await using server = await rawServer(socket => socket.resetAndDestroy());
    const error = await failure(patient(server.url).read(list));
    expect(error).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    expect(error.message).toMatch(/broke before its answer was complete; nothing was changed\.$/);
    expect(server.connections).toBe(3);
  });

  test('a connection that the server closed while it was idle', async () => {
    await using server = await httpServer((_, response) => json(response, 200, {}), { keepAliveTimeout: 30 });
    const http = patient(server.url);
    for (let i = 0; i < 5; i++) {
      expect(await http.read(list)).toMatchObject({ status: 200 });
      await sleep(30 + i * 5);
    }
  });

  test.each([429, 503])('R4: Retry-After of a %i is waited for where it fits', async status => {
    await using server = await httpServer((_, response, nth) =>
      nth === 1 ? json(response, status, {}, { 'retry-after': '1' }) : json(response, 200, {}),
    );
    const started = Date.now();
    await patient(server.url).read(list);
    expect(Date.now() - started).toBeGreaterThanOrEqual(990);
    expect(server.requests).toHaveLength(2);
  });

  test.each(['garbage', '-5', '1.5', '1e3', 'Wed, 21 Oct 2015 07:28:00 GMT', '99999999999', '', '0x10'])(
    'R4: Retry-After %j is ignored',
    async value => {
      await using server = await httpServer((_, response, nth) =>
        nth === 1 ? json(response, 429, {}, { 'retry-after': value }) : json(response, 200, {}),
      );
      await patient(server.url).read(list);
      expect(server.requests).toHaveLength(2);
    },
  );

  test('R2: within the budget: a vendor that is down gets little more than it is asked', async () => {
    await using server = await httpServer((_, response) => json(response, 503, {}));
    const http = patient(server.url);
    for (let i = 0; i < 20; i++) await failure(http.read(list));
    // 20 asked, a reserve of 5, and a fifth of 20.
    expect(server.requests.length).toBeLessThanOrEqual(29);
    expect(server.requests.length).toBeGreaterThan(24);
  });
});

describe('not repeated', () => {
  test.each<[number, string, unknown]>([
    [400, 'invalid_input', { error: { code: 'VALIDATION_ERROR', message: 'bad limit', fix: 'Use 1-100', hint: 'h' } }],
    [401, 'unauthenticated', { code: 'unauthorized', message: 'Missing or invalid credentials' }],
    [402, 'rejected', { error: { message: 'no credits' } }],
    [
      403,
      'insufficient_scope',
      { error: { code: 'INSUFFICIENT_SCOPE', message: 'no', required_scopes: ['automations:read'] } },
    ],
    [403, 'rejected', { error: { code: 'PLAN_REQUIRED', message: 'free plan', upgrade_url: 'https://evil.example' } }],
    [404, 'not_found', { error: { code: 'NOT_FOUND', message: 'nope' } }],
    [409, 'rejected', { error: { code: 'CONFLICT', message: 'twice' } }],
    [418, 'rejected', {}],
    [422, 'invalid_input', { error: { message: 'bad', details: { available: ['a', 'b<script>'] } } }],
    [500, 'unavailable', { error: { code: 'INTERNAL_ERROR', message: 'secret' } }],
  ])('%i is %s', async (status, code, body) => {
    await using server = await httpServer((_, response) => json(response, status, body));
    const error = await failure(client(server.url).read(list));
    expect(error).toMatchObject({ outcome: 'not_sent', code });
    expect(error.message).toContain('nothing was changed');
    expect(error.message).not.toContain('<script>');
    expect(error.message).not.toContain('evil.example');
    expect(error.details.next).toBeTruthy();
    expect(server.requests).toHaveLength(1);
  });

  test('what the vendor says to mend is passed on', async () => {
    await using server = await httpServer((_, response) =>
      json(response, 403, {
        error: { code: 'INSUFFICIENT_SCOPE', message: 'Missing scope', fix: 'Add it', hint: 'See settings' },
        required_scopes: ['automations:read'],
      }),
    );
    const error = await failure(client(server.url).read(list));
    expect(error.message).toBe(
      'TrustPager refused to answer (403 INSUFFICIENT_SCOPE, "Missing scope", its fix: "Add it", its hint: "See settings", required scopes: "automations:read"); nothing was changed.',
    );
  });

  test('R4: a 429 whose Retry-After does not fit, which then holds every other request', async () => {
    await using server = await httpServer((_, response) => json(response, 429, {}, { 'retry-after': '30' }));
    const http = client(server.url);
    expect(await failure(http.read(list))).toMatchObject({ code: 'rate_limited', details: { retry_after_s: 30 } });
    expect(http.ready()).toBe(30);
    expect(await failure(http.read(list))).toMatchObject({ code: 'rate_limited', details: { retry_after_s: 30 } });
    expect(server.requests).toHaveLength(1);
  });

  test.each<[string, (socket: import('node:net').Socket) => void, RegExp]>([
    ['slow headers', () => {}, /did not answer within 0\.6 s; nothing was changed\.$/],
    [
      'slow body',
      socket => void socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{'),
      /did not answer within 0\.6 s/,
    ],
    ['garbage', socket => void socket.end('what?\r\n\r\n'), /not valid HTTP/],
    [
      'too large',
      socket => void socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n\r\n'),
      /larger than 1 MiB/,
    ],
    [
      'HTML',
      socket => void socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>'),
      /answered 200 with text\/html instead of JSON/,
    ],
  ])('P16 R5 R6 R9: %s', async (_, misbehave, words) => {
    await using server = await rawServer((socket, received) => {
      if (received.endsWith('\r\n\r\n')) misbehave(socket);
    });
    const started = Date.now();
    const error = await failure(client(server.url).read(list));
    expect(error).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain('<html>');
    expect(Date.now() - started).toBeLessThan(1_500);
    expect(server.connections).toBe(1);
  });

  test('P16 R5: a body that trickles is cut off at the deadline', async () => {
    await using server = await httpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const trickle = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(trickle));
    });
    const started = Date.now();
    await failure(client(server.url).read(list));
    expect(Date.now() - started).toBeLessThan(1_000);
  });

  test('anything but a GET', async () => {
    await using server = await httpServer((_, response) => json(response, 200, {}));
    expect(await failure(client(server.url).read({ ...list, method: 'POST' }))).toMatchObject({
      code: 'internal_error',
    });
    expect(server.requests).toHaveLength(0);
  });
});

test('P16 R5: all attempts together stay within one deadline', async () => {
  await using server = await httpServer(
    (_, response, nth) => void setTimeout(() => json(response, nth < 9 ? 503 : 200, {}), 250),
  );
  const started = Date.now();
  await failure(client(server.url).read(list));
  expect(Date.now() - started).toBeLessThan(1_000);
  expect(server.requests.length).toBeLessThanOrEqual(3);
});

test('P16 R8: reads share at most 16 sockets', async () => {
  await using server = await httpServer((_, response) => void setTimeout(() => json(response, 200, {}), 50));
  const http = client(server.url, { deadlines: { read: 5_000 } });
  await Promise.all(Array.from({ length: 60 }, () => http.read(list)));
  expect(server.requests).toHaveLength(60);
  expect(server.connections).toBeLessThanOrEqual(16);
});

test('P16 R4: pacing: what waits less than 5 s waits, what would wait longer is told so', async () => {
  await using server = await httpServer((_, response) => json(response, 200, {}));
  const http = client(server.url, { requestsPerMinute: 240, burst: 2, deadlines: { read: 15_000 } });
  const started = Date.now();
  await Promise.all([http.read(list), http.read(list), http.read(list), http.read(list)]);
  expect(Date.now() - started).toBeGreaterThanOrEqual(450);
  expect(http.ready()).toBe(0);
  const slow = client(server.url, { requestsPerMinute: 6, burst: 1, deadlines: { read: 15_000 } });
  await slow.read(list);
  expect(await failure(slow.read(list))).toMatchObject({
    outcome: 'not_sent',
    code: 'rate_limited',
    details: { retry_after_s: 10 },
  });
});

test('R7: the breaker opens after five failures in a row, and one probe closes it', async () => {
  const port = await closedPort();
  const http = client(`http://127.0.0.1:${port}`);
  await failure(http.read(list));
  const error = await failure(http.read(list));
  expect(error.message).toMatch(/refused the connection|several times in a row/);
  expect(await failure(http.read(list))).toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('several times in a row'),
  });
  expect(http.ready()).toBeGreaterThan(8);
});

test('closing ends reads, and later ones are refused', async () => {
  await using server = await rawServer(() => {});
  const http = client(server.url, { deadlines: { read: 10_000 } });
  const reading = failure(http.read(list));
  await sleep(50);
  await http.close();
  expect(await reading).toMatchObject({ code: 'unavailable', message: expect.stringContaining('shutting down') });
  expect(await failure(http.read(list))).toMatchObject({ code: 'unavailable' });
});

describe('C14 R11: the base URL', () => {
  const open = (baseUrl: string) => vendorHttp({ baseUrl, vendor: 'scrip', headers: () => ({ 'x-api-key': key }) });
  test.each([
    'http://api.scrip.dev/v1',
    'ftp://127.0.0.1',
    'https://user:pw@api.scrip.dev',
    'https://api.scrip.dev?x=1',
    'https://api.scrip.dev#x',
    'api.scrip.dev',
    '',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'file:///etc/passwd',
  ])('%s is refused', url => {
    expect(() => open(url)).toThrow(Failure);
    try {
      open(url);
    } catch (error) {
      expect(String(error)).not.toContain('pw');
    }
  });

  test.each([
    'https://api.scrip.dev/v1',
    'https://api.scrip.dev/v1/',
    'http://127.0.0.1:8080',
    'http://localhost:1/',
    'http://[::1]:9/x',
  ])('%s is taken', url => {
    expect(open(url).literal({ ...list, query: {} }).url).toBe(`${url.replace(/\/$/, '')}/automations`);
  });

  test('C17: switched-off certificate checks are refused, but not on loopback', () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      expect(() => open('https://api.scrip.dev/v1')).toThrow(/NODE_TLS_REJECT_UNAUTHORIZED/);
      expect(() => open('http://127.0.0.1:1')).not.toThrow();
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });
});

test('undici is not loaded before the first request', async () => {
  const { execFileSync } = await import('node:child_process');
  const script = `
    import { vendorHttp } from ${JSON.stringify(new URL('../../src/vendors/http.ts', import.meta.url).href)};
    import { registerHooks } from 'node:module';
    let loaded = false;
    registerHooks({ resolve: (name, context, next) => { if (name === 'undici') loaded = true; return next(name, context); } });
    const http = vendorHttp({ baseUrl: 'http://127.0.0.1:9', vendor: 'scrip', headers: () => ({}) });
    const before = loaded;
    await http.read({ method: 'GET', path: '/programs', pace: 'read' }).catch(() => {});
    process.stdout.write(JSON.stringify([before, loaded]));
  `;
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })).toBe(
    '[false,true]',
  );
});
