// Serves clients until they are gone or the program is told to stop, then lets what is under way finish.
import { flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import type { Config } from '../settings.ts';
import type { Home } from './house.ts';
import { openingOf } from './opening.ts';
import { stopSignals } from './signals.ts';
import { warnings } from './warnings.ts';
import { watching } from './watching.ts';

export async function serve(config: Config, version: string): Promise<number> {
  const operator =
    config.config === undefined ? {} : await (await import('./operator-file.ts')).readOperator(config.config);
  const watch = await watching(config, version);
  let house: Home | undefined;
  async function open(): Promise<Home> {
    const [{ openHouse }, { systemOpener }] = await Promise.all([
      import('./house.ts'),
      import('../approvals/opener.ts'),
    ]);
    const opened = openHouse(config, version, operator, systemOpener({ env: process.env }), watch.observers);
    house = opened;
    for (const [fields, message] of warnings(process.env, operator)) opened.log.warn(fields, message);
    // What a library throws outside of any call must not take calls that are under way with it.
    process.on('unhandledRejection', error => opened.log.error({ err: error }, 'unhandled'));
    // The launcher keeps what was compiled for the next start; clients end programs without a word, so it is kept soon.
    setTimeout(flushCompileCache, 3_000).unref();
    return opened;
  }
  const { stop, hurry } = stopSignals();
  if (config.http) {
    const [{ serveOverHttp }, { doorsOf }] = await Promise.all([
      import('../transports/http.ts'),
      import('./identity.ts'),
    ]);
    const house = await open();
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
    // What there is to warn of is told at the start, not when the first call opens the house.
    const say = warnings(process.env, operator).length > 0 ? undefined : openingOf(config);
    const settled = async (): Promise<Home> => {
      const opened = await open();
      // One client's calls need no large nursery: with one that does not grow any more, a third of the memory is saved after some thousand
      // calls. Loading the server needs one, for nearly all that is made then stays.
      setFlagsFromString('--semi-space-growth-factor=1');
      return opened;
    };
    await serveOverStdio(settled, { callLimit: config.callLimit, say }, stop);
    await house?.close(undefined, hurry);
  }
  return 0;
}
