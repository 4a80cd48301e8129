// Who may come over HTTP, from the settings and the operator's file; what cannot hold together stops the start.
import { ConfigError } from '../config.ts';
import type { Named } from '../identity/identity.ts';
import type { House } from '../server/house.ts';
import type { Config } from '../settings.ts';
import type { Doors } from '../transports/http.ts';
import { isLoopback } from '../transports/wall.ts';
import type { Operator } from './operator.ts';
import type { WrittenPrincipal } from './operator-principals.ts';

const named = ({ read_only, no_spend, approves, ...written }: WrittenPrincipal): Named => {
  const given = Object.entries({ ...written, readOnly: read_only, noSpend: no_spend });
  return {
    ...(Object.fromEntries(given.filter(([, value]) => value !== undefined)) as unknown as Named),
    approves: approves === 'all' ? ['all'] : (approves ?? []),
  };
};

export const principalsOf = ({ principals = [] }: Operator): Named[] => principals.map(named);

/** Throws `ConfigError` where whoever may come cannot be told. */
function check(
  { host, publicUrl, allowedHosts, oauthIssuer, oauthAudience, oauthScopes }: Config,
  named: Named[],
): void {
  const nobody = named.length === 0;
  if (!isLoopback(host) && nobody)
    throw new ConfigError(
      `--host ${host} is not loopback, so whoever comes must say who they are: name principals in the operator’s file (--config), or serve on 127.0.0.1.`,
    );
  if (!isLoopback(host) && publicUrl === undefined && allowedHosts === undefined && ['0.0.0.0', '::'].includes(host))
    throw new ConfigError(
      `--host ${host} listens everywhere; say what this server is called there: --public-url, or --allowed-hosts.`,
    );
  if (oauthIssuer === undefined) {
    if (oauthAudience !== undefined || oauthScopes !== undefined)
      throw new ConfigError(
        '--oauth-audience and --oauth-scopes are about tokens of an --oauth-issuer, and none is named.',
      );
    const someone = named.find(({ subject }) => subject !== undefined);
    if (someone)
      throw new ConfigError(
        `Principal "${someone.id}" names a subject; say with --oauth-issuer whose tokens tell who that is.`,
      );
    return;
  }
  if (publicUrl === undefined)
    throw new ConfigError('--oauth-issuer needs --public-url: tokens are issued for that address.');
  if (!named.some(({ subject }) => subject !== undefined))
    throw new ConfigError('--oauth-issuer lets nobody in: no principal of the operator’s file names a subject.');
}

/** Where these principals answer questions; from then on the house sends people there. */
async function pagesOf(principals: readonly Named[], house: House): Promise<Doors['pages']> {
  const [{ approversOf }, { teamPage }, { keyFor }, { attemptLimit }] = await Promise.all([
    import('../identity/approvers.ts'),
    import('../approvals/team.ts'),
    import('../server/keys.ts'),
    import('../transports/rate.ts'),
  ]);
  const { store, redact, times, log } = house;
  const now = (): number => house.now();
  const door = approversOf(store, principals, now);
  const page = teamPage(
    {
      store,
      door,
      key: () => keyFor(store, 'approval page'),
      attempts: attemptLimit(1),
      now,
      usable_for: times.yes,
      redact,
      told: (what, who) => log.info(who, what === 'in' ? 'signed in to approve' : 'could not sign in to approve'),
      onerror: error => log.error({ err: error }, 'the approval page'),
    },
    door.all,
  );
  house.team = page;
  return page;
}

/** How requests are told apart; nothing where everybody is the one person of this machine. */
export async function doorsOf(config: Config, operator: Operator, house: House): Promise<Doors> {
  const principals = principalsOf(operator);
  check(config, principals);
  if (principals.length === 0) return {};
  const unasked = house.connections.find(({ insecureAutoApprove }) => insecureAutoApprove);
  if (unasked)
    throw new ConfigError(
      `Connection "${unasked.id}" has insecure_auto_approve, which never counts where several may come: take it out of the operator’s file, or the principals.`,
    );
  const [{ recognising }, { bearer, resourceMetadata }] = await Promise.all([
    import('../identity/identity.ts'),
    import('../transports/bearer.ts'),
  ]);
  const { oauthIssuer: issuer, publicUrl, oauthAudience, oauthScopes: scopes = [] } = config;
  const resource = issuer === undefined ? undefined : `${publicUrl}/mcp`;
  const recognise = recognising({
    principals,
    store: house.store,
    now: house.now,
    ...(issuer !== undefined && resource !== undefined
      ? { oauth: { issuer, audience: oauthAudience ?? resource, scopes } }
      : {}),
    onerror: error => house.log.warn({ err: error }, 'the keys of the issuer cannot be read'),
  });
  const pages = await pagesOf(principals, house);
  return {
    pages,
    ...bearer({ recognise, ...(resource === undefined ? {} : { resource }), scopes }),
    ...(issuer !== undefined && resource !== undefined
      ? { metadata: resourceMetadata({ resource, issuer, scopes }) }
      : {}),
  };
}
