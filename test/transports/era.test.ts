// Whether a message is of the older era: as the SDK sees every message that is one, looked at or not.
import { classifyInboundRequest, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOlder } from '../../src/transports/era.ts';
import { protocol } from '../server/wire.ts';

const version = fc.constantFrom(...SUPPORTED_PROTOCOL_VERSIONS, protocol, '2030-01-01', '', undefined);
const claim = fc.record({ 'io.modelcontextprotocol/protocolVersion': version, progressToken: fc.integer() });
const params = fc.oneof(
  fc.constantFrom(undefined, {}, { name: 'x', arguments: {} }, { _meta: {} }),
  claim.map(_meta => ({ _meta })),
);
const method = fc.constantFrom('ping', 'initialize', 'tools/call', 'notifications/cancelled');
const id = fc.option(fc.oneof(fc.integer(), fc.string()), { nil: undefined });

test('is said as the SDK says it', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(version, params, method, id, (header, given, name, number) => {
      const message = JSON.parse(JSON.stringify({ jsonrpc: '2.0', id: number, method: name, params: given }));
      const headers = header === undefined ? {} : { 'mcp-protocol-version': header };
      const of = header === undefined ? {} : { protocolVersionHeader: header };
      const { kind } = classifyInboundRequest({ httpMethod: 'POST', ...of, body: message });
      seen.add(kind);
      expect(isOlder(headers, message)).toBe(kind === 'legacy');
    }),
    { numRuns: 500 },
  );
  expect([...seen].sort()).toEqual(['legacy', 'modern', 'reject']);
  for (const answer of [{ result: {} }, { error: { code: 1, message: 'no' } }])
    expect(isOlder({}, { jsonrpc: '2.0', id: 1, ...answer })).toBe(true);
});
