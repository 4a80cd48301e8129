// Scopes: a declared list is the whole truth; what it does not cover is refused before any request (design section 5.2).
import type { Capability } from '../tool.ts';
import type { CallFacts, Rule } from './policy.ts';

/**
 * Which scopes give which capability, exact and case-sensitive. Either spelling of the trigger scope counts (trustpager.md C2);
 * `automations:write` includes read and, for older keys, delete, and never includes trigger; `admin` includes all.
 */
const grants: Record<Capability, readonly string[]> = {
  'automations:read': ['automations:read', 'automations:write', 'admin'],
  'automations:write': ['automations:write', 'admin'],
  'automations:trigger': ['automations:trigger', 'automations-trigger:trigger', 'admin'],
  'automations:delete': ['automations:delete', 'automations:write', 'admin'],
};

const capabilities = Object.keys(grants) as Capability[];

/** `…-approval` counts as its scope: the vendor holds the write for its own approval and answers 202 (trustpager.md 4.1). */
const plain = (scope: string): string => scope.replace(/(?<=:[a-z]+)-approval$/, '');

export function covered(capability: Capability, scopes: readonly string[]): boolean {
  return scopes.some(scope => grants[capability].includes(plain(scope)));
}

/** What both lists cover, as a list; of each what it covers by its own. */
export const inBoth = (some: readonly string[], others: readonly string[]): string[] =>
  capabilities.filter(capability => covered(capability, some) && covered(capability, others));

export const scope: Rule<CallFacts> = ({ needs, connection, narrowed, principal, tool }) => {
  const lacks = (scopes: readonly string[] | undefined): Capability[] =>
    scopes ? needs.filter(capability => !covered(capability, scopes)) : [];
  const missing = lacks(connection.scopes);
  const theirs = missing.length > 0 ? [] : lacks(narrowed?.scopes);
  if (theirs.length > 0)
    return {
      verdict: 'deny',
      code: 'insufficient_scope',
      reason: `${tool} needs ${theirs.join(' and ')}, which "${principal}" is not granted (${narrowed?.scopes?.join(', ') || 'nothing'}). Only the operator can grant it, and whoever issues the token, where that names scopes.`,
    };
  const declared = connection.scopes;
  if (missing.length === 0 || !declared) return undefined;
  const why =
    missing.includes('automations:read') && needs.length > 1
      ? ' (the state must be read before anything is changed)'
      : '';
  return {
    verdict: 'deny',
    code: 'insufficient_scope',
    reason: `${tool} needs ${missing.join(' and ')}${why}, which the scopes declared for connection "${connection.id}" do not cover (${declared.join(', ') || 'none'}). Its operator can declare the scope, if the key has it.`,
  };
};
