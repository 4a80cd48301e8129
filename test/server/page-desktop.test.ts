// The approval page end to end, as a desktop client without forms has it: the real program, and an `xdg-open` of ours that it finds.
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { thisProgram } from '../../src/cli/house.ts';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { textOf, visit } from '../approvals/page-visitor.ts';
import { folder } from '../cli/program.ts';
import { requestsOf } from '../fixtures.ts';
import { type Frame, start, surroundings } from '../transports/program.ts';
import { eventually, firings, pause } from './twin.ts';

const tool = 'scrip_trigger_automation';
const digest = { automation_id: SCRIP_AUTOMATIONS.weeklyDigest };

/** The program with an `xdg-open` of ours first on its PATH, which writes down what it was given and keeps the file. */
async function desktop(env: Record<string, string> = {}) {
  const s = await surroundings({ AUTOMATIONS_NO_BROWSER: 'false', DISPLAY: ':99', ...env });
  const here = await folder();
  const [bin, seen] = [join(here.path, 'bin'), join(here.path, 'seen')];
  await mkdir(bin);
  await mkdir(seen);
  await writeFile(
    join(bin, 'xdg-open'),
    `#!/bin/sh\ncat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' > '${seen}/processes'\ncp "$1" '${seen}/page.html'\nprintf '%s\\n' "$@" > '${seen}/part'\nmv '${seen}/part' '${seen}/arguments'\n`,
  );
  await chmod(join(bin, 'xdg-open'), 0o755);
  return {
    ...s,
    seen,
    env: { ...s.env, PATH: `${bin}:${process.env.PATH}` },
    arguments: () => eventually(() => readFile(join(seen, 'arguments'), 'utf8').catch(() => undefined)),
    async [Symbol.asyncDispose]() {
      await here[Symbol.asyncDispose]();
      await s[Symbol.asyncDispose]();
    },
  };
}

describe.concurrent('end to end, as a desktop client starts it', { timeout: 120_000 }, () => {
  test('P12 P17: the page opens, the yes comes within the call’s clock, the same call is done; the secret is nowhere else', async () => {
    await using s = await desktop({ AUTOMATIONS_LOG_LEVEL: 'debug' });
    await using p = start(s.env);
    await p.open();
    p.send({ id: 1, method: 'tools/call', params: { name: tool, arguments: digest } });
    const [file = '', ...more] = (await s.arguments()).trim().split('\n');
    expect(more).toEqual([]);
    expect(file.startsWith(join(s.stateFolder, 'page', 'approve-'))).toBe(true);
    const here = await visit(file);
    expect(textOf(here.html)).toContain('by-hand asks for your approval');
    expect((await here.answer('approve')).status).toBe(303);
    const reply: Frame = await p.reply(1);
    expect(reply.result.structuredContent.outcome).toBe('done');
    expect(firings(await requestsOf(s.sandbox))).toHaveLength(1);
    p.child.stdin?.end();
    expect((await p.ended).code).toBe(0);
    expect(await readdir(join(s.stateFolder, 'page'))).toEqual([]);
    const { secret } = here.to;
    expect(await readFile(join(s.seen, 'page.html'), 'utf8')).toContain(secret);
    const processes = await readFile(join(s.seen, 'processes'), 'utf8');
    expect(processes).toContain(file);
    const state = await Promise.all(
      (await readdir(s.stateFolder))
        .filter(name => name.startsWith('state'))
        .map(name => readFile(join(s.stateFolder, name), 'latin1')),
    );
    for (const [where, text] of Object.entries({
      processes,
      stdout: p.stdout(),
      stderr: p.stderr(),
      state: state.join(),
    }))
      for (const hidden of [secret, here.cookie.split('=')[1] ?? '', here.csrf])
        expect([where, text.includes(hidden)]).toEqual([where, false]);
  });

  test('P12: without a display, with --no-browser, and where CI is set nothing is opened, no port, no folder', async () => {
    await using s = await desktop({ AUTOMATIONS_CALL_TIMEOUT: '5' });
    const ways = [
      { command: [], env: { ...s.env, DISPLAY: '' } },
      { command: ['--no-browser'], env: s.env },
      { command: [], env: { ...s.env, CI: 'true' } },
    ];
    const texts = ways.map(async ({ command, env }) => {
      await using p = start(env, { command: [...thisProgram(), ...command] });
      await p.open();
      p.send({ id: 1, method: 'tools/call', params: { name: tool, arguments: digest } });
      return (await p.reply(1)).result.content[0].text;
    });
    for (const text of await Promise.all(texts)) {
      expect(text).toContain('approvals approve');
      expect(text).not.toContain('browser');
    }
    expect(await readdir(s.seen)).toEqual([]);
    expect(await readdir(s.stateFolder)).not.toContain('page');
  });

  test('an xdg-open that fails leaves the terminal', async () => {
    await using s = await desktop({ AUTOMATIONS_CALL_TIMEOUT: '5' });
    await writeFile(join(s.seen, '..', 'bin', 'xdg-open'), '#!/bin/sh\nexit 3\n');
    await using p = start(s.env);
    await p.open();
    p.send({ id: 1, method: 'tools/call', params: { name: tool, arguments: digest } });
    const [{ text }] = (await p.reply(1)).result.content;
    expect(text).toContain('approvals approve');
    expect(text).not.toContain('browser');
    await eventually(async () => (await readdir(join(s.stateFolder, 'page'))).length === 0);
  });

  test('P8 P12: killed with its page open: the same call in another server opens a new one while it waits, and sends once', async () => {
    await using s = await desktop();
    await using one = start(s.env);
    await using two = start(s.env);
    await Promise.all([one.open(), two.open()]);
    const call = { id: 1, method: 'tools/call', params: { name: tool, arguments: digest } };
    one.send(call);
    const first = await s.arguments();
    two.send(call);
    await pause(1_000);
    expect(await s.arguments()).toBe(first);
    one.child.kill('SIGKILL');
    const second = await eventually(async () => {
      const file = await s.arguments();
      return file === first ? undefined : file;
    });
    const here = await visit(second.trim());
    expect((await here.answer('approve')).status).toBe(303);
    expect((await two.reply(1)).result.structuredContent.outcome).toBe('done');
    expect(firings(await requestsOf(s.sandbox))).toHaveLength(1);
  });

  test('the page of a server that ended is gone with it', async () => {
    await using s = await desktop({ AUTOMATIONS_CALL_TIMEOUT: '5' });
    await using p = start(s.env);
    await p.open();
    p.send({ id: 1, method: 'tools/call', params: { name: tool, arguments: digest } });
    const here = await visit((await s.arguments()).trim());
    p.child.stdin?.end();
    expect((await p.ended).code).toBe(0);
    await expect(here.answer('approve')).rejects.toThrow();
    expect(firings(await requestsOf(s.sandbox))).toEqual([]);
  });
});
