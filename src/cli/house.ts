// Builds the house from the settings: accounts, store, policy, log. Building it opens nothing and writes nothing.
import { fileURLToPath } from 'node:url';
import { catalogue } from '../../tools/index.ts';
import { suggested } from '../../tools/suggested.ts';
import type { Opener } from '../approvals/opener.ts';
import { approvalPage } from '../approvals/page.ts';
import { audited } from '../ledger/audit.ts';
import { versionOf } from '../ledger/canonical.ts';
import { headText } from '../ledger/entries.ts';
import { createLog, levels } from '../log.ts';
import { callLines } from '../observers/lines.ts';
import { jsonRedactor, redactor } from '../redact.ts';
import { Ending } from '../server/clock.ts';
import type { House } from '../server/house.ts';
import { type Observer, observed, together } from '../server/observer.ts';
import { offered } from '../server/offer.ts';
import { underWay } from '../server/request-id.ts';
import { rememberSeen } from '../server/seen.ts';
import type { Config } from '../settings.ts';
import { type Accounts, openAccounts } from './connections.ts';
import type { Operator } from './operator.ts';
import { policyOf } from './operator-settings.ts';
import { databaseOf, MEMORY, openStore, stateFolder } from './state.ts';

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The command that starts this very program, with the Node that runs it. */
export const thisProgram = (): string[] => [process.execPath, fileURLToPath(new URL('../main.ts', import.meta.url))];

/** What a person types to answer a question. Where the store is a database its address holds a secret, and is not repeated. */
const approve = (id: string, folder: string | false): string => {
  const command = [...thisProgram(), 'approvals', 'approve', id.slice(0, 12)];
  return folder
    ? [...command, '--state-folder', folder].map(quoted).join(' ')
    : `${command.map(quoted).join(' ')} (with AUTOMATIONS_STORE set as it is for this server)`;
};

export interface Home extends House {
  /** Waits for writes that are under way, at most `grace` milliseconds and not beyond `hurry`, then closes store and clients. */
  close(grace?: number, hurry?: Promise<void>): Promise<void>;
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
  const redact = redactor([...accounts.secrets, config.metricsToken]);
  const redactedJson = jsonRedactor(redact);
  const policy = policyOf(config, operator);
  const declared = accounts.connections.map(({ id, scopes, bodyKey, markRuns, insecureAutoApprove }) => ({
    id,
    scopes: scopes ?? 'not declared',
    bodyKey,
    markRuns,
    ...(insecureAutoApprove ? { insecureAutoApprove } : {}),
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
  const lines = levels.indexOf(config.logLevel) <= levels.indexOf('info') ? [callLines(log)] : [];
  const observer = together([...lines, ...observers], broken);
  const { principals } = operator;
  const operators = JSON.parse(JSON.stringify({ settings: policy, declared, idle: config.idle, principals }));
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
    suggested,
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
    seen: rememberSeen({ several: database !== undefined }),
    ending: new Ending(),
    inFlight,
    log,
    observer,
    now: Date.now,
    accounts,
    async close(grace = 8_000, hurry) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>(done => {
        timer = setTimeout(done, grace);
        hurry?.then(done);
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
