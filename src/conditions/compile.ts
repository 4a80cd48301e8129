// Makes a question about facts of a condition's text: read and checked once, asked any number of times, and never for longer than its steps last.
import type { Facts } from '../policy/policy.ts';
import { readCel } from '../vendors/cel.ts';
import type { Json, JsonObject } from '../vendors/types.ts';
import { type Compared, check, type Mistake, type Vocabulary } from './check.ts';
import { facts as table } from './facts.ts';
import { longestPattern, Purse, patternSize, TooDear, tolled, tolls } from './steps.ts';

type Cel = typeof import('@bufbuild/cel');
type Value = import('@bufbuild/cel').CelInput;

/** Characters. */
export const longest = 1_000;

/** What arguments may hold, in values and in characters, for a condition to look into them. */
export const most = { values: 5_000, characters: 200_000 };

export interface Condition {
  /** True, false, or undefined where something it looks at is not there, or is of another kind. Throws where it costs too much. */
  holds(facts: Facts): boolean | undefined;
  /** What is allowed but probably not meant; sentences without a full stop. */
  warnings: string[];
  /** Values that make a difference to it, for whoever looks for calls to which it applies. */
  compared: readonly Compared[];
}

export type Compiled = { condition: Condition } | { mistakes: Mistake[] };

async function prepared() {
  const cel: Cel = await import('@bufbuild/cel');
  const purse = new Purse();
  const env = cel.celEnv({ funcs: tolls(cel, purse) });
  const matches = cel.plan(env, cel.parse('"".matches(p)'));
  return { cel, purse, env, isPattern: (pattern: string) => !cel.isCelError(matches({ p: pattern })) };
}
/** The engine is loaded by the first condition: without rules it never is. */
let ready: ReturnType<typeof prepared> | undefined;

/** Arguments as the language sees them: whole numbers as its own, objects as its maps. Made once for each call. */
const seen = new WeakMap<JsonObject, Value>();

function argumentsOf({ celList, celMap }: Cel, args: JsonObject): Value {
  const known = seen.get(args);
  if (known !== undefined) return known;
  let [values, characters] = [0, 0];
  const count = (text = ''): void => {
    values += 1;
    characters += text.length;
    if (values > most.values || characters > most.characters) throw new TooDear('its arguments are too long to judge');
  };
  const convert = (value: Json): Value => {
    count(typeof value === 'string' ? value : '');
    if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
    if (Array.isArray(value)) return celList(value.map(convert) as never);
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value).map(([key, inner]): [string, Value] => {
      count(key);
      return [key, convert(inner)];
    });
    return celMap(new Map(entries) as never);
  };
  const made = convert(args);
  seen.set(args, made);
  return made;
}

/** The facts that are looked at, as the language knows them; groups are maps, so that `has` finds what is absent. */
function activation(cel: Cel, names: ReadonlySet<string>, facts: Facts): Record<string, Value> {
  const found: Record<string, Value> = {};
  const groups = new Map<string, Map<string, Value>>();
  for (const fact of table) {
    if (!names.has(fact.name)) continue;
    const [group = '', name] = fact.name.split('.');
    const plain = fact.of(facts);
    const value = plain === facts.arguments ? argumentsOf(cel, facts.arguments) : (plain as Value | undefined);
    if (name === undefined) {
      if (value !== undefined) found[group] = value;
      continue;
    }
    const members = groups.get(group) ?? new Map<string, Value>();
    groups.set(group, members);
    if (value !== undefined) members.set(name, value);
  }
  for (const [group, members] of groups) found[group] = cel.celMap(members as never);
  return found;
}

/** A loop over values of the wrong kind makes an error at every turn; where each came from nobody asks, and finding out costs ten times the rest. */
function untraced<T>(work: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/**
 * Reads a condition. What is wrong with it is told in full, each with its place in the text. Without a vocabulary, names of connections
 * and tools are not looked up: an old policy is read again as it was.
 */
export async function compile(expression: string, vocabulary?: Partial<Vocabulary>): Promise<Compiled> {
  const read = await readCel(expression, longest);
  if (!('parsed' in read)) return { mistakes: [read] };
  ready ??= prepared();
  const { cel, purse, env, isPattern } = await ready;
  const { mistakes, names, patterns, unguarded, compared } = check(read.parsed, expression, vocabulary);
  for (const { at, pattern } of patterns)
    if (patternSize(pattern) > longestPattern) mistakes.push({ at, why: 'this pattern is too long' });
    else if (!isPattern(pattern)) mistakes.push({ at, why: 'this is no pattern of RE2' });
  if (mistakes.length > 0) return { mistakes };

  tolled(read.parsed.expr);
  const ask = cel.plan(env, read.parsed);
  const holds = (facts: Facts): boolean | undefined => {
    purse.fill();
    const answer = untraced(() => ask(activation(cel, names, facts)));
    // An error that a later `||` passed over would still have cost too much.
    if (purse.empty) throw new TooDear('it costs too much to judge');
    return typeof answer === 'boolean' ? answer : undefined;
  };
  const warnings = unguarded.map(
    name => `looks at ${name}, which is not always there: ask has(${name}) first, or it counts as the stricter answer`,
  );
  return { condition: { holds, warnings, compared } };
}
