// The table of design section 5.7: what happens to a call that nothing else decided.
import type { Effect } from '../tool.ts';
import type { Facts, Rule, Verdict } from './policy.ts';

const table: Record<Effect, Pick<Verdict, 'verdict' | 'reason'>> = {
  read: { verdict: 'allow', reason: 'Reading is free.' },
  create: { verdict: 'allow', reason: 'What it creates is switched off.' },
  update: { verdict: 'allow', reason: 'It changes nothing that fires.' },
  arm: { verdict: 'ask', reason: 'From then on it fires by itself; a person confirms that.' },
  run: { verdict: 'ask', reason: 'It fires now, for real; a person confirms that.' },
  delete: { verdict: 'ask', reason: 'It takes something away; a person confirms that.' },
};

export const defaults: Rule<Facts> = ({ effect }) => (Object.hasOwn(table, effect) ? table[effect] : undefined);
