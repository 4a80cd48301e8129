// Answers questions in this terminal, on the store that the settings name.

import { ConfigError } from '../config.ts';
import type { Config } from '../settings.ts';
import { sqliteStore } from '../store/sqlite.ts';
import { approvals } from './approvals.ts';
import { MEMORY, storeFile } from './state.ts';

export async function approvalsHere(config: Config, args: string[]): Promise<number> {
  const file = storeFile(config);
  if (file === MEMORY)
    throw new ConfigError(
      '--state-folder :memory: keeps questions inside the server that asks them; no terminal can reach them.',
    );
  const store = sqliteStore(file);
  try {
    return await approvals(args, {
      store,
      stdin: process.stdin,
      stdout: process.stdout,
      now: Date.now,
      usable_for: config.yesExpiry * 1_000,
    });
  } finally {
    await store.close();
  }
}
