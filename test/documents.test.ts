// The documents say what is: links lead somewhere, snippets are right, commands run, and every quoted message exists.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspect } from '../src/cli/operator-file.ts';
import { codes } from '../src/errors.ts';
import { type Setting, settings } from '../src/settings.ts';
import { folder, run } from './cli/program.ts';
import { sources } from './imports.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const documents = [
  'README.md',
  'CHANGELOG.md',
  'examples/README.md',
  'llms.txt',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
].map(file => ({ file, text: readFileSync(file, 'utf8') }));

const withoutCode = (text: string): string => text.replace(/^ *```[\s\S]*?^ *```$/gm, '').replace(/`[^`\n]*`/g, '');
const snippets = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, code]) => code ?? '');
const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

test.each(documents)('the links of $file lead somewhere', ({ file, text }) => {
  for (const [, target = ''] of withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https:/.test(target)) continue;
    const [path = '', anchor] = target.split('#');
    const there = path === '' ? file : join(dirname(file), path);
    expect(existsSync(there), `${file}: ${target}`).toBe(true);
    if (anchor === undefined) continue;
    const headings = [...readFileSync(there, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => slug(heading ?? ''));
    expect(headings, `${file}: ${target}`).toContain(anchor);
  }
});

const flags = new Set(
  (settings as readonly Setting[]).flatMap(({ flag }) => (flag === undefined ? [] : [`--${flag}`])),
);
const variables = new Set(
  (settings as readonly Setting[]).flatMap(({ env, flag }) => (flag ? [env] : [env, `${env}_FILE`])),
);

describe('what a client’s file is to hold', () => {
  const shown = documents.flatMap(({ file, text }) =>
    snippets(text, 'json').flatMap(code => {
      const { mcpServers, servers } = JSON.parse(code);
      return mcpServers || servers ? [{ file, servers: mcpServers ?? servers }] : [];
    }),
  );
  test('is there for each client', () => {
    expect(new Set(shown.map(({ file }) => file))).toEqual(
      new Set(['claude-desktop', 'claude-code', 'cursor', 'vscode'].map(name => `docs/clients/${name}.md`)),
    );
  });
  test.each(shown)('in $file starts this version, with settings that exist', ({ servers }) => {
    for (const { command, args, env = {} } of Object.values(servers) as {
      command: string;
      args: string[];
      env?: object;
    }[]) {
      expect([command, ...args.slice(0, 2)]).toEqual(['npx', '-y', `automations-mcp@${version}`]);
      for (const flag of args.filter(arg => arg.startsWith('--'))) expect(flags).toContain(flag);
      for (const name of Object.keys(env)) expect(variables).toContain(name);
    }
  });
  test('names one version everywhere', () => {
    for (const { file, text } of documents)
      for (const [, named] of text.matchAll(/automations-mcp@([\w.]+)/g))
        expect([file, named]).toEqual([file, version]);
  });
});

test.each(
  documents
    .flatMap(({ file, text }) => snippets(text, 'yaml').map((code, n) => ({ file, n, code })))
    .filter(({ code }) =>
      /^(connections|limits|rules|budgets|principals|zone|tests|insecure_auto_approve):/m.test(code),
    ),
)('the operator’s file in $file ($n) has no mistakes', async ({ code }) => {
  expect((await inspect(code)).mistakes).toEqual([]);
});

describe('the commands of the quickstart and of the clients’ pages run', () => {
  const lines = documents
    .filter(({ file }) => /quickstart|clients/.test(file))
    .flatMap(({ text }) => snippets(text, 'sh').flatMap(code => code.split('\n')))
    .map(line => line.replace(/\s+#.*$/, ''))
    .filter(line => line.startsWith('node src/main.ts '));
  test('there are some', () => expect(lines.length).toBeGreaterThan(8));
  test.concurrent.each([...new Set(lines)])('%s', async line => {
    await using home = await folder();
    await mkdir(join(home.path, 'state'), { mode: 0o700 });
    await writeFile(join(home.path, 'automations.yaml'), 'keep_credits: 100\n');
    const args = line
      .split(' ')
      .slice(2)
      .map(word => (word === 'automations.yaml' ? join(home.path, word) : word));
    const { code, stderr } = await run(args, { HOME: home.path });
    expect(stderr).toBe('');
    // Without a terminal nobody can say yes to a change, and nothing is written.
    expect(code).toBe(args[0] === 'init' ? (args.length === 1 ? 2 : 1) : 0);
  });
});

test('every message that the troubleshooting quotes is one of this program’s', () => {
  const code = [
    ...sources('src', 'tools').map(({ text }) => text),
    readFileSync(resolve('build/launcher.cjs'), 'utf8'),
    ...codes,
  ].join('\n');
  const page = documents.find(({ file }) => file.endsWith('troubleshooting.md'))?.text ?? '';
  const quoted = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, words]) => words ?? '');
  expect(quoted.length).toBeGreaterThan(20);
  // The port's is Node's own.
  for (const words of quoted.filter(words => !['EADDRINUSE', 'cannot be read (ENOENT)'].includes(words)))
    expect(code.includes(words), words).toBe(true);
});
