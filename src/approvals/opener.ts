// Opens one file of ours in the person's browser, with the system's own program for that: fixed programs, no shell (design section 6).
import type { spawn } from 'node:child_process';
import { win32 } from 'node:path';

/** Opens a file for the person; false where it could not. */
export type Opener = (file: string) => Promise<boolean>;

type Env = Readonly<Record<string, string | undefined>>;

/** How long an opener may take to fail. Some stay for as long as the browser does, so one that is still there has not failed. */
const SOON = 1_500;

/** What a desktop program needs of the environment. Everything else stays here: a browser has no use for a vendor's key. */
const needed =
  /^(PATH|PATHEXT|HOME|USER|USERNAME|LOGNAME|SHELL|LANG|LANGUAGE|DISPLAY|XAUTHORITY|BROWSER|DESKTOP_SESSION|TMPDIR|TEMP|TMP|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|USERPROFILE|HOMEDRIVE|HOMEPATH|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES.*|PUBLIC|(LC|XDG|DBUS|WAYLAND|GNOME|KDE|GTK|GDK|QT|MOZ|WSL)_.*)$/i;

export function hasDisplay(env: Env, platform: NodeJS.Platform): boolean {
  if (platform === 'darwin' || platform === 'win32') return true;
  return platform === 'linux' && Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** Program and arguments, by platform. Absolute where the platform has one place for it. */
function command(file: string, env: Env, platform: NodeJS.Platform): [string, string[]] {
  if (platform === 'darwin') return ['/usr/bin/open', [file]];
  if (platform !== 'win32') return ['xdg-open', [file]];
  // `explorer.exe` would do, but ends with 1 whether it opened anything or not.
  const system = win32.join(env.SystemRoot ?? env.SYSTEMROOT ?? 'C:\\Windows', 'System32');
  return [win32.join(system, 'rundll32.exe'), ['url.dll,FileProtocolHandler', file]];
}

export interface OpenerOptions {
  env: Env;
  platform?: NodeJS.Platform;
  start?: typeof spawn;
}

/** The system's opener, or nothing where there is no display to open anything on. */
export function systemOpener({ platform = process.platform, start, env }: OpenerOptions): Opener | undefined {
  if (!hasDisplay(env, platform)) return undefined;
  const handed = Object.fromEntries(Object.entries(env).filter(([name]) => needed.test(name)));
  return async file => {
    // Few calls open anything, and a first one of another kind need not load this.
    const begin = start ?? (await import('node:child_process')).spawn;
    return new Promise<boolean>(resolve => {
      const [program, args] = command(file, env, platform);
      const settle = (opened: boolean) => {
        clearTimeout(soon);
        resolve(opened);
      };
      const soon = setTimeout(() => settle(true), SOON);
      try {
        begin(program, args, { detached: true, stdio: 'ignore', shell: false, windowsHide: true, env: handed })
          .once('error', () => settle(false))
          .once('exit', code => settle(code === 0))
          .unref();
      } catch {
        settle(false);
      }
    });
  };
}
