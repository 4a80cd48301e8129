// Bounds what judging a condition costs, by counting steps: every value that is looked at is paid for before, and whoever has no steps left is refused.
import type { Expr } from '../vendors/cel.ts';

type Cel = typeof import('@bufbuild/cel');

/**
 * What one answer may cost. A step is one look at one value: a list counts with everything in it, a text by its length, a turn of a loop
 * by the parts of its body, a pattern by its size and the text it is held against. Twenty thousand take about two milliseconds.
 */
export const steps = 20_000;

/** A text of this many characters costs one step more. */
const perStep = 64;

export class TooDear extends Error {
  override readonly name = 'TooDear';
}

/** Where the steps of one answer are taken from. */
export class Purse {
  #left = steps;
  fill(): void {
    this.#left = steps;
  }
  /** Throws once there is nothing left, and every time after that. */
  pay(amount: number): void {
    this.#left -= amount;
    if (!(this.#left >= 0)) throw new TooDear('it costs too much to judge');
  }
  get empty(): boolean {
    return !(this.#left >= 0);
  }
}

/** The functions of ours that stand around what must be paid for; no condition can name them. */
export function tolls({ celFunc, CelScalar, isCelList, isCelMap }: Cel, purse: Purse) {
  const weigh = (value: unknown): void => {
    purse.pay(typeof value === 'string' ? 1 + value.length / perStep : 1);
    if (isCelList(value)) for (const inner of value) weigh(inner);
    else if (isCelMap(value))
      for (const [key, inner] of value) {
        weigh(key);
        weigh(inner);
      }
  };
  const { DYN, INT } = CelScalar;
  return [
    celFunc('@pay', [DYN], DYN, value => {
      weigh(value);
      return value as never;
    }),
    celFunc('@turn', [DYN, INT], DYN, (value, parts) => {
      purse.pay(Number(parts));
      return value as never;
    }),
    celFunc('@search', [DYN, INT], DYN, (value, size) => {
      // Making the pattern, then every part of it at every character.
      const length = typeof value === 'string' ? value.length : 1;
      purse.pay(20 + 4 * Number(size) + (length * Number(size)) / 10);
      return value as never;
    }),
  ];
}

/** The same expression as the first thing a function is given, and a number as the second. */
function toll(name: string, inner: Expr, ...numbers: number[]): Expr {
  const constant = (value: number) => ({
    id: inner.id,
    exprKind: { case: 'constExpr', value: { constantKind: { case: 'int64Value', value: BigInt(value) } } },
  });
  const call = { function: name, args: [inner, ...numbers.map(constant)] };
  return { id: inner.id, exprKind: { case: 'callExpr', value: call } } as unknown as Expr;
}

/** The longest pattern that is taken, by `patternSize`. */
export const longestPattern = 500;

/** How long a pattern is once its counted repetitions are unrolled: they multiply within each other. */
export function patternSize(pattern: string): number {
  const counts = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, low = '0', high]) => Number(high || low) + 1);
  return pattern.length * counts.reduce((product, count) => product * count, 1);
}

const sizeOf = (pattern: Expr | undefined): number => {
  const constant = pattern?.exprKind.case === 'constExpr' ? pattern.exprKind.value.constantKind : undefined;
  return constant?.case === 'stringValue' ? patternSize(constant.value) : longestPattern;
};

/** Operators that only choose between their sides, or reach into one: what they are given is paid for where it is looked at. */
const free = new Set(['_&&_', '_||_', '!_', '_?_:_', '_[_]', '@not_strictly_false']);

/** Puts tolls into an expression. Returns how many parts it had. */
export function tolled(expr: Expr | undefined): number {
  const all = (...parts: (Expr | undefined)[]): number => parts.reduce((sum, part) => sum + tolled(part), 1);
  const kind = expr?.exprKind;
  if (kind?.case === 'selectExpr') return all(kind.value.operand);
  if (kind?.case === 'listExpr') return all(...kind.value.elements);
  if (kind?.case === 'callExpr') {
    const call = kind.value;
    const parts = all(call.target, ...call.args);
    if (free.has(call.function)) return parts;
    if (call.target && call.function === 'matches') call.target = toll('@search', call.target, sizeOf(call.args[0]));
    else {
      call.args = call.args.map(arg => toll('@pay', arg));
      if (call.target) call.target = toll('@pay', call.target);
    }
    return parts;
  }
  if (kind?.case !== 'comprehensionExpr') return 1;
  const loop = kind.value;
  const turn = all(loop.loopCondition, loop.loopStep);
  const parts = turn + all(loop.iterRange, loop.accuInit, loop.result);
  if (loop.iterRange) loop.iterRange = toll('@pay', loop.iterRange);
  if (loop.loopCondition) loop.loopCondition = toll('@turn', loop.loopCondition, turn);
  return parts;
}
