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

/** `…-approval` counts as its scope: the vendor holds the write for its own approval and answers 202 (trustpager.md 4.1). */
const plain = (scope: string): string => scope.replace(/(?<=:[a-z]+)-approval$/, '');

export function covered(capability: Capability, scopes: readonly string[]): boolean {
  return scopes.some(scope => grants[capability].includes(plain(scope)));
}

export const scope: Rule<CallFacts> = ({ needs, connection, tool }) => {
  if (!connection.scopes) return undefined;
  const declared = connection.scopes;
  const missing = needs.filter(capability => !covered(capability, declared));
  if (missing.length === 0) return undefined;
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
