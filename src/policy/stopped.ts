// The stop: while the operator's stop stands, nothing that changes anything leaves, whatever else would allow it.
import type { CallFacts, Rule } from './policy.ts';

export const stopped: Rule<CallFacts> = ({ writes, stop }) =>
  writes && stop !== undefined
    ? {
        verdict: 'deny',
        code: 'denied_by_policy',
        reason: `Everything is stopped${stop === '' ? '' : ` (${stop})`}. What runs at the vendors already goes on: a fan-out finishes, schedules fire. Only the operator can end the stop, with: automations-mcp resume.`,
      }
    : undefined;
