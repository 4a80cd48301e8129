// The examples as a reader runs them: each framework over stdio and over HTTP, on the twins, with its own fake model.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHouse } from '../../src/cli/house.ts';
import { readConfig } from '../../src/config.ts';
import { type HttpServer, serveOverHttp } from '../../src/transports/http.ts';

const folder = fileURLToPath(new URL('../../examples', import.meta.url));
const installed = existsSync(join(folder, 'node_modules'));

/** Those that can ask a person, and those that cannot. */
const asking = ['plain.ts', 'ai-sdk.ts', 'mastra.ts'];
const mute = ['langchain.ts', 'openai-agents.ts'];

function run(args: string[], program = process.execPath): Promise<{ code: number | null; out: string }> {
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', NO_COLOR: '1', OPENAI_AGENTS_DISABLE_TRACING: '1' },
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', chunk => {
      out += chunk;
    });
  return new Promise(resolve => child.once('close', code => resolve({ code, out })));
}

const refused = /← .*A person must confirm this, and nobody can be asked.*\n→ trustpager_list_runs .*\n← No runs\.\n/;
const ran = /← The run completed; 1 of 1 actions ran\.\n→ trustpager_list_runs .*\n← 1 run\.\n/;
const asked = /\? Confirm: Run "Missed-call text back" now.*\n! The person ticks the box\.\n← The run /;

test('every example is in the table of the README, with its way to ask', () => {
  const text = readFileSync(join(folder, 'README.md'), 'utf8');
  for (const file of asking) expect(text).toMatch(new RegExp(`\\(${file}\\).*\\| yes`));
  for (const file of mute) expect(text).toMatch(new RegExp(`\\(${file}\\).*\\| no \\|`));
});

test('they are installed where nothing may be left out', () => {
  if (!installed)
    process.stderr.write('The examples are left out: npm ci --prefix examples installs what they need.\n');
  expect(installed || !process.env.CI).toBe(true);
});

describe.runIf(installed)('the examples', () => {
  test('are right by their types', async () => {
    const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
    expect(await run([tsc, '-p', '.'])).toEqual({ code: 0, out: '' });
  });

  describe('over stdio', () => {
    test.each(asking)('%s: the person is asked, and it runs once', async file => {
      const { code, out } = await run([file]);
      expect(out).toMatch(asked);
      expect(out).toMatch(ran);
      expect(code).toBe(0);
    });
    test.each(mute)('%s: refused, and with a standing approval it runs once', async file => {
      const { code, out } = await run([file]);
      const [, without = '', allowed = ''] = out.split(/^(?:Nobody can be asked|With a standing approval.*)$/m);
      expect(without).toMatch(refused);
      expect(allowed).toMatch(ran);
      expect(allowed).not.toContain('must confirm');
      expect(code).toBe(0);
    });
  });

  describe('over HTTP', () => {
    let house: ReturnType<typeof openHouse>;
    let server: HttpServer;
    beforeAll(async () => {
      const config = readConfig({}, { AUTOMATIONS_STATE_FOLDER: ':memory:', AUTOMATIONS_PORT: '0', CI: 'true' });
      house = openHouse(config, 'test');
      server = await serveOverHttp(house, config);
    });
    afterAll(async () => {
      await server.close();
      await house.close();
    });
    // They share one server, and the automation runs once in half an hour for one contact: the others are skipped.
    test.each(asking)('%s: the person is asked', async file => {
      const { code, out } = await run([file, server.url]);
      expect(out).toMatch(asked);
      expect(code).toBe(0);
    });
    test.each(mute)('%s: refused', async file => {
      const { code, out } = await run([file, server.url]);
      expect(out).toMatch(/← .*A person must confirm this, and nobody can be asked/);
      expect(out).not.toContain('standing approval');
      expect(code).toBe(0);
    });
  });
});
