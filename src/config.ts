// Reads the settings from flags, environment and the files it names; what cannot be used is told in one line. Nothing else reads the environment.
import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Config, type Setting, settings } from './settings.ts';

/** A setting that cannot be used. The program ends with this one line and exit code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Blank values and literal placeholders count as unset: some clients pass `${user_config.x}` on as it stands. */
export const isUnset = (value: string | undefined): boolean =>
  value === undefined || value.trim() === '' || /^\$\{.*\}$/.test(value.trim());

type Env = Readonly<Record<string, string | undefined>>;

/** The command line's parser hands `--read-only` over as `readOnly: true`, and `--no-browser` as `browser: false`. */
const camel = (flag: string): string => flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
const given = (flags: Readonly<Record<string, unknown>>, flag: string): unknown =>
  flags[camel(flag)] ?? (flag.startsWith('no-') && flags[camel(flag.slice(3))] === false ? true : undefined);

function raw(
  setting: Setting,
  flags: Readonly<Record<string, unknown>>,
  env: Env,
): { value: string; from: string } | undefined {
  const flag = setting.flag === undefined ? undefined : given(flags, setting.flag);
  if (flag !== undefined && flag !== false && !isUnset(String(flag)))
    return { value: String(flag).trim(), from: `--${setting.flag}` };
  const value = env[setting.env];
  if (value !== undefined && !isUnset(value)) return { value: value.trim(), from: setting.env };
  const file = setting.secret ? env[`${setting.env}_FILE`] : undefined;
  if (file !== undefined && !isUnset(file))
    return { value: secretIn(file.trim(), `${setting.env}_FILE: the file`), from: `${setting.env}_FILE` };
  return setting.default === undefined ? undefined : { value: setting.default, from: 'default' };
}

/** Windows knows none of these bits, and shows every file as everybody's. */
const modeOf = ({ mode }: { mode: number }): number => (process.platform === 'win32' ? 0 : mode & 0o777);

/**
 * What a file says that holds one secret (reliability.md C1); `what` names the file in a message. What others than its owner may write is
 * not taken: whoever writes it chooses whose account is used.
 */
