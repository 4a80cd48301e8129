// What an operator should know of their own settings when the server starts: nothing is wrong with it, and it is not what most would want.
import { exposed, secretFiles } from '../config.ts';
import type { Connection } from '../server/house.ts';
import type { Operator } from './operator.ts';

export type Warning = [fields: object, message: string];

export function warnings(
  env: Readonly<Record<string, string | undefined>>,
  { connections: accounts = [] }: Pick<Operator, 'connections'>,
  connections: readonly Pick<Connection, 'id' | 'insecureAutoApprove'>[],
): Warning[] {
  const unasked = connections.filter(({ insecureAutoApprove }) => insecureAutoApprove).map(({ id }) => id);
  const files = [...secretFiles(env), ...accounts.flatMap(({ key_file }) => key_file ?? [])].filter(exposed);
  return [
    ...(unasked.length > 0
      ? [[{ connections: unasked }, 'insecure_auto_approve is on: nobody is asked there'] satisfies Warning]
      : []),
    ...(files.length > 0
      ? [[{ files }, 'others than its owner may read a file that holds a key: chmod 600 it'] satisfies Warning]
      : []),
  ];
}
