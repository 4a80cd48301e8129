// Runs the official suite, as its own program, against a server of ours, and reads what it wrote down.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRequestStateCodec } from '@modelcontextprotocol/server';
import { parse } from 'yaml';
import { openHouse } from '../../src/cli/house.ts';
import { readConfig } from '../../src/config.ts';
import { serveOverHttp } from '../../src/transports/http.ts';
import { fixtureServer } from './fixture.ts';
import type { Travelling } from './fixture-asks.ts';

export type Revision = '2025-11-25' | '2026-07-28';

export interface Check {
  id: string;
  status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  errorMessage?: string;
}

/** By scenario. */
export type Outcome = Map<string, Check[]>;

const suite = import.meta.resolve('@modelcontextprotocol/conformance/package.json');

/** What a revision requires of a server, as the suite has it frozen, and what it runs besides. */
export async function requirements(revision: Revision): Promise<{ required: string[]; besides: string[] }> {
  const text = await readFile(new URL(`requirements/${revision}.yaml`, suite), 'utf8');
  const { server, not_scored } = parse(text) as { server: string[]; not_scored: { scenario: string; leg: string }[] };
  return { required: server, besides: not_scored.flatMap(({ scenario, leg }) => (leg === 'server' ? scenario : [])) };
}

async function run(url: string, folder: string, what: string[]): Promise<void> {
  const program = fileURLToPath(new URL('dist/index.js', suite));
  const args = [program, 'server', '--url', url, '-o', folder, ...what];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: 'ignore' });
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
}

/** Of the extension of Agent Skills. */
export const extensions = ['sep-2640-skills-enumeration', 'sep-2640-skills-manifest'];

/** Our own hosting, with the suite's tools behind it or with the product itself, judged for one revision. */
export async function judged(what: 'fixture' | 'product', revision: Revision): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  const config = readConfig(
    {},
    { AUTOMATIONS_STATE_FOLDER: ':memory:', AUTOMATIONS_PORT: '0', AUTOMATIONS_LOG_LEVEL: 'silent' },
  );
  const house = openHouse(config, '0.0.0-test');
  const codec = createRequestStateCodec<Travelling>({ key: new Uint8Array(32).fill(7), ttlSeconds: 600 });
  const server = await serveOverHttp(house, config, what === 'fixture' ? { servers: () => fixtureServer(codec) } : {});
  try {
    await run(server.url, folder, ['--requirements', revision]);
    // Extensions are on no revision's list.
    for (const scenario of what === 'product' && revision === '2026-07-28' ? extensions : [])
      await run(server.url, folder, ['--scenario', scenario, '--spec-version', revision, '--force']);
    const outcome: Outcome = new Map();
    for (const name of await readdir(folder)) {
      const [, scenario] = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(name) ?? [];
      if (scenario) outcome.set(scenario, JSON.parse(await readFile(join(folder, name, 'checks.json'), 'utf8')));
    }
    return outcome;
  } finally {
    await server.close();
    await house.close();
    await rm(folder, { recursive: true, force: true });
  }
}
