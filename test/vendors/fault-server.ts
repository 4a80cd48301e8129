// A vendor that misbehaves on request: plain node:http or node:net on a free loopback port, counting what reaches it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { type HttpOptions, type VendorHttp, vendorHttp } from '../../src/vendors/http.ts';

export interface FaultServer extends AsyncDisposable {
  url: string;
  port: number;
  /** Requests whose head arrived. */
  requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string; socket: number }[];
  /** Connections accepted. */
  connections: number;
}

/** `answer` gets the request once its body is in; `body` names it. */
export async function httpServer(
  answer: (request: IncomingMessage, response: ServerResponse, nth: number) => void,
  settings: { keepAliveTimeout?: number } = {},
): Promise<FaultServer> {
  const sockets = new Map<Socket, number>();
  const server = createServer(settings, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('error', () => {});
    response.on('error', () => {});
    request.on('end', () => {
      state.requests.push({
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        socket: sockets.get(request.socket) ?? -1,
      });
      answer(request, response, state.requests.length);
    });
  });
  server.on('connection', socket => {
    state.connections += 1;
    sockets.set(socket, state.connections);
    socket.on('error', () => {});
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const state: FaultServer = {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: [],
    connections: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
  return state;
}

/** Raw sockets: `answer` gets each connection and what arrived on it so far, whenever more arrives; `connected` before anything does. */
export async function rawServer(
  answer: (socket: Socket, received: string, nth: number) => void,
  connected: (socket: Socket, nth: number) => void = () => {},
): Promise<FaultServer & { received: string[] }> {
  const sockets = new Set<Socket>();
  const server = net.createServer(socket => {
    const nth = state.connections;
    state.connections += 1;
    state.received[nth] = '';
    sockets.add(socket);
    socket.on('error', () => {});
    connected(socket, nth + 1);
    socket.on('data', chunk => {
      state.received[nth] += chunk.toString('latin1');
      answer(socket, state.received[nth] ?? '', nth + 1);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const state: FaultServer & { received: string[] } = {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: [],
    connections: 0,
    received: [],
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
  return state;
}

export const json = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};

/** A port where nothing listens, and nothing will: it was free a moment ago. */
export async function closedPort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

export const key = 'sk_secret_0123456789abcdef';

// The first request of a process loads undici; the short deadlines below are not meant to cover that.
await import('undici');

/** Deadlines for what is expected to go well, on however busy a machine. */
export const patient: Partial<HttpOptions> = {
  deadlines: { connect: 10_000, read: 10_000, write: 10_000, run: 10_000 },
};

/** A client with short deadlines and no pacing to speak of. */
export const client = (baseUrl: string, options: Partial<HttpOptions> = {}): VendorHttp =>
  vendorHttp({
    baseUrl,
    vendor: 'trustpager',
    headers: () => ({ authorization: `Bearer ${key}`, 'x-api-key': key }),
    deadlines: { connect: 300, read: 600, write: 400, run: 800 },
    requestsPerMinute: 60_000,
    burst: 1_000,
    ...options,
  });

export const until = async (holds: () => boolean, ms = 2_000): Promise<void> => {
  const end = Date.now() + ms;
  while (!holds() && Date.now() < end) await new Promise(resolve => setTimeout(resolve, 5));
};