export function secretIn(file: string, what: string): string {
  let text: string;
  let mode: number;
  try {
    const opened = openSync(file, 'r');
    try {
      mode = modeOf(fstatSync(opened));
      text = readFileSync(opened, 'utf8').trim();
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    throw new ConfigError(`${what} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`);
  }
  if (mode & 0o022)
    throw new ConfigError(`${what} may be written by others than its owner (mode ${mode.toString(8)}); chmod 600 it.`);
  if (text === '') throw new ConfigError(`${what} is empty.`);
  return text;
}

/** Where containers find their secrets, which everybody in them may read. */
const mounted = /^(\/var)?\/run\/secrets\//;

/** Whether others than its owner may read a file that holds a secret. */
export const exposed = (file: string): boolean =>
  !mounted.test(file) && (modeOf(statSync(file, { throwIfNoEntry: false }) ?? { mode: 0 }) & 0o044) !== 0;

/** The files that secrets of these settings are read from. */
export const secretFiles = (env: Env): string[] =>
  (settings as readonly Setting[])
    .filter(setting => setting.secret && isUnset(env[setting.env]))
    .flatMap(setting => env[`${setting.env}_FILE`]?.trim() ?? [])
    .filter(file => !isUnset(file));

/** Four numbers, an address of IPv6 without brackets, or `localhost`: a name that stands for who knows what is none. */
function isAddress(value: string): boolean {
  if (value === 'localhost') return true;
  if (value.includes(':')) return URL.canParse(`http://[${value}]`);
  return /^[\d.]+$/.test(value) && URL.canParse(`http://${value}`) && new URL(`http://${value}`).hostname === value;
}

function read(setting: Setting, value: string, from: string): unknown {
  const bad = (wants: string) =>
    new ConfigError(
      // What is a secret, or an address that may hold one, is not repeated.
      setting.secret || /[@?#]/.test(value)
        ? `${from} ${wants}.`
        : `${from} ${wants}; it was ${JSON.stringify(value.slice(0, 80))}.`,
    );
  const { kind } = setting;
  if (Array.isArray(kind)) {
    if (!kind.includes(value)) throw bad(`must be one of ${kind.join(', ')}`);
    return value;
  }
  switch (kind) {
    case 'flag': {
      const word = value.toLowerCase();
      if (['true', '1', 'yes', 'on'].includes(word)) return true;
      if (['false', '0', 'no', 'off'].includes(word)) return false;
      throw bad('must be true or false');
    }
    case 'seconds':
      if (!/^\d+(\.\d+)?$/.test(value) || Number(value) <= 0 || Number(value) > 86_400)
        throw bad('must be a number of seconds above 0');
      return Number(value);
    case 'count':
      if (!/^\d{1,9}$/.test(value)) throw bad('must be a whole number');
      if (Number(value) < (setting.least ?? 0)) throw bad(`must be at least ${setting.least}`);
      return Number(value);
    case 'address':
      if (!isAddress(value)) throw bad('must be an address such as 127.0.0.1 or 0.0.0.0');
      return value;
    case 'url':
    case 'issuer': {
      const url = URL.canParse(value) ? new URL(value) : undefined;
      if (!url || !['http:', 'https:'].includes(url.protocol)) throw bad('must be an http or https address');
      if (url.username || url.password || url.search || url.hash)
        throw bad('must be an address without user, query or fragment');
      if (url.protocol === 'http:' && !['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname))
        throw bad('must be https, except on loopback');
      // An issuer is compared as it stands, its last stroke included.
      return kind === 'issuer' ? value : value.replace(/\/+$/, '');
    }
    case 'postgres':
      if (!/^postgres(ql)?:\/\//.test(value) || !URL.canParse(value)) throw bad('must be a postgres:// address');
      return value;
    case 'scopes': {
      const scopes = value.split(/[\s,]+/).filter(Boolean);
      const odd = scopes.find(scope => scope !== 'admin' && !/^[a-z][a-z-]*:[a-z][a-z-]*$/.test(scope));
      if (odd !== undefined) throw bad(`must be scopes such as automations:trigger, separated by commas`);
      return scopes;
    }
    case 'words': {
      const words = value.split(/[\s,]+/).filter(Boolean);
      // What a scope may consist of (RFC 6749, section 3.3).
      if (!words.every(word => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(word)))
        throw bad('must be scopes, separated by commas');
      return words;
    }
    case 'hosts': {
      const hosts = value.split(/[\s,]+/).filter(Boolean);
      const exact = (host: string) =>
        URL.canParse(`http://${host}`) && /^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.test(host);
      if (!hosts.every(exact)) throw bad('must be names with or without a port, separated by commas');
      return hosts;
    }
    case 'origins': {
      const origins = value.split(/[\s,]+/).filter(Boolean);
      const exact = (origin: string) =>
        /^https?:[^*]+$/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin;
      if (!origins.every(exact)) throw bad('must be origins such as https://example.com, separated by commas');
      return origins;
    }
    default:
      return value;
  }
}

/** Precedence: flag, environment, default. Throws `ConfigError` with one line that names the setting and what it may be. */
export function readConfig(flags: Readonly<Record<string, unknown>>, env: Env): Config {
  const config: Record<string, unknown> = {};
  for (const setting of settings as readonly Setting[]) {
    const found = raw(setting, flags, env);
    if (found) config[setting.name] = read(setting, found.value, found.from);
    else if (setting.kind === 'flag') config[setting.name] = false;
  }
  // Nobody sits before the screen of a machine that builds (design section 6).
  if (env.CI) config.noBrowser = true;
  const ready = config as Config;
  if (ready.callTimeout > 45)
    throw new ConfigError('--call-timeout must be at most 45: several clients give a call up at 60 seconds.');
  if (ready.port > 65_535) throw new ConfigError('--port must be at most 65535.');
  checkMetrics(ready);
  const loopback = (url: string): boolean => ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname);
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0' && !(loopback(ready.scripBaseUrl) && loopback(ready.trustpagerBaseUrl)))
    throw new ConfigError(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 switches certificate checks off, and keys would go to anybody. Unset it.',
    );
  return ready;
}

/** One setting as it stands. */
export interface Source {
  setting: Setting;
  /** Absent where nothing sets it; of a secret only that it is set. */
  value?: string;
  /** A flag, a variable, or `default`. */
  from: string;
  /** The very words, for another command line or environment; absent for defaults and for secrets that are no file's name. */
  given?: string;
}

/** Every setting with where its value comes from, in the order of the table. Call it after `readConfig`, which refuses what cannot be used. */
export function sourcesOf(flags: Readonly<Record<string, unknown>>, env: Env): Source[] {
  return (settings as readonly Setting[]).map(setting => {
    const found = raw(setting, flags, env);
    if (setting.name === 'noBrowser' && env.CI && found?.value !== 'true')
      return { setting, value: 'true', from: 'CI' };
    if (!found) return { setting, from: 'not set' };
    const { value, from } = found;
    if (!setting.secret) return { setting, value, from, ...(from === 'default' ? {} : { given: value }) };
    const file = env[from]?.trim();
    return { setting, value: 'set', from, ...(from === `${setting.env}_FILE` && file ? { given: file } : {}) };
  });
}

/** Numbers about a company's automations are no secret to whoever can log in here, and nobody else's business. */
function checkMetrics({ metricsPort, metricsHost, metricsToken, port }: Config): void {
  if (metricsPort === undefined) return;
  if (metricsPort > 65_535) throw new ConfigError('--metrics-port must be at most 65535.');
  if (metricsPort !== 0 && metricsPort === port)
    throw new ConfigError('--metrics-port must not be --port: whatever publishes /mcp would publish the metrics too.');
  if (metricsToken !== undefined && !/^[\x21-\x7e]{16,}$/.test(metricsToken))
    throw new ConfigError('AUTOMATIONS_METRICS_TOKEN must be at least 16 letters, digits and signs without blanks.');
  if (metricsToken === undefined && !['127.0.0.1', '::1', 'localhost'].includes(metricsHost))
    throw new ConfigError(
      '--metrics-host is not loopback, so whoever reads the metrics must show a token: set AUTOMATIONS_METRICS_TOKEN_FILE.',
    );
}

/** Where state lives when nothing else was said: the platform's own place for it, and never the current folder. */
export function defaultStateFolder(env: Env, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'automations-mcp');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'automations-mcp');
  const state = env.XDG_STATE_HOME;
  return join(state?.startsWith('/') ? state : join(homedir(), '.local', 'state'), 'automations-mcp');
}
