// OpenAI Agents: no form reaches a person through it, so what needs one is refused, unless the operator's file has a standing approval.
import { Agent, MCPServerStdio, MCPServerStreamableHttp, Runner } from '@openai/agents';
import { assistantMessage, functionCall, modelResponder, ScriptedModel } from '@openai/agents/testing';
import { policies, server, show, story, url } from './story.ts';

/** The texts of all results that a request holds. */
function results(input: unknown): string[] {
  const items = (Array.isArray(input) ? input : []) as { type?: string; output?: unknown }[];
  return items
    .filter(({ type }) => type === 'function_call_result')
    .map(({ output }) => {
      const parts = [output].flat() as ({ text?: string } | string)[];
      return parts.map(part => (typeof part === 'string' ? part : (part.text ?? ''))).join('');
    });
}

/** The framework's own scripted model. In its place stands the name of a real one. */
const model = () =>
  new ScriptedModel(
    story.map((step, n) =>
      modelResponder(({ request }) => {
        const seen = results(request.input);
        if (seen.length > 0) show.result(seen.at(-1) ?? '');
        const said = step(seen);
        if (typeof said === 'string') return [assistantMessage(said)];
        show.call(said);
        return [functionCall(said.tool, said.args, { callId: `call-${n}` })];
      }),
    ),
  );

for (const operatorsFile of policies) {
  show.heading(operatorsFile ? 'With a standing approval in the operator’s file' : 'Nobody can be asked');
  const mcp = url
    ? new MCPServerStreamableHttp({ name: 'automations', url })
    : new MCPServerStdio({ name: 'automations', ...server(operatorsFile) });
  await mcp.connect();
  const agent = new Agent({ name: 'Front desk', model: model(), mcpServers: [mcp] });
  const { finalOutput } = await new Runner({ tracingDisabled: true }).run(agent, 'Text back whoever called last.');
  show.end(String(finalOutput));
  await mcp.close();
}
