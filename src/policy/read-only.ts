// Read-only mode: a hard filter that no other setting overrides (reliability.md C22).
import type { CallFacts, Rule } from './policy.ts';

export const readOnly: Rule<CallFacts> = ({ writes, settings, narrowed, principal, tool }) => {
  if (!writes || !(settings.readOnly || narrowed?.readOnly)) return undefined;
  const why = settings.readOnly
    ? 'this server runs read-only. Only its operator can change that, by starting it without --read-only.'
    : `"${principal}" may only read. Only the operator can change that, in the operator’s file.`;
  return { verdict: 'deny', code: 'denied_by_policy', reason: `${tool} changes something, and ${why}` };
};
