// An earlier attempt that nobody could settle: sending again may do it twice, so only a person outside the client lets it through.
import type { Facts, Rule } from './policy.ts';

export const unsettled: Rule<Facts> = ({ effect, stops, unsettled }) =>
  // Stopping never waits for a person (design section 5.7).
  effect === 'read' || stops === true || !unsettled
    ? undefined
    : {
        verdict: 'ask_human',
        reason: `The same call was sent before (intent ${unsettled.intent_id}) and nobody could find out whether it ran. Sending it again may do it twice.`,
      };
