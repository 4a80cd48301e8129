// The floor: JSON-RPC over stdio by hand, without an SDK and without a check of anything. What Node itself costs, and one request to a vendor.
import type { Pool } from 'undici';
import { listed } from './listed.ts';

const { ORIGIN = '', ROUTE = '' } = process.env;
let pool: Promise<Pool> | undefined;

async function resultOf(method: string): Promise<string> {
  switch (method) {
    case 'initialize':
      return '{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"raw","version":"1"}}';
    case 'tools/list':
      return `{"tools":${listed}}`;
    case 'tools/call': {
      pool ??= import('undici').then(({ Pool }) => new Pool(ORIGIN));
      const { body } = await (await pool).request({ method: 'GET', path: ROUTE });
      return JSON.stringify({ content: [{ type: 'text', text: await body.text() }] });
    }
    default:
      return '{}';
  }
}

let rest = '';
process.stdin.setEncoding('utf8').on('data', async (chunk: string) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const { id, method } of lines.map(line => JSON.parse(line)))
    if (id !== undefined)
      resultOf(method).then(result => process.stdout.write(`{"jsonrpc":"2.0","id":${id},"result":${result}}\n`));
});
process.stdin.on('end', () => process.exit(0));
