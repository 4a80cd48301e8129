// Compares what a run was given with what it says it was given: the pages disagree on the body key, and a wrong one is dropped without a word (trustpager.md C3).
import { isDeepStrictEqual } from 'node:util';
import { isObject } from './fields.ts';
import { quote } from './text.ts';
import type { Json, JsonObject } from './types.ts';

const empty = (value: Json | undefined): boolean =>
  value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0);

const named = (keys: readonly string[]): string =>
  `${keys
    .slice(0, 5)
    .map(key => quote(key, 60))
    .join(', ')}${keys.length > 5 ? ` and ${keys.length - 5} more` : ''}`;

/**
 * Nothing where they are equal, else one sentence. `echoed` is the `trigger_data` of the run as read afterwards: the answer to a trigger does
 * not carry it.
 */
export function echoDifference(sent: JsonObject | undefined, echoed: Json | undefined): string | undefined {
  if (isDeepStrictEqual(sent, echoed) || (empty(sent) && empty(echoed))) return undefined;
  if (empty(echoed))
    return 'The run shows none of the trigger_data that was sent, so TrustPager may read it under another key: the operator can set trustpager_body_key to payload or both.';
  if (!isObject(echoed))
    return 'The run shows trigger_data that is not an object, so it cannot be told what it was given.';
  const given = sent ?? {};
  const has = (object: JsonObject, key: string): boolean => Object.hasOwn(object, key);
  const missing = Object.keys(given).filter(key => !has(echoed, key));
  const changed = Object.keys(given).filter(key => has(echoed, key) && !isDeepStrictEqual(given[key], echoed[key]));
  const added = Object.keys(echoed).filter(key => !has(given, key));
  const parts = [
    missing.length > 0 && `without ${named(missing)}`,
    changed.length > 0 && `with other values for ${named(changed)}`,
    added.length > 0 && `with ${named(added)} besides`,
  ].filter(part => part !== false);
  return parts.length === 0 ? undefined : `The run shows the trigger_data that was sent ${parts.join(', ')}.`;
}
