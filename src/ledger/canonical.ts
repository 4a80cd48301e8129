// One text for one meaning: canonical JSON (after RFC 8785) and the digests that say which call, which question, which version it is.
import { createHash } from 'node:crypto';

/**
 * Keys sorted by UTF-16 code units, numbers as ECMAScript writes them, no white space; a property that is undefined is not there.
 * What JSON cannot say exactly is refused, because two different calls must never share a text.
 */
export function canonical(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical form`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${Array.from(value, canonical).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`${typeof value} has no canonical form`);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype)
    throw new TypeError('only plain objects have a canonical form');
  const object: Record<string, unknown> = { ...value };
  const members = Object.keys(object)
    .sort()
    .filter(key => object[key] !== undefined)
    .map(key => `${JSON.stringify(key)}:${canonical(object[key])}`);
  return `{${members.join(',')}}`;
}

/** SHA-256, hexadecimal. `kind` keeps digests of different things apart even where their contents agree. */
const digest = (kind: string, content: unknown): string =>
  createHash('sha256')
    .update(canonical([kind, content]))
    .digest('hex');

/** Which call it is: the same for every repeat of it, by the same principal through the same connection. */
export const callDigest = (of: { tool: string; arguments: unknown; connection: string; principal: string }): string =>
  digest('call', [of.tool, of.arguments, of.connection, of.principal]);

/** What exactly a person is asked (P4): the call, who asks for it, and the target and the policy as they stand. */
export const questionDigest = (of: {
  call: string;
  client: string;
  target_version: string;
  policy_version: string;
}): string => digest('question', [of.call, of.client, of.target_version, of.policy_version]);

/** The version of a configuration, as read (design section 6, "Target version"), or of the policy in force. */
export const versionOf = (configuration: object): string => digest('version', configuration);
