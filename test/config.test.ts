// Every setting: its flag, its variable, its default, which of them wins, and the one line that a bad value gets.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { warnings } from '../src/cli/warnings.ts';
import { ConfigError, readConfig } from '../src/config.ts';
import { type Setting, settings } from '../src/settings.ts';

interface Row {
  name: string;
  /** As the command line's parser hands it over; none for secrets. */
  flag?: string;
  env: string;
  /** Absent: the setting may be absent. */
  otherwise?: unknown;
  /** What may be written, and what it means. */
  good: [string, unknown][];
  bad: string[];
}

const seconds = {
  good: [
    ['7', 7],
    ['0.5', 0.5],
    [' 12 ', 12],
  ] as [string, unknown][],
  bad: ['0', '-1', 'ten', '1e3', '86401', '5s'],
};
const counts = {
  good: [
    ['1', 1],
    ['999', 999],
    [' 12 ', 12],
  ] as [string, unknown][],
  bad: ['-1', '1.5', 'many', '0x10', '1234567890'],
};
const addresses = {
  good: ['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::', '10.1.2.3'].map((at): [string, unknown] => [at, at]),
  bad: ['example.test', '127.0.0.1:8787', '[::1]', '10.1.2', 'http://127.0.0.1'],
};
const flags = {
  otherwise: false,
  good: [
    ['true', true],
    ['1', true],
    ['yes', true],
    ['ON', true],
    ['false', false],
    ['0', false],
    ['no', false],
    ['Off', false],
  ] as [string, unknown][],
  bad: ['maybe', '2', 'y', 'enabled'],
};
const urls = {
  good: [
    ['https://api.example.test/v1', 'https://api.example.test/v1'],
    ['https://api.example.test/v1///', 'https://api.example.test/v1'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080/x', 'http://[::1]:8080/x'],
    ['http://localhost', 'http://localhost'],
  ] as [string, unknown][],
  bad: [
    'api.example.test',
    'ftp://x.test',
    'http://api.example.test',
    'https://x.test/?key=1',
    'https://x.test/#a',
    'https://me:pass@x.test',
    'javascript:1',
    '//x.test',
  ],
};
const scopes = {
  good: [
    ['automations:read', ['automations:read']],
    ['automations:read, automations-trigger:trigger', ['automations:read', 'automations-trigger:trigger']],
    ['admin automations:write-approval', ['admin', 'automations:write-approval']],
    [',', []],
  ] as [string, unknown][],
  bad: ['read', 'Automations:Read', 'automations:*', 'automations:read;automations:write', 'admin-approval'],
};
const text = {
  good: [
    ['words', 'words'],
    ['  words  ', 'words'],
  ] as [string, unknown][],
  bad: [] as string[],
};
const choice = (...words: string[]) => ({
  good: words.map(word => [word, word]) as [string, unknown][],
  bad: ['other', words[0]?.toUpperCase() ?? ''],
});

const table: Row[] = [
  { name: 'scripKey', env: 'SCRIP_API_KEY', ...text },
  { name: 'scripBaseUrl', flag: 'scripBaseUrl', env: 'SCRIP_BASE_URL', otherwise: 'https://api.scrip.dev/v1', ...urls },
  { name: 'scripProgram', flag: 'scripProgram', env: 'SCRIP_PROGRAM_ID', ...text },
  { name: 'scripScopes', flag: 'scripScopes', env: 'SCRIP_SCOPES', ...scopes },
  { name: 'trustpagerKey', env: 'TRUSTPAGER_API_KEY', ...text },
  {
    name: 'trustpagerBaseUrl',
    flag: 'trustpagerBaseUrl',
    env: 'TRUSTPAGER_BASE_URL',
    otherwise: 'https://api.trustpager.com/functions/v1/api/v1',
    ...urls,
  },
  { name: 'trustpagerScopes', flag: 'trustpagerScopes', env: 'TRUSTPAGER_SCOPES', ...scopes },
  {
    name: 'trustpagerBodyKey',
    flag: 'trustpagerBodyKey',
    env: 'TRUSTPAGER_BODY_KEY',
    otherwise: 'trigger_data',
    ...choice('trigger_data', 'payload', 'both'),
  },
  { name: 'trustpagerMarkRuns', flag: 'trustpagerMarkRuns', env: 'TRUSTPAGER_MARK_RUNS', ...flags },
  { name: 'config', flag: 'config', env: 'AUTOMATIONS_CONFIG', ...text },
  {
    name: 'toolsets',
    flag: 'toolsets',
    env: 'AUTOMATIONS_TOOLSETS',
    otherwise: 'core',
    ...choice('core', 'authoring', 'all'),
  },
  { name: 'sandbox', flag: 'sandbox', env: 'AUTOMATIONS_SANDBOX', ...flags },
  { name: 'readOnly', flag: 'readOnly', env: 'AUTOMATIONS_READ_ONLY', ...flags },
  { name: 'noSpend', flag: 'noSpend', env: 'AUTOMATIONS_NO_SPEND', ...flags },
  { name: 'idle', flag: 'idle', env: 'AUTOMATIONS_IDLE', otherwise: 'strict', ...choice('strict', 'not_busy') },
  { name: 'askAboveCredits', flag: 'askAboveCredits', env: 'AUTOMATIONS_ASK_ABOVE_CREDITS', otherwise: 500, ...counts },
  { name: 'askAbovePeople', flag: 'askAbovePeople', env: 'AUTOMATIONS_ASK_ABOVE_PEOPLE', otherwise: 500, ...counts },
  { name: 'questionExpiry', flag: 'questionExpiry', env: 'AUTOMATIONS_QUESTION_EXPIRY', otherwise: 120, ...seconds },
  { name: 'terminalExpiry', flag: 'terminalExpiry', env: 'AUTOMATIONS_TERMINAL_EXPIRY', otherwise: 600, ...seconds },
  { name: 'yesExpiry', flag: 'yesExpiry', env: 'AUTOMATIONS_YES_EXPIRY', otherwise: 120, ...seconds },
  { name: 'noBrowser', flag: 'noBrowser', env: 'AUTOMATIONS_NO_BROWSER', ...flags },
  {
    name: 'callTimeout',
    flag: 'callTimeout',
    env: 'AUTOMATIONS_CALL_TIMEOUT',
    otherwise: 45,
    good: seconds.good,
    bad: [...seconds.bad, '46'],
  },
  { name: 'readTimeout', flag: 'readTimeout', env: 'AUTOMATIONS_READ_TIMEOUT', otherwise: 15, ...seconds },
  { name: 'writeTimeout', flag: 'writeTimeout', env: 'AUTOMATIONS_WRITE_TIMEOUT', otherwise: 30, ...seconds },
  { name: 'runTimeout', flag: 'runTimeout', env: 'AUTOMATIONS_RUN_TIMEOUT', otherwise: 120, ...seconds },
  {
    name: 'scripPace',
    flag: 'scripPace',
    env: 'SCRIP_PACE',
    otherwise: 600,
    good: counts.good,
    bad: [...counts.bad, '0'],
  },
  {
    name: 'trustpagerPace',
    flag: 'trustpagerPace',
    env: 'TRUSTPAGER_PACE',
    otherwise: 60,
    good: counts.good,
    bad: [...counts.bad, '0'],
  },
  {
    name: 'stateFolder',
    flag: 'stateFolder',
    env: 'AUTOMATIONS_STATE_FOLDER',
    good: [
      ['/var/x', '/var/x'],
      [':memory:', ':memory:'],
    ],
    bad: [],
  },
  {
    name: 'store',
    flag: 'store',
    env: 'AUTOMATIONS_STORE',
    good: [
      ['postgres://ann@db.test/automations', 'postgres://ann@db.test/automations'],
      ['postgresql://h/d?schema=x', 'postgresql://h/d?schema=x'],
    ],
    bad: [
      'sqlite://x',
      'mysql://ann:s3cret@db.test/x',
      'db.test/automations',
      'postgres:db',
      'postgres://h:port/d',
      '/var/x',
    ],
  },
  { name: 'http', flag: 'http', env: 'AUTOMATIONS_HTTP', ...flags },
  {
    name: 'host',
    flag: 'host',
    env: 'AUTOMATIONS_HOST',
    otherwise: '127.0.0.1',
    ...addresses,
  },
  {
    name: 'port',
    flag: 'port',
    env: 'AUTOMATIONS_PORT',
    otherwise: 8787,
    good: [
      ['0', 0],
      ['65535', 65_535],
    ],
    bad: [...counts.bad, '65536'],
  },
  { name: 'publicUrl', flag: 'publicUrl', env: 'AUTOMATIONS_PUBLIC_URL', ...urls },
  {
    name: 'allowedHosts',
    flag: 'allowedHosts',
    env: 'AUTOMATIONS_ALLOWED_HOSTS',
    good: [
      ['automations', ['automations']],
      ['a.example:8787, [fd00::1]:8787', ['a.example:8787', '[fd00::1]:8787']],
    ],
    bad: ['*', '*.example.com', 'https://a.example', 'a.example/', 'me@a.example', 'a.example:99999', '[x]'],
  },
  {
    name: 'oauthIssuer',
    flag: 'oauthIssuer',
    env: 'AUTOMATIONS_OAUTH_ISSUER',
    good: [
      ['https://id.example/', 'https://id.example/'],
      ['https://id.example/tenant', 'https://id.example/tenant'],
      ['http://127.0.0.1:9000', 'http://127.0.0.1:9000'],
    ],
    bad: urls.bad,
  },
  { name: 'oauthAudience', flag: 'oauthAudience', env: 'AUTOMATIONS_OAUTH_AUDIENCE', ...text },
  {
    name: 'oauthScopes',
    flag: 'oauthScopes',
    env: 'AUTOMATIONS_OAUTH_SCOPES',
    good: [
      ['mcp', ['mcp']],
      ['mcp:tools, https://id.example/scope', ['mcp:tools', 'https://id.example/scope']],
    ],
    bad: ['a"b', 'ä', 'a\\b'],
  },
  { name: 'legacySse', flag: 'legacySse', env: 'AUTOMATIONS_LEGACY_SSE', ...flags },
  {
    name: 'allowedOrigins',
    flag: 'allowedOrigins',
    env: 'AUTOMATIONS_ALLOWED_ORIGINS',
    good: [
      ['https://example.com', ['https://example.com']],
      ['http://localhost:6274, https://a.example:8443', ['http://localhost:6274', 'https://a.example:8443']],
    ],
    bad: [
      '*',
      'null',
      'example.com',
      'https://example.com/',
      'https://Example.com',
      'https://*.example.com',
      'file://',
    ],
  },
  {
    name: 'bodyLimit',
    flag: 'bodyLimit',
    env: 'AUTOMATIONS_BODY_LIMIT',
    otherwise: 1048576,
    good: [
      ['5000', 5_000],
      [' 1000000 ', 1_000_000],
    ],
    bad: [...counts.bad, '1023'],
  },
  {
    name: 'headerLimit',
    flag: 'headerLimit',
    env: 'AUTOMATIONS_HEADER_LIMIT',
    otherwise: 16384,
    good: [
      ['5000', 5_000],
      [' 1000000 ', 1_000_000],
    ],
    bad: [...counts.bad, '4095'],
  },
  { name: 'requestTimeout', flag: 'requestTimeout', env: 'AUTOMATIONS_REQUEST_TIMEOUT', otherwise: 30, ...seconds },
  {
    name: 'connectionLimit',
    flag: 'connectionLimit',
    env: 'AUTOMATIONS_CONNECTION_LIMIT',
    otherwise: 4096,
    good: counts.good,
    bad: [...counts.bad, '0'],
  },
  {
    name: 'rateLimit',
    flag: 'rateLimit',
    env: 'AUTOMATIONS_RATE_LIMIT',
    otherwise: 100,
    good: counts.good,
    bad: [...counts.bad, '0'],
  },
  {
    name: 'callLimit',
    flag: 'callLimit',
    env: 'AUTOMATIONS_CALL_LIMIT',
    otherwise: 1024,
    good: counts.good,
    bad: [...counts.bad, '0'],
  },
  {
    name: 'streamLimit',
    flag: 'streamLimit',
    env: 'AUTOMATIONS_STREAM_LIMIT',
    otherwise: 1024,
    good: counts.good,
    bad: [...counts.bad, '0'],
  },
  {
    name: 'sessionLimit',
    flag: 'sessionLimit',
    env: 'AUTOMATIONS_SESSION_LIMIT',
    otherwise: 1000,
    good: counts.good,
    bad: [...counts.bad, '0'],
  },
  { name: 'sessionIdle', flag: 'sessionIdle', env: 'AUTOMATIONS_SESSION_IDLE', otherwise: 1800, ...seconds },
  {
    name: 'sessionLife',
    flag: 'sessionLife',
    env: 'AUTOMATIONS_SESSION_LIFE',
    otherwise: 7,
    good: counts.good,
    bad: [...counts.bad, '0'],
  },
  { name: 'grace', flag: 'grace', env: 'AUTOMATIONS_GRACE', otherwise: 10, ...seconds },
  { name: 'lameDuck', flag: 'lameDuck', env: 'AUTOMATIONS_LAME_DUCK', otherwise: 0, ...counts },
  { name: 'metricsPort', flag: 'metricsPort', env: 'AUTOMATIONS_METRICS_PORT', ...counts },
  { name: 'metricsHost', flag: 'metricsHost', env: 'AUTOMATIONS_METRICS_HOST', otherwise: '127.0.0.1', ...addresses },
  { name: 'metricsToken', env: 'AUTOMATIONS_METRICS_TOKEN', ...text },
  { name: 'twinState', flag: 'twinState', env: 'AUTOMATIONS_TWIN_STATE', ...text },
  { name: 'twinReadings', flag: 'twinReading', env: 'AUTOMATIONS_TWIN_READINGS', ...text },
  {
    name: 'logLevel',
    flag: 'logLevel',
    env: 'AUTOMATIONS_LOG_LEVEL',
    otherwise: 'warn',
    ...choice('debug', 'info', 'warn', 'error', 'silent'),
  },
];

/** What some clients pass on where their user set nothing. */
const placeholder = (name: string): string => `$\{${name}}`;

const read = (flags: Record<string, unknown>, env: Record<string, string>) =>
  readConfig(flags, env) as unknown as Record<string, unknown>;

/** What a bad setting is told. */
function refusal(flags: Record<string, unknown>, env: Record<string, string>): string {
  try {
    readConfig(flags, env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('It was taken.');
}
const kebab = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);

test('the table has every setting, with its flag and its variable', () => {
  expect(table.map(({ name, flag, env }) => [name, flag && kebab(flag), env])).toEqual(
    (settings as readonly Setting[]).map(({ name, flag, env }) => [name, flag, env]),
  );
});

test('C1: no variable is read twice, and secrets have no flag', () => {
  expect(new Set(table.map(({ env }) => env)).size).toBe(table.length);
  for (const { name, flag } of settings as readonly Setting[])
    if (/key|secret|token|password/i.test(name) && name !== 'trustpagerBodyKey') expect(flag).toBeUndefined();
});

describe.each(table)('$name', ({ name, flag, env, otherwise, good, bad }) => {
  const [[written, meant] = ['', undefined]] = good;

  test('by default', () => expect(read({}, {})[name]).toEqual(otherwise));

  test.each(good)(`${env}=%j`, (value, means) => expect(read({}, { [env]: value })[name]).toEqual(means));

  test.each(['', '   ', '\t\n', placeholder('user_config.x'), ` ${placeholder('X')} `, placeholder('')])(
    '%j is unset',
    value => {
      expect(read({}, { [env]: value })[name]).toEqual(otherwise);
      if (flag) {
        expect(read({ [flag]: value }, {})[name]).toEqual(otherwise);
        expect(read({ [flag]: value }, { [env]: written })[name]).toEqual(meant);
      }
    },
  );

  test.each(bad)('%j is refused, in one line that names the setting', value => {
    const said = refusal({}, { [env]: value });
    expect(said).toMatch(/^[^\n]{10,300}[.]$/);
    expect(said).toMatch(flag ? new RegExp(`^(${env}|--${kebab(flag)}) must be`) : env);
    if (!flag) return;
    const named = refusal({ [flag]: value }, {});
    expect(named).toMatch(new RegExp(`^--${kebab(flag)} must be`));
  });

  test('the flag wins over the variable, and that over the default', () => {
    if (!flag) return expect(read({ [name]: 'by flag' }, { [env]: written })[name]).toEqual(meant);
    const [other, otherMeant] = good.at(-1) ?? ['', undefined];
    expect(read({ [flag]: other }, { [env]: written })[name]).toEqual(otherMeant);
    expect(read({ [flag]: false }, { [env]: written })[name]).toEqual(meant);
    return otherwise === false && expect(read({ [flag]: true }, { [env]: 'false' })[name]).toBe(true);
  });
});

test('--no-spend and --no-browser as the parser hands them over', () => {
  expect(read({ spend: false }, {}).noSpend).toBe(true);
  expect(read({ spend: true }, {}).noSpend).toBe(false);
  expect(read({ browser: false }, {}).noBrowser).toBe(true);
  expect(read({ browser: true }, {}).noBrowser).toBe(false);
  expect(read({ browser: true }, { AUTOMATIONS_NO_BROWSER: 'true' }).noBrowser).toBe(true);
});

test('P12: where CI is set, to anything, no browser is opened whatever else is said', () => {
  for (const CI of ['true', '1', 'false', ' ']) {
    expect(read({}, { CI }).noBrowser).toBe(true);
    expect(read({}, { CI, AUTOMATIONS_NO_BROWSER: 'false' }).noBrowser).toBe(true);
  }
  expect(read({}, { CI: '' }).noBrowser).toBe(false);
});

describe('C1: keys', () => {
  let folder: string;
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'automations-mcp-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const keys = [
    { name: 'scripKey', env: 'SCRIP_API_KEY' },
    { name: 'trustpagerKey', env: 'TRUSTPAGER_API_KEY' },
  ];

  test.each(keys)('$env may be in a file', ({ name, env }) => {
    const path = file(`${env}.key`, '  sk_from_the_file_0123456789 \n');
    expect(read({}, { [`${env}_FILE`]: path })[name]).toBe('sk_from_the_file_0123456789');
    expect(read({}, { [`${env}_FILE`]: ` ${path} ` })[name]).toBe('sk_from_the_file_0123456789');
    expect(read({}, { [`${env}_FILE`]: path, [env]: 'sk_itself' })[name]).toBe('sk_itself');
    expect(read({}, { [`${env}_FILE`]: path, [env]: ' ' })[name]).toBe('sk_from_the_file_0123456789');
    expect(read({}, { [`${env}_FILE`]: placeholder('user_config.file') })[name]).toBeUndefined();
  });

  test('so may the address of the store, which has a password in it; a file that holds none is not repeated', () => {
    const address = 'postgres://ann:s3cret-word@db.test/a';
    expect(read({}, { AUTOMATIONS_STORE_FILE: file('store', ` ${address}\n`) }).store).toBe(address);
    const said = refusal({}, { AUTOMATIONS_STORE_FILE: file('odd', 'mysql://ann:s3cret-word@db.test/a') });
    expect(said).toBe('AUTOMATIONS_STORE_FILE must be a postgres:// address.');
  });

  test.each(keys)('$env_FILE that cannot be used is told, and its content is not', ({ env }) => {
    const said = (path: string) => refusal({}, { [`${env}_FILE`]: path });
    expect(said(join(folder, 'nowhere'))).toBe(`${env}_FILE: the file cannot be read (ENOENT).`);
    expect(said(folder)).toBe(`${env}_FILE: the file cannot be read (EISDIR).`);
    expect(said(file('empty', ' \n'))).toBe(`${env}_FILE: the file is empty.`);
  });

  test.each([
    [0o600, false, false],
    [0o400, false, false],
    [0o700, false, false],
    [0o444, false, true],
    [0o644, false, true],
    [0o640, false, true],
    [0o604, false, true],
    [0o620, true, false],
    [0o602, true, false],
    [0o664, true, true],
    [0o666, true, true],
  ])('in a file of mode %o: refused %s, told of %s', (mode, refused, told) => {
    const path = file('moded', 'sk_0123456789abcdef');
    chmodSync(path, mode);
    const env = { SCRIP_API_KEY_FILE: path };
    if (refused)
      expect(refusal({}, env)).toBe(
        `SCRIP_API_KEY_FILE: the file may be written by others than its owner (mode ${mode.toString(8)}); chmod 600 it.`,
      );
    else expect(read({}, env).scripKey).toBe('sk_0123456789abcdef');
    expect(warnings(env, {}).map(([fields]) => fields)).toEqual(told ? [{ files: [path] }] : []);
    const shop = { id: 'shop', vendor: 'scrip', environment: 'production', key_file: path } as const;
    expect(warnings({}, { connections: [shop] })).toHaveLength(told ? 1 : 0);
    rmSync(path);
  });

  test('what a container mounts is everybody’s in it; a file that is not there, or not used, is not told of', () => {
    for (const path of ['/run/secrets/scrip', '/var/run/secrets/a/b', join(folder, 'nowhere')])
      expect(warnings({ SCRIP_API_KEY_FILE: path }, {})).toEqual([]);
    const path = file('unused', 'sk_0123456789abcdef');
    chmodSync(path, 0o644);
    expect(warnings({ SCRIP_API_KEY_FILE: path, SCRIP_API_KEY: 'sk_x' }, {})).toEqual([]);
    expect(warnings({ SCRIP_API_KEY_FILE: placeholder('user_config.file') }, {})).toEqual([]);
  });

  test('an account that asks nobody is told of', () => {
    const of = (id: string) => ({ id, vendor: 'scrip', environment: 'production', key_env: 'K' }) as const;
    const connections = [
      { ...of('a'), insecure_auto_approve: true },
      { ...of('b'), insecure_auto_approve: false },
      of('c'),
    ];
    expect(warnings({}, { connections })).toEqual([
      [{ connections: ['a'] }, 'insecure_auto_approve is on: nobody is asked there'],
    ]);
  });

  test('only keys are looked for in files', () => {
    const path = file('port', '9999');
    expect(read({}, { AUTOMATIONS_PORT_FILE: path, SCRIP_SCOPES_FILE: path }).port).toBe(8787);
  });

  test('P17: no message repeats a secret', () => {
    const secret = 'p4ssw0rd-of-somebody';
    const env = { SCRIP_API_KEY: secret, TRUSTPAGER_API_KEY: secret };
    const lines = [
      ...table.flatMap(row => row.bad.map(value => refusal({}, { ...env, [row.env]: value }))),
      refusal({}, { ...env, SCRIP_BASE_URL: `https://me:${secret}@x.test` }),
      refusal({ scripBaseUrl: `ftp://me:${secret}@x.test` }, env),
      refusal({ trustpagerBaseUrl: `https://x.test/?key=${secret}` }, env),
      refusal({}, { ...env, TRUSTPAGER_BASE_URL: `https://x.test/#${secret}` }),
    ];
    for (const line of lines) expect(line).not.toContain(secret);
  });

  test('flags for keys do nothing', () => {
    const found = read({ scripKey: 'sk_by_flag', scripApiKey: 'sk_by_flag', trustpagerKey: 'x' }, {});
    expect([found.scripKey, found.trustpagerKey]).toEqual([undefined, undefined]);
  });
});
