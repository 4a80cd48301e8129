// The operator's settings as text and back: what a recorded decision is judged by again.
import type { OperatorRule } from '../policy/operator.ts';
import type { Settings } from '../policy/policy.ts';
import { compile } from './compile.ts';

/** Everything of the settings that bears on a verdict, as JSON; conditions as they were written. */
export const settingsText = (settings: Settings): string => JSON.stringify(settings);

/** Throws where a condition means nothing to this program, such as one over a fact that is no more. */
export async function settingsFrom(text: string): Promise<Settings> {
  const settings = JSON.parse(text) as Omit<Settings, 'rules'> & { rules: Omit<OperatorRule, 'holds'>[] };
  const rules: OperatorRule[] = [];
  for (const rule of settings.rules) {
    const made = await compile(rule.when);
    if ('mistakes' in made)
      throw new Error(`The rule "${rule.name}" cannot be read: ${made.mistakes.map(({ why }) => why).join('; ')}.`);
    rules.push({ ...rule, holds: made.condition.holds });
  }
  return { ...settings, rules };
}
