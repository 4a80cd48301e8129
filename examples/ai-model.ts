// The story as the AI SDK's own mock of a language model says it; Mastra takes the same.
import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import { show, story } from './story.ts';

interface Part {
  type: string;
  output?: { value?: unknown };
}

/** The texts of all results that a prompt holds: an MCP result as it came, its content, or its text alone. */
function results(prompt: LanguageModelV4CallOptions['prompt']): string[] {
  const parts = prompt.filter(({ role }) => role === 'tool').flatMap(({ content }) => content as readonly Part[]);
  return parts
    .filter(({ type }) => type === 'tool-result')
    .map(({ output }) => {
      const value = output?.value as string | { content?: unknown } | unknown[] | undefined;
      if (typeof value === 'string') return value;
      const content = (Array.isArray(value) ? value : (value?.content ?? [])) as { text?: string }[];
      return content.map(({ text }) => text ?? '').join('');
    });
}

/** `prefix`: what the framework puts before the names of the server's tools. */
export function scripted(prefix = '') {
  let n = 0;
  return async ({ prompt }: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> => {
    const seen = results(prompt);
    if (seen.length > 0) show.result(seen.at(-1) ?? '');
    const said = story[n++]?.(seen) ?? '';
    const last = typeof said === 'string';
    if (!last) show.call(said);
    return {
      content: last
        ? [{ type: 'text', text: said }]
        : [
            {
              type: 'tool-call',
              toolCallId: `call-${n}`,
              toolName: prefix + said.tool,
              input: JSON.stringify(said.args),
            },
          ],
      finishReason: { unified: last ? 'stop' : 'tool-calls', raw: undefined },
      usage: {
        inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 0, text: 0, reasoning: 0 },
      },
      warnings: [],
    };
  };
}
