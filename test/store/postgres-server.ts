// A real PostgreSQL for tests: the one that an environment variable names, or one of this machine's, started for one test file in a temp folder.
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../transports/port.ts';

export interface Server {
  /** The address of a fresh schema in it. */
  fresh(): string;
  /** Ends it at once, as a crash or `now` does, and starts it anew on the same data; only where it is ours. */
  stop?(how?: 'now' | 'crash'): Promise<void>;
  start?(): Promise<void>;
  end(): Promise<void>;
}

const folders = (): string[] => {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  return [...versions.map(version => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(':')];
};
const programs = folders().find(folder => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
const given = process.env.AUTOMATIONS_TEST_POSTGRES;

/** Why there is none, or nothing. Where `CI` is set there must be one. */
export const missing: string | undefined =
  given || programs
    ? undefined
    : 'PostgreSQL is not installed and AUTOMATIONS_TEST_POSTGRES is not set: its tests are left out.';

let schemas = 0;
const schema = (): string => `t${process.pid}_${Date.now().toString(36)}_${schemas++}`;

/** PostgreSQL refuses to run as root, so there it runs as nobody. */
const as = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

export async function startPostgres(): Promise<Server> {
  if (given)
    return { fresh: () => `${given}${given.includes('?') ? '&' : '?'}schema=${schema()}`, end: async () => {} };
  if (!programs) throw new Error(missing);
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'tester', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    {
      ...as,
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', HOME: folder },
      stdio: 'ignore',
    },
  );
  const port = await freePort();
  const options = [
    'fsync=off',
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    'max_connections=200',
  ];

  async function run() {
    const child = spawn(
      join(programs as string, 'postgres'),
      ['-D', data, ...options.flatMap(option => ['-c', option])],
      {
        ...as,
        cwd: folder,
        env: { PATH: process.env.PATH ?? '', HOME: folder, LC_ALL: 'C' },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', chunk => {
        said += chunk;
        if (/ready to accept connections/.test(said)) resolve();
      });
      child.once('exit', code => reject(new Error(`PostgreSQL ended with ${code}: ${said}`)));
    });
    return child;
  }
  let child = await run();
  const stop = (signal: NodeJS.Signals) =>
    new Promise<void>(resolve => {
      child.once('exit', () => resolve());
      child.kill(signal);
    });
  return {
    fresh: () => `postgres://tester@127.0.0.1:${port}/postgres?schema=${schema()}`,
    stop: how => stop(how === 'crash' ? 'SIGQUIT' : 'SIGINT'),
    async start() {
      child = await run();
    },
    async end() {
      if (child.exitCode === null && child.signalCode === null) await stop('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
