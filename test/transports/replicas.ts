// Several servers on one store behind one address: each can be ended and started anew while clients stay where they are.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from '@modelcontextprotocol/server';
import { type Home, openHouse } from '../../src/cli/house.ts';
import { readOperator } from '../../src/cli/operator-file.ts';
import { watching } from '../../src/cli/watching.ts';
import { readConfig } from '../../src/config.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { mcpServers } from '../../src/server/mcp.ts';
import type { Observer } from '../../src/server/observer.ts';
import { type HttpServer, serveOverHttp } from '../../src/transports/http.ts';
import type { Authenticate } from '../../src/transports/principal.ts';
import { fastTwins, type Request, requestsOf, settingsFor } from '../fixtures.ts';

export interface Replica extends HttpServer {
  house: Home;
  port: number;
  /** Where its metrics are. */
  metrics?: string;
}

export interface More {
  env?: Record<string, string>;
  authenticate?: Authenticate;
  observers?: readonly Observer[];
  /** Milliseconds that each session takes to be made. */
  slow?: number;
}

export interface Replicas extends AsyncDisposable {
  /** The one address; requests go to the replicas in turn. */
  url: string;
  sandbox: Sandbox;
  stateFolder: string;
  all: Replica[];
  /** Starts one more. */
  start(more?: More): Promise<Replica>;
  end(replica: Replica): Promise<void>;
  /** Ends all and starts one. */
  restart(): Promise<Replica>;
  writes(): Promise<Request[]>;
}

/** Hands each request to whoever `next` names, answers as they come, streams included. */
async function frontDoor(next: () => number | undefined) {
  const server = createServer((from, to) => {
    const port = next();
    const gone = (): void => void (to.headersSent ? to.destroy() : to.writeHead(502).end());
    if (port === undefined) return gone();
    const { method, url = '/', headers } = from;
    const options = { host: '127.0.0.1', port, method, path: url, headers: { ...headers, host: `127.0.0.1:${port}` } };
    const onward = request({ ...options, agent: false }, answer => {
      to.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(to).on('error', () => {});
      answer.on('error', gone);
    });
    onward.on('error', gone);
    to.on('close', () => onward.destroy());
    from.pipe(onward);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const slowly = (servers: () => Server, ms: number) => () => {
  const server = servers();
  const connect = server.connect.bind(server);
  server.connect = async transport => {
    await new Promise(resolve => setTimeout(resolve, ms));
    await connect(transport);
  };
  return server;
};

export async function startReplicas(count: number, env: Record<string, string> = {}): Promise<Replicas> {
  const sandbox = await startSandbox(fastTwins);
  const stateFolder = await mkdtemp(join(tmpdir(), 'automations-mcp-'));
  const all: Replica[] = [];
  let turn = 0;
  const door = await frontDoor(() => all[turn++ % all.length]?.port);
  const replicas: Replicas = {
    url: door.url,
    sandbox,
    stateFolder,
    all,
    async start(more = {}) {
      const settings = settingsFor(sandbox, stateFolder, { AUTOMATIONS_LOG_LEVEL: 'silent', ...env, ...more.env });
      const config = readConfig({}, settings);
      const watch = await watching(config, '0.0.0-test');
      const operator = config.config === undefined ? {} : await readOperator(config.config);
      const house = openHouse(config, '0.0.0-test', operator, undefined, [
        ...watch.observers,
        ...(more.observers ?? []),
      ]);
      const { authenticate, slow } = more;
      const server = await serveOverHttp(house, config, {
        ...(authenticate ? { authenticate } : {}),
        ...(slow ? { servers: slowly(mcpServers(house), slow) } : {}),
      });
      const metrics = await watch.serve(house, server);
      const close = async (hurry?: Promise<void>) => {
        await server.close(hurry);
        await metrics?.close();
      };
      const port = Number(new URL(server.url).port);
      const replica = { ...server, close, house, port, ...(metrics ? { metrics: metrics.url } : {}) };
      all.push(replica);
      return replica;
    },
    async end(replica) {
      all.splice(all.indexOf(replica), 1);
      await replica.close();
      await replica.house.close();
    },
    async restart() {
      for (const one of [...all]) await replicas.end(one);
      return replicas.start();
    },
    writes: async () => (await requestsOf(sandbox)).filter(({ method }) => method !== 'GET'),
    async [Symbol.asyncDispose]() {
      await door.close();
      for (const one of [...all]) await replicas.end(one);
      await sandbox.close();
      await rm(stateFolder, { recursive: true, force: true });
    },
  };
  for (let n = 0; n < count; n++) await replicas.start();
  return replicas;
}
