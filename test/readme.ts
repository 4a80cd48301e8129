// The generated parts of the README and the documents, from the code they tell of; run as a program it writes them.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { install, published } from '../build/published.ts';
import { publishedSchema } from '../src/cli/operator-schema.ts';
import { deepestLoop } from '../src/conditions/check.ts';
import { longest, most } from '../src/conditions/compile.ts';
import { facts } from '../src/conditions/facts.ts';
import { steps } from '../src/conditions/steps.ts';
import { type Setting, settings } from '../src/settings.ts';
import { effectsOf } from '../src/tool.ts';
import { deepest } from '../src/vendors/cel.ts';
import { catalogue } from '../tools/index.ts';
import { llms, toolsReference } from './reference.ts';

const place = (file: string): URL => new URL(`../${file}`, import.meta.url);

const row = (...cells: string[]): string => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const tools = (): string[] => [
  row('Tool', 'Effect', 'What it does'),
  '|---|---|---|',
  ...catalogue.map(tool =>
    row(
      `\`${tool.name}\``,
      effectsOf(tool).join(', '),
      `${tool.words.what.split(/(?<=[.:]) /)[0]?.replace(/[.:]$/, '')}.`,
    ),
  ),
];

const settingRows = (): string[] => [
  row('Environment', 'Flag', 'Default', 'What it is'),
  '|---|---|---|---|',
  ...(settings as readonly Setting[]).map(setting =>
    row(
      `\`${setting.env}\``,
      setting.flag ? `\`--${setting.flag}\`` : '',
      setting.default ? `\`${setting.default}\`` : '',
      setting.help,
    ),
  ),
];

interface Node {
  type?: string;
  enum?: string[];
  description?: string;
  properties?: Record<string, Node>;
  items?: Node;
}

/** Every field of the operator's file that says what it is, by its path. */
function fieldRows(node = publishedSchema() as Node, path = ''): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, field]) => {
    const [here, inner] = [`${path}${name}`, field.items ?? field];
    const may = field.enum ? field.enum.map(value => `\`${value}\``).join(', ') : (field.type ?? 'several kinds');
    return [
      ...(field.description ? [row(`\`${here}\``, may, field.description)] : []),
      ...fieldRows(inner, field.items ? `${here}[].` : `${here}.`),
    ];
  });
}

const factRows = (): string[] => [
  row('Fact', 'What kind', 'What it is', 'Not there'),
  '|---|---|---|---|',
  ...facts.map(({ name, type, meaning, absent }) => row(`\`${name}\``, type, meaning, absent ?? '')),
];

const number = (value: number): string => value.toLocaleString('en-US');
const bounds = (): string =>
  `A condition has at most ${number(longest)} characters, brackets ${deepest} deep and loops ${deepestLoop} deep. Judging it for one call takes at most ${number(steps)} steps, about two milliseconds: a step is one look at one value, and long texts, lists and patterns count as several. What needs more refuses the call, whatever the rule's verdict; so do arguments of more than ${number(most.values)} values or ${number(most.characters)} characters, where a rule looks into them.`;

const put = (text: string, name: string, lines: string[]): string =>
  text.replace(
    new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`),
    (_, open: string, close: string) => `${open}${lines.join('\n')}\n${close}`,
  );
const putInLine = (text: string, name: string, said: string): string =>
  text.replace(new RegExp(`(<!-- ${name} -->).*?(<!-- /${name} -->)`), (_, open, close) => `${open}${said}${close}`);

export const written = (file = 'README.md'): string => readFileSync(place(file), 'utf8');

/** What each file should be; the schema is all its own. */
export const fresh: Record<string, () => string> = {
  'README.md': () => put(put(written(), 'tools', tools()), 'install', install()),
  'docs/configuration.md': () =>
    put(put(written('docs/configuration.md'), 'settings', settingRows()), 'fields', [
      row('Field', 'What kind', 'What it is'),
      '|---|---|---|',
      ...fieldRows(),
    ]),
  'docs/policy.md': () => putInLine(put(written('docs/policy.md'), 'facts', factRows()), 'bounds', bounds()),
  'docs/tools.md': toolsReference,
  ...published,
  // Last, because it tells of the others.
  'llms.txt': llms,
  'docs/automations.schema.json': () => `${JSON.stringify(publishedSchema(), null, 2)}\n`,
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const [file, text] of Object.entries(fresh)) writeFileSync(place(file), text());
