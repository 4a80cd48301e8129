// Doubts about rules that are well formed: those that no call meets, and those without which every verdict would be the same. Found by trying calls.
import type { Compared } from '../conditions/check.ts';
import type { OperatorRule } from '../policy/operator.ts';
import { said } from '../policy/operator.ts';
import { decide, type Facts } from '../policy/policy.ts';
import { effectsOf } from '../tool.ts';
import { type Around, type Case, caseSchema, factsOf } from './policy-case.ts';

/** At most so many calls are tried for one rule. */
const MOST = 1_000;

/** One thing that calls differ in: what may be put where. `undefined` puts nothing. */
interface Choice {
  name: string;
  values: readonly unknown[];
}

/** The values that a fact is held against, those just beside them, something small, and nothing at all. */
function choices(compared: readonly Compared[]): Choice[] {
  const values = new Map<string, Set<unknown>>();
  for (const { name, value } of compared) {
    const known = values.get(name) ?? new Set([undefined]);
    values.set(name, known);
    known.add(value);
    if (typeof value === 'number') for (const other of [value - 1, value + 1, 1]) known.add(Math.max(0, other));
  }
  values.delete('tool');
  values.delete('effect');
  values.delete('vendor');
  return [...values].map(([name, known]) => ({ name, values: [...known] }));
}

/** Tools and effects to try: those that the condition names, or all. */
function kinds(compared: readonly Compared[], { tools }: Around): Pick<Case, 'tool' | 'effect'>[] {
  const named = new Set(compared.filter(({ name }) => name === 'tool').map(({ value }) => value));
  const possible = tools.filter(({ vendor }) => vendor !== 'common');
  const some = possible.filter(({ name }) => [...named].some(part => name === part || name.startsWith(String(part))));
  return (some.length > 0 ? some : possible).flatMap(tool =>
    effectsOf(tool).map(effect => ({ tool: tool.name, effect })),
  );
}

/** A call with these facts, where there can be one. */
function made(kind: Pick<Case, 'tool' | 'effect'>, chosen: readonly [string, unknown][]): Case | undefined {
  const call: Record<string, unknown> = { ...kind };
  for (const [name, value] of chosen) {
    if (value === undefined) continue;
    const steps = name.split('.');
    const last = steps.pop() ?? '';
    let at = call;
    for (const step of steps) {
      at[step] = { ...(at[step] as object | undefined) };
      at = at[step] as Record<string, unknown>;
    }
    at[last] = name === 'changes' ? [value] : value;
  }
  const parsed = caseSchema.safeParse(call);
  return parsed.success ? parsed.data : undefined;
}

/** Every combination where there are few, else evenly spread ones, the same every time. */
function* combinations(sizes: readonly number[]): Generator<number[]> {
  const all = sizes.reduce((product, size) => product * size, 1);
  let seed = 1;
  for (let n = 0; n < Math.min(all, MOST); n++) {
    let rest = n;
    yield sizes.map(size => {
      if (all > MOST) {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed % size;
      }
      const one = rest % size;
      rest = Math.floor(rest / size);
      return one;
    });
  }
}

function* calls(compared: readonly Compared[], around: Around): Generator<Facts> {
  const some = kinds(compared, around);
  const all = choices(compared);
  for (const [which = 0, ...picks] of combinations([some.length, ...all.map(({ values }) => values.length)])) {
    const kind = some[which];
    const call =
      kind &&
      made(
        kind,
        all.map(({ name, values }, n) => [name, values[picks[n] ?? 0]]),
      );
    if (!call) continue;
    yield factsOf(call, around);
    // What only stopping calls meet.
    if (kind.effect === 'update') yield factsOf({ ...call, stops: true }, around);
  }
}

/** What is doubtful about a rule, or nothing. */
function doubt(rule: OperatorRule, compared: readonly Compared[], around: Around): string | undefined {
  const { settings } = around;
  const without = { ...settings, rules: settings.rules.filter(other => other !== rule) };
  let met = false;
  for (const facts of calls(compared, around)) {
    const word = said(rule, facts);
    if (word === 'no' || word === 'no_say' || (word === 'untold' && rule.verdict === 'allow')) continue;
    met = true;
    const [now, then] = [decide(facts), decide({ ...facts, settings: without })];
    if (now.verdict !== then.verdict || now.approver !== then.approver) return undefined;
  }
  return met
    ? 'wherever it applies, the verdict would be the same without it'
    : 'no call was found to which it applies';
}

/** Doubts about rules, by their number. */
export function doubts(compared: readonly Compared[][], around: Around): { rule: number; why: string }[] {
  return around.settings.rules.flatMap((rule, n) => {
    const values = compared[n] ?? [];
    const trusting = rule.verdict === 'allow' && values.some(({ name }) => name === 'client');
    const why = doubt(rule, values, around);
    return [
      ...(why === undefined ? [] : [{ rule: n, why }]),
      ...(trusting
        ? [{ rule: n, why: 'it allows by what the client calls itself, and a client may call itself anything' }]
        : []),
    ];
  });
}
