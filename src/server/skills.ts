// The prompts' guidance once more as Agent Skills (SEP-2640), for clients that know that extension: each a folder with one SKILL.md.
import { createHash } from 'node:crypto';
import type { Offered } from './schema.ts';
import { type PromptText, promptsFor, skillText } from './texts.ts';

/** The name of a skill is letters, digits and single hyphens, and the last part of its folder. */
const nameOf = ({ name }: PromptText): string => name.replaceAll('_', '-');
const uriOf = (prompt: PromptText): string => `skill://automations-mcp/${nameOf(prompt)}/SKILL.md`;

/** A string of JSON is one of YAML. */
const file = (prompt: PromptText, offered: Offered): string =>
  `---\nname: ${nameOf(prompt)}\ndescription: ${JSON.stringify(prompt.description)}\n---\n\n# ${prompt.title}\n\n${skillText(prompt.name, offered)}\n`;

export function skillEntries(vendors: number, offered: Offered) {
  return promptsFor(vendors).map(prompt => {
    const text = file(prompt, offered);
    return {
      uri: uriOf(prompt),
      frontmatter: { name: nameOf(prompt), description: prompt.description },
      resources: [
        {
          uri: uriOf(prompt),
          digest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
          size: Buffer.byteLength(text),
        },
      ],
    };
  });
}

/** The text of a skill's only file. */
export function skillFile(vendors: number, offered: Offered, uri: string): string | undefined {
  const prompt = promptsFor(vendors).find(candidate => uriOf(candidate) === uri);
  return prompt && file(prompt, offered);
}
