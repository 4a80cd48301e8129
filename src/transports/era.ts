// Which of the two eras of the protocol a posted message is of.
import type { IncomingHttpHeaders } from 'node:http';
import { classifyInboundRequest, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';

/** Whether a session serves it: the SDK says so, which tries the message as each of four kinds. Most messages need no such look. */
export function isOlder(headers: IncomingHttpHeaders, message: unknown): boolean {
  const version = headers['mcp-protocol-version'];
  const { method, params } = (message ?? {}) as { method?: unknown; params?: { _meta?: unknown } };
  // What makes a message a newer one stands in its `_meta`, or is a version in the header that the older era does not know.
  if (method !== undefined && SUPPORTED_PROTOCOL_VERSIONS.includes(String(version)) && params?._meta === undefined)
    return true;
  const { kind } = classifyInboundRequest({
    httpMethod: 'POST',
    ...named('protocolVersionHeader', version),
    ...named('mcpMethodHeader', headers['mcp-method']),
    ...named('mcpNameHeader', headers['mcp-name']),
    body: message,
  });
  return kind === 'legacy';
}

const named = <Name extends string>(name: Name, value: string | string[] | undefined) =>
  value === undefined ? {} : ({ [name]: String(value) } as Record<Name, string>);
