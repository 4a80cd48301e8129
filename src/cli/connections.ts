// Opens the accounts: a client for each key that is set, or the twins of both vendors where none is. Real and twin never mix.
import { randomBytes } from 'node:crypto';
import { redactor } from '../redact.ts';
import type { Sandbox } from '../sandbox/index.ts';
import { SCRIP_PROGRAMS } from '../sandbox/seed.ts';
import type { Connection, VendorHandle } from '../server/house.ts';
import type { Observer } from '../server/observer.ts';
import type { Config } from '../settings.ts';
import type { Watch } from '../vendors/http.ts';
import type { VendorName } from '../vendors/types.ts';
import { type Account, type KeyedAccount, keyOf, type Operator } from './operator.ts';
import { databaseOf } from './state.ts';

interface Reach {
  baseUrl: string;
  key: string;
}

/** Builds a vendor's client. Loaded by the first call that needs it: start-up loads no HTTP. */
async function openHandle(
  vendor: VendorName,
  { baseUrl, key }: Reach,
  config: Config,
  observer: Observer,
  header: 'x-api-key' | 'authorization' = vendor === 'scrip' ? 'x-api-key' : 'authorization',
): Promise<VendorHandle> {
  const [{ vendorHttp }, { classify }] = await Promise.all([
    import('../vendors/http.ts'),
    import('../vendors/classify.ts'),
  ]);
  const http = vendorHttp({
    baseUrl,
    vendor,
    mask: redactor([key]),
    headers: () => ({ [header]: header === 'authorization' ? `Bearer ${key}` : key }),
    deadlines: { read: config.readTimeout * 1_000, write: config.writeTimeout * 1_000, run: config.runTimeout * 1_000 },
    requestsPerMinute: vendor === 'scrip' ? config.scripPace : config.trustpagerPace,
    ...watchOf(vendor, observer),
  });
  const reader =
    vendor === 'scrip'
      ? (await import('../vendors/scrip/reader.ts')).scripReader(http)
      : (await import('../vendors/trustpager/reader.ts')).trustpagerReader(http);
  return {
    reader,
    literal: http.literal,
    ready: http.ready,
    send: async (request, options) => classify(vendor, await http.write(request, options), request),
    credits: () => ('creditsRemaining' in reader ? reader.creditsRemaining() : undefined),
    creditsIn: ({ body }) => ('creditsIn' in reader ? reader.creditsIn(body) : undefined),
    close: http.close,
  };
}

function watchOf(vendor: VendorName, { request }: Observer): { watch?: Watch } {
  if (!request) return {};
  return {
    watch(begun) {
      const began = performance.now();
      const ended = request({ vendor, ...begun });
      return came => ended({ ...came, ms: performance.now() - began });
    },
  };
}

export interface Accounts {
  connections: Connection[];
  /** Every secret that must never leave in an output. */
  secrets: string[];
  close(): Promise<void>;
}

export function openAccounts(config: Config, operator: Operator = {}, observer: Observer = {}): Accounts {
  const opened = new Map<string, Promise<VendorHandle>>();
  const connect = (
    { id, vendor, environment, scopes, program, ...more }: Omit<Account, 'base_url'>,
    reach: () => Promise<Reach>,
  ): Connection => ({
    id,
    vendor,
    environment,
    bodyKey: more.body_key ?? config.trustpagerBodyKey,
    markRuns: vendor === 'trustpager' && (more.mark_runs ?? config.trustpagerMarkRuns),
    ...(scopes ? { scopes } : {}),
    ...(program ? { program } : {}),
    ...(more.insecure_auto_approve ? { insecureAutoApprove: true } : {}),
    open() {
      const handle = opened.get(id) ?? reach().then(to => openHandle(vendor, to, config, observer, more.auth_header));
      opened.set(id, handle);
      handle.catch(() => opened.delete(id));
      return handle;
    },
  });
  const close = async (): Promise<void> => {
    await Promise.allSettled([...opened.values()].map(async handle => (await handle).close()));
  };

  const stored = databaseOf(config)?.secrets ?? [];
  const accounts = config.sandbox ? [] : named(config, operator);
  if (accounts.length > 0)
    return {
      connections: accounts.map(account =>
        connect(account, async () => ({
          baseUrl: account.base_url ?? usual(config, account.vendor),
          key: account.key,
        })),
      ),
      secrets: [...accounts.map(({ key }) => key), ...stored],
      close,
    };

  let twins: Promise<Sandbox> | undefined;
  const sandbox = (): Promise<Sandbox> => {
    twins ??= import('../sandbox/index.ts').then(({ startSandbox }) => startSandbox());
    return twins;
  };
  // A fresh id each time: nothing recorded in an earlier sandbox matches this one.
  const run = randomBytes(3).toString('hex');
  const twin = (vendor: VendorName) => ({
    id: `${vendor}-twin-${run}`,
    vendor,
    environment: 'sandbox' as const,
    scopes: scopesOf(config, vendor),
  });
  return {
    connections: [
      connect(
        { ...twin('scrip'), program: config.scripProgram ?? SCRIP_PROGRAMS.rewards },
        async () => (await sandbox()).scrip,
      ),
      connect(twin('trustpager'), async () => (await sandbox()).trustpager),
    ],
    secrets: [config.scripKey, config.trustpagerKey, ...stored].filter(key => key !== undefined),
    async close() {
      await close();
      if (twins) await (await twins).close();
    },
  };
}

const usual = (config: Config, vendor: VendorName): string =>
  vendor === 'scrip' ? config.scripBaseUrl : config.trustpagerBaseUrl;

export const scopesOf = (config: Config, vendor: VendorName): string[] | undefined => {
  const scopes = vendor === 'scrip' ? config.scripScopes : config.trustpagerScopes;
  return scopes ? [...scopes] : undefined;
};

/** The accounts with keys: those of the operator's file, or without it one for each key in the environment. */
function named(config: Config, operator: Operator): KeyedAccount[] {
  if (operator.connections)
    return operator.connections.map(account => ({ ...account, key: keyOf(account, process.env) }));
  const one = (vendor: VendorName, key: string | undefined, program?: string): KeyedAccount[] =>
    key === undefined
      ? []
      : [{ id: vendor, vendor, environment: 'production', scopes: scopesOf(config, vendor), program, key }];
  return [...one('scrip', config.scripKey, config.scripProgram), ...one('trustpager', config.trustpagerKey)];
}
