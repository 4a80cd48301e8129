// A server as the SDK's documentation writes one: every tool registered with its zod schema, and one request to a vendor. Nothing is checked.
import { McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { Pool } from 'undici';
import { catalogue } from '../../tools/index.ts';

const { ORIGIN = '', ROUTE = '' } = process.env;
const pool = new Pool(ORIGIN);
const server = new McpServer({ name: 'bare', version: '1' });
for (const { name, title, words, input, toolset } of catalogue)
  if (toolset === 'core')
    server.registerTool(name, { title, description: words.what, inputSchema: input }, async () => {
      const { body } = await pool.request({ method: 'GET', path: ROUTE });
      return { content: [{ type: 'text' as const, text: await body.text() }] };
    });
await server.connect(new StdioServerTransport());
process.stdin.on('end', () => process.exit(0));
