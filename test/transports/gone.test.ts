// Clients that hang up while the store or their token is still asked about: what was held for them is let go.
import { describe, expect, test } from 'vitest';
import { local } from '../../src/principal.ts';
import { eventually, pause } from '../server/twin.ts';
import { knockAt, opening } from './knock.ts';
import { openSession, within } from './knock-session.ts';
import { startReplicas } from './replicas.ts';

describe.concurrent('a client that leaves while the store, or whoever knows tokens, is still asked', () => {
  /** Asks, and hangs up once the server has begun to look. */
  async function leave(
    port: number,
    ask: { method: string; path?: string; headers: object; body?: string },
    looked: Promise<void>,
  ) {
    const gone = new AbortController();
    const { path = '/mcp', method, headers, body } = ask;
    const asked = fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: headers as Record<string, string>,
      ...(body === undefined ? {} : { body }),
      signal: gone.signal,
    }).catch(() => {});
    await looked;
    gone.abort();
    await asked;
    await pause(100);
  }

  test('keeps no session busy, and no stream of notices taken', async () => {
    await using r = await startReplicas(1, { AUTOMATIONS_SESSION_LIMIT: '1' });
    const { port = 0, house } = r.all[0] ?? {};
    const id = await openSession(port);
    if (!house) throw new Error('no server');
    const { sessionEnded } = house.store;
    const body = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'ping' });
    for (const ask of [
      { method: 'GET', headers: within(id) },
      { method: 'POST', headers: within(id), body },
    ]) {
      const [looked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      house.store.sessionEnded = async digest => {
        looked.resolve();
        await answered.promise;
        return sessionEnded(digest);
      };
      await leave(port, ask, looked.promise);
      answered.resolve();
      house.store.sessionEnded = sessionEnded;
    }
    await eventually(async () => (await knockAt(port, { method: 'GET', headers: within(id) })).status === 200);
    // There is room for one, and it is not taken.
    expect((await knockAt(port, opening('legacy'))).status).toBe(200);
  });

  test('takes no place among the streams of HTTP+SSE', async () => {
    await using r = await startReplicas(0, { AUTOMATIONS_SESSION_LIMIT: '1', AUTOMATIONS_LEGACY_SSE: 'true' });
    const [looked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { port } = await r.start({
      async authenticate() {
        looked.resolve();
        await answered.promise;
        return { principal: local };
      },
    });
    const ask = { method: 'GET', path: '/sse', headers: { accept: 'text/event-stream' } };
    await leave(port, ask, looked.promise);
    answered.resolve();
    await pause(50);
    expect((await knockAt(port, ask)).status).toBe(200);
  });
});
