// A write leaves at most once, on a connection of its own, and is told by what may have left (reliability.md R1, R3, R8, P1, P7).
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classify } from '../../src/vendors/classify.ts';
import type { VendorRequest } from '../../src/vendors/types.ts';
import { client, closedPort, httpServer, json, key, rawServer, until } from './fault-server.ts';

const trigger: VendorRequest = {
  method: 'POST',
  path: '/automations/a1/trigger',
  body: { trigger_data: { deal_id: 'd1' } },
  pace: 'write',
};
const bare: VendorRequest = { method: 'POST', path: '/automations/a1/enable', pace: 'write' };

describe('P2 R1: nothing has left', () => {
  test.each([
    ['refused', async () => `http://127.0.0.1:${await closedPort()}`],
    ['no such host', async () => 'https://nobody.invalid'],
    ['refused under TLS', async () => `https://127.0.0.1:${await closedPort()}/v1`],
  ])('%s', async (_, url) => {
    const http = client(await url(), { deadlines: { connect: 2_000, write: 4_000 } });
    const sent = await http.write(trigger);
    expect(sent.kind).toBe('not_sent');
    expect(sent.kind !== 'answered' && sent.reason).toMatch(/nothing was sent\.$/);
    expect(classify('trustpager', sent)).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
  });

  test('the TLS handshake fails: nothing of the request was seen', async () => {
    await using server = await rawServer(socket => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    const http = client(`https://127.0.0.1:${server.port}`);
    const sent = await http.write(trigger);
    expect(sent).toMatchObject({ kind: 'not_sent' });
    expect(server.received.join('')).not.toContain('POST');
  });

  test('the TLS handshake never ends: connect deadline', async () => {
    await using server = await rawServer(() => {});
    const http = client(`https://127.0.0.1:${server.port}`, { deadlines: { connect: 200, write: 5_000 } });
    const sent = await http.write(trigger);
    expect(sent).toMatchObject({
      kind: 'not_sent',
      reason: expect.stringContaining('could not be reached within 0.2 s'),
    });
    expect(server.received.join('')).not.toContain('POST');
  });

  test('the whole deadline ends before the connection stands', async () => {
    await using server = await rawServer(() => {});
    const http = client(`https://127.0.0.1:${server.port}`, { deadlines: { connect: 5_000, write: 150 } });
    expect(await http.write(trigger)).toMatchObject({
      kind: 'not_sent',
      reason: expect.stringContaining('did not answer within'),
    });
    await sleep(50);
    expect(server.received.join('')).not.toContain('POST');
  });

  test('P7: stopped by the operator when the connection stands already', async () => {
    const connected = Promise.withResolvers<void>();
    await using server = await rawServer(
      () => {},
      () => connected.resolve(),
    );
    const http = client(server.url, { deadlines: { write: 4_000 } });
    let asked = 0;
    const sent = await http.write(trigger, {
      stopped: async () => {
        asked++;
        return true;
      },
    });
    expect(sent).toMatchObject({ kind: 'not_sent', reason: expect.stringContaining('operator stopped everything') });
    expect(classify('trustpager', sent)).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    await connected.promise;
    await sleep(50);
    expect([asked, server.received.join('')]).toEqual([1, '']);
  });

  test('P13: nobody can tell whether everything was stopped; or the vendor hung up while that was asked', async () => {
    let hangUp = (): void => {};
    await using server = await rawServer(
      () => {},
      socket => {
        hangUp = () => void socket.resetAndDestroy();
      },
    );
    const http = client(server.url, { deadlines: { write: 4_000 } });
    const sent = await http.write(trigger, { stopped: () => Promise.reject(new Error('the store is away')) });
    expect(sent).toMatchObject({ kind: 'not_sent', reason: expect.stringContaining('could not be asked') });
    expect(classify('trustpager', sent)).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    const gone = await http.write(trigger, {
      async stopped() {
        hangUp();
        await sleep(50);
        return false;
      },
    });
    expect(gone).toMatchObject({ kind: 'not_sent' });
    await sleep(50);
    expect(server.received.join('')).toBe('');
  });

  test('cancelled before, while connecting, and while waiting for a turn', async () => {
    await using server = await rawServer(() => {});
    const https = client(`https://127.0.0.1:${server.port}`, { deadlines: { connect: 5_000, write: 5_000 } });
    expect(await https.write(trigger, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'not_sent' });
    expect(await https.write(trigger, { signal: AbortSignal.timeout(50) })).toMatchObject({
      kind: 'not_sent',
      reason: expect.stringContaining('cancelled'),
    });
    expect(server.received.join('')).not.toContain('POST');

    await using plain = await httpServer((_, response) => json(response, 200, {}));
    const slow = client(plain.url, { requestsPerMinute: 10, burst: 1, deadlines: { write: 20_000 } });
    expect(await slow.write(bare)).toMatchObject({ kind: 'answered' });
    const started = Date.now();
    expect(await slow.write(bare, { signal: AbortSignal.timeout(50) })).toMatchObject({ kind: 'not_sent' });
    expect(Date.now() - started).toBeLessThan(2_000);
    expect(plain.requests).toHaveLength(1);
  });

  test('R4: our own pacing refuses, and ready() said so before', async () => {
    await using server = await httpServer((_, response) => json(response, 200, {}));
    const http = client(server.url, { requestsPerMinute: 4, burst: 1 });
    expect(http.ready()).toBe(0);
    await http.write(bare);
    expect(http.ready()).toBe(15);
    const sent = await http.write(bare);
    expect(sent).toMatchObject({ kind: 'not_sent', retry_after_s: 15 });
    expect(classify('trustpager', sent)).toMatchObject({
      outcome: 'not_sent',
      code: 'rate_limited',
      retry_after_s: 15,
    });
    expect(server.requests).toHaveLength(1);
  });

  test('R7: the breaker is open', async () => {
    await using server = await httpServer((_, response) => json(response, 200, {}));
    const port = await closedPort();
    const http = client(`http://127.0.0.1:${port}`);
    for (let i = 0; i < 5; i++) await http.write(bare);
    expect(http.ready()).toBeGreaterThan(0);
    const sent = await http.write(bare);
    expect(sent).toMatchObject({ kind: 'not_sent', reason: expect.stringContaining('several times in a row') });
    expect(classify('trustpager', sent)).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    expect(server.requests).toHaveLength(0);
  });

  test('C6: a path that leaves the base URL, a header that cannot be, headers that throw, a GET, a closed client', async () => {
    await using server = await httpServer((_, response) => json(response, 200, {}));
    const http = client(`${server.url}/v1`);
    for (const path of [
      '/../admin',
      '/a/../../b',
      '//evil.example/x',
      '/a?b=c',
      '/a#b',
      'automations',
      '/a\\..\\b',
      '/a/./b',
    ])
      expect(await http.write({ ...bare, path })).toMatchObject({ kind: 'not_sent' });
    expect(await http.write(bare, { headers: { 'idempotency-key': 'a\r\nx: y' } })).toMatchObject({ kind: 'not_sent' });
    expect(await http.write({ ...bare, method: 'GET' })).toMatchObject({ kind: 'not_sent' });
    const keyless = client(server.url, {
      headers: () => {
        throw new Error(`no key in ${key}`);
      },
    });
    const sent = await keyless.write(bare);
    expect(sent).toMatchObject({ kind: 'not_sent' });
    expect(JSON.stringify(sent)).not.toContain(key);
    await http.close();
    expect(await http.write(bare)).toMatchObject({
      kind: 'not_sent',
      reason: expect.stringContaining('shutting down'),
    });
    expect(server.requests).toHaveLength(0);
  });
});

describe('P1 P2 R1 R3 R6: it may have left: unknown, and seen exactly once', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
  const over = (received: string): boolean => received.includes('\r\n\r\n');
  test.each<[string, (socket: import('node:net').Socket) => void]>([
    ['reset at the first byte', socket => socket.resetAndDestroy()],
    ['closed without a word', socket => socket.end()],
    ['headers never come', () => {}],
    ['half of the headers, then closed', socket => socket.end('HTTP/1.1 200 OK\r\nContent-Ty')],
    [
      'half of the headers, then reset',
      socket => socket.write('HTTP/1.1 200 OK\r\nContent-Ty', () => setTimeout(() => socket.resetAndDestroy(), 20)),
    ],
    ['body never comes', socket => socket.write(`${head}Content-Length: 10\r\n\r\n`)],
    ['body cut', socket => socket.end(`${head}Content-Length: 10\r\n\r\n{"a"`)],
    [
      'body reset',
      socket =>
        socket.write(`${head}Content-Length: 10\r\n\r\n{"a"`, () => setTimeout(() => socket.resetAndDestroy(), 20)),
    ],
    ['chunks cut', socket => socket.end(`${head}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`)],
    [
      'a refusal whose body is cut',
      socket =>
        socket.end('HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"err'),
    ],
    ['garbage', socket => socket.end('hello, I am not HTTP at all\r\n\r\n')],
    ['binary garbage', socket => socket.end(Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10]))],
    ['more bytes than declared', socket => socket.end(`${head}Content-Length: 1\r\n\r\n{}{}{}{}`)],
    ['two lengths', socket => socket.end(`${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`)],
    ['header larger than allowed', socket => socket.end(`${head}X-A: ${'a'.repeat(200_000)}\r\n\r\n{}`)],
    ['only 100 Continue', socket => socket.write('HTTP/1.1 100 Continue\r\n\r\n')],
    ['only early hints', socket => socket.end('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n')],
    [
      'switching protocols',
      socket => socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    ],
    ['declared too large', socket => socket.end(`${head}Content-Length: 1048577\r\n\r\n{`)],
    [
      'chunked too large',
      socket => {
        socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
        for (let i = 0; i < 20; i++) socket.write(`10000\r\n${' '.repeat(0x10000)}\r\n`);
        socket.end('0\r\n\r\n');
      },
    ],
    ['too large until closed', socket => socket.end(`${head}Connection: close\r\n\r\n${'['.repeat(2_000_000)}`)],
  ])('%s', async (_, misbehave) => {
    await using server = await rawServer((socket, received) => {
      if (over(received)) misbehave(socket);
    });
    const http = client(server.url);
    const sent = await http.write(bare);
    expect(sent).toMatchObject({ kind: 'unknown', reason: expect.stringMatching(/may or may not have run\.$/) });
    expect(classify('trustpager', sent)).toMatchObject({ outcome: 'unknown', code: 'outcome_unknown' });
    await sleep(100);
    expect(server.received.join('').match(/POST /g)).toHaveLength(1);
    expect(server.received.filter(text => text !== '')).toHaveLength(1);
    expect(server.connections).toBe(1);
  });

  test.each<[string, number, Record<string, string>, string]>([
    ['HTML', 200, { 'content-type': 'text/html' }, '<html><b>secret page</b></html>'],
    ['text that is JSON', 200, { 'content-type': 'text/plain' }, '{"data":{}}'],
    ['no content type', 201, {}, '{"data":{}}'],
    ['an array', 200, { 'content-type': 'application/json' }, '[]'],
    ['half JSON', 200, { 'content-type': 'application/json' }, '{"data":'],
    ['bytes that are not UTF-8', 200, { 'content-type': 'application/json' }, '\xff\xfe{}'],
    ['deep JSON', 200, { 'content-type': 'application/json' }, `{"a":${'['.repeat(70)}${']'.repeat(70)}}`],
    [
      'very deep JSON',
      200,
      { 'content-type': 'application/json' },
      `{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`,
    ],
    ['compressed', 200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }, '{"data":{}}'],
    ['a redirect', 302, { location: '/elsewhere' }, ''],
    ['see other', 303, { location: '/elsewhere', 'content-type': 'application/json' }, '{}'],
    ['a status of its own', 666, { 'content-type': 'application/json' }, '{}'],
  ])('C14 R9: answered, but not understood: %s', async (_, status, headers, body) => {
    await using server = await httpServer((_request, response) => {
      response.writeHead(status, headers);
      response.end(Buffer.from(body, 'latin1'));
    });
    const http = client(server.url);
    const sent = await http.write(trigger);
    const receipt = classify('trustpager', sent, trigger);
    expect(receipt).toMatchObject({ outcome: 'unknown', code: 'outcome_unknown' });
    expect(receipt.reason).not.toContain('secret page');
    expect(server.requests).toHaveLength(1);
  });

  test('P16 R9: JSON that would be fine but for its size, whether declared or not', async () => {
    const body = JSON.stringify({ data: 'x'.repeat(1024 * 1024) });
    await using server = await httpServer((_, response, nth) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        ...(nth === 1 ? { 'content-length': body.length } : {}),
      });
      response.end(body);
    });
    for (let nth = 1; nth <= 2; nth++) {
      expect(await client(server.url).write(trigger)).toMatchObject({
        kind: 'unknown',
        reason: expect.stringContaining('larger than 1 MiB'),
      });
      expect(server.requests).toHaveLength(nth);
    }
    await using fits = await httpServer((_, response) => json(response, 200, { data: 'x'.repeat(1024 * 1024 - 11) }));
    expect(await client(fits.url).write(trigger)).toMatchObject({ kind: 'answered' });
  });

  test('a server error is unknown, whatever its body', async () => {
    await using server = await httpServer((_, response, nth) =>
      nth === 1
        ? json(response, 500, { error: { code: 'INTERNAL_ERROR', message: 'oops' } })
        : response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>down</h1>'),
    );
    const http = client(server.url);
    for (let nth = 1; nth <= 2; nth++) {
      const receipt = classify('trustpager', await http.write(trigger));
      expect(receipt).toMatchObject({ outcome: 'unknown', code: 'outcome_unknown', status: nth === 1 ? 500 : 503 });
      expect(receipt.reason).not.toContain('<h1>');
      expect(server.requests).toHaveLength(nth);
    }
  });

  test('P7: cancelling after the first byte changes nothing', async () => {
    await using server = await httpServer(
      (_, response) => void setTimeout(() => json(response, 200, { data: { run_id: 'r1' } }), 150),
    );
    const http = client(server.url);
    const controller = new AbortController();
    const sending = http.write(trigger, { signal: controller.signal });
    await until(() => server.requests.length === 1);
    controller.abort();
    expect(await sending).toEqual({ kind: 'answered', reply: { status: 200, body: { data: { run_id: 'r1' } } } });
  });

  test('R14: closing waits for it', async () => {
    await using server = await httpServer((_, response) => void setTimeout(() => json(response, 200, {}), 150));
    const http = client(server.url);
    const sending = http.write(trigger);
    await until(() => server.requests.length === 1);
    let done = false;
    void sending.then(() => {
      done = true;
    });
    await http.close();
    expect(done).toBe(true);
    expect(await sending).toMatchObject({ kind: 'answered' });
  });
});

