// No-spend mode: nothing fires and nothing is armed, whatever else would allow it; reading, drafting and stopping go on.
import type { Effect } from '../tool.ts';
import type { CallFacts, Rule } from './policy.ts';

const spends = (effect: Effect): boolean => effect === 'run' || effect === 'arm';

/** Before the target was read, what is refused is a tool that can do nothing else. */
export const noSpend: Rule<CallFacts & { effect?: Effect }> = facts => {
  const { settings, narrowed, principal, tool } = facts;
  if (!(settings.noSpend || narrowed?.noSpend)) return undefined;
  const effects = facts.effect === undefined ? facts.effects : [facts.effect];
  if (effects.length === 0 || !effects.every(spends)) return undefined;
  const why = settings.noSpend
    ? 'this server runs in no-spend mode. Only its operator can change that, by starting it without --no-spend.'
    : `"${principal}" may spend nothing. Only the operator can change that, in the operator’s file.`;
  return {
    verdict: 'deny',
    code: 'denied_by_policy',
    reason: `${tool} would fire something, or arm it to fire by itself, and ${why}`,
  };
};
