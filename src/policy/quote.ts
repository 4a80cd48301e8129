// Cost and reach: what only a person outside the client may pass, and what an unknown price always asks.
import type { Facts, Rule } from './policy.ts';

export const quote: Rule<Facts> = ({
  effect,
  stops,
  quote: { high, unknown },
  audience,
  settings: {
    humanAbove: { credits, people },
  },
}) => {
  // Stopping never waits for a person, whatever the limits are (design section 5.7).
  if (effect === 'read' || stops === true) return undefined;
  // Asked this way round, what is no number at all counts as too much; what costs nothing never does.
  if (high !== 0 && !(high < credits))
    return {
      verdict: 'ask_human',
      reason: `It may cost ${high} credits, at or above the limit of ${credits} for a yes in the client.`,
    };
  if (audience?.people !== undefined && !(audience.people < people))
    return {
      verdict: 'ask_human',
      reason: `It may reach ${audience.people} people, at or above the limit of ${people} for a yes in the client.`,
    };
  if (unknown.length > 0) return { verdict: 'ask', reason: 'Its price is not known in full; a person confirms that.' };
  return undefined;
};
