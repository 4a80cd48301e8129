// The operator's file as a schema: the accounts, the limits of what may be answered in a client, and the rules; operator-file.ts reads it.
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { ConfigError, isUnset } from '../config.ts';
import type { OperatorRule } from '../policy/operator.ts';
import { builtIn } from '../policy/policy.ts';
import { checkZone } from '../vendors/zone.ts';
import { spendingFields, wrongBudgets } from './operator-budgets.ts';

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

const amount = z.number().min(0);

const rule = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'must be a short name of lower-case letters, digits and -'),
  /** CEL over the facts of docs/policy.md. */
  when: z.string(),
  verdict: z.enum(['allow', 'ask', 'ask_human', 'deny']),
  /** What is told where the rule decides; a sentence. */
  reason: z.string().min(1).max(300).optional(),
  /** It counts for calls that stop something too; a deny only. */
  stops: z.literal(true).optional(),
  /** What an allow covers within 24 hours. */
  ceilings: z.strictObject({ credits: amount, calls: z.int().min(0), people: z.int().min(0).optional() }).optional(),
});

export const operatorSchema = z.strictObject({
  connections: z.array(account).min(1, 'must name at least one account').optional(),
  limits: z
    .strictObject({ ask_above_credits: z.int().min(0).optional(), ask_above_people: z.int().min(0).optional() })
    .optional(),
  ...spendingFields,
  /** What `time` in conditions is told in; a name of the tz database. */
  zone: z.string().optional(),
  rules: z.array(rule).max(100, 'must be at most 100 rules').optional(),
});

export type Account = z.output<typeof account>;
export type Written = z.output<typeof operatorSchema>;
export type Rule = z.output<typeof rule>;

/** The file as it was read: its rules can be asked. */
export type Operator = Omit<Written, 'rules'> & { rules?: readonly OperatorRule[] };

/** An account with its key read. */
export interface KeyedAccount extends Account {
  key: string;
}

/** What is wrong at a place that a schema does not see; `why` is a sentence without a full stop, or one that `meant` ends. */
export interface Wrong {
  path: readonly PropertyKey[];
  why: string;
}

const wrongAccount = (
  { vendor, key_env, key_file, auth_header, body_key, mark_runs, program }: Account,
  path: Wrong['path'],
): Wrong[] => [
  ...((key_env === undefined) === (key_file === undefined)
    ? [{ path, why: 'must name its key by key_env or by key_file, one of them' }]
    : []),
  ...(vendor === 'trustpager' && (auth_header || program)
    ? [
        {
          path: [...path, auth_header ? 'auth_header' : 'program'],
          why: 'this is Scrip’s, and the connection is TrustPager',
        },
      ]
    : []),
  ...(vendor === 'scrip' && (body_key || mark_runs !== undefined)
    ? [
        {
          path: [...path, body_key ? 'body_key' : 'mark_runs'],
          why: 'this is TrustPager’s, and the connection is Scrip',
        },
      ]
    : []),
];

const wrongRule = ({ name, verdict, stops, ceilings }: Rule, path: Wrong['path']): Wrong[] => [
  ...(builtIn.includes(name) ? [{ path: [...path, 'name'], why: `a built-in rule is called "${name}"` }] : []),
  ...(verdict === 'allow' && !ceilings
    ? [
        {
          path,
          why: 'an allow is a standing approval and must carry ceilings: { credits: …, calls: … }, what it covers a day',
        },
      ]
    : []),
  ...(verdict !== 'allow' && ceilings ? [{ path: [...path, 'ceilings'], why: 'only an allow has ceilings' }] : []),
  ...(stops && verdict !== 'deny'
    ? [{ path: [...path, 'stops'], why: 'stopping never waits for a person, so only a deny may say stops' }]
    : []),
];

/** Two of the same name; the second is where it is wrong. */
const twice = (rows: readonly Record<string, unknown>[], list: string, field: string): Wrong[] =>
  rows.flatMap((row, n) =>
    rows.findIndex(other => other[field] === row[field]) < n
      ? [{ path: [list, n, field], why: `two ${list} are called "${row[field]}"` }]
      : [],
  );

/** The accounts there are: those of the file, or those that keys in the environment make. */
export const accountIds = ({ connections }: Written): string[] =>
  connections?.map(({ id }) => id) ?? ['scrip', 'trustpager'];

/** What is wrong though each part is well formed. */
export function wrongs(written: Written): Wrong[] {
  const { connections = [], budgets = [], zone, rules = [] } = written;
  const known = zone === undefined ? undefined : checkZone(zone, 'the zone');
  return [
    ...twice(connections, 'connections', 'id'),
    ...connections.flatMap((account, n) => wrongAccount(account, ['connections', n])),
    ...twice(budgets, 'budgets', 'name'),
    ...wrongBudgets(written, accountIds(written)),
    ...(known && !known.pass ? [{ path: ['zone'], why: known.reason.replace(/\.$/, '') }] : []),
    ...twice(rules, 'rules', 'name'),
    ...rules.flatMap((rule, n) => wrongRule(rule, ['rules', n])),
  ];
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
