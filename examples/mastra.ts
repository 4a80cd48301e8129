// Mastra: its MCP client hands the question to your code, which asks the person.
import { Agent } from '@mastra/core/agent';
import type { MastraModelConfig } from '@mastra/core/llm';
import { MCPClient } from '@mastra/mcp';
import { MockLanguageModelV4 } from 'ai/test';
import { scripted } from './ai-model.ts';
import { server, show, url } from './story.ts';

const mcp = new MCPClient({
  servers: {
    automations: {
      ...(url ? { url: new URL(url) } : server()),
      inputRequests: async ({ params }) => {
        show.person(params.message);
        return { action: 'accept', content: { confirm: true } };
      },
    },
  },
});

show.heading('The person at the client is asked');
const agent = new Agent({
  id: 'front-desk',
  name: 'Front desk',
  instructions: 'You run the automations of a plumber.',
  // Mastra takes a model of the AI SDK as it is; its type knows only what it makes of it.
  model: new MockLanguageModelV4({ doGenerate: scripted('automations_') }) as unknown as MastraModelConfig,
  tools: await mcp.listTools(),
});
const { text } = await agent.generate('Text back whoever called last.', { maxSteps: 5 });
show.end(text);
await mcp.disconnect();
