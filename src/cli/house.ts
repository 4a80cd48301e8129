// Builds the house from the settings: accounts, store, policy, log. Building it opens nothing and writes nothing.
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { catalogue } from '../../tools/index.ts';
import { type Config, defaultStateFolder } from '../config.ts';
import { versionOf } from '../ledger/canonical.ts';
import { createLog } from '../log.ts';
import { redactor } from '../redact.ts';
import type { House } from '../server/house.ts';
import { sqliteStore } from '../store/sqlite.ts';
import { type Accounts, openAccounts } from './connections.ts';

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

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The command that starts this very program, with the Node that runs it. */
export const thisProgram = (): string[] => [process.execPath, fileURLToPath(new URL('../main.ts', import.meta.url))];

export interface Home extends House {
  /** Waits for writes that are under way, at most `grace` milliseconds, then closes store and clients. */
  close(grace?: number): Promise<void>;
  accounts: Accounts;
}

export function openHouse(config: Config, version: string): Home {
  const accounts = openAccounts(config);
  const redact = redactor(accounts.secrets);
  const store = sqliteStore(storeFile(config));
  const vendors = new Set(accounts.connections.map(({ vendor }) => vendor));
  const policy = {
    readOnly: config.readOnly,
    humanAbove: { credits: config.askAboveCredits, people: config.askAbovePeople },
  };
  const scopes = accounts.connections.map(({ vendor, scopes }) => ({
    vendor,
    scopes: scopes ? [...scopes] : 'not declared',
  }));
  const inFlight: House['inFlight'] = new Set();
  const folder = stateFolder(config);
  return {
    version,
    tools: new Map(
      catalogue.filter(({ vendor }) => vendor === 'common' || vendors.has(vendor)).map(tool => [tool.name, tool]),
    ),
    connections: accounts.connections,
    store,
    policy,
    policyVersion: versionOf(
      JSON.parse(JSON.stringify({ policy, scopes, idle: config.idle, bodyKey: config.trustpagerBodyKey })),
    ),
    idle: config.idle,
    bodyKey: config.trustpagerBodyKey,
    times: {
      call: config.callTimeout * 1_000,
      askInClient: config.questionExpiry * 1_000,
      askElsewhere: config.terminalExpiry * 1_000,
      yes: config.yesExpiry * 1_000,
      write: config.writeTimeout * 1_000,
      run: config.runTimeout * 1_000,
    },
    ...(folder === MEMORY
      ? {}
      : {
          approveCommand: (id: string) =>
            [...thisProgram(), 'approvals', 'approve', id.slice(0, 12), '--state-folder', folder].map(quoted).join(' '),
        }),
    redact,
    inFlight,
    log: createLog(config.logLevel, redact),
    now: Date.now,
    accounts,
    async close(grace = 8_000) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise(done => {
        timer = setTimeout(done, grace);
      });
      await Promise.race([Promise.allSettled(inFlight), late]);
      clearTimeout(timer);
      await Promise.allSettled([accounts.close(), store.close()]);
    },
  };
}
