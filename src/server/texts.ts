// The one module that reads prompts/: instructions for every client, and the MCP prompts. The bundle holds the texts themselves.
import { readFileSync } from 'node:fs';
import { everything, type Offered, sayable } from './schema.ts';

const texts: Record<string, () => string> = {
  instructions: () => readFileSync(new URL('../../prompts/instructions.md', import.meta.url), 'utf8'),
  design_automation: () => readFileSync(new URL('../../prompts/design_automation.md', import.meta.url), 'utf8'),
  diagnose_automation: () => readFileSync(new URL('../../prompts/diagnose_automation.md', import.meta.url), 'utf8'),
  run_automation_safely: () => readFileSync(new URL('../../prompts/run_automation_safely.md', import.meta.url), 'utf8'),
  test_automation: () => readFileSync(new URL('../../prompts/test_automation.md', import.meta.url), 'utf8'),
  translate_words: () => readFileSync(new URL('../../prompts/translate_words.md', import.meta.url), 'utf8'),
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
  /** It is of use only where both vendors are served. */
  both?: true;
}

const automation = { name: 'automation', description: 'Name or id of the automation.', required: true };
const vendor = { name: 'vendor', description: 'scrip or trustpager.', required: true };

export const prompts: readonly PromptText[] = [
  {
    name: 'design_automation',
    title: 'Design an automation',
    description:
      'Settle what starts an automation, whom it reaches and what it does; plan it, and create it once that is agreed.',
    arguments: [
      vendor,
      { name: 'goal', description: 'What it shall do, in your own words.', required: true },
      { name: 'event', description: 'What starts it, where you know.', required: false },
      { name: 'zone', description: 'IANA time zone, such as Europe/Berlin.', required: false },
    ],
  },
  {
    name: 'test_automation',
    title: 'Test an automation',
    description: 'Try an automation on yourself, one step at a time, without reaching a customer.',
    arguments: [automation, vendor, { name: 'action', description: 'Type of the action to try.', required: false }],
  },
  {
    name: 'run_automation_safely',
    title: 'Run an automation safely',
    description: 'Find an automation, plan it, have a person confirm it, fire it once, and follow it to its end.',
    arguments: [automation, vendor],
  },
  {
    name: 'diagnose_automation',
    title: 'Find out what an automation did',
    description: 'Why did it not fire, or who got it? Answered by reading alone.',
    arguments: [
      automation,
      vendor,
      { name: 'question', description: 'Such as: why did it not fire on Monday?', required: true },
    ],
  },
  {
    name: 'translate_words',
    title: 'Translate between the vendors’ words',
    description: 'Say in one vendor’s words, and with its tools, what was said in the other’s.',
    arguments: [
      { name: 'words', description: 'What is to be said.', required: true },
      { name: 'to', description: 'scrip or trustpager.', required: true },
    ],
    both: true,
  },
];

/** Those there are for accounts of so many vendors. */
export const promptsFor = (vendors: number): PromptText[] => prompts.filter(({ both }) => !both || vendors > 1);

/** What an argument of that name may be, where it is one of a few words. */
export const vendorArguments: readonly string[] = ['vendor', 'to'];

const spoken: Record<string, string> = { scrip: 'Scrip', trustpager: 'TrustPager' };

/**
 * The prompt's text with its arguments filled in, each as one quoted line of data. A line that begins with a vendor's name is for that
 * vendor alone, and a sentence that names a tool which is not served is left out.
 */
export function promptText(name: string, args: Record<string, string>, offered?: Offered): string {
  const filled = (line: string): string =>
    line.replace(/\{\{(\w+)\}\}/g, (_, key: string) =>
      (args[key] ?? `(no ${key} given)`).replace(/[\p{C}"]/gu, ' ').slice(0, 200),
    );
  return read(name)
    .split('\n')
    .flatMap(line => {
      const [, of] = /^- (Scrip|TrustPager): /.exec(line) ?? [];
      if (of && args.vendor !== undefined && spoken[args.vendor] !== undefined && of !== spoken[args.vendor]) return [];
      const [mark = ''] = /^(?:\d+\. |- (?:\w+: )?|\| )?/.exec(line) ?? [];
      const said = sayable(
        line.slice(mark.length).replaceAll('{{vendor}}_', `${args.vendor ?? '*'}_`),
        offered ?? everything,
      );
      return line !== '' && said === '' ? [] : [filled(mark + said)];
    })
    .join('\n');
}

/** The same guidance as a skill: for whichever automation and vendor the agent has at hand. */
export const skillText = (name: string, offered?: Offered): string =>
  promptText(name, { ...general, vendor: '*' }, offered);
const general: Record<string, string> = {
  automation: 'the one that is meant',
  goal: 'what is wanted',
  event: 'as is wanted',
  zone: 'the user’s',
  action: 'the one that is meant',
  question: 'what is asked',
  words: 'what was said',
  to: 'the other vendor',
};
