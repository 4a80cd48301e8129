// How a request of an older client is answered: JSON where the answer is all there is, a stream where something comes before it, and never
// with what belongs to another request.
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { eventually } from '../server/twin.ts';
import { knockAt, refusal } from './knock.ts';
import { openSession, ping, post, stream, within } from './knock-session.ts';
import { startReplicas } from './replicas.ts';

const call = (id: unknown, automation_id: string = SCRIP_AUTOMATIONS.weeklyDigest) => ({
  id,
  method: 'tools/call',
  params: { name: 'scrip_trigger_automation', arguments: { automation_id } },
});
const asked = (message: { method?: string }) => message.method === 'elicitation/create';
const eliciting = { capabilities: { elicitation: {} } };

async function begin(params: object = {}) {
  const r = await startReplicas(1);
  const port = r.all[0]?.port ?? 0;
  const id = await openSession(port, params);
  return { port, id, sessions: r.all[0]?.sessions, [Symbol.asyncDispose]: () => r[Symbol.asyncDispose]() };
}

describe.concurrent('an answer', () => {
  test('is JSON by itself, with its length, and names the session in the first one only', async () => {
    await using s = await begin();
    const { status, headers, text } = await ping(s.port, s.id);
    expect([status, headers['content-type'], headers['mcp-session-id']]).toEqual([200, 'application/json', undefined]);
    expect(Number(headers['content-length'])).toBe(Buffer.byteLength(text));
    expect(JSON.parse(text)).toEqual({ jsonrpc: '2.0', id: 7, result: {} });
  });

  test('comes on a stream where its client is asked something before it, and is the last thing on it', async () => {
    await using s = await begin(eliciting);
    const open = stream(s.port, s.id, call(1));
    const { id } = await open.seen(asked);
    expect((await post(s.port, s.id, { id, result: { action: 'decline' } })).status).toBe(202);
    expect((await open.over).map(({ method, result }) => method ?? result.structuredContent.outcome)).toEqual([
      'elicitation/create',
      'denied',
    ]);
  });

  test('belongs to one call: the id of one that is under way is refused, and free again after it', async () => {
    await using s = await begin(eliciting);
    const open = stream(s.port, s.id, call(7));
    const { id } = await open.seen(asked);
    refusal(await ping(s.port, s.id), 400);
    await post(s.port, s.id, { id, result: { action: 'decline' } });
    expect((await open.over).at(-1)).toMatchObject({ id: 7, result: { structuredContent: { outcome: 'denied' } } });
    expect((await ping(s.port, s.id)).status).toBe(200);
  });

  test('never comes to a call that its client gave up: its request just ends, as it does when the session does', async () => {
    await using s = await begin(eliciting);
    const [given, up] = [call(1), call('two', SCRIP_AUTOMATIONS.vipDoublePoints)].map(message =>
      stream(s.port, s.id, message),
    );
    await Promise.all([given?.seen(asked), up?.seen(asked)]);
    await post(s.port, s.id, { method: 'notifications/cancelled', params: { requestId: 1 } });
    expect(((await given?.over) ?? [{}]).filter(({ method }) => method === undefined)).toEqual([]);
    expect((await knockAt(s.port, { method: 'DELETE', headers: { 'mcp-session-id': s.id } })).status).toBe(200);
    expect(((await up?.over) ?? [{}]).filter(({ method }) => method === undefined)).toEqual([]);
    await eventually(() => s.sessions?.() === 0);
  });
});

describe.concurrent('a request is refused', () => {
  const cases: [what: string, status: number, headers: Record<string, string>, message: object][] = [
    ['that takes no streams', 406, { accept: 'application/json' }, { id: 1, method: 'ping' }],
    ['that takes no JSON', 406, { accept: 'text/event-stream' }, { id: 1, method: 'ping' }],
    ['of a version that nobody speaks', 400, { 'mcp-protocol-version': '2020-02-02' }, { id: 1, method: 'ping' }],
    ['that is no message', 400, {}, { id: 1, method: 7 }],
    [
      'that opens its session again',
      400,
      {},
      {
        id: 1,
        method: 'initialize',
        params: {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: { name: 'again', version: '1' },
        },
      },
    ],
  ];
  test.each(cases)('%s', async (_, status, headers, message) => {
    await using s = await begin();
    refusal(await post(s.port, s.id, message, { headers }), status, '2020-02-02');
    expect((await ping(s.port, s.id)).status).toBe(200);
  });

  test('for a stream of notices that it does not take', async () => {
    await using s = await begin();
    refusal(await knockAt(s.port, { method: 'GET', headers: { ...within(s.id), accept: 'application/json' } }), 406);
  });
});
