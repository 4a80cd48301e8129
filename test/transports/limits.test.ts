// What each wall lets through, and with which status it refuses: sizes, times, numbers, rates, and whatever else comes in on a socket.
import { connect as dial, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { accept, eventually } from '../server/twin.ts';
import { json, knockAt, opening, refusal } from './knock.ts';
import { openSession, ping, post, stream, within } from './knock-session.ts';
import { type Replica, startReplicas } from './replicas.ts';

const one = (replicas: { all: Replica[] }): Replica => {
  const [first] = replicas.all;
  if (!first) throw new Error('no replica');
  return first;
};

/** What comes back on a bare socket, until the other side closes it. */
async function raw(port: number, ...pieces: (string | Buffer | number)[]): Promise<string> {
  const socket = dial(port, '127.0.0.1');
  let text = '';
  socket.on('data', chunk => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()));
  for (const piece of pieces)
    if (typeof piece === 'number') await new Promise(resolve => setTimeout(resolve, piece));
    else socket.write(piece);
  await closed;
  return text;
}

/** A good request as it stands on the wire, but for what is given. */
function bare(port: number, more: string[], line = 'POST /mcp HTTP/1.1', hosts = [`127.0.0.1:${port}`]) {
  const { headers, body } = opening('modern');
  const lines = Object.entries({ ...headers, connection: 'close', 'content-length': String(body.length) });
  const all = [
    line,
    ...hosts.map(host => `Host: ${host}`),
    ...lines.map(([name, value]) => `${name}: ${value}`),
    ...more,
  ];
  return { head: `${all.join('\r\n')}\r\n\r\n`, body };
}

const idle = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = dial(port, '127.0.0.1', () => resolve(socket)).once('error', reject);
  });

describe.concurrent('pages of other origins', () => {
  const origin = 'https://inspector.example:8443';
  const env = { AUTOMATIONS_ALLOWED_ORIGINS: `http://other.example, ${origin}` };

  test('that are allowed may ask, and read what they need', async () => {
    await using r = await startReplicas(1, env);
    const { port } = one(r);
    const ask = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'mcp-session-id' };
    const preflight = await knockAt(port, { method: 'OPTIONS', headers: ask });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST, DELETE',
      vary: 'origin',
    });
    for (const header of ['mcp-session-id', 'mcp-protocol-version', 'mcp-method', 'authorization', 'content-type'])
      expect(preflight.headers['access-control-allow-headers']).toContain(header);
    for (const era of ['legacy', 'modern'] as const) {
      const { headers, body } = opening(era);
      const answer = await knockAt(port, { headers: { ...headers, origin }, body });
      expect(answer.status).toBe(200);
      expect(answer.headers['access-control-allow-origin']).toBe(origin);
      expect(answer.headers['access-control-expose-headers']).toContain('mcp-session-id');
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    }
    const refused = await knockAt(port, { headers: { origin, 'content-type': 'text/plain' }, body: '{}' });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([415, origin]);
  });

  test('that are not are refused as ever, and Host counts for those that are', async () => {
    await using r = await startReplicas(1, env);
    const { port } = one(r);
    const { headers, body } = opening('modern');
    for (const foreign of [
      'https://inspector.example',
      'http://inspector.example:8443',
      `${origin}/`,
      origin.toUpperCase(),
    ])
      refusal(await knockAt(port, { headers: { ...headers, origin: foreign }, body }), 403, foreign);
    refusal(await knockAt(port, { headers: { ...headers, origin, host: 'evil.example' }, body }), 403);
    // Our own pages need no permission.
    const own = await knockAt(port, { headers: { ...headers, origin: `http://localhost:${port}` }, body });
    expect([own.status, own.headers['access-control-allow-origin']]).toEqual([200, undefined]);
    // Without a question for permission it is a method like any other.
    refusal(await knockAt(port, { method: 'OPTIONS', headers: {} }), 405);
  });
});

