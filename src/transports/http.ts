// Serves many clients at one /mcp on loopback: 2026-07-28 without sessions, older clients with them. Guards come before everything.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toNodeHandler, toWebRequest } from '@modelcontextprotocol/node';
import { createMcpHandler, isJsonContentType, isLegacyRequest } from '@modelcontextprotocol/server';
import type { House } from '../server/house.ts';
import { mcpServers } from '../server/mcp.ts';
import { refuse } from './refuse.ts';
import { openSessions } from './sessions.ts';

const MAX_BODY = 1024 * 1024;

/**
 * Exact Host and Origin, on every route and method: a web page that rebinds its name to loopback fails on Host, one that posts
 * straight to loopback fails on Origin (reliability.md C11). Clients that are not browsers send no Origin.
 */
function comesFromHere(req: IncomingMessage, port: number): boolean {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map(name => `${name}:${port}`);
  const { host, origin } = req.headers;
  if (host === undefined || !hosts.includes(host.toLowerCase())) return false;
  return origin === undefined || hosts.some(name => origin.toLowerCase() === `http://${name}`);
}

export async function serveOverHttp(
  house: House,
  { host, port }: { host: string; port: number },
): Promise<{ url: string; close(): Promise<void> }> {
  const servers = mcpServers(house);
  const onerror = (error: Error) => house.log.warn({ err: error }, 'http');
  const modern = createMcpHandler(() => servers(), { legacy: 'reject', maxRequestBodySize: MAX_BODY, onerror });
  const modernNode = toNodeHandler(modern, { maxRequestBodySize: MAX_BODY, onerror });
  const sessions = openSessions(house, servers);
  let listening = 0;

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (!comesFromHere(req, listening))
      return refuse(res, 403, -32000, 'This server answers programs on this machine only.');
    if (req.url?.split('?', 1)[0] !== '/mcp') return refuse(res, 404, -32601, 'The endpoint is /mcp.');
    if (req.method === 'GET' || req.method === 'DELETE') return sessions.handle(req, res, undefined);
    if (req.method !== 'POST')
      return refuse(res, 405, -32000, 'Only GET, POST and DELETE are served.', { allow: 'GET, POST, DELETE' });
    if (!isJsonContentType(req.headers['content-type'] ?? null))
      return refuse(res, 415, -32000, 'The content type must be application/json.');
    if (Number(req.headers['content-length'] ?? 0) > MAX_BODY)
      return refuse(res, 413, -32000, 'A request may be at most 1 MiB.', { connection: 'close' });

    let request: Request;
    let body: unknown;
    try {
      request = await toWebRequest(req, undefined, { maxRequestBodySize: MAX_BODY });
      body = JSON.parse(await request.clone().text());
    } catch (error) {
      const large = (error as { status?: number }).status === 413;
      return large
        ? refuse(res, 413, -32000, 'A request may be at most 1 MiB.', { connection: 'close' })
        : refuse(res, 400, -32700, 'The body is not JSON.');
    }
    if (Array.isArray(body)) return refuse(res, 400, -32600, 'Batches are not served.');
    if (await isLegacyRequest(request, body)) return sessions.handle(req, res, body);
    await modernNode(req, res, body);
  }

  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16 * 1024 },
    (req, res) => {
      answer(req, res).catch(error => {
        house.log.error({ err: error }, 'an HTTP request broke');
        if (!res.headersSent) refuse(res, 500, -32603, 'Something in this server broke.');
        else res.destroy();
      });
    },
  );
  server.maxConnections = 4_096;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 4_096 }, resolve);
  });
  listening = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listening}/mcp`,
    async close() {
      const closed = new Promise(resolve => server.close(resolve));
      await Promise.allSettled([modern.close(), sessions.close()]);
      server.closeAllConnections();
      await closed;
    },
  };
}
