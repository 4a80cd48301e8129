// The operator's switch that turns asking off at one account: what the defaults would only ask about goes through (design section 6).
import { local } from '../principal.ts';
import { defaults } from './defaults.ts';
import type { Facts, Rule } from './policy.ts';

/**
 * For nobody but whoever started the program: where several principals are served, none of them is that. It stands between `quote` and `defaults`, so that it takes the place of nothing but the table's `ask`: what is dear, wide, of unknown price
 * or not settled is asked about as ever, and so is what a rule or a soft budget of the operator's asks about.
 */
export const insecureAutoApprove: Rule<Facts> = facts => {
  const { connection, principal } = facts;
  if (connection.insecureAutoApprove !== true || principal !== local.id) return undefined;
  return defaults(facts)?.verdict === 'ask'
    ? {
        verdict: 'allow',
        reason: `Nobody is asked: the operator has set insecure_auto_approve for connection "${connection.id}".`,
      }
    : undefined;
};
