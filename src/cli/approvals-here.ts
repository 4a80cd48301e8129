// Answers questions in this terminal, on the store that the settings name.
import { audited } from '../ledger/audit.ts';
import { jsonRedactor, redactor } from '../redact.ts';
import type { Config } from '../settings.ts';
import { approvals } from './approvals.ts';
import { stopSignal } from './signals.ts';
import { databaseOf, openShared } from './state.ts';

export async function approvalsHere(config: Config, args: string[]): Promise<number> {
  const kept = openShared(config, 'questions inside the server that asks them; no terminal can reach them.');
  const { store } = audited(kept, { json: jsonRedactor(redactor(databaseOf(config)?.secrets ?? [])), now: Date.now });
  const ended = new AbortController();
  // What waits for a typed word ends with the program, as ever; only what stays has something to end.
  if (args[0] === 'watch') stopSignal().then(() => ended.abort());
  try {
    return await approvals(args, {
      store,
      stdin: process.stdin,
      stdout: process.stdout,
      now: Date.now,
      usable_for: config.yesExpiry * 1_000,
      signal: ended.signal,
    });
  } finally {
    await store.close();
  }
}
