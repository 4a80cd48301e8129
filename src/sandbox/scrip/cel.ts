// Filters and guards in real CEL over participant, event and now (scrip.md 11).
import {
  type CelInput,
  CelScalar,
  celEnv,
  celFunc,
  celList,
  celMap,
  isCelMap,
  mapType,
  parse,
  plan,
} from '@bufbuild/cel';
import { isObject } from '../json.ts';
import type { Participant } from './state.ts';

// The functions the guide names beyond the standard ones (scrip.md 11).
const env = celEnv({
  funcs: [
    celFunc(
      'get',
      [mapType(CelScalar.STRING, CelScalar.DYN), CelScalar.STRING, CelScalar.DYN],
      CelScalar.DYN,
      (map, key, otherwise) => (isCelMap(map) && map.has(key) ? (map.get(key) ?? otherwise) : otherwise),
    ),
    celFunc('round', [CelScalar.DOUBLE, CelScalar.INT], CelScalar.DOUBLE, (value, places) => {
      const factor = 10 ** Number(places);
      return Math.round(value * factor) / factor;
    }),
  ],
});

/** Why an expression does not compile, or undefined when it does. */
export function celProblem(expression: string): string | undefined {
  if (expression.trim() === '') return 'Must not be empty';
  try {
    plan(env, parse(expression));
    return undefined;
  } catch (error) {
    return `Not a valid CEL expression: ${error instanceof Error ? error.message.slice(0, 200) : 'syntax error'}`;
  }
}

const timestamp = plan(env, parse('timestamp(text)'));

/** JSON has one kind of number; CEL wants whole ones as int. Its own lists and maps, or it would make them at every look. */
function toCel(value: unknown): CelInput {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return celList(value.map(toCel));
  if (isObject(value)) return celMap(new Map(Object.entries(value).map(([key, inner]) => [key, toCel(inner)])));
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

/** What CEL sees of a participant is worked out once, and again after a change. */
const seen = new WeakMap<Participant, CelInput>();

export function participantChanged(participant: Participant): void {
  seen.delete(participant);
}

const PLANS_KEPT = 2000;
const plans = new Map<string, ReturnType<typeof plan>>();

/** Compiled once, however often it is asked. */
function compiled(expression: string): ReturnType<typeof plan> {
  const known = plans.get(expression);
  if (known) return known;
  if (plans.size >= PLANS_KEPT) plans.clear();
  const made = plan(env, parse(expression));
  plans.set(expression, made);
  return made;
}

function participantInCel(participant: Participant): CelInput {
  const known = seen.get(participant);
  if (known !== undefined) return known;
  const { tags, counters, attributes } = participant;
  const input = toCel({ tags, counters, attributes });
  seen.set(participant, input);
  return input;
}

/**
 * A condition over one event and moment, to be asked about many participants. Whatever does not end in `true` is false: a
 * missing field makes the whole condition false instead of an error (scrip.md 11). silent: which variables a filter or a
 * guard may use; participant, event and now are given to both. silent: whether `missing || true` is true; CEL says it is.
 */
export function condition(expression: string | undefined, event: unknown, at: number) {
  if (expression === undefined) return () => true;
  const evaluate = compiled(expression);
  const bindings = { event: toCel(event), now: timestamp({ text: new Date(at).toISOString() }) as CelInput };
  return (participant: Participant | undefined) => {
    try {
      return evaluate(participant ? { ...bindings, participant: participantInCel(participant) } : bindings) === true;
    } catch {
      return false;
    }
  };
}
