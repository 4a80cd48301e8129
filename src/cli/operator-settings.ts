// What the operator set that bears on verdicts: from the file, and for what it does not say from flags and environment.
import type { Settings as PolicySettings } from '../policy/policy.ts';
import type { Config } from '../settings.ts';
import type { Operator } from './operator.ts';
import { budgetsOf } from './operator-budgets.ts';

export const policyOf = (config: Config, operator: Operator): PolicySettings => ({
  readOnly: config.readOnly,
  humanAbove: {
    credits: operator.limits?.ask_above_credits ?? config.askAboveCredits,
    people: operator.limits?.ask_above_people ?? config.askAbovePeople,
  },
  noSpend: config.noSpend,
  ...budgetsOf(operator),
  zone: operator.zone ?? 'UTC',
  rules: operator.rules ?? [],
});