describe.concurrent('sizes', () => {
  test('P16: a body above its limit is answered in full, declared or not, at the very byte', async () => {
    await using r = await startReplicas(1, { AUTOMATIONS_BODY_LIMIT: '100000' });
    const { port } = one(r);
    const { headers, body } = opening('modern');
    const sized = (bytes: number) => body.padEnd(bytes, ' ');
    for (const more of [{}, { 'transfer-encoding': 'chunked' }] as Record<string, string>[]) {
      expect((await knockAt(port, { headers: { ...headers, ...more }, body: sized(100_000) })).status).toBe(200);
      const answer = await knockAt(port, { headers: { ...headers, ...more }, body: sized(100_001) });
      refusal(answer, 413);
      expect(answer.text).toContain('100000');
      refusal(await knockAt(port, { headers: { ...headers, ...more }, body: sized(3_000_000) }), 413);
    }
    expect((await knockAt(port, opening('modern'))).status).toBe(200);
  });

  test('a client that waits for leave to send its body may', async () => {
    await using r = await startReplicas(1);
    const { port } = one(r);
    const { head, body } = bare(port, ['Expect: 100-continue']);
    expect(await raw(port, head, 100, body)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  test('headers above their limit are 431', async () => {
    await using r = await startReplicas(1, { AUTOMATIONS_HEADER_LIMIT: '8000' });
    const { port } = one(r);
    const { headers, body } = opening('modern');
    expect((await knockAt(port, { headers: { ...headers, 'x-much': 'x'.repeat(6_000) }, body })).status).toBe(200);
    expect((await knockAt(port, { headers: { ...headers, 'x-much': 'x'.repeat(9_000) }, body })).status).toBe(431);
  });

  test('JSON that is nested too deep is refused before anything walks through it', async () => {
    await using r = await startReplicas(1);
    const { port } = one(r);
    const { headers } = opening('modern');
    const nested = (deep: number) => {
      const message = JSON.parse(opening('modern').body);
      let inner: unknown = 1;
      for (let n = 0; n < deep; n++) inner = n % 2 ? [inner] : { inner };
      message.params.extra = inner;
      return JSON.stringify(message);
    };
    expect((await knockAt(port, { headers, body: nested(60) })).status).toBe(200);
    refusal(await knockAt(port, { headers, body: nested(70) }), 400);
    for (const bomb of ['['.repeat(400_000), `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`])
      refusal(await knockAt(port, { headers, body: bomb }), 400);
  });

  test('what is not plain UTF-8 JSON is refused', async () => {
    await using r = await startReplicas(1);
    const { port } = one(r);
    const { headers, body } = opening('modern');
    refusal(await knockAt(port, { headers: { ...headers, 'content-encoding': 'gzip' }, body }), 415);
    expect((await knockAt(port, { headers: { ...headers, 'content-encoding': 'identity' }, body })).status).toBe(200);
    const [before = '', after = ''] = body.split('knock');
    refusal(
      await knockAt(port, { headers, body: Buffer.concat([Buffer.from(before), Buffer.of(0xff), Buffer.from(after)]) }),
      400,
    );
    refusal(await knockAt(port, { headers, body: Buffer.from(body, 'utf16le') }), 400);
  });
});

describe.concurrent('times', () => {
  const env = { AUTOMATIONS_REQUEST_TIMEOUT: '0.6' };

  test('P16: a body that comes too slowly is 408, in words, and the connection ends', async () => {
    await using r = await startReplicas(1, env);
    const { port } = one(r);
    const head = `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`;
    for (const pieces of [[head], [head, '{', 200, ' ', 200, ' ', 200, ' '], [head, '{"jsonrpc"']]) {
      const answer = await raw(port, ...pieces);
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(answer).toContain('"id":null');
      expect(answer).not.toContain('jsonrpc"}');
    }
  });

  test('headers that come too slowly are 408', async () => {
    await using r = await startReplicas(1, env);
    const { port } = one(r);
    expect(await raw(port, 'POST /mcp HTTP/1.1\r\n', 100, 'Host: x')).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a client that goes away in the middle of its body breaks nothing', async () => {
    await using r = await startReplicas(1);
    const { port } = one(r);
    for (let n = 0; n < 10; n++) {
      const socket = await idle(port);
      socket.on('error', () => {});
      socket.write(
        `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`,
      );
      await new Promise(resolve => setTimeout(resolve, 10));
      socket.resetAndDestroy();
    }
    expect((await knockAt(port, opening('modern'))).status).toBe(200);
  });
});

describe.concurrent('numbers', () => {
  test('P16: connections above the limit are told so, and let in once others are gone', async () => {
    await using r = await startReplicas(1, { AUTOMATIONS_CONNECTION_LIMIT: '3' });
    const { port } = one(r);
    const sockets = await Promise.all([idle(port), idle(port), idle(port)]);
    const refused = await knockAt(port, opening('modern'));
    refusal(refused, 503);
    expect(refused.headers).toMatchObject({ 'retry-after': '1', connection: 'close' });
    for (const socket of sockets) socket.destroy();
    await eventually(async () => (await knockAt(port, opening('modern'))).status === 200);
  });

  test('C20: a principal may ask so often, and is told when again; others are not touched by it', async () => {
    await using r = await startReplicas(0, { AUTOMATIONS_RATE_LIMIT: '2' });
    const { port } = await r.start({
      authenticate: async req => ({ principal: { id: String(req.headers['x-who']) } }),
    });
    const { headers, body } = opening('modern');
    const ask = (who: string) => knockAt(port, { headers: { ...headers, 'x-who': who }, body });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('ann')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const refused = await ask('ann');
    refusal(refused, 429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(10);
    expect((await ask('bob')).status).toBe(200);
    // Health is nobody's, and is never counted.
    for (let n = 0; n < 30; n++) expect((await knockAt(port, { method: 'GET', path: '/healthz' })).status).toBe(200);
  });

  test('C20: a principal has so many streams open; others are not touched by it, and each that ends makes room', async () => {
    await using r = await startReplicas(0, { AUTOMATIONS_STREAM_LIMIT: '2' });
    const { port } = await r.start({
      authenticate: async req => ({ principal: { id: String(req.headers['x-who']) } }),
    });
    const call = opening('legacy');
    /** A session of their own, and what its stream of notices begins with. */
    const open = async (who: string): Promise<{ socket: Socket; said: string }> => {
      const { headers } = await knockAt(port, { ...call, headers: { ...call.headers, 'x-who': who } });
      const all = { ...within(String(headers['mcp-session-id'])), host: `127.0.0.1:${port}`, 'x-who': who };
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
      const socket = dial(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(['GET /mcp HTTP/1.1', ...lines, '', ''].join('\r\n'));
      return new Promise(resolve => socket.once('data', chunk => resolve({ socket, said: String(chunk) })));
    };
    const [first, second] = [await open('ann'), await open('ann')];
    for (const { said } of [first, second]) expect(said).toMatch(/^HTTP\/1\.1 200 [\s\S]*text\/event-stream/);
    const third = await open('ann');
    expect(third.said).toMatch(/^HTTP\/1\.1 429 [\s\S]*retry-after: 5\r\n/);
    const bob = await open('bob');
    expect(bob.said).toMatch(/^HTTP\/1\.1 200 /);
    // Notices of newer clients count too; calls go on.
    const modern = opening('modern');
    const ann = { ...modern.headers, 'x-who': 'ann' };
    const listen = { ...JSON.parse(modern.body), method: 'subscriptions/listen' };
    listen.params.notifications = { toolsListChanged: true };
    const listening = { headers: { ...ann, 'mcp-method': listen.method }, body: JSON.stringify(listen) };
    refusal(await knockAt(port, listening), 429);
    expect((await knockAt(port, { headers: ann, body: modern.body })).status).toBe(200);
    first.socket.destroy();
    const again = await eventually(async () => {
      const one = await open('ann');
      if (/^HTTP\/1\.1 200 /.test(one.said)) return one;
      one.socket.destroy();
      return undefined;
    });
    for (const { socket } of [second, third, bob, again]) socket.destroy();
  });

  test('C20: a principal has so many calls under way; answering a question is none, and each that ends makes room', async () => {
    await using r = await startReplicas(1, { AUTOMATIONS_CALL_LIMIT: '2' });
    const { port } = one(r);
    const id = await openSession(port, { capabilities: { elicitation: {} } });
    const fire = (number: number, automation_id: string) =>
      stream(port, id, {
        id: number,
        method: 'tools/call',
        params: { name: 'scrip_trigger_automation', arguments: { automation_id } },
      });
    const asked = (message: { method?: string }) => message.method === 'elicitation/create';
    const [first, second] = [fire(1, SCRIP_AUTOMATIONS.weeklyDigest), fire(2, SCRIP_AUTOMATIONS.vipDoublePoints)];
    const questions = await Promise.all([first.seen(asked), second.seen(asked)]);
    for (const refused of [await ping(port, id), await knockAt(port, opening('modern'))]) {
      refusal(refused, 429);
      expect(refused.headers['retry-after']).toBe('1');
    }
    expect((await post(port, id, { method: 'notifications/roots/list_changed' })).status).toBe(202);
    for (const question of questions)
      expect((await post(port, id, { id: question.id, result: accept })).status).toBe(202);
    for (const { over } of [first, second])
      expect((await over).at(-1).result.structuredContent).toMatchObject({ outcome: 'done' });
    expect((await ping(port, id)).status).toBe(200);
  });

  test('a session has one stream of notices', async () => {
    await using r = await startReplicas(1);
    const { port } = one(r);
    const id = await openSession(port);
    const abort = new AbortController();
    const open = await fetch(`http://127.0.0.1:${port}/mcp`, { headers: within(id), signal: abort.signal });
    expect(open.status).toBe(200);
    expect((await knockAt(port, { method: 'GET', headers: within(id) })).status).toBe(409);
    abort.abort();
    await eventually(async () => (await knockAt(port, { method: 'GET', headers: within(id) })).status === 200);
  });
});

describe.concurrent('whatever comes in on a socket', () => {
  test('C11: two Hosts, none, or one in another place are refused', async () => {
    await using r = await startReplicas(1);
    const { port } = one(r);
    const here = `127.0.0.1:${port}`;
    const asked = (line: string, hosts: string[]) => {
      const { head, body } = bare(port, [], line, hosts);
      return raw(port, head + body);
    };
    expect(await asked('POST /mcp HTTP/1.1', [here])).toMatch(/^HTTP\/1\.1 200 /);
    for (const hosts of [[here, 'evil.example'], ['evil.example', here], [here, here], [` ${here}, evil.example`]])
      expect(await asked('POST /mcp HTTP/1.1', hosts), String(hosts)).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(await asked('POST /mcp HTTP/1.1', [])).toMatch(/^HTTP\/1\.1 400 /);
    expect(await asked('POST /mcp HTTP/1.0', [])).toMatch(/^HTTP\/1\.1 403 /);
    expect(await asked('POST http://evil.example/mcp HTTP/1.1', [here])).toMatch(/^HTTP\/1\.1 404 /);
    expect(await asked(`POST http://${here}/mcp HTTP/1.1`, ['evil.example'])).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('other protocols and broken requests end, and the next request is answered', async () => {
    await using r = await startReplicas(1, { AUTOMATIONS_REQUEST_TIMEOUT: '1' });
    const { port } = one(r);
    const host = `Host: 127.0.0.1:${port}\r\n`;
    for (const text of [
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      `CONNECT evil.example:443 HTTP/1.1\r\n${host}\r\n`,
      `GET /mcp HTTP/1.1\r\n${host}Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      `TRACE /mcp HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      `POST /mcp HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
      `POST /mcp HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: -1\r\n\r\n`,
      `POST /mcp HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      `GET /mcp HTTP/1.1\r\n${host}Bad Header\r\n\r\n`,
    ])
      expect(await raw(port, text), text).not.toMatch(/^HTTP\/1\.1 [12]/);
    expect((await knockAt(port, opening('modern'))).status).toBe(200);
  });

  test('no bytes, and no JSON in any era, ever break the server', async () => {
    await using r = await startReplicas(1, { AUTOMATIONS_REQUEST_TIMEOUT: '0.3', AUTOMATIONS_RATE_LIMIT: '10000' });
    const { port } = one(r);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async bytes => {
        const socket = await idle(port);
        socket.on('error', () => {});
        const closed = new Promise(resolve => socket.once('close', resolve));
        socket.end(Buffer.from(bytes));
        socket.resume();
        await closed;
      }),
      { numRuns: 60 },
    );
    const id = await openSession(port);
    await fc.assert(
      fc.asyncProperty(
        fc.json({ maxDepth: 4 }),
        fc.constantFrom({}, within(id), opening('modern').headers),
        async (body, headers) => {
          const { status } = await knockAt(port, { headers: { ...json, ...headers }, body });
          expect(status).toBeGreaterThanOrEqual(200);
          expect(status).toBeLessThan(500);
        },
      ),
      { numRuns: 150 },
    );
    expect((await ping(port, id)).status).toBe(200);
  });
});

describe.concurrent('health', () => {
  test('is told to whoever may knock at all', async () => {
    await using r = await startReplicas(1);
    const { port } = one(r);
    for (const path of ['/healthz', '/readyz'])
      for (const method of ['GET', 'HEAD']) {
        const { status, text } = await knockAt(port, { method, path });
        expect([status, text]).toEqual([200, method === 'GET' ? '{"status":"ok"}' : '']);
      }
    refusal(await knockAt(port, { method: 'POST', path: '/healthz', headers: json, body: '{}' }), 405);
    refusal(await knockAt(port, { method: 'GET', path: '/readyz', headers: { host: 'evil.example' } }), 403);
    refusal(await knockAt(port, { method: 'GET', path: '/healthz/', headers: {} }), 404);
  });

  test('asks the store once, however many want to know', async () => {
    await using r = await startReplicas(1);
    const { port, house } = one(r);
    const { question } = house.store;
    const asked = Promise.withResolvers<void>();
    let looks = 0;
    house.store.question = async id => {
      looks++;
      await asked.promise;
      return question(id);
    };
    const answers = Array.from({ length: 10 }, () => knockAt(port, { method: 'GET', path: '/readyz' }));
    await eventually(() => looks > 0);
    await knockAt(port, { method: 'GET', path: '/healthz' });
    asked.resolve();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(looks).toBeLessThan(10);
    expect((await knockAt(port, { method: 'GET', path: '/readyz' })).status).toBe(200);
  });

  test('P13: a server whose store cannot be used lives and is not ready', async () => {
    await using r = await startReplicas(0);
    const { port } = await r.start({ env: { AUTOMATIONS_STATE_FOLDER: '/dev/null/nowhere' } });
    expect((await knockAt(port, { method: 'GET', path: '/healthz' })).status).toBe(200);
    const { status, text } = await knockAt(port, { method: 'GET', path: '/readyz' });
    expect([status, text]).toEqual([503, '{"status":"the store cannot be used"}']);
  });

  test('needs no name', async () => {
    await using r = await startReplicas(0);
    const { port } = await r.start({
      authenticate: async () => ({
        refusal: { status: 401, message: 'Say who you are.', headers: { 'www-authenticate': 'Bearer' } },
      }),
    });
    expect((await knockAt(port, { method: 'GET', path: '/healthz' })).status).toBe(200);
    for (const [method, headers] of [
      ['POST', json],
      ['GET', json],
      ['DELETE', {}],
    ] as const) {
      const refused = await knockAt(port, { method, headers });
      refusal(refused, 401);
      expect(refused.headers['www-authenticate']).toBe('Bearer');
    }
    // Who is nobody is not even told what is wrong with the body.
    refusal(await knockAt(port, { headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(2_000_000) }), 401);
  });
});
