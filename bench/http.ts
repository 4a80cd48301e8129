// How the HTTP server bears load, beside a bare server of the same SDK with sessions: calls a second with many in flight, and what a
// session costs. Both run here, in turns; the load comes from a process of its own.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { isInitializeRequest, McpServer, type Server } from '@modelcontextprotocol/server';
import { openHouse } from '../src/cli/house.ts';
import { readConfig } from '../src/config.ts';
import { mcpServers } from '../src/server/mcp.ts';
import { serveOverHttp } from '../src/transports/http.ts';
import { catalogue } from '../tools/index.ts';
import { printTable } from './table.ts';

const IN_FLIGHT = 64;
const SESSIONS = 1_000;
const ROUNDS = 5;
const SECONDS = 3;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
async function heap(): Promise<number> {
  for (let n = 0; n < 3; n++) {
    collect();
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return process.memoryUsage().heapUsed;
}

interface Served {
  url: string;
  close(): Promise<unknown>;
}

const home = () => {
  const env = {
    AUTOMATIONS_STATE_FOLDER: ':memory:',
    AUTOMATIONS_PORT: '0',
    AUTOMATIONS_LOG_LEVEL: 'silent',
    AUTOMATIONS_RATE_LIMIT: '1000000',
    AUTOMATIONS_SESSION_LIMIT: String(SESSIONS * 2),
  };
  const config = readConfig({}, env);
  return { config, house: openHouse(config, 'bench') };
};

async function ours(): Promise<Served> {
  const { config, house } = home();
  const server = await serveOverHttp(house, config);
  return { url: server.url, close: () => server.close().then(() => house.close()) };
}

/** The product's own server behind the SDK's hosting: the same work for each call, and nothing of our walls and sessions. */
async function oursBehindBare(): Promise<Served> {
  const { house } = home();
  const server = await behindBare(mcpServers(house));
  return { url: server.url, close: () => server.close().then(() => house.close()) };
}

/** A server as the SDK's examples make one: every tool registered anew for each session. */
function registered(): McpServer {
  const server = new McpServer({ name: 'bare', version: '1' });
  for (const { name, title, description, input, toolset } of catalogue)
    if (toolset === 'core')
      server.registerTool(name, { title, description, inputSchema: input }, async () => ({
        content: [{ type: 'text' as const, text: 'Done.' }],
      }));
  return server;
}

const bare = (): Promise<Served> => behindBare(registered);

/** The SDK's own transport for each session, in a map. */
async function behindBare(make: () => Server | McpServer): Promise<Served> {
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
    let transport = sessions.get(String(req.headers['mcp-session-id']));
    if (!transport && isInitializeRequest(body)) {
      const made = new NodeStreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: one => void sessions.set(one, made),
      });
      transport = made;
      await make().connect(made);
    }
    if (transport) await transport.handleRequest(req, res, body);
    else res.writeHead(404).end();
  });
  await new Promise<void>(resolve => server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    close: () =>
      new Promise(resolve => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** What the load's process prints: one number. */
function load(...args: (string | number)[]): Promise<number> {
  const program = fileURLToPath(new URL('load/http.ts', import.meta.url));
  const child = spawn(process.execPath, [program, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', chunk => {
    out += String(chunk);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => (code === 0 ? resolve(Number(out)) : reject(new Error(`the load ended with ${code}`))));
  });
}

async function perSession(serve: () => Promise<Served>): Promise<number> {
  const server = await serve();
  // The first sessions pay for what all share.
  await load(server.url, 'sessions', 50);
  const before = await heap();
  await load(server.url, 'sessions', SESSIONS);
  const bytes = (await heap()) - before;
  await server.close();
  return bytes / SESSIONS;
}

/** Calls a second, and what one costs this process in processor time: on a busy machine the second is the truer one. */
interface Borne {
  rate: number;
  micros: number;
}

async function borne({ url }: Served, what: string): Promise<Borne> {
  const before = process.cpuUsage();
  const rate = await load(url, what, SECONDS, IN_FLIGHT);
  const { user, system } = process.cpuUsage(before);
  return { rate, micros: (user + system) / (rate * SECONDS) };
}

const best = (rounds: Borne[]): Borne => ({
  rate: Math.max(...rounds.map(({ rate }) => rate)),
  micros: Math.min(...rounds.map(({ micros }) => micros)),
});
const cells = ({ rate, micros }: Borne): string => `${rate.toFixed(0)} calls/s, ${micros.toFixed(0)} µs`;
const times = (a: number, b: number): string => `${(a / b).toFixed(2)} ×`;
const kib = (bytes: number): string => `${(bytes / 1_024).toFixed(1)} KiB`;

const lines = [[`${IN_FLIGHT} in flight, best of ${ROUNDS} rounds`, 'ours', 'beside it', 'calls/s', 'processor time']];
for (const [what, name, beside] of [
  ['list_connections', 'our server behind the SDK’s own hosting', oursBehindBare],
  ['ping', 'a server of the SDK’s own', bare],
  ['tools/list', 'a server of the SDK’s own', bare],
] as const) {
  const [a, b] = [await ours(), await beside()];
  const [mine, theirs]: [Borne[], Borne[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    mine.push(await borne(a, what));
    theirs.push(await borne(b, what));
  }
  await Promise.all([a.close(), b.close()]);
  const [m, t] = [best(mine), best(theirs)];
  lines.push([`${what}; ${name}`, cells(m), cells(t), times(m.rate, t.rate), times(m.micros, t.micros)]);
}
printTable(lines);
const [mine, theirs] = [await perSession(ours), await perSession(bare)];
printTable([
  [`heap for each of ${SESSIONS} sessions`, 'ours', 'beside it', ''],
  ['a server of the SDK’s own', kib(mine), kib(theirs), times(mine, theirs)],
]);
// What a session costs does not depend on how busy the machine is; how many calls a second, does.
process.exit(mine <= 0.5 * theirs ? 0 : 1);
