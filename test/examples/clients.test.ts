// Clients that others made, as people run them: the official inspector, strict about schemas, and mcporter; over stdio and over HTTP.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHouse, thisProgram } from '../../src/cli/house.ts';
import { readConfig } from '../../src/config.ts';
import { type HttpServer, serveOverHttp } from '../../src/transports/http.ts';
import { catalogue } from '../../tools/index.ts';
import { folder } from '../cli/program.ts';

const bin = (name: string): string =>
  fileURLToPath(new URL(`../../examples/node_modules/.bin/${name}`, import.meta.url));
const server = [...thisProgram(), '--sandbox', '--toolsets', 'all', '--no-browser', '--state-folder', ':memory:'];
const names = catalogue.map(({ name }) => name).toSorted();

async function run(program: string, args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  await using home = await folder();
  // Without a terminal and with an environment of its own; what they keep, they keep in the folder.
  const child = spawn(process.execPath, [bin(program), ...args], {
    cwd: home.path,
    env: { PATH: process.env.PATH ?? '', HOME: home.path, NO_COLOR: '1', CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', chunk => {
    out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', chunk => {
    err += chunk;
  });
  const code = await new Promise<number | null>(resolve => child.once('close', resolve));
  return { code, out, err };
}

const inspector = async (where: { stdio: string[] } | { url: string }, ...args: string[]) => {
  const cli = ['--cli', '--format', 'json', '-q', '--stored-auth-only', ...args];
  const { code, out, err } = await run(
    'mcp-inspector',
    'url' in where ? [...cli, '--transport', 'http', '--server-url', where.url] : [...cli, '--', ...where.stdio],
  );
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out).result;
};

describe.runIf(existsSync(bin('mcp-inspector')))('clients of others', () => {
  let house: ReturnType<typeof openHouse>;
  let http: HttpServer;
  beforeAll(async () => {
    const config = readConfig(
      {},
      { AUTOMATIONS_STATE_FOLDER: ':memory:', AUTOMATIONS_PORT: '0', CI: 'true', AUTOMATIONS_TOOLSETS: 'all' },
    );
    house = openHouse(config, 'test');
    http = await serveOverHttp(house, config);
  });
  afterAll(async () => {
    await http.close();
    await house.close();
  });

  test('the inspector finds no schema that a strict client would refuse', async () => {
    const { tools } = await inspector({ stdio: server }, '--method', 'tools/list', '--strict');
    expect(tools.map(({ name }: { name: string }) => name)).toEqual(names);
  });

  test.each(['legacy', 'modern'])('the inspector calls a tool over HTTP in the %s era', async era => {
    const call = ['--method', 'tools/call', '--tool-name', 'trustpager_list_automations', '--tool-args-json', '{}'];
    const { structuredContent } = await inspector({ url: http.url }, '--protocol-era', era, ...call);
    expect(structuredContent).toMatchObject({ outcome: 'done' });
  });

  test('mcporter lists over stdio and calls over HTTP', async () => {
    await using home = await folder();
    const config = join(home.path, 'mcporter.json');
    const [command, ...args] = server;
    await writeFile(config, JSON.stringify({ mcpServers: { stdio: { command, args }, http: { url: http.url } } }));
    const listed = await run('mcporter', ['--config', config, 'list', 'stdio', '--json', '--schema']);
    expect(
      JSON.parse(listed.out)
        .tools.map(({ name }: { name: string }) => name)
        .toSorted(),
    ).toEqual(names);
    const call = [
      '--config',
      config,
      'call',
      'http.scrip_list_automations',
      '--args',
      '{"limit":2}',
      '--output',
      'json',
    ];
    const called = await run('mcporter', call);
    expect(JSON.parse(called.out)).toMatchObject({ outcome: 'done', automations: [{}, {}] });
    expect([listed.code, called.code]).toEqual([0, 0]);
  });
});
