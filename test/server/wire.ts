// Speaks 2026-07-28 by hand over HTTP, for what no official client would send: replays, tampered states, answers to other questions.
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { type Said, said } from '../fixtures.ts';

export const protocol = '2026-07-28';

export interface Call {
  name: string;
  arguments?: Record<string, unknown>;
  inputResponses?: unknown;
  requestState?: unknown;
}

export interface Options {
  client?: string;
  capabilities?: object;
  headers?: Record<string, string>;
  /** Besides what the protocol itself puts there. */
  meta?: object;
  signal?: AbortSignal;
}

export interface Reply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire is looked at field by field
  result?: any;
  error?: { code: number; message: string };
  said: Said;
  /** Of a question: what it shows, and what must come back with the answer. */
  shown?: string;
  state?: string;
}

let ids = 0;

export async function post(url: string, call: Call, options: Options = {}): Promise<Reply> {
  const { client = 'test-client', capabilities = { elicitation: {} }, headers = {}, meta = {}, signal } = options;
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': protocol,
      'mcp-method': 'tools/call',
      'mcp-name': call.name,
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: `raw-${++ids}`,
      method: 'tools/call',
      params: {
        ...call,
        _meta: {
          ...meta,
          'io.modelcontextprotocol/protocolVersion': protocol,
          'io.modelcontextprotocol/clientCapabilities': capabilities,
          'io.modelcontextprotocol/clientInfo': { name: client, version: '1' },
        },
      },
    }),
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  const data = /^data: (.*)$/m.exec(text)?.[1] ?? text;
  const { result, error } = JSON.parse(data) as Pick<Reply, 'result' | 'error'>;
  return {
    status: response.status,
    ...(error ? { error } : {}),
    ...(result ? { result } : {}),
    said: said(result ?? {}),
    shown: result?.inputRequests?.confirm?.params?.message,
    state: result?.requestState,
  };
}

export const confirmed = (content: unknown = { confirm: true }, action = 'accept') => ({
  confirm: { action, content },
});

export const fireDigest: Call = {
  name: 'scrip_trigger_automation',
  arguments: { automation_id: SCRIP_AUTOMATIONS.weeklyDigest },
};
