// The one module that reads prompts/: instructions for every client, and the MCP prompts. The bundle holds the texts themselves.
import { readFileSync } from 'node:fs';

const texts: Record<string, () => string> = {
  instructions: () => readFileSync(new URL('../../prompts/instructions.md', import.meta.url), 'utf8'),
  run_automation_safely: () => readFileSync(new URL('../../prompts/run_automation_safely.md', import.meta.url), 'utf8'),
};
const read = (name: string): string => texts[name]?.().trim() ?? '';

/** Sent to every client. The sandbox is told, and the accounts whose operator turned asking off are named (reliability.md P11). */
export const instructions = (sandbox: boolean, unasked: readonly string[] = []): string =>
  [
    read('instructions'),
    ...(unasked.length > 0
      ? [
          `insecure_auto_approve is on for ${unasked.join(', ')}: most calls that would ask a person go through there at once, without a yes. Make none that your user did not ask for.`,
        ]
      : []),
    ...(sandbox
      ? ['No vendor key is set: everything runs against built-in twins of both vendors. Nothing real is touched.']
      : []),
  ].join('\n\n');

export interface PromptText {
  name: string;
  title: string;
  description: string;
  arguments: { name: string; description: string; required: boolean }[];
}

export const prompts: readonly PromptText[] = [
  {
    name: 'run_automation_safely',
    title: 'Run an automation safely',
    description: 'Find an automation, plan it, have a person confirm it, fire it once, and follow it to its end.',
    arguments: [
      { name: 'automation', description: 'Name or id of the automation.', required: true },
      { name: 'vendor', description: 'scrip or trustpager.', required: true },
    ],
  },
];

/** The prompt's text with its arguments filled in, each as one quoted line of data. */
export function promptText(name: string, args: Record<string, string>): string {
  return read(name).replace(/\{\{(\w+)\}\}/g, (_, key: string) =>
    (args[key] ?? `(no ${key} given)`).replace(/[\p{C}"]/gu, ' ').slice(0, 200),
  );
}
