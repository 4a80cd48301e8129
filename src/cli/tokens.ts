// Makes, lists and revokes static tokens on the store that the settings name. A token is shown once, on stdout, and kept nowhere.
import { meant } from '../closest.ts';
import { ConfigError } from '../config.ts';
import { DAY, isGood, newToken } from '../identity/tokens.ts';
import type { Config } from '../settings.ts';
import type { TokenRow, Tokens } from '../store/tokens.ts';
import type { Operator } from './operator.ts';
import { openShared } from './state.ts';

const usage = 'usage: automations-mcp tokens create <principal> [--days N] [--approvals] | list | revoke <id>';
/** Days a token is good for, where nothing else is said, and at most. */
const usual = 90;
const longest = 3_650;

export interface Desk {
  store: Tokens;
  operator: Operator;
  now: number;
  out(text: string): void;
  /** What is for a person, and not for what reads stdout. */
  say(text: string): void;
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

function daysIn(words: string[]): number {
  const at = words.indexOf('--days');
  if (at < 0) return usual;
  const [, days = ''] = words.splice(at, 2);
  if (!/^\d{1,4}$/.test(days) || Number(days) < 1 || Number(days) > longest)
    throw new ConfigError(`--days must be a whole number from 1 to ${longest}.`);
  return Number(days);
}

function purposeIn(words: string[]): TokenRow['purpose'] {
  const at = words.indexOf('--approvals');
  if (at < 0) return 'mcp';
  words.splice(at, 1);
  return 'approvals';
}

async function create(words: string[], { store, operator, now, out, say }: Desk): Promise<number> {
  const days = daysIn(words);
  const purpose = purposeIn(words);
  const [principal, ...more] = words;
  if (principal === undefined || more.length > 0) throw new ConfigError(usage);
  const known = (operator.principals ?? []).map(({ id }) => id);
  if (known.length === 0)
    throw new ConfigError('Tokens are for principals of the operator’s file; --config names none that has any.');
  if (!known.includes(principal)) throw new ConfigError(`No principal is called ${meant(principal, known)}`);
  const { row, token } = newToken({ principal, purpose }, now, days);
  await store.addToken(row);
  out(token);
  const what = purpose === 'mcp' ? 'opens /mcp' : 'opens the approval page, and nothing else';
  say(`Token ${row.id} for ${principal} ${what}, until ${day(now + days * DAY)}. It is shown this once: keep it now.`);
  return 0;
}

function stateOf(token: TokenRow, now: number): string {
  if (token.revoked_at !== null) return `revoked ${day(token.revoked_at)}`;
  const until = token.expires_at === null ? 'without end' : `until ${day(token.expires_at)}`;
  return isGood(token, now) ? until : `expired, ${until}`;
}

async function list({ store, now, out }: Desk): Promise<number> {
  const rows = await store.tokens();
  for (const row of rows)
    out([row.id, row.principal, row.purpose, `created ${day(row.created_at)}`, stateOf(row, now)].join('  '));
  if (rows.length === 0) out('There are no tokens.');
  return 0;
}

async function revoke(id: string, { store, now, out, say }: Desk): Promise<number> {
  // The id alone: a whole token has no place on a command line.
  if (!/^[0-9a-f]{16}$/.test(id))
    throw new ConfigError('Give the id of the token, 16 digits, as tokens list shows it.');
  const row = await store.revokeToken(id, now);
  if (!row) {
    say('There is no such token.');
    return 1;
  }
  out(
    `Token ${id} for ${row.principal} is ${stateOf(row, now)}: every server on this store refuses it from its next request on.`,
  );
  return 0;
}

export async function tokens([what, ...words]: string[], desk: Desk): Promise<number> {
  if (what === 'create') return create(words, desk);
  if (what === 'list' && words.length === 0) return list(desk);
  if (what === 'revoke' && words.length === 1) return revoke(words[0] ?? '', desk);
  throw new ConfigError(usage);
}

export async function tokensHere(config: Config, args: string[]): Promise<number> {
  const operator =
    config.config === undefined ? {} : await (await import('./operator-file.ts')).readOperator(config.config);
  const store = openShared(config, 'tokens inside the server; no other program can make or revoke any.');
  try {
    return await tokens(args, {
      store,
      operator,
      now: Date.now(),
      out: text => process.stdout.write(`${text}\n`),
      say: text => process.stderr.write(`${text}\n`),
    });
  } finally {
    await store.close();
  }
}
