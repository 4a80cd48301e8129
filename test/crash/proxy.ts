// Stands between the servers and the twins: the place to strike when a request has just arrived, or was carried out and not answered.
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Proxy {
  url: string;
  /** Told of each write when it has arrived in full, and when the twin has answered; the answer goes on after that. */
  on: { arrived?: (() => void) | undefined; answered?: (() => void) | undefined };
  close(): Promise<void>;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function startProxy(target: string): Promise<Proxy> {
  const proxy: Proxy = { url: '', on: {}, close: async () => {} };
  const server = createServer(async (from, to) => {
    // A server that was killed in the middle of it breaks its connections; what arrived in full is carried out all the same.
    from.on('error', () => {});
    to.on('error', () => {});
    const body = await bodyOf(from).catch(() => undefined);
    if (body === undefined) return;
    const writes = from.method !== 'GET';
    if (writes) proxy.on.arrived?.();
    const { method, headers, url = '/' } = from;
    const onward = request(new URL(url, target), { method, headers: { ...headers, connection: 'close' } });
    onward.on('error', () => to.destroy());
    onward.on('response', async answer => {
      const answered = await bodyOf(answer);
      if (writes) proxy.on.answered?.();
      const { 'transfer-encoding': _, connection: __, ...rest } = answer.headers;
      to.writeHead(answer.statusCode ?? 500, { ...rest, 'content-length': answered.length });
      to.end(answered);
    });
    onward.end(body);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy.close = async () => {
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return proxy;
}
