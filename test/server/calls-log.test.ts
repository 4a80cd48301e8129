// One log line per call, with the ids that lead to the rest of it; and the request's id in every line that a request causes.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { requestId } from '../../src/server/request-id.ts';
import { connectTo, makeClient, said, yes } from '../fixtures.ts';
import { knockAt, opening } from '../transports/knock.ts';
import { openSession, post } from '../transports/knock-session.ts';
import { start, surroundings } from '../transports/program.ts';
import { eventually, fault } from './twin.ts';
import { protocol } from './wire.ts';

const { weeklyDigest } = SCRIP_AUTOMATIONS;
const run = { name: 'trustpager_trigger_automation', arguments: { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms } };
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

type Line = Record<string, unknown>;
const linesOf = (stderr: string): Line[] =>
  stderr
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line));
const callsIn = (stderr: string): Line[] => linesOf(stderr).filter(({ msg }) => msg === 'call');

describe.concurrent('the line of a call', () => {
  test('R16: over HTTP it names request, principal, session, tool, account, intent, outcome and time, and nothing secret', async () => {
    await using around = await surroundings({
      AUTOMATIONS_HTTP: 'true',
      AUTOMATIONS_LOG_LEVEL: 'info',
      AUTOMATIONS_CALL_TIMEOUT: '3',
    });
    await using program = start(around.env);
    const url = await eventually(() => /serving (\S+)/.exec(program.stderr())?.[1]);
    const port = Number(new URL(url).port);
    const line = (n: number) => eventually(() => callsIn(program.stderr())[n]);

    // A request of 2026-07-28 that a proxy has named, and that reads.
    const { body, headers } = opening('modern');
    const message = JSON.parse(body);
    message.method = 'tools/call';
    Object.assign(message.params, { name: 'scrip_list_automations', arguments: {} });
    const of = { 'mcp-method': 'tools/call', 'mcp-name': 'scrip_list_automations', 'mcp-protocol-version': protocol };
    const asked = (id: string) =>
      knockAt(port, { headers: { ...headers, ...of, 'x-request-id': id }, body: JSON.stringify(message) });
    expect((await asked('edge-1.f00')).headers['x-request-id']).toBe('edge-1.f00');
    const first = await line(0);
    expect(first).toMatchObject({
      level: 30,
      request: 'edge-1.f00',
      principal: 'local',
      tool: 'scrip_list_automations',
      connection: 'scrip',
      outcome: 'done',
      ms: expect.any(Number),
    });
    expect(first).not.toHaveProperty('session');
    expect(first).not.toHaveProperty('code');

    // What is not plain is not repeated.
    const { headers: answered } = await asked('edge 1;<script>');
    expect(answered['x-request-id']).toMatch(uuid);
    expect((await line(1)).request).toBe(answered['x-request-id']);

    // A session of an older client, and a write.
    const client = makeClient('legacy', yes);
    await connectTo(url, client, 'legacy');
    const { structured } = said(await client.callTool(run));
    const written = await line(2);
    expect(written).toMatchObject({ tool: run.name, connection: 'trustpager', outcome: 'done' });
    expect(written.intent).toBe(structured.intent_id);
    expect(written.session).toMatch(/^[0-9a-f]{16}$/);
    await client.close();

    // A session opened by hand, so that its id is known: its digest alone stands in the log.
    const session = await openSession(port);
    await post(port, session, {
      id: 5,
      method: 'tools/call',
      params: { name: 'scrip_trigger_automation', arguments: { automation_id: weeklyDigest } },
    });
    const held = await line(3);
    expect(held.session).toBe(createHash('sha256').update(session).digest('hex').slice(0, 16));
    expect(held).toMatchObject({ outcome: 'pending', code: 'approval_required', question: expect.any(String) });
    // No such tool: nothing of what the client wrote is repeated.
    await post(port, session, { id: 6, method: 'tools/call', params: { name: 'sk_not_a_tool', arguments: {} } });
    const unknown = await line(4);
    expect(unknown).toMatchObject({ outcome: 'refused', code: '-32602' });
    expect(unknown).not.toHaveProperty('tool');

    // What else a request causes to be written carries its id too.
    await fault(around.sandbox, { fault: 'html', vendor: 'scrip', times: 0 });
    await post(
      port,
      session,
      { id: 7, method: 'tools/call', params: { name: 'list_connections', arguments: {} } },
      { headers: { 'x-request-id': 'seven' } },
    );
    expect(await line(5)).toMatchObject({ request: 'seven', tool: 'list_connections', outcome: 'done' });
    const warned = linesOf(program.stderr()).find(({ msg }) => msg === 'an account could not be read');
    expect(warned).toMatchObject({ request: 'seven', connection: 'scrip', err: { type: 'Failure' } });

    const text = program.stderr();
    for (const secret of [around.sandbox.scrip.key, around.sandbox.trustpager.key, session, 'sk_not_a_tool', 'script'])
      expect(text).not.toContain(secret);
  });

  test('R16: over stdio each call has an id of its own', async () => {
    await using around = await surroundings({ AUTOMATIONS_LOG_LEVEL: 'info' });
    await using program = start(around.env);
    await program.open();
    for (const id of [1, 2])
      program.send({ id, method: 'tools/call', params: { name: 'list_connections', arguments: {} } });
    const lines = await eventually(() => {
      const calls = callsIn(program.stderr());
      return calls.length === 2 ? calls : undefined;
    });
    expect(new Set(lines.map(({ request }) => request)).size).toBe(2);
    for (const line of lines) {
      expect(line.request).toMatch(uuid);
      expect(line).not.toHaveProperty('session');
    }
  });
});

describe('a request’s id', () => {
  test.each(['a', 'F00-bar_1.2', '0'.repeat(64)])('%s is kept', id => expect(requestId(id)).toBe(id));
  test.each(['', '-a', 'a b', 'a\n', 'é', '0'.repeat(65), 'a"', '{}', undefined, false, ['a']])('%j is not', id =>
    expect(requestId(id)).toMatch(uuid),
  );
});
