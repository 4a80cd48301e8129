// Every setting, named once: its flag, its environment twin, its default, and what it may be.

type Lists = 'scopes' | 'words' | 'origins' | 'hosts';
type Kind =
  | 'text'
  | 'flag'
  | 'seconds'
  | 'count'
  | 'address'
  | 'url'
  | 'issuer'
  | 'postgres'
  | Lists
  | readonly string[];

export interface Setting {
  /** Name in `Config`. */
  name: string;
  /** Without dashes; absent for keys, which are never arguments (process lists show those). */
  flag?: string;
  env: string;
  /** Its value, or part of it, reaches no output, and `…_FILE` may name a file that holds it. */
  secret?: true;
  kind: Kind;
  default?: string;
  /** The smallest count that means anything. */
  least?: number;
  help: string;
}

export const settings = [
  {
    name: 'scripKey',
    env: 'SCRIP_API_KEY',
    secret: true,
    kind: 'text',
    help: 'Scrip key (sk_…), or SCRIP_API_KEY_FILE naming a file that holds it',
  },
  {
    name: 'scripBaseUrl',
    flag: 'scrip-base-url',
    env: 'SCRIP_BASE_URL',
    kind: 'url',
    default: 'https://api.scrip.dev/v1',
    help: 'where Scrip is reached',
  },
  {
    name: 'scripProgram',
    flag: 'scrip-program',
    env: 'SCRIP_PROGRAM_ID',
    kind: 'text',
    help: 'Scrip program used where a call names none',
  },
  {
    name: 'scripScopes',
    flag: 'scrip-scopes',
    env: 'SCRIP_SCOPES',
    kind: 'scopes',
    help: 'what agents may do at Scrip, comma-separated; Scrip keys have no scopes of their own',
  },
  {
    name: 'trustpagerKey',
    env: 'TRUSTPAGER_API_KEY',
    secret: true,
    kind: 'text',
    help: 'TrustPager key (tp_live_…), or TRUSTPAGER_API_KEY_FILE naming a file that holds it',
  },
  {
    name: 'trustpagerBaseUrl',
    flag: 'trustpager-base-url',
    env: 'TRUSTPAGER_BASE_URL',
    kind: 'url',
    default: 'https://api.trustpager.com/functions/v1/api/v1',
    help: 'where TrustPager is reached',
  },
  {
    name: 'trustpagerScopes',
    flag: 'trustpager-scopes',
    env: 'TRUSTPAGER_SCOPES',
    kind: 'scopes',
    help: 'the scopes of the TrustPager key, comma-separated; what they do not cover is refused unsent',
  },
  {
    name: 'trustpagerBodyKey',
    flag: 'trustpager-body-key',
    env: 'TRUSTPAGER_BODY_KEY',
    kind: ['trigger_data', 'payload', 'both'],
    default: 'trigger_data',
    help: 'the key run data is sent under (the vendor’s pages name two)',
  },
  {
    name: 'trustpagerMarkRuns',
    flag: 'trustpager-mark-runs',
    env: 'TRUSTPAGER_MARK_RUNS',
    kind: 'flag',
    help: 'put the id of each call into its run’s data, so that a lost answer is found for certain; the vendor’s records show it',
  },
  {
    name: 'config',
    flag: 'config',
    env: 'AUTOMATIONS_CONFIG',
    kind: 'text',
    help: 'the operator’s file (YAML or JSON): several accounts, limits, budgets',
  },
  {
    name: 'toolsets',
    flag: 'toolsets',
    env: 'AUTOMATIONS_TOOLSETS',
    kind: ['core', 'authoring', 'all'],
    default: 'core',
    help: 'which tools are listed; core is in all of them',
  },
  {
    name: 'sandbox',
    flag: 'sandbox',
    env: 'AUTOMATIONS_SANDBOX',
    kind: 'flag',
    help: 'use the built-in twins although keys are set',
  },
  {
    name: 'readOnly',
    flag: 'read-only',
    env: 'AUTOMATIONS_READ_ONLY',
    kind: 'flag',
    help: 'refuse everything that changes anything',
  },
  {
    name: 'noSpend',
    flag: 'no-spend',
    env: 'AUTOMATIONS_NO_SPEND',
    kind: 'flag',
    help: 'refuse everything that fires, or arms something to fire; reading, drafting and stopping go on',
  },
  {
    name: 'idle',
    flag: 'idle',
    env: 'AUTOMATIONS_IDLE',
    kind: ['strict', 'not_busy'],
    default: 'strict',
    help: 'Scrip fan-outs: fire only when exactly idle, or whenever not pending or executing',
  },
  {
    name: 'askAboveCredits',
    flag: 'ask-above-credits',
    env: 'AUTOMATIONS_ASK_ABOVE_CREDITS',
    kind: 'count',
    default: '500',
    help: 'from this many credits on, only page or terminal may say yes',
  },
  {
    name: 'askAbovePeople',
    flag: 'ask-above-people',
    env: 'AUTOMATIONS_ASK_ABOVE_PEOPLE',
    kind: 'count',
    default: '500',
    help: 'from this many people on, only page or terminal may say yes',
  },
  {
    name: 'questionExpiry',
    flag: 'question-expiry',
    env: 'AUTOMATIONS_QUESTION_EXPIRY',
    kind: 'seconds',
    default: '120',
    help: 'seconds a question asked in the client stays open',
  },
  {
    name: 'terminalExpiry',
    flag: 'terminal-expiry',
    env: 'AUTOMATIONS_TERMINAL_EXPIRY',
    kind: 'seconds',
    default: '600',
    help: 'seconds a question for page or terminal stays open',
  },
  {
    name: 'yesExpiry',
    flag: 'yes-expiry',
    env: 'AUTOMATIONS_YES_EXPIRY',
    kind: 'seconds',
    default: '120',
    help: 'seconds a yes may be used',
  },
  {
    name: 'noBrowser',
    flag: 'no-browser',
    env: 'AUTOMATIONS_NO_BROWSER',
    kind: 'flag',
    help: 'never open the approval page in a browser; where CI is set it is never opened either',
  },
  {
    name: 'callTimeout',
    flag: 'call-timeout',
    env: 'AUTOMATIONS_CALL_TIMEOUT',
    kind: 'seconds',
    default: '45',
    help: 'seconds within which every call answers, at most 45: clients give up at 60',
  },
  {
    name: 'readTimeout',
    flag: 'read-timeout',
    env: 'AUTOMATIONS_READ_TIMEOUT',
    kind: 'seconds',
    default: '15',
    help: 'seconds a vendor has for a read',
  },
  {
    name: 'writeTimeout',
    flag: 'write-timeout',
    env: 'AUTOMATIONS_WRITE_TIMEOUT',
    kind: 'seconds',
    default: '30',
    help: 'seconds a vendor has for a write',
  },
  {
    name: 'runTimeout',
    flag: 'run-timeout',
    env: 'AUTOMATIONS_RUN_TIMEOUT',
    kind: 'seconds',
    default: '120',
    help: 'seconds TrustPager has for a run, which it answers only when it is over',
  },
  {
    name: 'scripPace',
    flag: 'scrip-pace',
    env: 'SCRIP_PACE',
    kind: 'count',
    default: '600',
    least: 1,
    help: 'requests a minute we send to Scrip at most',
  },
  {
    name: 'trustpagerPace',
    flag: 'trustpager-pace',
    env: 'TRUSTPAGER_PACE',
    kind: 'count',
    default: '60',
    least: 1,
    help: 'requests a minute we send to TrustPager at most',
  },
  {
    name: 'stateFolder',
    flag: 'state-folder',
    env: 'AUTOMATIONS_STATE_FOLDER',
    kind: 'text',
    help: 'where questions, intents and receipts are kept; :memory: keeps nothing',
  },
  {
    name: 'store',
    flag: 'store',
    env: 'AUTOMATIONS_STORE',
    secret: true,
    kind: 'postgres',
    help: 'a PostgreSQL database to keep them in instead, for several servers: postgres://…, or AUTOMATIONS_STORE_FILE naming a file that holds it (docs/http.md)',
  },
  {
    name: 'http',
    flag: 'http',
    env: 'AUTOMATIONS_HTTP',
    kind: 'flag',
    help: 'serve over HTTP at /mcp instead of stdio',
  },
  {
    name: 'host',
    flag: 'host',
    env: 'AUTOMATIONS_HOST',
    kind: 'address',
    default: '127.0.0.1',
    help: 'HTTP: address to listen on; any but loopback needs principals in the operator’s file',
  },
  {
    name: 'port',
    flag: 'port',
    env: 'AUTOMATIONS_PORT',
    kind: 'count',
    default: '8787',
    help: 'HTTP: port; 0 takes a free one',
  },
  {
    name: 'publicUrl',
    flag: 'public-url',
    env: 'AUTOMATIONS_PUBLIC_URL',
    kind: 'url',
    help: 'HTTP: the address others know this server by, without /mcp; its host and origin are accepted',
  },
  {
    name: 'allowedHosts',
    flag: 'allowed-hosts',
    env: 'AUTOMATIONS_ALLOWED_HOSTS',
    kind: 'hosts',
    help: 'HTTP: further values of Host that are accepted, exactly, comma-separated, such as automations:8787',
  },
  {
    name: 'oauthIssuer',
    flag: 'oauth-issuer',
    env: 'AUTOMATIONS_OAUTH_ISSUER',
    kind: 'issuer',
    help: 'HTTP: the OAuth authorization server whose tokens are accepted, exactly as they name it',
  },
  {
    name: 'oauthAudience',
    flag: 'oauth-audience',
    env: 'AUTOMATIONS_OAUTH_AUDIENCE',
    kind: 'text',
    help: 'HTTP: the audience of such tokens, where it is not the public address with /mcp behind it',
  },
  {
    name: 'oauthScopes',
    flag: 'oauth-scopes',
    env: 'AUTOMATIONS_OAUTH_SCOPES',
    kind: 'words',
    help: 'HTTP: scopes that every such token must have, comma-separated (403)',
  },
  {
    name: 'legacySse',
    flag: 'legacy-sse',
    env: 'AUTOMATIONS_LEGACY_SSE',
    kind: 'flag',
    help: 'HTTP: also serve HTTP+SSE, the transport of 2024-11-05, at /sse and /messages',
  },
  {
    name: 'allowedOrigins',
    flag: 'allowed-origins',
    env: 'AUTOMATIONS_ALLOWED_ORIGINS',
    kind: 'origins',
    help: 'HTTP: origins of web pages that may use this server, comma-separated; they alone get CORS headers',
  },
  {
    name: 'bodyLimit',
    flag: 'body-limit',
    env: 'AUTOMATIONS_BODY_LIMIT',
    kind: 'count',
    default: '1048576',
    least: 1024,
    help: 'HTTP: bytes a request may have (413)',
  },
  {
    name: 'headerLimit',
    flag: 'header-limit',
    env: 'AUTOMATIONS_HEADER_LIMIT',
    kind: 'count',
    default: '16384',
    least: 4096,
    help: 'HTTP: bytes all headers of a request may have together (431)',
  },
  {
    name: 'requestTimeout',
    flag: 'request-timeout',
    env: 'AUTOMATIONS_REQUEST_TIMEOUT',
    kind: 'seconds',
    default: '30',
    help: 'HTTP: seconds a client may take to send a request, a third of them for its headers (408)',
  },
  {
    name: 'connectionLimit',
    flag: 'connection-limit',
    env: 'AUTOMATIONS_CONNECTION_LIMIT',
    kind: 'count',
    default: '4096',
    least: 1,
    help: 'HTTP: connections open at once (503)',
  },
  {
    name: 'rateLimit',
    flag: 'rate-limit',
    env: 'AUTOMATIONS_RATE_LIMIT',
    kind: 'count',
    default: '100',
    least: 1,
    help: 'HTTP: requests a second of one principal, over ten seconds (429)',
  },
  {
    name: 'callLimit',
    flag: 'call-limit',
    env: 'AUTOMATIONS_CALL_LIMIT',
    kind: 'count',
    default: '1024',
    least: 1,
    help: 'calls of one principal under way at once; further ones are told so (over HTTP: 429)',
  },
  {
    name: 'streamLimit',
    flag: 'stream-limit',
    env: 'AUTOMATIONS_STREAM_LIMIT',
    kind: 'count',
    default: '1024',
    least: 1,
    help: 'HTTP: streams of notices of one principal open at once (429)',
  },
  {
    name: 'sessionLimit',
    flag: 'session-limit',
    env: 'AUTOMATIONS_SESSION_LIMIT',
    kind: 'count',
    default: '1000',
    least: 1,
    help: 'HTTP: sessions of older clients held in memory; the least recently used make room, and come back when used',
  },
  {
    name: 'sessionIdle',
    flag: 'session-idle',
    env: 'AUTOMATIONS_SESSION_IDLE',
    kind: 'seconds',
    default: '1800',
    help: 'HTTP: seconds after which an unused session leaves memory',
  },
  {
    name: 'sessionLife',
    flag: 'session-life',
    env: 'AUTOMATIONS_SESSION_LIFE',
    kind: 'count',
    default: '7',
    least: 1,
    help: 'HTTP: days after which a session’s id is no longer good',
  },
  {
    name: 'grace',
    flag: 'grace',
    env: 'AUTOMATIONS_GRACE',
    kind: 'seconds',
    default: '10',
    help: 'HTTP: seconds the end of the server may take; calls under way get most of them',
  },
  {
    name: 'lameDuck',
    flag: 'lame-duck',
    env: 'AUTOMATIONS_LAME_DUCK',
    kind: 'count',
    default: '0',
    help: 'HTTP: seconds a server that was told to end goes on as before, while /readyz says 503 already; for proxies that must hear of it first',
  },
  {
    name: 'metricsPort',
    flag: 'metrics-port',
    env: 'AUTOMATIONS_METRICS_PORT',
    kind: 'count',
    help: 'HTTP: serve Prometheus metrics at /metrics on this port of their own; 0 takes a free one',
  },
  {
    name: 'metricsHost',
    flag: 'metrics-host',
    env: 'AUTOMATIONS_METRICS_HOST',
    kind: 'address',
    default: '127.0.0.1',
    help: 'HTTP: address the metrics are served on; any but loopback needs a token',
  },
  {
    name: 'metricsToken',
    env: 'AUTOMATIONS_METRICS_TOKEN',
    secret: true,
    kind: 'text',
    help: 'HTTP: what whoever reads the metrics must show as a bearer token, or AUTOMATIONS_METRICS_TOKEN_FILE naming a file that holds it',
  },
  {
    name: 'twinState',
    flag: 'twin-state',
    env: 'AUTOMATIONS_TWIN_STATE',
    kind: 'text',
    help: 'sandbox: the file the twins keep their state in over a restart',
  },
  {
    name: 'twinReadings',
    flag: 'twin-reading',
    env: 'AUTOMATIONS_TWIN_READINGS',
    kind: 'text',
    help: 'sandbox: which reading of the vendors’ pages the twins take, name=value, comma-separated (docs/twins.md)',
  },
  {
    name: 'logLevel',
    flag: 'log-level',
    env: 'AUTOMATIONS_LOG_LEVEL',
    kind: ['debug', 'info', 'warn', 'error', 'silent'],
    default: 'warn',
    help: 'what goes to stderr',
  },
] as const satisfies readonly Setting[];

type Entry = (typeof settings)[number];
type Value<K> = K extends 'flag'
  ? boolean
  : K extends 'seconds' | 'count'
    ? number
    : K extends Lists
      ? readonly string[]
      : K extends readonly (infer V)[]
        ? V
        : string;
/** Settings that are there always: flags, and those with a default. */
type Always = Extract<Entry, { default: string } | { kind: 'flag' }>['name'];

/** All settings, read once at start. Seconds and counts are numbers; a flag is true or false; what has no default may be absent. */
export type Config = { readonly [E in Entry as E['name'] & Always]: Value<E['kind']> } & {
  readonly [E in Entry as Exclude<E['name'], Always>]?: Value<E['kind']>;
};
