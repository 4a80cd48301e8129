// Cost and reach: what only a person outside the client may pass, and what an unknown price always asks.
import type { Facts, Rule } from './policy.ts';

export const quote: Rule<Facts> = ({
  effect,
  quote: { high, unknown },
  audience,
  unsettled,
  settings: { humanAbove },
}) => {
  if (effect === 'read') return undefined;
  if (unsettled)
    return {
      verdict: 'ask_human',
      reason: `The same call was sent before (intent ${unsettled.intent_id}) and nobody could find out whether it ran. Sending it again may do it twice.`,
    };
  // Asked this way round, what is no number at all counts as too much.
  if (!(high < humanAbove.credits))
    return {
      verdict: 'ask_human',
      reason: `It may cost ${high} credits, at or above the limit of ${humanAbove.credits} for a yes in the client.`,
    };
  if (audience?.people !== undefined && !(audience.people < humanAbove.people))
    return {
      verdict: 'ask_human',
      reason: `It may reach ${audience.people} people, at or above the limit of ${humanAbove.people} for a yes in the client.`,
    };
  if (unknown.length > 0) return { verdict: 'ask', reason: 'Its price is not known in full; a person confirms that.' };
  return undefined;
};
