// LangChain: its MCP adapters have no way to ask a person, so what needs one is refused, unless the operator's file has a standing approval.
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import { fakeModel } from '@langchain/core/testing';
import { MultiServerMCPClient } from '@langchain/mcp-adapters';
import { createAgent } from 'langchain';
import { policies, server, show, story, url } from './story.ts';

const plain = ({ content }: BaseMessage): string =>
  typeof content === 'string' ? content : content.map(part => ('text' in part ? String(part.text) : '')).join('');

/** The adapters wrap a result that has fields beside its text. */
const textOf = (message: BaseMessage): string => {
  const text = plain(message);
  return text.startsWith('{"type":"text"') ? String(JSON.parse(text).text) : text;
};

/** LangChain's own fake model, saying the story's lines. In its place stands `new ChatOpenAI(…)` or whichever you use. */
function model() {
  const fake = fakeModel();
  for (const [n, step] of story.entries())
    fake.respond(messages => {
      const results = messages.filter(message => ToolMessage.isInstance(message));
      const [last] = results.slice(-1);
      if (last) show.result(textOf(last));
      const said = step(results.map(textOf));
      if (typeof said === 'string') return new AIMessage(said);
      show.call(said);
      return new AIMessage({ content: '', tool_calls: [{ id: `call-${n}`, name: said.tool, args: said.args }] });
    });
  return fake;
}

for (const operatorsFile of policies) {
  show.heading(operatorsFile ? 'With a standing approval in the operator’s file' : 'Nobody can be asked');
  const client = new MultiServerMCPClient({
    mcpServers: {
      automations: url ? { transport: 'http', url } : { transport: 'stdio', ...server(operatorsFile) },
    },
    throwOnLoadError: true,
    prefixToolNameWithServerName: false,
  });
  const agent = createAgent({ model: model(), tools: await client.getTools() });
  const { messages } = await agent.invoke({ messages: [{ role: 'user', content: 'Text back whoever called last.' }] });
  const last = messages.at(-1);
  if (last) show.end(textOf(last));
  await client.close();
}
