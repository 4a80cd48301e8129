// The operator's stop: a file beside the store, which every process on that store looks for before it sends anything.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';
import type { Config } from '../settings.ts';
import { MEMORY, stateFolder } from './state.ts';

const fileIn = (folder: string): string => join(folder, 'STOP');

/** Why everything is stopped, or undefined. A stop that is there and cannot be read is a stop. */
export function stopIn(folder: string): string | undefined {
  if (folder === MEMORY) return undefined;
  try {
    return readFileSync(fileIn(folder), 'utf8').replace(/\p{C}/gu, ' ').trim().slice(0, 200);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : `the stop file cannot be read, ${code}`;
  }
}

function folderOf(config: Config): string {
  const folder = stateFolder(config);
  if (folder !== MEMORY) return folder;
  throw new ConfigError('--state-folder :memory: keeps nothing outside the server; end that server instead.');
}

export async function stop(config: Config, words: string[]): Promise<number> {
  const folder = folderOf(config);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(fileIn(folder), `${words.join(' ')}\n`, { mode: 0o600 });
  chmodSync(fileIn(folder), 0o600);
  process.stdout.write(
    [
      `Stopped: from now on no server on ${folder} sends anything that changes anything.`,
      'What is already at the vendors goes on: a Scrip fan-out finishes even when its automation is paused, schedules fire, TrustPager runs end.',
      'To go on: automations-mcp resume',
      '',
    ].join('\n'),
  );
  return 0;
}

export async function resume(config: Config): Promise<number> {
  const folder = folderOf(config);
  const was = stopIn(folder);
  rmSync(fileIn(folder), { force: true });
  process.stdout.write(
    was === undefined ? 'Nothing was stopped.\n' : `The stop is over: servers on ${folder} send again.\n`,
  );
  return 0;
}
