// The policy command: what is wrong with the operator's file, whether its tests hold, why a call gets its verdict, what the file would have changed, and its schema.
import { ConfigError } from '../config.ts';
import { decide, type Verdict, verdictWord } from '../policy/policy.ts';
import type { Config } from '../settings.ts';
import { accountsOf, type Operator, type PolicyTest } from './operator.ts';
import { inspect, readOperator, type Told, textOf, told } from './operator-file.ts';
import { policyOf } from './operator-settings.ts';
import { type Around, factsOf } from './policy-case.ts';

const usage = `Usage: automations-mcp policy <command> --config <file>

  lint [--json]            every mistake in the file, and what is probably not meant
  test [--json]            the tests beside the rules
  explain --tool <tool> [--arguments <json>] [--fact <name=value> ...] [--live] [--json]
                           what every rule says of one call, from the facts given; with --live
                           the accounts are read instead, and nothing is sent
  simulate [--json]        what this file would have changed over the recorded audit
  schema                   the file's JSON schema, for editors

lint and test end with 1 where something is wrong.`;

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function fileOf({ config: file }: Config): string {
  if (file !== undefined) return file;
  throw new ConfigError('policy wants the operator’s file: --config, or AUTOMATIONS_CONFIG.');
}

async function around(config: Config, operator: Operator): Promise<Around> {
  const { catalogue } = await import('../../tools/index.ts');
  return { tools: catalogue, accounts: accountsOf(operator), settings: policyOf(config, operator) };
}
/** Rules are tried as such: modes refuse whatever rules say. */
const withoutModes = (config: Config): Config => ({ ...config, readOnly: false, noSpend: false });

const alone =
  'it wants another person, and without principals everybody is "local", so that it refuses whatever it applies to';

async function lint(config: Config, json: boolean): Promise<number> {
  const file = fileOf(config);
  const { found, mistakes, warnings, compared, place } = await inspect(textOf(file));
  const doubtful: Told[] = [...warnings];
  if (found) {
    const { doubts } = await import('./policy-lint.ts');
    for (const { rule, why } of doubts(compared, await around(withoutModes(config), found)))
      doubtful.push({ ...place(['rules', rule]), why: `rules.${rule}: ${why}.` });
    for (const [n, { approver }] of (found.rules ?? []).entries())
      if (approver && !found.principals) doubtful.push({ ...place(['rules', n]), why: `rules.${n}: ${alone}.` });
    doubtful.sort((a, b) => a.line - b.line || a.column - b.column);
  }
  if (json) print(JSON.stringify({ file, mistakes, warnings: doubtful }));
  else {
    for (const mistake of mistakes) print(told(file, mistake));
    for (const warning of doubtful) print(told(file, { ...warning, why: `warning: ${warning.why}` }));
    if (mistakes.length === 0) print(`${file}: no mistakes${doubtful.length > 0 ? '' : ', no doubts'}.`);
  }
  return mistakes.length > 0 ? 1 : 0;
}

/** How one test ends; `said` is what policy says. */
export interface Outcome {
  name: string;
  passed: boolean;
  said: Pick<Verdict, 'verdict' | 'approver' | 'rule' | 'reason'>;
}

export function tryTests(tests: readonly PolicyTest[], around: Around): Outcome[] {
  return tests.map(({ name, call, ...wanted }, n) => {
    const { verdict, approver, rule, reason } = decide(factsOf(call, around));
    return {
      name: name ?? `test ${n + 1}: ${call.tool}`,
      passed:
        verdict === wanted.verdict &&
        (wanted.approver === undefined || approver === wanted.approver) &&
        (wanted.rule === undefined || rule === wanted.rule),
      said: { verdict, ...(approver ? { approver } : {}), rule, reason },
    };
  });
}

async function test(config: Config, json: boolean): Promise<number> {
  const operator = await readOperator(fileOf(config));
  const { tests = [] } = operator;
  const outcomes = tryTests(tests, await around(withoutModes(config), operator));
  const failed = outcomes.filter(({ passed }) => !passed).length;
  if (json) print(JSON.stringify({ tests: outcomes, failed }));
  else {
    for (const [n, { name, passed, said }] of outcomes.entries()) {
      print(`${passed ? 'ok  ' : 'FAIL'} ${name}`);
      const wanted = tests[n];
      if (wanted && !passed)
        print(
          `     expected ${verdictWord(wanted)}${wanted.rule === undefined ? '' : ` by ${wanted.rule}`}, and it is ${verdictWord(said)} by ${said.rule}: ${said.reason}`,
        );
    }
    print(outcomes.length === 0 ? 'There are no tests.' : `${outcomes.length - failed} of ${outcomes.length} hold.`);
  }
  return failed > 0 ? 1 : 0;
}

/** What follows a flag, every time it is given. */
const valuesOf = (args: readonly string[], flag: string): string[] =>
  args.flatMap((word, n) => (word === flag ? [args[n + 1] ?? ''] : []));

async function explain(config: Config, args: readonly string[]): Promise<number> {
  const [tool] = valuesOf(args, '--tool');
  if (tool === undefined) throw new ConfigError('policy explain wants --tool.');
  const [given] = valuesOf(args, '--arguments');
  const asked = { tool, ...(given === undefined ? {} : { arguments: given }), facts: valuesOf(args, '--fact') };
  const live = args.includes('--live');
  if (live && asked.facts.length > 0) throw new ConfigError('--live reads the facts, so none are given with --fact.');
  const operator = config.config === undefined ? {} : await readOperator(config.config);
  const { asText, explain, givenFacts, liveFacts } = await import('./policy-explain.ts');
  const facts = live ? await liveFacts(asked, config, operator) : givenFacts(asked, await around(config, operator));
  const found = explain(facts);
  print(args.includes('--json') ? JSON.stringify(found) : asText(found).join('\n'));
  return 0;
}

export async function policy(config: Config, args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  const json = rest.includes('--json');
  switch (command) {
    case 'lint':
      return lint(config, json);
    case 'test':
      return test(config, json);
    case 'explain':
      return explain(config, rest);
    case 'simulate':
      return (await import('./policy-simulate.ts')).policySimulate(config, rest);
    case 'schema':
      print(JSON.stringify((await import('./operator-schema.ts')).publishedSchema(), null, 2));
      return 0;
    default:
      print(usage);
      return 2;
  }
}
