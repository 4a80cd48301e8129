// Knocks at the HTTP server by hand: chooses Host, Origin and every other header, and looks at what comes back.
import { type IncomingHttpHeaders, request } from 'node:http';
import { expect } from 'vitest';
import { protocol } from '../server/wire.ts';

export interface Knock {
  method?: string;
  path?: string;
  headers?: Record<string, string | undefined>;
  body?: string | Buffer;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** `fetch` lets nobody choose a Host. */
export function knockAt(port: number, { method = 'POST', path = '/mcp', headers = {}, body }: Knock): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const defined = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: false as const,
      headers: Object.fromEntries(defined),
    };
    const req = request(options, res => {
      let text = '';
      const done = () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text });
      res.on('data', chunk => {
        text += String(chunk);
      });
      res.on('close', done).on('error', done);
      // A stream that stays open was let in; that is all a test here wants to know.
      if (method === 'GET' && res.headers['content-type']?.startsWith('text/event-stream')) res.destroy();
    });
    req.on('error', reject);
    req.end(body);
  });
}

export const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** The first request of each era: asks for the tools, or opens a session. */
export function opening(era: 'modern' | 'legacy') {
  if (era === 'legacy') {
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'knock', version: '1' } };
    return { headers: json, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }) };
  }
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': protocol,
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'knock', version: '1' },
  };
  return {
    headers: { ...json, 'mcp-protocol-version': protocol, 'mcp-method': 'tools/list' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta } }),
  };
}

/** A refusal in our own words, readable by no web page, that echoes nothing. */
export function refusal(answer: Answer, status: number, echo?: string): void {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toContain('application/json');
  expect(JSON.parse(answer.text)).toMatchObject({
    jsonrpc: '2.0',
    id: null,
    error: { code: expect.any(Number), message: expect.any(String) },
  });
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  if (echo) expect(answer.text).not.toContain(echo);
}
