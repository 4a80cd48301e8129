// Explains one call: its facts, what every rule says of it, and the verdict; from facts that are given, or from a look at the accounts.

import { meant } from '../closest.ts';
import { facts as table } from '../conditions/facts.ts';
import { ConfigError } from '../config.ts';
import { Failure } from '../errors.ts';
import { ceilingsOf, type OperatorRule, type Said, said } from '../policy/operator.ts';
import { builtInWords, decide, type Facts, type Verdict, verdictWord } from '../policy/policy.ts';
import type { Config } from '../settings.ts';
import type { Operator } from './operator.ts';
import { type Around, type Case, caseSchema, factsOf, wrongCase } from './policy-case.ts';

export interface Explanation {
  /** By the names that conditions have for them; what is not there is left out. */
  facts: Record<string, unknown>;
  built_in: { rule: string; verdict?: Verdict['verdict']; reason?: string }[];
  rules: {
    rule: string;
    when: string;
    verdict: Verdict['verdict'];
    approver?: 'another';
    /** What its condition comes to; `no_say` where rules of its kind do not count for such a call. */
    condition: Said;
    /** Of a standing approval: what counts already, and what it covers. */
    ceilings?: { unit: string; used: number; most: number }[];
  }[];
  verdict: Verdict;
}

/** As JSON has it: the language's whole numbers are numbers again, its maps objects. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Map ? Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)])) : value;
}

const ruleWord = (rule: OperatorRule, facts: Facts): Explanation['rules'][number] => ({
  rule: rule.name,
  when: rule.when,
  verdict: rule.verdict,
  ...(rule.approver ? { approver: rule.approver } : {}),
  condition: said(rule, facts),
  ...(rule.ceilings
    ? {
        ceilings: ceilingsOf(rule, facts.now).map(({ name, unit, most }) => ({
          unit,
          used: facts.used?.[name] ?? 0,
          most,
        })),
      }
    : {}),
});

export function explain(facts: Facts): Explanation {
  const shown = table.flatMap(fact => {
    const value = plain(fact.of(facts));
    return value === undefined ? [] : [[fact.name, value] as const];
  });
  return {
    facts: Object.fromEntries(shown),
    built_in: builtInWords(facts).map(({ rule, said }) =>
      said ? { rule, verdict: said.verdict, reason: said.reason } : { rule },
    ),
    rules: facts.settings.rules.map(rule => ruleWord(rule, facts)),
    verdict: decide(facts),
  };
}

const conditions: Record<Said, string> = {
  yes: 'holds',
  no: 'does not hold',
  untold: 'cannot be told: something it looks at is not there; that counts as the stricter answer',
  broken: 'cannot be judged, so the call is refused',
  no_say: 'has no say in such a call',
};

/** For a terminal: one line each. */
export function asText({ facts, built_in, rules, verdict }: Explanation): string[] {
  const width = Math.max(
    ...[...Object.keys(facts), ...[...built_in, ...rules].map(({ rule }) => rule)].map(name => name.length),
  );
  const line = (name: string, text: string): string => `  ${name.padEnd(width)}  ${text}`;
  return [
    'facts',
    ...Object.entries(facts).map(([name, value]) => line(name, JSON.stringify(value))),
    'the operator’s rules',
    ...(rules.length === 0 ? ['  none'] : []),
    ...rules.map(({ condition, ceilings = [], ...of }) =>
      line(
        of.rule,
        [
          `${verdictWord(of)}: ${conditions[condition]}`,
          ...ceilings.map(({ unit, used, most }) => `${used} of ${most} ${unit} used in 24 hours`),
        ].join('; '),
      ),
    ),
    'built-in rules',
    ...built_in.map(({ rule, verdict, reason }) => line(rule, verdict ? `${verdict}: ${reason}` : 'says nothing')),
    `verdict: ${verdictWord(verdict)} by ${verdict.rule}: ${verdict.reason}`,
  ];
}

/** `credits.high=50` put where it belongs; what is no JSON is text. */
function put(call: Record<string, unknown>, fact: string): void {
  const [, name = '', text = ''] = /^([a-z][\w.-]*)=(.*)$/s.exec(fact) ?? [];
  if (name === '')
    throw new ConfigError(`--fact ${JSON.stringify(fact.slice(0, 80))}: give name=value, such as credits.high=50.`);
  const known = [...table.map(({ name }) => name), 'unsettled'];
  if (!known.includes(name) && !/^(arguments|used)\./.test(name))
    throw new ConfigError(`--fact: there is no fact ${meant(name, known)}`);
  const steps = name.split('.');
  const last = steps.pop() ?? '';
  let at = call;
  for (const step of steps) {
    const inner = at[step];
    at[step] = { ...(typeof inner === 'object' ? inner : {}) };
    at = at[step] as Record<string, unknown>;
  }
  at[last] = json(text) ?? text;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface Asked {
  tool: string;
  /** JSON. */
  arguments?: string;
  facts: readonly string[];
}

function argumentsIn({ arguments: text = '{}' }: Asked): Record<string, unknown> {
  const found = json(text);
  if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as Record<string, unknown>;
  throw new ConfigError('--arguments must be a JSON object.');
}

/** The facts of a call as they are given; nothing is read. */
export function givenFacts(asked: Asked, around: Around): Facts {
  const call: Record<string, unknown> = { tool: asked.tool, arguments: argumentsIn(asked) };
  for (const fact of asked.facts) put(call, fact);
  const parsed = caseSchema.safeParse(call);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(`--fact ${(issue?.path ?? []).join('.')}: ${issue?.message}.`);
  }
  const [wrong] = wrongCase(parsed.data as Case, around);
  if (wrong) throw new ConfigError(`${wrong.path.join('.')}: ${wrong.why}${/[.?]$/.test(wrong.why) ? '' : '.'}`);
  return factsOf(parsed.data as Case, around);
}

/** The facts of a call as they are now: the accounts are read, and nothing is sent or recorded. */
export async function liveFacts(asked: Asked, config: Config, operator: Operator): Promise<Facts> {
  const [{ openHouse }, { aimed, gather }, { readFacts }] = await Promise.all([
    import('./house.ts'),
    import('../server/gather.ts'),
    import('../policy/policy.ts'),
  ]);
  const home = openHouse(config, 'policy explain', operator);
  try {
    const house = { ...home, note: () => {} };
    const tool = house.tools.get(asked.tool);
    if (!tool || tool.vendor === 'common')
      throw new ConfigError(`There is no tool ${JSON.stringify(asked.tool.slice(0, 64))} of an account here.`);
    const caller = { principal: 'local', client: 'policy explain' };
    const { connection, input, facts } = await aimed(house, tool, argumentsIn(asked), caller);
    if (tool.kind === 'read') return readFacts(facts);
    return (await gather(house, { ...caller, tool: tool as never, input, connection })).facts;
  } catch (error) {
    if (error instanceof Failure) throw new ConfigError([error.message, error.details.next].filter(Boolean).join(' '));
    throw error;
  } finally {
    await home.close();
  }
}
