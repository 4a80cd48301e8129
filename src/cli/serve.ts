// Serves clients until they are gone or the program is told to stop, then lets what is under way finish.
import { systemOpener } from '../approvals/opener.ts';
import type { Config } from '../settings.ts';
import { openHouse } from './house.ts';
import { stopSignals } from './signals.ts';
import { warnings } from './warnings.ts';
import { watching } from './watching.ts';

export async function serve(config: Config, version: string): Promise<number> {
  const operator =
    config.config === undefined ? {} : await (await import('./operator-file.ts')).readOperator(config.config);
  const watch = await watching(config, version);
  const house = openHouse(config, version, operator, systemOpener({ env: process.env }), watch.observers);
  for (const [fields, message] of warnings(process.env, operator, house.connections)) house.log.warn(fields, message);
  const { stop, hurry } = stopSignals();
  // What a library throws outside of any call must not take calls that are under way with it.
  process.on('unhandledRejection', error => house.log.error({ err: error }, 'unhandled'));
  if (config.http) {
    const [{ serveOverHttp }, { doorsOf }] = await Promise.all([
      import('../transports/http.ts'),
      import('./identity.ts'),
    ]);
    const server = await serveOverHttp(house, config, await doorsOf(config, operator, house));
    process.stderr.write(`automations-mcp: serving ${server.url}\n`);
    const watched = await watch.serve(house, server);
    if (watched) process.stderr.write(`automations-mcp: metrics at ${watched.url}\n`);
    await stop;
    const end = performance.now() + (config.lameDuck + config.grace * 0.9) * 1_000;
    await server.close(hurry);
    await watched?.close();
    await house.close(end - performance.now(), hurry);
  } else {
    const { serveOverStdio } = await import('../transports/stdio.ts');
    await serveOverStdio(house, config, stop);
    await house.close(undefined, hurry);
  }
  return 0;
}