describe('answered', () => {
  test.each([400, 401, 402, 403, 404, 409, 410, 422, 429])(
    'P2 R3: %i is rejected, sent once, even with HTML',
    async status => {
      await using server = await httpServer((_, response, nth) => {
        if (nth === 1)
          json(
            response,
            status,
            { error: { code: 'X', message: 'no <b>way</b>' } },
            status === 429 ? { 'retry-after': '7' } : {},
          );
        else response.writeHead(status, { 'content-type': 'text/html' }).end('<p>gateway</p>');
      });
      const http = client(server.url);
      const first = classify('trustpager', await http.write(trigger));
      expect(first).toMatchObject({ outcome: 'rejected', status });
      expect(first.reason).toContain('"no ‹b>way‹/b>"');
      if (status === 429) expect(first).toMatchObject({ code: 'rate_limited', retry_after_s: 7 });
      const second = classify('trustpager', await client(server.url).write(trigger));
      expect(second).toMatchObject({ outcome: 'rejected', status });
      expect(second.reason).not.toContain('gateway');
      await sleep(50);
      expect(server.requests).toHaveLength(2);
    },
  );

  test('R8: every write has a connection of its own, also right after reads, and closes it', async () => {
    await using server = await httpServer((_, response) => json(response, 200, { data: [] }));
    const http = client(server.url);
    for (let i = 0; i < 3; i++) {
      await http.read({ method: 'GET', path: '/automations', pace: 'read' });
      await http.write(trigger);
    }
    const reads = server.requests.filter(request => request.method === 'GET').map(request => request.socket);
    const writes = server.requests.filter(request => request.method === 'POST');
    expect(new Set(reads).size).toBe(1);
    expect(new Set(writes.map(request => request.socket)).size).toBe(3);
    expect(writes.every(request => !reads.includes(request.socket) && request.headers.connection === 'close')).toBe(
      true,
    );
  });

  test('what is sent is what literal() shows, but for the secrets', async () => {
    await using server = await httpServer((_, response) => json(response, 200, {}));
    const http = client(`${server.url}/v1/`);
    const headers = { 'Idempotency-Key': 'intent-1', authorization: 'Bearer mine', 'content-type': 'text/plain' };
    const literal = http.literal(trigger, headers);
    await http.write(trigger, { headers });
    const seen = server.requests[0];
    expect(JSON.stringify(literal)).not.toContain(key);
    expect(literal).toMatchObject({
      method: 'POST',
      url: `${server.url}/v1/automations/a1/trigger`,
      headers: { authorization: 'Bearer [hidden]', 'x-api-key': '[hidden]' },
    });
    expect(seen?.url).toBe('/v1/automations/a1/trigger');
    expect(seen?.body).toBe(literal.body);
    expect(seen?.headers).toMatchObject({
      ...literal.headers,
      authorization: `Bearer ${key}`,
      'x-api-key': key,
      'idempotency-key': 'intent-1',
    });
    expect(seen?.headers['accept-encoding']).toBe('identity');
  });

  test('no body: none is sent, with length 0', async () => {
    await using server = await httpServer((_, response) => response.writeHead(204).end());
    const http = client(server.url);
    expect(await http.write(bare)).toEqual({ kind: 'answered', reply: { status: 204, body: undefined } });
    expect(server.requests[0]).toMatchObject({ body: '' });
    expect(server.requests[0]?.headers['content-length']).toBe('0');
    expect(server.requests[0]?.headers['content-type']).toBeUndefined();
  });

  test('R5: a run may take longer than a write', async () => {
    await using server = await httpServer((_, response) => void setTimeout(() => json(response, 200, {}), 550));
    const http = client(server.url);
    expect(await http.write({ ...trigger, pace: 'run' })).toMatchObject({ kind: 'answered' });
    expect(await http.write(trigger)).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('within 0.4 s'),
    });
  });

  test('R9: dangerous keys are dropped, and onReply and observe see the reply; a listener that throws changes nothing', async () => {
    await using server = await httpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/vnd.api+json; charset=utf-8' });
      response.end('{"a":{"__proto__":{"x":1},"constructor":2,"b":[{"prototype":3,"c":4}]}}');
    });
    const seen: unknown[] = [];
    const http = client(server.url, { onReply: reply => seen.push(reply) });
    http.observe(() => {
      throw new Error('broken');
    });
    const sent = await http.write(trigger);
    expect(sent).toEqual({ kind: 'answered', reply: { status: 200, body: { a: { b: [{ c: 4 }] } } } });
    expect(seen).toEqual([{ status: 200, body: { a: { b: [{ c: 4 }] } } }]);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test('C14 R10: a key never travels with a redirect', async () => {
    await using other = await httpServer((_, response) => json(response, 200, {}));
    for (const status of [301, 302, 303, 307, 308]) {
      await using server = await httpServer((_, response) =>
        response.writeHead(status, { location: `${other.url}/steal` }).end(),
      );
      const http = client(server.url);
      expect(await http.write(trigger)).toMatchObject({
        kind: 'unknown',
        reason: expect.stringContaining(`redirect (${status})`),
      });
      await expect(http.read({ method: 'GET', path: '/automations', pace: 'read' })).rejects.toMatchObject({
        outcome: 'not_sent',
        code: 'unavailable',
      });
      expect(server.requests).toHaveLength(2);
    }
    expect(other.connections).toBe(0);
  });
});

