// Vercel's AI SDK: its MCP client can ask its user, so the person confirms in your own interface.
import { createMCPClient, ElicitationRequestSchema } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport } from '@ai-sdk/mcp/mcp-stdio';
import { generateText, isStepCount } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { scripted } from './ai-model.ts';
import { server, show, url } from './story.ts';

const client = await createMCPClient({
  transport: url ? { type: 'http', url } : new Experimental_StdioMCPTransport(server()),
  capabilities: { elicitation: {} },
});
client.onElicitationRequest(ElicitationRequestSchema, async ({ params }) => {
  show.person(params.message);
  return { action: 'accept', content: { confirm: true } };
});

/** The framework's own fake model. In its place stands a real one, such as `'openai/gpt-5'`. */
const model = new MockLanguageModelV4({ doGenerate: scripted() });

show.heading('The person at the client is asked');
const { text } = await generateText({
  model,
  tools: await client.tools(),
  stopWhen: isStepCount(5),
  prompt: 'Text back whoever called last.',
});
show.end(text);
await client.close();
