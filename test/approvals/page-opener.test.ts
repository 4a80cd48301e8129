// The system's opener: a fixed program with one argument, no shell, nothing of ours in its environment; and when there is none.
import type { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasDisplay, systemOpener } from '../../src/approvals/opener.ts';

/** A PATH whose `xdg-open` is this script. */
async function fake(script: string) {
  const folder = await mkdtemp(join(tmpdir(), 'automations-mcp-opener-'));
  await writeFile(join(folder, 'xdg-open'), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'xdg-open'), 0o755);
  return {
    folder,
    env: { PATH: `${folder}:${process.env.PATH}`, DISPLAY: ':7', HERE: folder },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const file = '/tmp/a file; $(touch x) `y` & "z".html';
const open = (env: Record<string, string>) => systemOpener({ env, platform: 'linux' })?.(file);

describe.concurrent('on Linux', () => {
  test('C1: xdg-open gets the file’s name as its one argument, as it stands, and of the environment what a browser needs', async () => {
    await using f = await fake(
      'tr "\\0" "\\n" < /proc/$$/cmdline > "$TMPDIR/args"; env > "$TMPDIR/env.part"; mv "$TMPDIR/env.part" "$TMPDIR/env"',
    );
    const env = {
      ...f.env,
      TMPDIR: f.folder,
      SCRIP_API_KEY: 'sk_secret_of_somebody',
      TRUSTPAGER_API_KEY: 'tp_live_x',
      WEIRD: 'tp_live_y',
      XDG_RUNTIME_DIR: '/run/x',
    };
    expect(await open(env)).toBe(true);
    const [handed, args] = [
      await readFile(join(f.folder, 'env'), 'utf8'),
      await readFile(join(f.folder, 'args'), 'utf8'),
    ];
    expect(args.split('\n').slice(-2)).toEqual([file, '']);
    expect(handed).toContain('DISPLAY=:7');
    expect(handed).toContain('XDG_RUNTIME_DIR=/run/x');
    expect(handed).not.toMatch(/secret|tp_live|KEY/);
  });

  test('one that ends badly, or is not there, opened nothing', async () => {
    await using f = await fake('exit 3');
    expect(await open(f.env)).toBe(false);
    expect(await open({ DISPLAY: ':7', PATH: '/nowhere' })).toBe(false);
  });

  test('one that stays, as some do while the browser runs, has opened it, and does not hold up the call', async () => {
    await using f = await fake('exec sleep 4');
    const began = performance.now();
    expect(await open(f.env)).toBe(true);
    expect(performance.now() - began).toBeLessThan(3_500);
  });

  test('it runs in a session of its own: what ends the server does not end the browser', async () => {
    await using f = await fake('echo "$$ $(ps -o sid= -p $$)" > "$TMPDIR/ids"');
    expect(await open({ ...f.env, TMPDIR: f.folder })).toBe(true);
    const [pid, sid] = (await readFile(join(f.folder, 'ids'), 'utf8')).trim().split(/\s+/);
    expect(sid).toBe(pid);
  });
});

describe('where there is a display', () => {
  test.each([
    ['linux', {}, false],
    ['linux', { DISPLAY: '', WAYLAND_DISPLAY: '' }, false],
    ['linux', { DISPLAY: ':0' }, true],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
    ['darwin', {}, true],
    ['win32', {}, true],
    ['freebsd', { DISPLAY: ':0' }, false],
  ] as const)('%s with %j: %j', (platform, env, there) => {
    expect(hasDisplay(env, platform)).toBe(there);
    expect(systemOpener({ env, platform }) !== undefined).toBe(there);
  });

  test.each([
    ['darwin', {}, '/usr/bin/open', ['/x/a b.html']],
    [
      'win32',
      { SystemRoot: 'D:\\Win' },
      'D:\\Win\\System32\\rundll32.exe',
      ['url.dll,FileProtocolHandler', '/x/a b.html'],
    ],
    ['win32', { SYSTEMROOT: 'E:\\W' }, 'E:\\W\\System32\\rundll32.exe', ['url.dll,FileProtocolHandler', '/x/a b.html']],
    ['win32', {}, 'C:\\Windows\\System32\\rundll32.exe', ['url.dll,FileProtocolHandler', '/x/a b.html']],
    ['linux', { DISPLAY: ':0' }, 'xdg-open', ['/x/a b.html']],
  ] as const)('%s: the program and its arguments', async (platform, env, program, args) => {
    const calls: unknown[][] = [];
    const start = ((...call: unknown[]) => {
      calls.push(call);
      throw new Error('not in a test');
    }) as unknown as typeof spawn;
    expect(await systemOpener({ env, platform, start })?.('/x/a b.html')).toBe(false);
    const options = { shell: false, detached: true, stdio: 'ignore', windowsHide: true, env };
    expect(calls).toEqual([[program, args, options]]);
  });
});

describe('C1: of the environment', () => {
  const named =
    'PATH PATHEXT HOME USER USERNAME LOGNAME SHELL LANG LANGUAGE DISPLAY XAUTHORITY BROWSER DESKTOP_SESSION TMPDIR TEMP TMP SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC USERPROFILE HOMEDRIVE HOMEPATH APPDATA LOCALAPPDATA PROGRAMDATA PUBLIC'.split(
      ' ',
    );
  const families = 'LC XDG DBUS WAYLAND GNOME KDE GTK GDK QT MOZ WSL'.split(' ');
  const handed = (names: string[]): string[] => {
    let env: Record<string, string> = {};
    const start = ((_program: string, _args: string[], options: { env: Record<string, string> }) => {
      ({ env } = options);
      throw new Error('not in a test');
    }) as unknown as typeof spawn;
    systemOpener({ env: Object.fromEntries(names.map(name => [name, 'x'])), platform: 'darwin', start })?.('/x.html');
    return Object.keys(env);
  };

  test('a desktop program gets what it needs, in whatever case it is written', () => {
    const needed = [
      ...named,
      ...families.flatMap(name => [`${name}_`, `${name}_ANY_THING`]),
      ...['PROGRAMFILES', 'ProgramFiles(x86)', 'Path', 'SystemRoot', 'xdg_runtime_dir'],
    ];
    expect(handed(needed)).toEqual(needed);
  });

  test('and nothing that is only named alike', () => {
    const other = [
      ...named.flatMap(name => [`X${name}`, `${name}X`, `${name}_KEY`]),
      ...families.flatMap(name => [name, `X${name}_A`, `${name}X`]),
      ...[
        'SCRIP_API_KEY',
        'TRUSTPAGER_API_KEY',
        'NODE_OPTIONS',
        'LD_PRELOAD',
        'AUTOMATIONS_CONFIG',
        'APROGRAMFILES',
        '',
      ],
    ].filter(name => !named.includes(name));
    expect(handed(other)).toEqual([]);
  });
});
