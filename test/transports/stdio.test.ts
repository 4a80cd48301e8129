// The program over stdin and stdout: nothing but frames comes out, whatever goes in; it ends when its client does; a start writes nothing.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { thisProgram } from '../../src/cli/house.ts';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import { connectTo, makeClient, requestsOf } from '../fixtures.ts';
import { eventually, fault } from '../server/twin.ts';
import { type Program, start, surroundings } from './program.ts';

const list = { id: 'list', method: 'tools/list', params: {} };
const call = (id: string, name: string, args: object) => ({
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});

/** Every line is one JSON-RPC frame, and there is nothing beside them. */
function onlyFrames(program: Program): void {
  const text = program.stdout();
  expect(text.endsWith('\n') || text === '').toBe(true);
  const lines = text.split('\n').slice(0, -1);
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  expect(program.frames()).toHaveLength(lines.length);
}

test('P16 C20: calls above the limit are told so and not made; when others have answered there is room again', async () => {
  await using around = await surroundings({ AUTOMATIONS_CALL_LIMIT: '3' });
  await using program = start(around.env);
  await program.open();
  await fault(around.sandbox, { fault: 'latency', vendor: 'scrip', method: 'GET', ms: 700, times: 3 });
  const asks = ['a', 'b', 'c', 'd', 'e'];
  for (const id of asks)
    program.send(call(id, 'scrip_get_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest }));
  const said = await Promise.all(asks.map(async id => (await program.reply(id)).result.structuredContent));
  expect(said.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done', 'not_sent', 'not_sent']);
  expect(said[4]).toMatchObject({ code: 'rate_limited', message: 'Too many calls are under way.' });
  program.send(call('f', 'scrip_get_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest }));
  expect((await program.reply('f')).result.structuredContent.outcome).toBe('done');
});

describe.concurrent('stdout', () => {
  test('P17: carries frames only, whatever garbage comes in, and the next request is still answered', async () => {
    await using around = await surroundings();
    await using program = start(around.env);
    await program.open();
    const garbage = [
      'hello',
      '{',
      '{}',
      'null',
      '[]',
      '[{"jsonrpc":"2.0"}]',
      '5',
      '"x"',
      '\u0000\u0001',
      '{"jsonrpc":"1.0","id":1}',
    ];
    for (const line of [...garbage, '{"jsonrpc":"2.0","id":{},"method":"x"}', '{"jsonrpc":"2.0","id":9,"result":{}}'])
      program.write(`${line}\n`);
    program.write(Buffer.from([0xff, 0xfe, 0x00, 0x0a]));
    program.write(`{"jsonrpc":"2.0","id":"long","method":"${'x'.repeat(300_000)}"}\n`);
    program.write('\n\r\n  \n');
    for (const method of [
      'tools/call',
      'prompts/get',
      'resources/read',
      'completion/complete',
      'constructor',
      '__proto__',
    ])
      program.send({ id: method, method, params: { name: 5 } });
    program.send(call('a', 'no_such_tool', {}));
    program.send(list);
    expect((await program.reply('list')).result.tools.length).toBeGreaterThan(10);
    expect((await program.reply('a')).error.code).toBe(-32602);
    onlyFrames(program);
    program.child.stdin?.end();
    expect(await program.ended).toEqual({ code: 0, signal: null });
    onlyFrames(program);
    expect(await requestsOf(around.sandbox)).toEqual([]);
  });

  test('P17: what a dependency writes to stdout lands on stderr', async () => {
    await using around = await surroundings();
    // Writes as soon as the server has taken stdout for itself, and goes on.
    const banner = `const own = process.stdout.write; setInterval(() => { if (process.stdout.write !== own) {
      console.log('BANNER by console'); process.stdout.write('BANNER by stream\\n'); } }, 5).unref();`;
    const [node = '', main = ''] = thisProgram();
    const preload = `data:text/javascript,${encodeURIComponent(banner)}`;
    await using program = start(around.env, { command: [node, '--import', preload, main] });
    await program.open();
    program.send(call('read', 'scrip_list_automations', {}));
    program.send(list);
    await program.reply('read');
    await program.reply('list');
    await eventually(
      () => program.stderr().includes('BANNER by stream') && program.stderr().includes('BANNER by console'),
    );
    onlyFrames(program);
    expect(program.stdout()).not.toContain('BANNER');
  });

  test('P17: half a frame waits for its other half', async () => {
    await using around = await surroundings();
    await using program = start(around.env);
    await program.open();
    const frame = `${JSON.stringify({ jsonrpc: '2.0', ...list })}\n`;
    for (const character of frame) program.write(character);
    expect((await program.reply('list')).result.tools.length).toBeGreaterThan(10);
    onlyFrames(program);
  });
});

describe.concurrent('its end', { timeout: 120_000 }, () => {
  test.each([false, true])('P18: stdin ends, opened before: %s; it exits with 0', async opened => {
    await using around = await surroundings();
    await using program = start(around.env);
    if (opened) await program.open();
    program.child.stdin?.end();
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stderr()).toBe('');
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('P18: %s; it exits with 0', async signal => {
    await using around = await surroundings();
    await using program = start(around.env);
    await program.open();
    program.child.kill(signal);
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stderr()).toBe('');
  });

  test('P18: stdout breaks; it exits with 0', async () => {
    await using around = await surroundings();
    await using program = start(around.env);
    await program.open();
    program.child.stdout?.destroy();
    // It notices when it has something to say.
    program.send(list);
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });

  test('P18: stdout was broken before anything was written; it exits with 0', async () => {
    await using around = await surroundings();
    await using program = start(around.env);
    program.child.stdout?.destroy();
    program.send({ id: 'open', method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {} } });
    program.send(list);
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stderr()).toBe('');
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'P18: %s over HTTP, with a client connected; it exits with 0',
    async signal => {
      await using around = await surroundings({ AUTOMATIONS_HTTP: 'true', AUTOMATIONS_PORT: '0' });
      await using program = start(around.env);
      const url = await eventually(() => /serving (\S+)/.exec(program.stderr())?.[1]);
      const client = makeClient('legacy', undefined);
      await connectTo(url, client, 'legacy');
      expect((await client.listTools()).tools.length).toBeGreaterThan(10);
      program.child.kill(signal);
      expect(await program.ended).toEqual({ code: 0, signal: null });
      expect(program.stdout()).toBe('');
      await client.close().catch(() => {});
    },
  );

  test('P18: its parent dies while somebody else holds stdin open; it ends', async () => {
    await using around = await surroundings();
    const [node = '', main = ''] = thisProgram();
    const script = `exec 3<&0; '${node}' '${main}' <&3 & wait`;
    await using program = start(around.env, { command: ['sh', '-c', script] });
    await program.open();
    program.child.kill('SIGKILL');
    // `close` comes once nobody holds stdout any more, so only when the server has ended too.
    expect((await program.ended).signal).toBe('SIGKILL');
  });

  test.each(['stdin', 'SIGTERM'] as const)(
    'P7 P18 R14: %s while a write is under way: its receipt is kept, and it exits with 0',
    async how => {
      await using around = await surroundings();
      await using program = start(around.env);
      await program.open();
      await fault(around.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'PATCH', ms: 900 });
      const args = { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms, name: 'Hello' };
      program.send(call('write', 'trustpager_update_automation', args));
      await eventually(async () => (await requestsOf(around.sandbox)).find(({ method }) => method === 'PATCH'));
      if (how === 'stdin') program.child.stdin?.end();
      else program.child.kill(how);
      expect(await program.ended).toEqual({ code: 0, signal: null });
      const store = sqliteStore(join(around.stateFolder, 'state.sqlite'));
      expect(await store.intents({})).toMatchObject([{ outcome: 'done' }]);
      await store.close();
    },
  );

  test.each(['stdin', 'SIGTERM'] as const)(
    'P18 R14: %s while a vendor never answers a write: it ends all the same, and the intent stays on record',
    async how => {
      await using around = await surroundings({ AUTOMATIONS_WRITE_TIMEOUT: '300' });
      await using program = start(around.env);
      await program.open();
      await fault(around.sandbox, { fault: 'timeout_after', vendor: 'trustpager', method: 'PATCH' });
      const args = { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms, name: 'Hello' };
      program.send(call('write', 'trustpager_update_automation', args));
      await eventually(async () => (await requestsOf(around.sandbox)).find(({ method }) => method === 'PATCH'));
      if (how === 'stdin') program.child.stdin?.end();
      else program.child.kill(how);
      expect(await program.ended).toEqual({ code: 0, signal: null });
      const store = sqliteStore(join(around.stateFolder, 'state.sqlite'));
      expect(await store.intents({})).toMatchObject([{ outcome: null }]);
      await store.close();
    },
  );

  test.each([
    ['a second SIGTERM', { code: 0, signal: null }],
    ['SIGKILL', { code: null, signal: 'SIGKILL' }],
  ] as const)(
    'P1 P18 R14: %s while a write is under way: the next program is told of it, and sends nothing again',
    async (how, end) => {
      await using around = await surroundings();
      await using program = start(around.env);
      await program.open();
      await fault(around.sandbox, { fault: 'timeout_after', vendor: 'trustpager', method: 'PATCH' });
      const args = { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms, name: 'Hello' };
      program.send(call('write', 'trustpager_update_automation', args));
      await eventually(async () => (await requestsOf(around.sandbox)).find(({ method }) => method === 'PATCH'));
      if (how === 'SIGKILL') program.child.kill(how);
      else {
        program.child.kill('SIGTERM');
        await new Promise(resolve => setTimeout(resolve, 200));
        program.child.kill('SIGTERM');
      }
      expect(await program.ended).toEqual(end);

      await using next = start({ ...around.env, AUTOMATIONS_CALL_TIMEOUT: '4' });
      await next.open();
      next.send(call('again', 'trustpager_update_automation', args));
      const said = (await next.reply('again')).result.structuredContent;
      expect(said).toMatchObject({ outcome: 'unknown', code: 'outcome_unknown' });
      expect((await requestsOf(around.sandbox)).filter(({ method }) => method === 'PATCH')).toHaveLength(1);
    },
  );
});

describe.concurrent('a start', { timeout: 120_000 }, () => {
  /** Names, sizes, times and bytes of everything in a folder. */
  const everything = async (folder: string): Promise<unknown> => {
    const names = (await readdir(folder, { recursive: true }).catch(() => ['absent'])).sort();
    return Promise.all(
      names.map(async name => {
        const path = join(folder, name);
        const info = await stat(path).catch(() => undefined);
        return [name, info?.mtimeMs, info?.isFile() ? (await readFile(path)).toString('base64') : undefined];
      }),
    );
  };

  async function probe(env: Record<string, string>): Promise<void> {
    await using program = start(env);
    await program.open();
    program.send(list);
    program.send({ id: 'prompts', method: 'prompts/list', params: {} });
    await program.reply('list');
    await program.reply('prompts');
    program.child.stdin?.end();
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stderr()).toBe('');
  }

  test('creates no file and reaches no vendor, listing tools included', async () => {
    await using around = await surroundings();
    await probe(around.env);
    expect(await everything(join(around.stateFolder, '..'))).toEqual([]);
    expect(await requestsOf(around.sandbox)).toEqual([]);
  });

  test('beside a program that works on the same state changes nothing of it', async () => {
    await using around = await surroundings({ AUTOMATIONS_CALL_TIMEOUT: '4' });
    await using first = start(around.env);
    await first.open();
    first.send(call('ask', 'scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest }));
    expect((await first.reply('ask')).result.structuredContent).toMatchObject({ outcome: 'pending' });
    const before = await everything(around.stateFolder);
    expect(JSON.stringify(before)).toContain('state.sqlite');
    await probe(around.env);
    expect(await everything(around.stateFolder)).toEqual(before);
    first.send(call('again', 'scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest }));
    expect((await first.reply('again')).result.structuredContent).toMatchObject({ outcome: 'pending' });
  });

  test('reading with a tool creates no file either', async () => {
    await using around = await surroundings();
    await using program = start(around.env);
    await program.open();
    program.send(call('read', 'scrip_list_automations', {}));
    expect((await program.reply('read')).result.structuredContent.outcome).toBe('done');
    expect(await everything(join(around.stateFolder, '..'))).toEqual([]);
  });
});
