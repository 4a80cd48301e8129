// A client, the server in this process, and a person's browser that is a list of the files that were opened in it.
import { join } from 'node:path';
import { openHouse } from '../../src/cli/house.ts';
import { readConfig } from '../../src/config.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { serveOverHttp } from '../../src/transports/http.ts';
import { folder } from '../cli/program.ts';
import { connectTo, type Era, fastTwins, makeClient, type Person, requestsOf, said, settingsFor } from '../fixtures.ts';
import { eventually, firings } from './twin.ts';

interface Options {
  era?: Era;
  person?: Person;
  /** What the client calls itself, given the accounts' keys. */
  clientName?: (keys: string[]) => string;
  env?: Record<string, string>;
  opens?: boolean;
  /** Another desk, whose store and twins this one shares. */
  beside?: { home: Awaited<ReturnType<typeof folder>>; sandbox: Sandbox };
}

export async function desk({ era = 'modern', person, clientName, env = {}, opens = true, beside }: Options = {}) {
  const home = beside?.home ?? (await folder());
  const sandbox: Sandbox = beside?.sandbox ?? (await startSandbox(fastTwins));
  const opened: string[] = [];
  const settings = settingsFor(sandbox, join(home.path, 'state'), {
    AUTOMATIONS_NO_BROWSER: 'false',
    AUTOMATIONS_LOG_LEVEL: 'silent',
    ...env,
  });
  const config = readConfig({}, settings);
  const house = openHouse(config, '0.0.0-test', {}, async file => opens && opened.push(file) > 0);
  const server = await serveOverHttp(house, config);
  const client = makeClient(era, person, clientName?.([sandbox.scrip.key, sandbox.trustpager.key]));
  await connectTo(server.url, client, era);
  const close = async () => {
    await client.close();
    await server.close();
    await house.close();
  };
  return {
    home,
    sandbox,
    close,
    opened,
    store: house.store,
    house,
    call: async (name: string, args: object) =>
      said(await client.callTool({ name, arguments: args as Record<string, unknown> })),
    fired: async () => firings(await requestsOf(sandbox)).length,
    file: (n = 0) => eventually(() => opened[n]),
    async [Symbol.asyncDispose]() {
      await close();
      if (beside) return;
      await sandbox.close();
      await home[Symbol.asyncDispose]();
    },
  };
}
