// Serves the twins alone, for whoever wants to develop against them.
import { ConfigError } from '../config.ts';
import { parseReadings, type Sandbox, StateFileError, startSandbox } from '../sandbox/index.ts';
import type { Config } from '../settings.ts';
import { stopSignal } from './signals.ts';

async function start({ port, twinState, twinReadings = '' }: Config): Promise<Sandbox> {
  const readings = parseReadings(twinReadings);
  if (typeof readings === 'string') throw new ConfigError(`--twin-reading: ${readings}.`);
  const file = twinState === undefined ? {} : { file: twinState };
  try {
    return await startSandbox({ port, host: '127.0.0.1', readings, ...file });
  } catch (error) {
    throw error instanceof StateFileError ? new ConfigError(error.message) : error;
  }
}

export async function sandbox(config: Config): Promise<number> {
  const stop = stopSignal();
  const twins = await start(config);
  process.stdout.write(
    [
      `The twins of both vendors are serving at ${twins.url}; nothing behind them is real. Stop with Ctrl-C.`,
      'Open that address in a browser to watch them.',
      '',
      `SCRIP_BASE_URL=${twins.scrip.baseUrl}`,
      `SCRIP_API_KEY=${twins.scrip.key}`,
      ...twins.scrip.programs.map(({ id, name }) => `SCRIP_PROGRAM_ID=${id}   # ${name}`),
      `TRUSTPAGER_BASE_URL=${twins.trustpager.baseUrl}`,
      `TRUSTPAGER_API_KEY=${twins.trustpager.key}`,
      '',
    ].join('\n'),
  );
  await stop;
  await twins.close();
  return 0;
}
