// Serves the metrics at an address of their own, so that whatever publishes /mcp never publishes them.
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refuse } from './refuse.ts';
import { wall } from './wall.ts';

export interface MetricsOptions {
  host: string;
  port: number;
  /** Whoever reads them must show it; without one they are open, which only loopback may be. */
  token?: string;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** `text` is asked at each reading. */
export async function serveMetrics(
  { host, port, token }: MetricsOptions,
  text: () => Promise<{ type: string; body: string }>,
): Promise<{ url: string; close(): Promise<void> }> {
  const right = token === undefined ? undefined : digest(`Bearer ${token}`);
  const shown = ({ headers }: IncomingMessage): boolean =>
    right === undefined || timingSafeEqual(digest(headers.authorization ?? ''), right);
  let isOurs: ReturnType<typeof wall> = () => false;
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout: 10_000, maxHeaderSize: 16_384 },
    async (req, res) => {
      // Without a token a web page that rebinds its name to loopback could read them (reliability.md C11).
      if (right === undefined && !isOurs(req, res)) return;
      if (!shown(req))
        return refuse(res, 401, -32000, 'The metrics need their token.', { 'www-authenticate': 'Bearer' });
      if (req.url !== '/metrics') return refuse(res, 404, -32601, 'The metrics are at /metrics.');
      if (req.method !== 'GET') return refuse(res, 405, -32000, 'Only GET is served.', { allow: 'GET' });
      const { type, body } = await text();
      res.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    },
  );
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const at = (server.address() as AddressInfo).port;
  isOurs = wall({ port: at, origins: [] });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${at}/metrics`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
