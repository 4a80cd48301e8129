// docs/tools.md and llms.txt, written from the catalogue and the documents they point at.
import { readdirSync, readFileSync } from 'node:fs';
import { npx } from '../build/published.ts';
import { toolList } from '../src/server/offer.ts';
import { effectsOf, hints, type Tool } from '../src/tool.ts';
import { catalogue } from '../tools/index.ts';

interface Field {
  type?: string;
  enum?: string[];
  description?: string;
  items?: Field;
  properties?: Record<string, Field>;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function kind({ type, enum: values, items, properties }: Field): string {
  if (values) return values.map(value => `\`${value}\``).join(', ');
  if (items) return `list of ${kind(items)}`;
  if (properties && Object.keys(properties).length > 0) return `{ ${Object.keys(properties).join(', ')} }`;
  return type ?? 'any';
}

const asked = (tool: Tool): string => {
  const { readOnlyHint, destructiveHint, idempotentHint } = hints(tool);
  const said = readOnlyHint ? ['reads only'] : [destructiveHint ? 'may destroy' : 'destroys nothing'];
  return [...said, ...(idempotentHint ? ['twice is as once'] : [])].join(', ');
};

const titles = { common: 'For both vendors', scrip: 'Scrip', trustpager: 'TrustPager' } as const;

/** Every tool as it is listed with one account of each vendor, in the order of the catalogue. */
export function toolsReference(): string {
  const list = new Map(toolList(new Map(catalogue.map(tool => [tool.name, tool]))).map(entry => [entry.name, entry]));
  const section = (tool: Tool): string[] => {
    const entry = list.get(tool.name);
    const { properties = {}, required = [] } = (entry?.inputSchema ?? {}) as {
      properties?: Record<string, Field>;
      required?: string[];
    };
    const { properties: results = {} } = (entry?.outputSchema ?? {}) as { properties?: Record<string, Field> };
    return [
      `### ${tool.name}`,
      '',
      entry?.description ?? '',
      '',
      `Effect: ${effectsOf(tool).join(', ')} (${asked(tool)}). Toolset: ${tool.toolset}.`,
      '',
      ...(Object.keys(properties).length === 0
        ? ['It takes no arguments.']
        : [
            '| Argument | Type | What it is |',
            '|---|---|---|',
            ...Object.entries(properties).map(
              ([name, field]) =>
                `| \`${name}\`${required.includes(name) ? ', required' : ''} | ${cell(kind(field))} | ${cell(field.description ?? '')} |`,
            ),
          ]),
      '',
      `Results hold: ${Object.keys(results)
        .map(name => `\`${name}\``)
        .join(', ')}.`,
      '',
    ];
  };
  return [
    '# Tools',
    '',
    'Written from the code by `npm run readme`. What an agent is told is the text below each name, word for word. With several accounts of a vendor its tools take one more argument, `connection`.',
    'Every result has an `outcome`; what the outcomes and codes mean stands in the [README](../README.md#what-a-result-says).',
    '',
    ...(Object.keys(titles) as (keyof typeof titles)[]).flatMap(vendor => [
      `## ${titles[vendor]}`,
      '',
      ...catalogue.filter(tool => tool.vendor === vendor).flatMap(section),
    ]),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

/** The title of a document, and its first sentence. */
function about(file: string): string {
  const [, title = file, rest = ''] =
    /^# (.+)\n([\s\S]*)$/.exec(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')) ?? [];
  const [paragraph = ''] = rest
    .split('\n\n')
    .map(part => part.trim())
    .filter(part => part !== '' && !/^[`|<#-]/.test(part));
  const [sentence = ''] = paragraph.replaceAll('\n', ' ').split(/(?<=\.) /);
  return `- [${title}](${file}): ${sentence.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')}`;
}

const documents = (folder: string): string[] =>
  readdirSync(new URL(`../${folder}`, import.meta.url))
    .filter(name => name.endsWith('.md'))
    .toSorted()
    .map(name => `${folder}/${name}`);

/** For agents that read about this server: what it is, and where everything stands (llmstxt.org). */
export const llms = (): string =>
  [
    '# automations-mcp',
    '',
    '> An MCP server for the automation APIs of Scrip and TrustPager. An AI agent lists, builds, changes, fires and watches automations; a person says yes before anything that costs credits. Without keys it runs against built-in twins of both vendors.',
    '',
    `Start it with \`${npx.command} ${npx.args.join(' ')}\` (stdio), or from a checkout with \`npm ci && npm start\`. Keys come from SCRIP_API_KEY and TRUSTPAGER_API_KEY, or from files named by SCRIP_API_KEY_FILE and TRUSTPAGER_API_KEY_FILE; never from arguments.`,
    'Approving is not a tool: no argument, repetition or computed value stands for a person’s yes. A call whose outcome is `unknown` is never repeated; `watch_run` with its `intent_id` finds out by reading.',
    '',
    '## Documents',
    '',
    about('README.md'),
    ...documents('docs').map(about),
    ...documents('docs/clients').map(about),
    '',
    '## Examples',
    '',
    about('examples/README.md'),
    '',
  ].join('\n');
