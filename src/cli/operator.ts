// The operator's file: the accounts, and the limits of what may be answered in a client. JSON is YAML, so it may be either.
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { ConfigError, isUnset } from '../config.ts';
import { spendingFields } from './operator-budgets.ts';

const scope = z.string().regex(/^(admin|[a-z][a-z-]*:[a-z][a-z-]*)$/, 'must be a scope such as automations:trigger');
const uuid = z.uuid('must be a UUID');
const baseUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).refine(
  value => {
    const { protocol, hostname, username, password, search, hash } = new URL(value);
    return (
      !username &&
      !password &&
      !search &&
      !hash &&
      (protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
    );
  },
  { error: 'must be https (http only on loopback), without user, query or fragment' },
);

/** Secrets never stand in the file: it names the variable, or the file, that holds the key. */
const account = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9_-]{0,30}$/, 'must be a short name of lower-case letters, digits, - and _'),
  vendor: z.enum(['scrip', 'trustpager']),
  key_env: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, 'must name an environment variable')
    .optional(),
  key_file: z.string().min(1).optional(),
  base_url: baseUrl.optional(),
  environment: z.enum(['production', 'sandbox']).default('production'),
  scopes: z.array(scope).optional(),
  /** Scrip: the program used where a call names none. */
  program: uuid.optional(),
  /** Scrip: its pages show both headers (scrip.md C2). */
  auth_header: z.enum(['x-api-key', 'authorization']).optional(),
  /** TrustPager: its pages name both keys (trustpager.md C3). */
  body_key: z.enum(['trigger_data', 'payload', 'both']).optional(),
  /** TrustPager: puts each call's id into its run's data. */
  mark_runs: z.boolean().optional(),
});

const operator = z.strictObject({
  connections: z.array(account).min(1, 'must name at least one account').optional(),
  limits: z
    .strictObject({ ask_above_credits: z.int().min(0).optional(), ask_above_people: z.int().min(0).optional() })
    .optional(),
  ...spendingFields,
});

export type Account = z.output<typeof account>;
export type Operator = z.output<typeof operator>;

/** An account with its key read. */
export interface KeyedAccount extends Account {
  key: string;
}

/** Reads and checks the file. Throws `ConfigError` with one line: file, line, column, what is wrong and what may stand there. */
export async function readOperator(file: string): Promise<Operator> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`);
  }
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const broken = document.errors[0];
  if (broken) throw new ConfigError(`${at(broken.pos[0])}: ${broken.message.split('\n')[0]}`);
  const parsed = operator.safeParse(document.toJS({ maxAliasCount: 50 }) ?? {});
  if (parsed.success) return checked(parsed.data, file);
  const issue = parsed.error.issues[0];
  const path = (issue?.path ?? []) as (string | number)[];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const offset = offsetOf(document, path, unknown);
  const where = path.join('.') || 'the file';
  if (unknown !== undefined) throw new ConfigError(`${at(offset)}: ${where} has no "${unknown.slice(0, 40)}".`);
  throw new ConfigError(`${at(offset)}: ${where}: ${issue?.message ?? 'is wrong'}`);
}

interface Placed {
  range?: readonly number[] | null;
  items?: readonly { key?: { value?: unknown; range?: readonly number[] | null } }[];
}

/** Where a value stands; where it is missing, its nearest parent. With `unknown`, where that word stands in it. */
function offsetOf(
  document: { getIn(path: unknown[], keep: true): unknown },
  path: readonly (string | number)[],
  unknown?: string,
): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as Placed | undefined;
    const key = unknown === undefined ? undefined : node?.items?.find(pair => pair.key?.value === unknown)?.key;
    const at = (key ?? node)?.range?.[0];
    if (at !== undefined) return at;
  }
  return 0;
}

function checked(found: Operator, file: string): Operator {
  const ids = new Set<string>();
  for (const { id, vendor, key_env, key_file, auth_header, body_key, mark_runs, program } of found.connections ?? []) {
    if (ids.has(id)) throw new ConfigError(`${file}: two connections are called "${id}".`);
    ids.add(id);
    if ((key_env === undefined) === (key_file === undefined))
      throw new ConfigError(`${file}: connection "${id}" must name its key by key_env or by key_file, one of them.`);
    if (vendor === 'trustpager' && (auth_header || program))
      throw new ConfigError(`${file}: connection "${id}" is TrustPager; auth_header and program are Scrip’s.`);
    if (vendor === 'scrip' && (body_key || mark_runs !== undefined))
      throw new ConfigError(`${file}: connection "${id}" is Scrip; body_key and mark_runs are TrustPager’s.`);
  }
  return found;
}

/** The account's key, from the variable or the file that it names. */
export function keyOf({ id, key_env, key_file }: Account, env: Readonly<Record<string, string | undefined>>): string {
  if (key_env !== undefined) {
    const key = env[key_env];
    if (key === undefined || isUnset(key))
      throw new ConfigError(`Connection "${id}": the environment variable ${key_env} is not set.`);
    return key.trim();
  }
  try {
    const key = readFileSync(key_file ?? '', 'utf8').trim();
    if (key !== '') return key;
  } catch (error) {
    throw new ConfigError(
      `Connection "${id}": its key_file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`,
    );
  }
  throw new ConfigError(`Connection "${id}": its key_file is empty.`);
}
