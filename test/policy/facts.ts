// Facts for the tables: an innocent call, and what each test changes about it.
import type { Facts, Verdict } from '../../src/policy/policy.ts';
import type { Check } from '../../src/vendors/checks.ts';
import type { Quote } from '../../src/vendors/trustpager/prices.ts';

export const LIMITS = { credits: 500, people: 300 } as const;

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
  needs: ['automations:read', 'automations:trigger'],
  connection: { id: 'scrip', vendor: 'scrip', environment: 'production' },
  settings: { readOnly: false, humanAbove: { ...LIMITS } },
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

/** From the loosest to the strictest. */
export const strictness: Record<Verdict['verdict'], number> = { allow: 0, ask: 1, ask_human: 2, deny: 3 };
