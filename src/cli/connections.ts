// Opens the accounts: a client for each key that is set, or the twins of both vendors where none is. Real and twin never mix.
import { randomBytes } from 'node:crypto';
import type { Config } from '../config.ts';
import type { Sandbox } from '../sandbox/index.ts';
import { SCRIP_PROGRAMS } from '../sandbox/seed.ts';
import type { Connection, VendorHandle } from '../server/house.ts';
import type { VendorName } from '../vendors/types.ts';

interface Reach {
  baseUrl: string;
  key: string;
}

/** Builds a vendor's client. Loaded by the first call that needs it: start-up loads no HTTP. */
async function openHandle(vendor: VendorName, { baseUrl, key }: Reach, config: Config): Promise<VendorHandle> {
  const [{ vendorHttp }, { classify }] = await Promise.all([
    import('../vendors/http.ts'),
    import('../vendors/classify.ts'),
  ]);
  const http = vendorHttp({
    baseUrl,
    vendor,
    headers: (): Record<string, string> =>
      vendor === 'scrip' ? { 'x-api-key': key } : { authorization: `Bearer ${key}` },
    deadlines: { read: config.readTimeout * 1_000, write: config.writeTimeout * 1_000, run: config.runTimeout * 1_000 },
    requestsPerMinute: vendor === 'scrip' ? config.scripPace : config.trustpagerPace,
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
    credits: () => ('creditsRemaining' in reader ? reader.creditsRemaining()?.credits : undefined),
    close: http.close,
  };
}

export interface Accounts {
  connections: Connection[];
  /** Every secret that must never leave in an output. */
  secrets: string[];
  /** The twins, once something opened them. */
  sandbox?: () => Promise<Sandbox>;
  close(): Promise<void>;
}

export function openAccounts(config: Config): Accounts {
  const opened = new Map<string, Promise<VendorHandle>>();
  const connect = (
    vendor: VendorName,
    id: string,
    environment: Connection['environment'],
    reach: () => Promise<Reach>,
    program?: string,
  ): Connection => {
    const scopes = vendor === 'scrip' ? config.scripScopes : config.trustpagerScopes;
    return {
      id,
      vendor,
      environment,
      ...(scopes ? { scopes } : {}),
      ...(program ? { program } : {}),
      open() {
        const handle = opened.get(id) ?? reach().then(to => openHandle(vendor, to, config));
        opened.set(id, handle);
        handle.catch(() => opened.delete(id));
        return handle;
      },
    };
  };
  const close = async (): Promise<void> => {
    await Promise.allSettled([...opened.values()].map(async handle => (await handle).close()));
  };

  const { scripKey, trustpagerKey } = config;
  if (!config.sandbox && (scripKey || trustpagerKey))
    return {
      connections: [
        ...(scripKey
          ? [
              connect(
                'scrip',
                'scrip',
                'production',
                async () => ({ baseUrl: config.scripBaseUrl, key: scripKey }),
                config.scripProgram,
              ),
            ]
          : []),
        ...(trustpagerKey
          ? [
              connect('trustpager', 'trustpager', 'production', async () => ({
                baseUrl: config.trustpagerBaseUrl,
                key: trustpagerKey,
              })),
            ]
          : []),
      ],
      secrets: [scripKey, trustpagerKey].filter(key => key !== undefined),
      close,
    };

  let twins: Promise<Sandbox> | undefined;
  const sandbox = (): Promise<Sandbox> => {
    twins ??= import('../sandbox/index.ts').then(({ startSandbox }) => startSandbox());
    return twins;
  };
  // A fresh id each time: nothing recorded in an earlier sandbox matches this one.
  const run = randomBytes(3).toString('hex');
  return {
    connections: [
      connect(
        'scrip',
        `scrip-twin-${run}`,
        'sandbox',
        async () => (await sandbox()).scrip,
        config.scripProgram ?? SCRIP_PROGRAMS.rewards,
      ),
      connect('trustpager', `trustpager-twin-${run}`, 'sandbox', async () => (await sandbox()).trustpager),
    ],
    secrets: [scripKey, trustpagerKey].filter(key => key !== undefined),
    sandbox,
    async close() {
      await close();
      if (twins) await (await twins).close();
    },
  };
}