/** What a server may do on one connection: speak or hang up, before or after so many bytes of the request, or after a pause. */
interface Behaviour {
  after: number;
  pause: number;
  say: string;
  end: 'close' | 'reset' | 'stay';
}

const whole = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
const behaviour = fc.record<Behaviour>({
  after: fc.constantFrom(0, 1, 20, 150, 10_000),
  pause: fc.constantFrom(0, 0, 1, 15),
  say: fc.oneof(
    fc.constant(whole),
    fc.nat(whole.length).map(length => whole.slice(0, length)),
  ),
  end: fc.constantFrom('close', 'reset', 'stay'),
});

test('P1 P2 R1: whatever the server does at whatever byte: at most one request, not_sent means none, answered means one', async () => {
  const tally = { answered: 0, not_sent: 0, unknown: 0 };
  await fc.assert(
    fc.asyncProperty(behaviour, fc.option(fc.constantFrom(0, 1, 3, 10)), async ({ after, pause, say, end }, cancel) => {
      const acted = new Set<number>();
      const act = (socket: import('node:net').Socket, received: number, nth: number): void => {
        if (received < after || acted.has(nth)) return;
        acted.add(nth);
        setTimeout(() => {
          if (say) socket.write(say);
          if (end === 'close') socket.end();
          else if (end === 'reset') setTimeout(() => socket.resetAndDestroy(), say ? 3 : 0);
        }, pause);
      };
      await using server = await rawServer(
        (socket, received, nth) => act(socket, received.length, nth),
        (socket, nth) => act(socket, 0, nth),
      );
      const http = client(server.url, { deadlines: { connect: 150, write: 150 } });
      const sent = await http.write(trigger, cancel === null ? {} : { signal: AbortSignal.timeout(cancel) });
      await sleep(20);
      const seen = server.received.filter(text => text !== '').length;
      tally[sent.kind] += 1;
      expect(seen).toBeLessThanOrEqual(1);
      if (sent.kind === 'not_sent') expect(seen).toBe(0);
      if (sent.kind === 'answered') expect(seen).toBe(1);
    }),
    { numRuns: 120 },
  );
  expect(tally.answered).toBeGreaterThan(0);
  expect(tally.unknown).toBeGreaterThan(0);
}, 120_000);
