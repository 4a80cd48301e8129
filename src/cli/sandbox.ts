// Serves the twins alone, for whoever wants to develop against them.
import type { Config } from '../config.ts';
import { startSandbox } from '../sandbox/index.ts';
import { stopSignal } from './serve.ts';

export async function sandbox(config: Config): Promise<number> {
  const twins = await startSandbox({ port: config.port, host: '127.0.0.1' });
  process.stdout.write(
    [
      `The twins of both vendors are serving at ${twins.url}; nothing behind them is real. Stop with Ctrl-C.`,
      '',
      `SCRIP_BASE_URL=${twins.scrip.baseUrl}`,
      `SCRIP_API_KEY=${twins.scrip.key}`,
      ...twins.scrip.programs.map(({ id, name }) => `SCRIP_PROGRAM_ID=${id}   # ${name}`),
      `TRUSTPAGER_BASE_URL=${twins.trustpager.baseUrl}`,
      `TRUSTPAGER_API_KEY=${twins.trustpager.key}`,
      '',
    ].join('\n'),
  );
  await stopSignal();
  await twins.close();
  return 0;
}
