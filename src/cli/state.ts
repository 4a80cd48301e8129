// Where the state of a server lives: a folder of its own, or nowhere but in memory.
import { isAbsolute, join, resolve } from 'node:path';
import { defaultStateFolder } from '../config.ts';
import type { Config } from '../settings.ts';

export const MEMORY = ':memory:';

/** The folder that holds the state, or `:memory:`. */
export function stateFolder(config: Config): string {
  const folder = config.stateFolder ?? defaultStateFolder(process.env);
  return folder === MEMORY || isAbsolute(folder) ? folder : resolve(folder);
}

export const storeFile = (config: Config): string => {
  const folder = stateFolder(config);
  return folder === MEMORY ? MEMORY : join(folder, 'state.sqlite');
};
