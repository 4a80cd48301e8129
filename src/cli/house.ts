// Builds the house from the settings: accounts, store, policy, log. Building it opens nothing and writes nothing.
import { fileURLToPath } from 'node:url';
import { catalogue } from '../../tools/index.ts';
import type { Opener } from '../approvals/opener.ts';
import { approvalPage } from '../approvals/page.ts';
import { audited } from '../ledger/audit.ts';
import { versionOf } from '../ledger/canonical.ts';
import { headText } from '../ledger/entries.ts';
import { createLog } from '../log.ts';
import { callLines } from '../observers/lines.ts';
import { jsonRedactor, redactor } from '../redact.ts';
import { Ending } from '../server/clock.ts';
import type { House } from '../server/house.ts';
import { type Observer, observed, together } from '../server/observer.ts';
import { offered } from '../server/offer.ts';
import { underWay } from '../server/request-id.ts';
import { rememberSeen } from '../server/seen.ts';
import type { Config } from '../settings.ts';
<<<<<<< HEAD
import { sqliteStore } from '../store/sqlite.ts';
=======
import type { Tool } from '../tool.ts';
>>>>>>> b7a7887 (--store postgres://: every command keeps its records in the database that the setting names, and the stop is a verb of the store, asked before the first byte of each write)
import { type Accounts, openAccounts } from './connections.ts';
import type { Operator } from './operator.ts';
import { policyOf } from './operator-settings.ts';
import { databaseOf, MEMORY, openStore, stateFolder } from './state.ts';

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The command that starts this very program, with the Node that runs it. */
export const thisProgram = (): string[] => [process.execPath, fileURLToPath(new URL('../main.ts', import.meta.url))];

<<<<<<< HEAD
=======
/** What a person types to answer a question. Where the store is a database its address holds a secret, and is not repeated. */
const approve = (id: string, folder: string | false): string => {
  const command = [...thisProgram(), 'approvals', 'approve', id.slice(0, 12)];
  return folder
    ? [...command, '--state-folder', folder].map(quoted).join(' ')
    : `${command.map(quoted).join(' ')} (with AUTOMATIONS_STORE set as it is for this server)`;
};

/**
 * The tools that this program offers: those of the vendors it has accounts of, in the toolsets asked for. Where a vendor has several
 * accounts its tools take one more argument, and a call must name one; with a single account the argument is not there at all.
 */
function toolsFor(connections: readonly Connection[], toolset: Config['toolsets']): Map<string, Tool> {
  const ids = (vendor: Tool['vendor']): string[] =>
    connections.filter(connection => vendor === 'common' || connection.vendor === vendor).map(({ id }) => id);
  const several = (vendor: Tool['vendor']): boolean => ids(vendor).length > 1;
  const anySeveral = several('scrip') || several('trustpager');
  return new Map(
    catalogue
      .filter(tool => ids(tool.vendor).length > 0 && (toolset !== 'core' || tool.toolset === 'core'))
      .map(tool => {
        const account = z.enum(ids(tool.vendor)).describe('Account, from list_connections.');
        if (tool.vendor !== 'common' && several(tool.vendor))
          return [tool.name, { ...tool, input: tool.input.extend({ connection: account }) }];
        if (tool.name === 'watch_run' && anySeveral)
          return [tool.name, { ...tool, input: tool.input.extend({ connection: account.optional() }) }];
        return [tool.name, tool];
      }),
  );
}

>>>>>>> b7a7887 (--store postgres://: every command keeps its records in the database that the setting names, and the stop is a verb of the store, asked before the first byte of each write)
export interface Home extends House {
  /** Waits for writes that are under way, at most `grace` milliseconds, then closes store and clients. */
  close(grace?: number): Promise<void>;
  accounts: Accounts;
}

/** `opener` shows a file to whoever sits at this machine; without one, or where it is not wanted, no page is ever opened. */
export function openHouse(
  config: Config,
  version: string,
  operator: Operator = {},
  opener?: Opener,
  observers: readonly Observer[] = [],
): Home {
  const broken = (error: unknown) => log.error({ err: error }, 'an observer broke');
  const accounts = openAccounts(config, operator, together(observers, broken));
  const redact = redactor(accounts.secrets);
  const redactedJson = jsonRedactor(redact);
  const policy = policyOf(config, operator);
  const declared = accounts.connections.map(({ id, scopes, bodyKey, markRuns }) => ({
    id,
    scopes: scopes ?? 'not declared',
    bodyKey,
    markRuns,
  }));
  const inFlight: House['inFlight'] = new Set();
  const folder = stateFolder(config);
  const database = databaseOf(config);
  const inner = openStore(config);
  const log = createLog(config.logLevel, redact, () => {
    const head = inner.head();
    const request = underWay();
    return { ...(request ? { request } : {}), ...(head ? { audit: headText(head) } : {}) };
  });
  const observer = together([callLines(log), ...observers], broken);
  const operators = JSON.parse(JSON.stringify({ settings: policy, declared, idle: config.idle }));
  const policyVersion = versionOf(operators);
  const { store, note } = observed(
    audited(inner, {
      json: redactedJson,
      now: Date.now,
      policy: { version: policyVersion, program: version, policy: operators },
      onerror: error => log.error({ err: error }, 'the audit of what was read or refused cannot be written'),
    }),
    observer,
  );
  const page =
    opener && !config.noBrowser
      ? approvalPage({
          store,
          opener,
          redact,
          ...(folder === MEMORY ? {} : { folder }),
          usable_for: config.yesExpiry * 1_000,
          onerror: error => log.warn({ err: error }, 'the approval page'),
        })
      : undefined;
  return {
    version,
    catalogue: catalogue.filter(({ toolset }) => config.toolsets !== 'core' || toolset === 'core'),
    tools: offered(catalogue, accounts.connections, config.toolsets),
    connections: accounts.connections,
    store,
    note,
    policy,
    policyVersion,
    idle: config.idle,
    times: {
      call: config.callTimeout * 1_000,
      askInClient: config.questionExpiry * 1_000,
      askElsewhere: config.terminalExpiry * 1_000,
      yes: config.yesExpiry * 1_000,
      write: config.writeTimeout * 1_000,
      run: config.runTimeout * 1_000,
    },
    ...(database || folder !== MEMORY ? { approveCommand: (id: string) => approve(id, !database && folder) } : {}),
    ...(page ? { page } : {}),
    redact,
    redactedJson,
    seen: rememberSeen(),
    ending: new Ending(),
    inFlight,
    log,
    observer,
    now: Date.now,
    accounts,
    async close(grace = 8_000) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise(done => {
        timer = setTimeout(done, grace);
      });
      await Promise.race([Promise.allSettled(inFlight), late]);
      // A client waits for its own writes, up to their deadlines; the end does not (reliability.md R14).
      const clients = accounts.close();
      await Promise.race([Promise.allSettled([clients, page?.close()]), late]);
      clearTimeout(timer);
      await store.close();
    },
  };
}
