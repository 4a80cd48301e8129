// Shows what an agent would get and what it could do: every listed tool with its size in tokens, and the policy that holds.
import type { Config } from '../settings.ts';
import { effectsOf } from '../tool.ts';
import { openHouse } from './house.ts';
import { MEMORY } from './state.ts';

/** The tokenizer is for those who work on this program: it is 26 MB. Elsewhere characters tell nearly as much. */
async function counter(): Promise<{ count: (text: string) => number; counted: string }> {
  try {
    const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
    return { count: text => countTokens(text), counted: 'in o200k' };
  } catch {
    return { count: text => Math.round(text.length / 4.3), counted: 'estimated from characters' };
  }
}

/** What would be listed with these settings, and what would hold. Nothing is opened, read or written. */
async function look(config: Config, version: string) {
  const operator =
    config.config === undefined ? {} : await (await import('./operator-file.ts')).readOperator(config.config);
  const house = openHouse({ ...config, stateFolder: MEMORY }, version, operator);
  try {
    const [{ toolList }, { instructions }, { count, counted }] = await Promise.all([
      import('../server/offer.ts'),
      import('../server/texts.ts'),
      counter(),
    ]);
    const sandbox = house.connections.some(({ environment }) => environment === 'sandbox');
    const tools = toolList(house.tools).map(({ name, description, inputSchema }) => {
      const tool = house.tools.get(name);
      return {
        name,
        effects: tool ? effectsOf(tool) : [],
        tokens: count(JSON.stringify({ name, description, input_schema: inputSchema })),
      };
    });
    const { readOnly, noSpend, humanAbove, budgets, keepCredits, unknownCountsAs, rules, zone } = house.policy;
    return {
      version,
      connections: house.connections.map(({ id, vendor, environment, scopes }) => ({
        id,
        vendor,
        environment,
        scopes: scopes ?? (vendor === 'scrip' ? 'unlimited' : 'not declared'),
      })),
      tools,
      tokens: {
        counted,
        tools: tools.reduce((sum, { tokens }) => sum + tokens, 0),
        instructions: count(instructions(sandbox)),
      },
      policy: {
        modes: [...(readOnly ? ['read-only'] : []), ...(noSpend ? ['no-spend'] : [])],
        ask_human_from: humanAbove,
        idle: config.idle,
        zone,
        rules: rules.map(({ name, verdict, approver }) => ({ name, verdict, ...(approver ? { approver } : {}) })),
        budgets,
        keep_credits: keepCredits ?? 'none',
        unknown_counts_as: unknownCountsAs,
      },
    };
  } finally {
    await house.close();
  }
}

const words = (value: unknown): string =>
  Array.isArray(value) && value.length === 0
    ? 'none'
    : typeof value === 'string' || typeof value === 'number'
      ? String(value)
      : JSON.stringify(value);

function asText({ version, connections, tools, tokens, policy }: Awaited<ReturnType<typeof look>>): string[] {
  const width = Math.max(...tools.map(({ name }) => name.length));
  return [
    `automations-mcp ${version}`,
    '',
    ...connections.map(
      ({ id, vendor, environment, scopes }) =>
        `account ${id}: ${vendor}, ${environment}, scopes ${Array.isArray(scopes) ? scopes.join(', ') || 'none' : scopes}`,
    ),
    '',
    ...tools.map(
      ({ name, effects, tokens }) => `${name.padEnd(width)}  ${String(tokens).padStart(5)}  ${effects.join(', ')}`,
    ),
    `${`${tools.length} tools`.padEnd(width)}  ${String(tokens.tools).padStart(5)}  tokens, ${tokens.counted}; the instructions have ${tokens.instructions}`,
    '',
    ...Object.entries(policy).map(([name, value]) => `policy ${name}: ${words(value)}`),
    'policy defaults: reads and what is off pass; what fires, arms or deletes is asked; what nobody knows is asked or refused',
  ];
}

export async function inspect(config: Config, args: readonly string[], version: string): Promise<number> {
  const found = await look(config, version);
  process.stdout.write(`${args.includes('--json') ? JSON.stringify(found) : asText(found).join('\n')}\n`);
  return 0;
}
