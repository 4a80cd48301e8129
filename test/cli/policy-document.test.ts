// docs/policy.md: every file in it is right and without doubts, every sentence of the cookbook is a test that holds because of its rules, every command runs.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { accountsOf } from '../../src/cli/operator.ts';
import { inspect } from '../../src/cli/operator-file.ts';
import { policyOf } from '../../src/cli/operator-settings.ts';
import { tryTests } from '../../src/cli/policy.ts';
import { doubts } from '../../src/cli/policy-lint.ts';
import { facts } from '../../src/conditions/facts.ts';
import { readConfig } from '../../src/config.ts';
import { builtIn } from '../../src/policy/policy.ts';
import { catalogue } from '../../tools/index.ts';
import { folder, run } from './program.ts';

const text = readFileSync('docs/policy.md', 'utf8');
const yaml = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
const [, cookbook = ''] = text.split('\n## Cookbook\n');
const recipes = cookbook
  .split(/^### /m)
  .slice(1)
  .map(part => ({
    title: part.split('\n')[0] ?? '',
    sentences: [...part.matchAll(/^- (.+)$/gm)].map(([, sentence]) => sentence),
    file: /^```yaml\n([\s\S]*?)^```$/m.exec(part)?.[1] ?? '',
    // What is neither title, sentence nor file.
    rest: part
      .replace(/^```yaml\n[\s\S]*?^```$/m, '')
      .replace(/^- .+$/gm, '')
      .split('\n')
      .slice(1)
      .join('')
      .trim(),
  }));

const config = readConfig({}, {});

async function read(file: string) {
  const { found, mistakes, warnings, compared } = await inspect(file);
  if (!found) throw new Error(JSON.stringify(mistakes));
  const around = { tools: catalogue, accounts: accountsOf(found), settings: policyOf(config, found) };
  return { found, warnings, doubts: doubts(compared, around), around };
}

test('the cookbook has eleven policies; what stands before it are two files that are right too', async () => {
  expect(recipes).toHaveLength(11);
  const before = yaml.slice(0, -11);
  expect(before).toHaveLength(2);
  expect(recipes.map(({ file }) => file)).toEqual(yaml.slice(2));
  for (const file of before) expect((await read(file)).warnings).toEqual([]);
});

describe.each(recipes)('$title', ({ sentences, file, rest }) => {
  test('every sentence is a test, in order, and nothing else is said', async () => {
    const { found } = await read(file);
    expect(rest).toBe('');
    expect(sentences.length).toBeGreaterThan(2);
    expect(found.tests?.map(({ name }) => name)).toEqual(sentences);
  });

  test('the file is right, and nothing in it is doubtful', async () => {
    const { warnings, doubts } = await read(file);
    expect({ warnings, doubts }).toEqual({ warnings: [], doubts: [] });
  });

  test('every sentence holds, and without any one rule some do not', async () => {
    const { found, around } = await read(file);
    expect(tryTests(found.tests ?? [], around).filter(({ passed }) => !passed)).toEqual([]);
    for (const rule of around.settings.rules) {
      const without = {
        ...around,
        settings: { ...around.settings, rules: around.settings.rules.filter(r => r !== rule) },
      };
      expect(tryTests(found.tests ?? [], without).filter(({ passed }) => !passed)).not.toEqual([]);
    }
  });
});

test('the example before it is right, and its tests hold', async () => {
  const { found, warnings, doubts, around } = await read(yaml[0] ?? '');
  expect({ warnings, doubts }).toEqual({ warnings: [], doubts: [] });
  expect(tryTests(found.tests ?? [], around)).toMatchObject([{ passed: true }]);
});

test('every command runs on it', async () => {
  const [block = ''] = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
  const commands = block.trim().split('\n');
  expect(commands).toHaveLength(4);
  await using home = await folder();
  const file = join(home.path, 'automations.yaml');
  writeFileSync(file, yaml[0] ?? '');
  const said = await Promise.all(
    commands.map(command => {
      const [node, main, ...args] = command.split(' ');
      expect([node, main]).toEqual(['node', 'src/main.ts']);
      return run(args.map(arg => (arg === 'automations.yaml' ? file : arg)));
    }),
  );
  expect(said.map(({ code, stderr }) => [code, stderr])).toEqual(said.map(() => [0, '']));
  const [lint, tests, explain, schema] = said.map(({ stdout }) => stdout.replaceAll(file, 'automations.yaml'));
  expect(lint).toBe('automations.yaml: no mistakes, no doubts.\n');
  expect(tests).toBe('ok   A dear run is asked about\n1 of 1 hold.\n');
  expect(explain).toContain('verdict: deny by quiet-hours: Nobody wants a text at night; call again after eight.');
  expect(schema).toBe(readFileSync('docs/automations.schema.json', 'utf8'));
});

test('the table of fields has every field of a rule, the table of facts every fact', async () => {
  const { ruleSchema } = await import('../../src/cli/operator-schema.ts');
  for (const field of Object.keys(ruleSchema.shape)) expect(text).toContain(`| \`${field}\` |`);
  for (const { name } of facts) expect(text).toContain(`| \`${name}\` |`);
  expect(builtIn).toContain('unsettled');
});

test('the published schema takes every file of the document, and refuses what the program refuses', async () => {
  const schema = z.fromJSONSchema(JSON.parse(readFileSync('docs/automations.schema.json', 'utf8')));
  const { parse } = await import('yaml');
  for (const file of yaml) expect(schema.safeParse(parse(file)).error).toBeUndefined();
  for (const wrong of [
    { rule: [] },
    { rules: [{ name: 'a', when: 'true', verdict: 'denny' }] },
    { rules: [{ name: 'a', verdict: 'deny' }] },
    { budgets: [{ name: 'a', per: 'week', calls: 3 }] },
    { budgets: [{ name: 'a', per: 'day', calls: { hrad: 3 } }] },
    { connections: [] },
  ])
    expect(schema.safeParse(wrong).success).toBe(false);
  expect(schema.safeParse({ budgets: [{ name: 'a', per: 'day', calls: 3, credits: { soft: 1 } }] }).success).toBe(true);
});
