// What an operator should know of their own settings: nothing is wrong with them, and they are not what most would want.
import { exposed, secretFiles } from '../config.ts';
import type { Operator } from './operator.ts';

export type Warning = [fields: Record<string, string[]>, message: string];

export function warnings(
  env: Readonly<Record<string, string | undefined>>,
  { connections = [] }: Pick<Operator, 'connections'>,
): Warning[] {
  const unasked = connections.filter(({ insecure_auto_approve }) => insecure_auto_approve).map(({ id }) => id);
  const files = [...secretFiles(env), ...connections.flatMap(({ key_file }) => key_file ?? [])].filter(exposed);
  return [
    ...(unasked.length > 0
      ? [[{ connections: unasked }, 'insecure_auto_approve is on: nobody is asked there'] satisfies Warning]
      : []),
    ...(files.length > 0
      ? [[{ files }, 'others than its owner may read a file that holds a key: chmod 600 it'] satisfies Warning]
      : []),
  ];
}
