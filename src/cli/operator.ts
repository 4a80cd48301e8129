// What the operator's file means once it is well formed: mistakes that no schema sees, the accounts there are, and the key of each.
import type * as z from 'zod';
import { ConfigError, isUnset, secretIn } from '../config.ts';
import type { OperatorRule } from '../policy/operator.ts';
import { builtIn } from '../policy/policy.ts';
import { checkZone } from '../vendors/zone.ts';
import { wrongBudgets } from './operator-budgets.ts';
import { wrongPrincipals } from './operator-principals.ts';
import type { accountSchema, operatorSchema, ruleSchema, testSchema } from './operator-schema.ts';
import type { Around } from './policy-case.ts';

export type Account = z.output<typeof accountSchema>;
export type Written = z.output<typeof operatorSchema>;
export type Rule = z.output<typeof ruleSchema>;
export type PolicyTest = z.output<typeof testSchema>;

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

const wrongRule = ({ name, verdict, approver, stops, ceilings }: Rule, path: Wrong['path']): Wrong[] => [
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
  ...(approver && verdict !== 'ask_human'
    ? [{ path: [...path, 'approver'], why: 'only an ask_human may say who must answer' }]
    : []),
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
export const accountsOf = ({ connections }: Pick<Written, 'connections'>): Around['accounts'] =>
  connections ?? (['scrip', 'trustpager'] as const).map(vendor => ({ id: vendor, vendor, environment: 'production' }));

/** What is wrong though each part is well formed. */
export function wrongs(written: Written): Wrong[] {
  const { connections = [], principals = [], budgets = [], zone, rules = [] } = written;
  const accounts = accountsOf(written).map(({ id }) => id);
  const known = zone === undefined ? undefined : checkZone(zone, 'the zone');
  return [
    ...twice(connections, 'connections', 'id'),
    ...connections.flatMap((account, n) => wrongAccount(account, ['connections', n])),
    ...twice(budgets, 'budgets', 'name'),
    ...wrongBudgets(written, accounts),
    ...twice(principals, 'principals', 'id'),
    ...wrongPrincipals(written, accounts),
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
  return secretIn(key_file ?? '', `Connection "${id}": its key_file`);
}
