// Where the state of a server lives: in a PostgreSQL database, in a folder of its own, or nowhere but in memory.
import { isAbsolute, join, resolve } from 'node:path';
import { ConfigError, defaultStateFolder } from '../config.ts';
import { Failure } from '../errors.ts';
import type { Config } from '../settings.ts';
import { type Address, addressOf } from '../store/postgres-address.ts';
import { sqliteStore } from '../store/sqlite.ts';
import { stopRow } from '../store/stop.ts';
import type { Store } from '../store/store.ts';
import { type Database, storeOver } from '../store/verbs.ts';

export const MEMORY = ':memory:';

/** The folder that holds the state, or `:memory:`. */
export function stateFolder(config: Config): string {
  const folder = config.stateFolder ?? defaultStateFolder(process.env);
  return folder === MEMORY || isAbsolute(folder) ? folder : resolve(folder);
}

/** The database that holds the state, where one was named, and what its driver takes for a password by itself. Throws `ConfigError`. */
export function databaseOf({ store }: Config): Address | undefined {
  try {
    if (store === undefined) return undefined;
    const address = addressOf(store);
    const { PGPASSWORD } = process.env;
    return PGPASSWORD ? { ...address, secrets: [...address.secrets, PGPASSWORD] } : address;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new ConfigError(`${error.message} ${error.details.next}`);
  }
}

/** What speaks PostgreSQL is loaded by the first verb: programs without such a store never load it. */
function postgres(address: Address): Database {
  let loading: Promise<Database> | undefined;
  const database = (): Promise<Database> => {
    loading ??= import('../store/postgres.ts').then(({ postgresDatabase }) => postgresDatabase(address));
    return loading;
  };
  const reading: Database['reading'] = async (...given) => (await database()).reading(...given);
  const writing: Database['writing'] = async steps => (await database()).writing(steps);
  return {
    name: address.name,
    reading,
    writing,
    stop: stopRow({ reading, writing }),
    audit: async (after, limit) => (await database()).audit(after, limit),
    close: async () => (await database()).close(),
  };
}

/** The store that the settings name. Opening it reads nothing, writes nothing and connects to nothing. */
export function openStore(config: Config): Store {
  const address = databaseOf(config);
  if (address) return storeOver(postgres(address));
  const folder = stateFolder(config);
  return sqliteStore(folder === MEMORY ? MEMORY : join(folder, 'state.sqlite'));
}

/** The same, for another process than the server's; `kept` is what memory keeps inside the server. Throws `ConfigError`. */
export function openShared(config: Config, kept: string): Store {
  if (config.store === undefined && stateFolder(config) === MEMORY)
    throw new ConfigError(`--state-folder :memory: keeps ${kept}`);
  return openStore(config);
}
