// Facts for the tables: an innocent call, and what each test changes about it.
import { ceilingsOf, type OperatorRule } from '../../src/policy/operator.ts';
import type { Facts, Settings } from '../../src/policy/policy.ts';
import type { Check } from '../../src/vendors/checks.ts';
import type { Quote } from '../../src/vendors/trustpager/prices.ts';

export const LIMITS = { credits: 500, people: 300 } as const;

export const settings = (over: Partial<Settings> = {}): Settings => ({
  readOnly: false,
  noSpend: false,
  budgets: [],
  unknownCountsAs: {},
  humanAbove: { ...LIMITS },
  zone: 'UTC',
  rules: [],
  ...over,
});

export const quoteOf = (high: number, unknown: string[] = []): Quote => ({
  low: 0,
  expected: high / 2,
  high,
  unknown,
  lines: [],
});

export const check = (pass: boolean, name = 'active'): Check => ({
  name,
  pass,
  reason: pass ? `${name} holds.` : `${name} fails, so wait.`,
});

export const facts = (over: Partial<Facts> = {}): Facts => ({
  tool: 'scrip_trigger_automation',
  writes: true,
  effects: ['run'],
  needs: ['automations:read', 'automations:trigger'],
  connection: { id: 'scrip', vendor: 'scrip', environment: 'production' },
  settings: settings(),
  principal: 'local',
  client: 'test',
  arguments: { automation_id: 'a1' },
  now: 1_800_000_000_000,
  effect: 'run',
  changes: [],
  reversible: false,
  checks: [check(true)],
  quote: quoteOf(0),
  ...over,
});

/** A rule of the operator's that applies, unless something else is said. */
export const rule = (over: Partial<OperatorRule> = {}): OperatorRule => ({
  name: `its-${over.verdict ?? 'ask'}`,
  when: 'true',
  verdict: 'ask',
  holds: () => true,
  ...(over.verdict === 'allow' ? { ceilings: { credits: 1_000_000, calls: 1_000_000 } } : {}),
  ...over,
});

/** What counts towards the ceilings of these rules already. */
export const usedBy = (rules: readonly OperatorRule[], amount = 0): Record<string, number> =>
  Object.fromEntries(rules.flatMap(rule => ceilingsOf(rule, 0).map(({ name }) => [name, amount])));
