// Preconditions: what the vendor demands of the target's state; the first that fails refuses, in its own words.
import type { Facts, Rule } from './policy.ts';

export const precondition: Rule<Facts> = ({ checks }) => {
  const failed = checks.filter(check => check.pass !== true);
  if (failed.length === 0) return undefined;
  return { verdict: 'deny', code: 'precondition_failed', reason: failed.map(check => check.reason).join(' ') };
};
