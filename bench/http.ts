// How the HTTP server bears load, beside a bare server of the same SDK with sessions: calls a second with many in flight, what a session
// costs, a thousand at once, and whether anything grows. Both servers run here, in turns; the load comes from a process of its own.
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { isInitializeRequest, McpServer } from '@modelcontextprotocol/server';
import { openHouse } from '../src/cli/house.ts';
import { readConfig } from '../src/config.ts';
import { type Sandbox, startSandbox } from '../src/sandbox/index.ts';
import { description } from '../src/server/schema.ts';
import { serveOverHttp } from '../src/transports/http.ts';
import { catalogue } from '../tools/index.ts';
import type { Done, Order } from './load/http.ts';
import type { Row } from './row.ts';
import { inTurns } from './turns.ts';

const IN_FLIGHT = 64;
const SESSIONS = 1_000;
const ROUNDS = 5;
const TURN_S = 0.3;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
const heap = async (): Promise<number> => {
  for (let n = 0; n < 3; n++) {
    collect();
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return process.memoryUsage().heapUsed;
};

interface Served {
  url: string;
  close(): Promise<unknown>;
}

/**
 * As it is installed: policy, ledger and audit on disk. Only the limits are above what is sent here. Its account says once what credits it
 * has, so that list_connections asks no vendor after its first call, and the two servers do the same besides policy and audit.
 */
async function ours({ trustpager }: Sandbox): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'automations-mcp-bench-'));
  const env = {
    TRUSTPAGER_API_KEY: trustpager.key,
    TRUSTPAGER_BASE_URL: trustpager.baseUrl,
    AUTOMATIONS_STATE_FOLDER: folder,
    AUTOMATIONS_PORT: '0',
    AUTOMATIONS_LOG_LEVEL: 'silent',
    AUTOMATIONS_NO_BROWSER: 'true',
    AUTOMATIONS_RATE_LIMIT: '1000000',
    AUTOMATIONS_SESSION_LIMIT: String(SESSIONS * 2),
  };
  const config = readConfig({}, env);
  const house = openHouse(config, 'bench');
  const server = await serveOverHttp(house, config);
  return {
    url: server.url,
    async close() {
      await server.close();
      await house.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A server as the SDK's examples make one: every tool registered anew for each session, and each answers a word. */
function registered(): McpServer {
  const server = new McpServer({ name: 'bare', version: '1' });
  for (const tool of catalogue)
    if (tool.toolset === 'core')
      server.registerTool(
        tool.name,
        { title: tool.title, description: description(tool), inputSchema: tool.input },
        async () => ({
          content: [{ type: 'text' as const, text: 'Done.' }],
        }),
      );
  return server;
}

/** The SDK's own transport for each session, in a map. */
async function bare(): Promise<Served> {
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
        onsessionclosed: one => void sessions.delete(one),
      });
      transport = made;
      await registered().connect(made);
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

const order = (load: ChildProcess, what: Order): Promise<Done> =>
  new Promise((resolve, reject) => {
    const broke = (code: number | null): void => reject(new Error(`The load ended with ${code}.`));
    load.once('exit', broke);
    load.once('message', done => {
      load.off('exit', broke);
      resolve(done as Done);
    });
    load.send(what);
  });

async function perSecond(load: ChildProcess, url: string, what: string): Promise<number> {
  const { calls, lost, seconds } = await order(load, { url, what, sessions: IN_FLIGHT, seconds: TURN_S });
  if (lost > 0) throw new Error(`${lost} calls of ${what} were lost`);
  return calls / seconds;
}

async function bytesPerSession(load: ChildProcess, serve: () => Promise<Served>): Promise<number> {
  const { url, close } = await serve();
  // The first sessions pay for what all share.
  await order(load, { url, what: 'ping', sessions: 50 });
  const before = await heap();
  const { lost } = await order(load, { url, what: 'ping', sessions: SESSIONS });
  if (lost > 0) throw new Error(`${lost} sessions were lost`);
  const bytes = (await heap()) - before;
  await close();
  return bytes / SESSIONS;
}

const kib = (bytes: number): string => `${(bytes / 1_024).toFixed(1)} KiB`;
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

async function rates(load: ChildProcess, twin: Sandbox): Promise<Row[]> {
  const both = [await ours(twin), await bare()] as const;
  const rows: Row[] = [];
  // Its cheapest tool and every gate in front of it, against a handler that says a word: what the product costs as a whole.
  for (const [what, pairs, bars] of [
    ['list_connections', 6, { bar: 0.9, aim: 1.2 }],
    ['tools/list', 2, {}],
    ['ping', 2, {}],
  ] as const) {
    const { ours, beside, ratio, ratios } = await inTurns(both, { rounds: ROUNDS, pairs, warm: 2 }, ({ url }) =>
      perSecond(load, url, what),
    );
    rows.push({
      name: `${what} a second, ${IN_FLIGHT} in flight`,
      ours: ours.toFixed(0),
      beside: beside.toFixed(0),
      figure: ratio,
      spread: ratios,
      better: 'more',
      ...bars,
    });
  }
  for (const { close } of both) await close();
  return rows;
}

async function sessions(load: ChildProcess, twin: Sandbox): Promise<Row> {
  const [mine, theirs] = [await bytesPerSession(load, () => ours(twin)), await bytesPerSession(load, bare)];
  return {
    name: `heap for each of ${SESSIONS} sessions`,
    ours: kib(mine),
    beside: kib(theirs),
    figure: mine / theirs,
    better: 'less',
    bar: 0.5,
  };
}

/** A thousand calls at once, each in a session of its own; then so many seconds of calls while nothing may grow. */
async function endurance(load: ChildProcess, twin: Sandbox, seconds: number): Promise<Row[]> {
  const { url, close } = await ours(twin);
  const burst = await order(load, { url, what: 'list_connections', sessions: SESSIONS });
  const calling = (s: number) => order(load, { url, what: 'list_connections', sessions: IN_FLIGHT, seconds: s });
  await calling(1);
  const [heapBefore, before] = [await heap(), process.memoryUsage.rss()];
  const soaked = await calling(seconds);
  const [heapAfter, after] = [await heap(), process.memoryUsage.rss()];
  await close();
  return [
    {
      name: `lost of ${SESSIONS} calls at once in ${SESSIONS} sessions`,
      ours: String(burst.lost),
      figure: burst.lost,
      unit: 'lost',
      better: 'less',
      bar: 0,
    },
    {
      name: `kept of each call, soaking ${seconds} s`,
      ours: `${soaked.calls} calls`,
      figure: Math.max(0, heapAfter - heapBefore) / soaked.calls,
      unit: 'bytes',
      better: 'less',
      bar: 100,
      aim: 30,
    },
    {
      name: 'memory after ÷ before the soak',
      ours: mib(after),
      beside: mib(before),
      figure: after / before,
      better: 'less',
      bar: 1.1,
      aim: 1.05,
    },
  ];
}

export async function measure({ soak }: { soak: number }): Promise<Row[]> {
  const load = fork(join(import.meta.dirname, 'load/http.ts'));
  const twin = await startSandbox({ rateLimits: false });
  try {
    return [...(await rates(load, twin)), await sessions(load, twin), ...(await endurance(load, twin, soak))];
  } finally {
    load.kill();
    await twin.close();
  }
}
