// Read-only mode: a hard filter that no other setting overrides (reliability.md C22).
import type { CallFacts, Rule } from './policy.ts';

export const readOnly: Rule<CallFacts> = ({ writes, settings, tool }) =>
  writes && settings.readOnly
    ? {
        verdict: 'deny',
        code: 'denied_by_policy',
        reason: `${tool} changes something, and this server runs read-only. Only its operator can change that, by starting it without --read-only.`,
      }
    : undefined;
