// How a wall refuses: a JSON-RPC error without an id, in our words only; nothing of the request is echoed.
import type { ServerResponse } from 'node:http';

export function refuse(
  res: ServerResponse,
  status: number,
  code: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  res.writeHead(status, { 'content-type': 'application/json', ...headers });
  res.end(JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: null }));
}
