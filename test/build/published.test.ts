// What registries and clients read of the package: one version everywhere, links that decode to what starts it, workflows that run what was looked at.
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, it } from 'vitest';
import { claudeCode, links, manifest, serverJson } from '../../build/published.ts';
import { root } from '../imports.ts';

const text = (file: string): string => readFileSync(join(root, file), 'utf8');
const json = (file: string) => JSON.parse(text(file));
const about = json('package.json');

describe('the version', () => {
  it('is the same in package, lock, registry entry, manifest and changelog, and in the tag of a release', () => {
    const lock = json('package-lock.json');
    const entry = json('server.json');
    const tag = process.env.RELEASE_TAG ?? `v${about.version}`;
    expect({
      lock: lock.version,
      locked: lock.packages[''].version,
      entry: entry.version,
      packages: entry.packages.map(({ version }: { version: string }) => version),
      manifest: manifest().version,
      changelog: /^## (\S+)/m.exec(text('CHANGELOG.md'))?.[1],
      tag,
    }).toEqual({
      lock: about.version,
      locked: about.version,
      entry: about.version,
      packages: [about.version],
      manifest: about.version,
      changelog: about.version,
      tag: `v${about.version}`,
    });
  });
});

describe('the registry’s entry', () => {
  it('names the package by the name that the package itself carries, within the registry’s bounds', () => {
    const entry = json('server.json');
    expect(entry.name).toBe(about.mcpName);
    expect(entry.name).toMatch(/^io\.github\.[a-zA-Z0-9-]+\/[a-zA-Z0-9._-]+$/);
    expect(entry.description.length).toBeLessThanOrEqual(100);
    expect(entry.$schema).toContain('/2025-12-11/');
    expect(about.repository.url).toBe(`git+${entry.repository.url}.git`);
    const variables = entry.packages[0].environmentVariables as {
      name: string;
      isSecret: boolean;
      isRequired: boolean;
    }[];
    for (const { name, isSecret, isRequired } of variables)
      expect({ name, isSecret, isRequired }).toEqual({ name, isSecret: name.endsWith('_KEY'), isRequired: false });
  });

  it('names the bundle of a release by the checksum that the release finds', () => {
    const [, bundle] = serverJson('a'.repeat(64)).packages;
    expect(bundle).toMatchObject({ registryType: 'mcpb', fileSha256: 'a'.repeat(64), version: about.version });
    expect(bundle?.identifier).toBe(
      `${json('server.json').repository.url}/releases/download/v${about.version}/automations-mcp-${about.version}.mcpb`,
    );
  });
});

describe('what puts it into a client', () => {
  const pinned = { command: 'npx', args: ['-y', `automations-mcp@${about.version}`] };

  it('is links that decode to one pinned version', () => {
    const cursor = new URL(links.cursor).searchParams;
    expect(cursor.get('name')).toBe('automations');
    expect(JSON.parse(Buffer.from(cursor.get('config') ?? '', 'base64').toString())).toEqual(pinned);
    const vscode = new URL(links.vscode).searchParams.get('url') ?? '';
    expect(vscode).toMatch(/^vscode:mcp\/install\?/);
    expect(JSON.parse(decodeURIComponent(vscode.split('?')[1] ?? ''))).toEqual({ name: 'automations', ...pinned });
    expect(claudeCode).toBe(`claude mcp add automations -- npx -y automations-mcp@${about.version}`);
    for (const link of [links.cursor, links.vscode, claudeCode]) expect(text('README.md')).toContain(link);
  });

  it('never asks for whatever is latest, in any document', () => {
    const pages = [
      'README.md',
      'llms.txt',
      ...readdirSync(join(root, 'docs'), { recursive: true }).map(file => `docs/${file}`),
    ];
    for (const page of pages.filter(file => /\.(md|txt)$/.test(file)))
      for (const [, version] of text(page).matchAll(/(?:npx -y |"-y", ")automations-mcp(@[\w.]*\w)?/g))
        expect([page, version]).toEqual([page, `@${about.version}`]);
  });

  it('is this repository itself, for a client that reads .mcp.json: the twins, from source', async () => {
    const { command, args } = json('.mcp.json').mcpServers.automations;
    const home = await mkdtemp(join(tmpdir(), 'automations-mcp-checkout-'));
    const client = new Client({ name: 'checkout', version: '1' });
    const env = { PATH: process.env.PATH ?? '', HOME: home };
    await client.connect(new StdioClientTransport({ command, args, env, cwd: root, stderr: 'ignore' }));
    expect(client.getInstructions()).toContain('built-in twins');
    await client.close();
    await rm(home, { recursive: true });
  });
});

describe('the workflows', () => {
  const workflows = readdirSync(join(root, '.github/workflows')).map(file => text(`.github/workflows/${file}`));

  it('run others’ actions only as they were at one commit, and may write only where they release', () => {
    const used = workflows.flatMap(workflow => [...workflow.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action));
    expect(used.length).toBeGreaterThan(3);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    for (const workflow of workflows) expect(workflow).toMatch(/^permissions:\n {2}contents: read\n/m);
  });

  it('run the tests by the one script for it, and hold no token', () => {
    for (const workflow of workflows) {
      expect(workflow).toContain('bash .ci/run');
      expect(workflow).not.toMatch(/NODE_AUTH_TOKEN|NPM_TOKEN|secrets\./);
    }
  });
});
