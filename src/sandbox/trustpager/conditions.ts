// Whether an automation's conditions hold for a context (trustpager.md 5.3).
import { atPath, isObject, type JsonObject } from '../json.ts';

type Operator = (value: unknown, operand: unknown) => boolean;

const isMissing = (value: unknown) => value === undefined || value === null || value === '';
const same = (a: unknown, b: unknown) => a === b || (isNumeric(a) && isNumeric(b) && Number(a) === Number(b));
const isNumeric = (value: unknown) =>
  typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)));
const compare =
  (test: (a: number, b: number) => boolean): Operator =>
  (value, operand) =>
    isNumeric(value) && isNumeric(operand) && test(Number(value), Number(operand));
const holds = (list: unknown, item: unknown) =>
  Array.isArray(list) && list.some(entry => same(isObject(entry) ? entry.name : entry, item));

const OPERATORS: Record<string, Operator> = {
  eq: same,
  neq: (value, operand) => !same(value, operand),
  exists: (value, operand) => isMissing(value) !== (operand !== false),
  not_exists: (value, operand) => isMissing(value) === (operand !== false),
  gt: compare((a, b) => a > b),
  gte: compare((a, b) => a >= b),
  lt: compare((a, b) => a < b),
  lte: compare((a, b) => a <= b),
  contains: holds,
  not_contains: (value, operand) => !holds(value, operand),
  contains_any: (value, operand) => Array.isArray(operand) && operand.some(item => holds(value, item)),
  contains_text: (value, operand) =>
    typeof value === 'string' && value.toLowerCase().includes(String(operand).toLowerCase()),
  in: (value, operand) => Array.isArray(operand) && operand.some(item => same(item, value)),
};

/** The first condition that does not hold, as a sentence; undefined when all hold. An unknown operator fails closed. */
export function unmetCondition(conditions: JsonObject | null, context: JsonObject): string | undefined {
  for (const [field, wanted] of Object.entries(conditions ?? {})) {
    // `deal.value` may be a key of its own in a raw payload, or a path.
    const value = Object.hasOwn(context, field) ? context[field] : atPath(context, field);
    const checks = isObject(wanted) ? Object.entries(wanted) : [['eq', wanted] as const];
    for (const [name, operand] of checks) {
      const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
      if (!operator) return `Condition on ${field} uses the unknown operator ${name}`;
      if (!operator(value, operand)) return `Condition not met: ${field} ${name} ${JSON.stringify(operand)}`;
    }
  }
  return undefined;
}
