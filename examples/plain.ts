// The MCP SDK alone: a client that asks its user with a form, and no framework.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { server, show, story, url } from './story.ts';

const client = new Client(
  { name: 'plain-example', version: '1.0.0' },
  { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: 'auto' } },
);
// Here a real client shows the form. The server takes nothing for a yes but this one box, ticked.
client.setRequestHandler('elicitation/create', async ({ params }) => {
  show.person(params.message);
  return { action: 'accept', content: { confirm: true } };
});
await client.connect(url ? new StreamableHTTPClientTransport(new URL(url)) : new StdioClientTransport(server()));

show.heading('The person at the client is asked');
const seen: string[] = [];
for (const step of story) {
  const said = step(seen);
  if (typeof said === 'string') {
    show.end(said);
    continue;
  }
  show.call(said);
  const { content } = await client.callTool({ name: said.tool, arguments: said.args });
  const [first] = content as { type: string; text?: string }[];
  seen.push(first?.text ?? '');
  show.result(seen.at(-1) ?? '');
}
await client.close();
