// What kinds of things there are in a condition, how they are called when one stands where another should, and which can ever be equal.
import type { Fact } from './facts.ts';

/** `any` is what only a call can tell: arguments, and what is made of them. `used` is the budgets, or one of them. */
export type Type =
  | 'text'
  | 'whole number'
  | 'number'
  | 'yes or no'
  | 'null'
  | 'any'
  | { list: Type }
  | { group: string }
  | { used: 'budgets' | 'budget' };

export const typeOf = ({ type }: Fact): Type => {
  if (type === 'list of texts') return { list: 'text' };
  if (type === 'budgets') return { used: 'budgets' };
  return type === 'anything' ? 'any' : type;
};

export const isNumber = (type: Type): boolean => type === 'number' || type === 'whole number';
/** What is in a list; undefined where it is none. */
export const elementOf = (type: Type): Type | undefined =>
  typeof type === 'object' && 'list' in type ? type.list : undefined;
export const isList = (type: Type): boolean => elementOf(type) !== undefined;
export const groupOf = (type: Type): string | undefined =>
  typeof type === 'object' && 'group' in type ? type.group : undefined;
export const usedOf = (type: Type): 'budgets' | 'budget' | undefined =>
  typeof type === 'object' && 'used' in type ? type.used : undefined;

const words = {
  text: 'a text',
  'whole number': 'a number',
  number: 'a number',
  'yes or no': 'a yes or no',
  null: 'null',
  any: 'anything',
} as const;

export const said = (type: Type): string =>
  typeof type === 'string'
    ? words[type]
    : isList(type)
      ? 'a list'
      : `the ${groupOf(type) === undefined ? usedOf(type) : `group ${groupOf(type)}`}`;

/** Whether two values can ever be equal. */
export function alike(a: Type, b: Type): boolean {
  if (a === 'any' || b === 'any' || a === b || (isNumber(a) && isNumber(b))) return true;
  const [inA, inB] = [elementOf(a), elementOf(b)];
  return inA !== undefined && inB !== undefined && alike(inA, inB);
}
