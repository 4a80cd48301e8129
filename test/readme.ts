// The generated parts of the README, from the catalogue and the settings; run as a program it writes them.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Setting, settings } from '../src/settings.ts';
import { effectsOf } from '../src/tool.ts';
import { catalogue } from '../tools/index.ts';

const file = new URL('../README.md', import.meta.url);

const row = (...cells: string[]): string => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const tools = (): string[] => [
  row('Tool', 'Effect', 'What it does'),
  '|---|---|---|',
  ...catalogue.map(tool =>
    row(
      `\`${tool.name}\``,
      effectsOf(tool).join(', '),
      `${tool.description.split(/(?<=[.:]) /)[0]?.replace(/[.:]$/, '')}.`,
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

const put = (text: string, name: string, lines: string[]): string =>
  text.replace(
    new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`),
    (_, open: string, close: string) => `${open}${lines.join('\n')}\n${close}`,
  );

export const written = (): string => readFileSync(file, 'utf8');
export const fresh = (): string => put(put(written(), 'tools', tools()), 'settings', settingRows());

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(file, fresh());
