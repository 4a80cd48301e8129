// Stops everything that changes anything, in every server on the same store; and ends the stop.
import type { Config } from '../settings.ts';
import type { Store } from '../store/store.ts';
import { databaseOf, openShared, stateFolder } from './state.ts';

async function onStore<T>(config: Config, work: (store: Store) => Promise<T>): Promise<T> {
  const store = openShared(config, 'nothing outside the server; end that server instead.');
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const nameOf = (config: Config): string => databaseOf(config)?.name ?? stateFolder(config);

export async function stop(config: Config, words: string[]): Promise<number> {
  await onStore(config, store => store.stop(words.join(' ')));
  process.stdout.write(
    [
      `Stopped: from now on no server on ${nameOf(config)} sends anything that changes anything.`,
      'What is already at the vendors goes on: a Scrip fan-out finishes even when its automation is paused, schedules fire, TrustPager runs end.',
      'To go on: automations-mcp resume',
      '',
    ].join('\n'),
  );
  return 0;
}

export async function resume(config: Config): Promise<number> {
  const stood = await onStore(config, store => store.resume());
  process.stdout.write(
    stood ? `The stop is over: servers on ${nameOf(config)} send again.\n` : 'Nothing was stopped.\n',
  );
  return 0;
}
