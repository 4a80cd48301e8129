// The README says what is: its tables are fresh, its commands exist, its first screen holds what a newcomer needs.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readOperator } from '../src/cli/operator-file.ts';
import { codes } from '../src/errors.ts';
import { type Setting, settings } from '../src/settings.ts';
import { fresh, written } from './readme.ts';

const scripts = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).scripts as Record<
  string,
  string
>;

it.each(Object.entries(fresh))('what is generated in %s is fresh (npm run readme renews it)', (file, text) => {
  expect(written(file)).toBe(text());
});

it('names only npm scripts that exist', () => {
  const named = [...written().matchAll(/npm (?:run (?:-s )?)?([a-z][a-z-]*)/g)]
    .map(([, name]) => name ?? '')
    .filter(name => name !== 'ci' && name !== 'run');
  expect(named.length).toBeGreaterThan(4);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
});

it('shows the two commands that do everything, and what is never done without asking, on the first screen', () => {
  const first = written().split('\n').slice(0, 32).join('\n');
  for (const said of ['npm ci && npm run demo', 'npm ci && npm test', 'npm run -s client-config', 'Without a person'])
    expect(first).toContain(said);
});

it('explains every setting of the HTTP server in docs/http.md', () => {
  const page = readFileSync(new URL('../docs/http.md', import.meta.url), 'utf8');
  const http = (settings as readonly Setting[]).filter(({ help }) => help.startsWith('HTTP:'));
  expect(http.length).toBeGreaterThan(10);
  for (const { flag, env } of http) expect(page).toContain(flag ? `--${flag}` : env);
});

it('explains every code that a result can carry', () => {
  for (const code of codes) expect(written()).toContain(`\`${code}\``);
});

it('shows an operator’s file that is right', async () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(written('docs/configuration.md'))?.[1] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  try {
    writeFileSync(join(folder, 'automations.yaml'), yaml);
    const found = await readOperator(join(folder, 'automations.yaml'));
    expect(found.connections?.map(({ id }) => id)).toEqual(['roastery', 'cafes', 'plumbing']);
    expect(found.limits).toEqual({ ask_above_credits: 200, ask_above_people: 100 });
    expect(found.rules?.map(({ name }) => name)).toEqual(['quiet-hours', 'single-texts']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
