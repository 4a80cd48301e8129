// A server in this process that demands to know who comes, tokens for its principals, and requests of theirs.

import { openHouse } from '../../src/cli/house.ts';
import { doorsOf } from '../../src/cli/identity.ts';
import type { Operator } from '../../src/cli/operator.ts';
import { readConfig } from '../../src/config.ts';
import { newToken } from '../../src/identity/tokens.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import type { TokenRow } from '../../src/store/tokens.ts';
import { serveOverHttp } from '../../src/transports/http.ts';
import { folder } from '../cli/program.ts';
import { fastTwins, settingsFor } from '../fixtures.ts';
import { type Knock, knockAt, opening } from '../transports/knock.ts';

export interface Around {
  principals: NonNullable<Operator['principals']>;
  operator?: Operator;
  env?: Record<string, string>;
  /** Another server, whose store and twins this one shares. */
  beside?: { stateFolder: string; sandbox: Sandbox };
}

export async function served({ principals, operator = {}, env = {}, beside }: Around) {
  const home = await folder();
  const sandbox = beside?.sandbox ?? (await startSandbox(fastTwins));
  const stateFolder = beside?.stateFolder ?? home.path;
  const config = readConfig({}, settingsFor(sandbox, stateFolder, { AUTOMATIONS_LOG_LEVEL: 'silent', ...env }));
  const whole = { ...operator, principals };
  const house = openHouse(config, '0.0.0-test', whole);
  const server = await serveOverHttp(house, config, await doorsOf(config, whole, house));
  const port = Number(new URL(server.url).port);
  return {
    url: server.url,
    port,
    house,
    sandbox,
    stateFolder,
    store: house.store,
    /** A token as the command makes one, and its id. */
    async token(principal: string, over: Partial<TokenRow> = {}): Promise<{ token: string; id: string }> {
      const { row, token } = newToken({ principal, purpose: 'mcp' }, Date.now(), 90);
      await house.store.addToken({ ...row, ...over });
      return { token, id: row.id };
    },
    knock: (what: Knock) => knockAt(port, what),
    /** Asks for the tools; `authorization` as the header has it. */
    ask: (authorization?: string, headers: Knock['headers'] = {}) => {
      const { headers: usual, body } = opening('modern');
      return knockAt(port, { headers: { host: `127.0.0.1:${port}`, ...usual, ...headers, authorization }, body });
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await house.close();
      if (!beside) await sandbox.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

export type Served = Awaited<ReturnType<typeof served>>;
