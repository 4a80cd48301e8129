// Reads a condition before it is ever asked: unknown names, comparisons that can never hold, and what is not taken, each with its place.
import { meant } from '../closest.ts';
import type { Expr, Parsed } from '../vendors/cel.ts';
import { type Fact, facts } from './facts.ts';
import { alike, elementOf, groupOf, isList, isNumber, said, type Type, typeOf as typeOfFact, usedOf } from './types.ts';

/** What is wrong, in words that end without a full stop where `meant` says so itself, and where: characters from the start, from 0 on. */
export interface Mistake {
  at: number;
  why: string;
}

/** Names that only this installation has; a text compared with such a fact must be one of them. */
export interface Vocabulary {
  connections: readonly string[];
  tools: readonly string[];
  budgets: readonly string[];
}

export interface Checked {
  mistakes: Mistake[];
  /** Facts that may be absent and are looked at without `has(…)` anywhere: `arguments` with a field, or a fact of the table. */
  unguarded: string[];
  /** The facts that are looked at at all. */
  names: Set<string>;
  /** What `matches` is asked for. */
  patterns: { at: number; pattern: string }[];
  /** What facts are held against: values that make a difference. */
  compared: Compared[];
}

export interface Compared {
  /** As a condition names it, such as `credits.high` or `arguments.name`. */
  name: string;
  value: string | number | boolean;
}

/** Loops within loops multiply; more of them than this nobody can read either. */
export const deepestLoop = 2;

const groups = new Map<string, Fact[]>();
for (const fact of facts) {
  const [group = '', name] = fact.name.split('.');
  if (name !== undefined) groups.set(group, [...(groups.get(group) ?? []), fact]);
}
const singles = new Map(facts.filter(({ name }) => !name.includes('.')).map(fact => [fact.name, fact]));
const roots = [...singles.keys(), ...groups.keys()];

const comparisons: Record<string, string> = { '_<_': '<', '_<=_': '<=', '_>_': '>', '_>=_': '>=' };
const sums: Record<string, string> = { '_+_': '+', '_-_': '-', '_*_': '*', '_/_': '/', '_%_': '%' };
const methods = ['contains', 'startsWith', 'endsWith', 'matches', 'size', 'all', 'exists', 'exists_one'];
const functions = ['has', 'size', 'int', 'double', 'string'];
const loops = ['all', 'exists', 'exists_one'];

/** A value that stands in the condition itself. */
function constantOf(node: Expr | undefined): Compared['value'] | undefined {
  const constant = node?.exprKind.case === 'constExpr' ? node.exprKind.value.constantKind : undefined;
  switch (constant?.case) {
    case 'stringValue':
    case 'doubleValue':
    case 'boolValue':
      return constant.value;
    case 'int64Value':
      return Number(constant.value);
    default:
      return undefined;
  }
}
function textOf(node: Expr | undefined): string | undefined {
  const value = constantOf(node);
  return typeof value === 'string' ? value : undefined;
}

export function check(
  { expr, sourceInfo }: Parsed,
  expression: string,
  vocabulary: Partial<Vocabulary> | undefined,
): Checked {
  const mistakes: Mistake[] = [];
  const names = new Set<string>();
  const guarded = new Set<string>();
  const optional = new Set<string>();
  const patterns: Checked['patterns'] = [];
  const compared: Compared[] = [];

  /** The parser's own place, past the blanks and the dot that it counts to an operator or a field. */
  const place = (node: Expr): number => {
    const macro = sourceInfo?.macroCalls[String(node.id)]?.exprKind;
    // `has` stands before the field that it asks for.
    const field = macro?.case === 'callExpr' && macro.value.function === 'has' ? macro.value.args[0] : undefined;
    const at = sourceInfo?.positions[String((field ?? node).id)] ?? 0;
    return at + (/^\s*\.?\s*/.exec(expression.slice(at))?.[0].length ?? 0);
  };
  const wrong = (node: Expr, why: string): 'any' => {
    mistakes.push({ at: place(node), why });
    return 'any';
  };

  /** The fact that an expression names, where it names one: `vendor`, `connection.id`. */
  function factOf(node: Expr | undefined, bound: Bound): Fact | undefined {
    const kind = node?.exprKind;
    if (kind?.case === 'identExpr') return bound.has(kind.value.name) ? undefined : singles.get(kind.value.name);
    if (kind?.case !== 'selectExpr' || kind.value.operand?.exprKind.case !== 'identExpr') return undefined;
    const group = kind.value.operand.exprKind.value.name;
    if (bound.has(group)) return undefined;
    return groups.get(group)?.find(({ name }) => name === `${group}.${kind.value.field}`);
  }

  /** `arguments.a.b` as text, where an expression is that. */
  function path(node: Expr | undefined): string | undefined {
    const kind = node?.exprKind;
    if (kind?.case === 'identExpr') return kind.value.name;
    const before = kind?.case === 'selectExpr' ? path(kind.value.operand) : undefined;
    return before === undefined || kind?.case !== 'selectExpr' ? undefined : `${before}.${kind.value.field}`;
  }

  /** Notes what a fact is held against, or each fact of a sum. */
  function compare(node: Expr | undefined, other: Expr | undefined, bound: Bound): void {
    const kind = node?.exprKind;
    if (kind?.case === 'callExpr' && sums[kind.value.function])
      for (const part of kind.value.args) compare(part, other, bound);
    const whole = path(node);
    const name =
      factOf(node, bound)?.name ?? (whole !== undefined && /^(arguments|used)\./.test(whole) ? whole : undefined);
    const value = constantOf(other);
    if (name !== undefined && value !== undefined) compared.push({ name, value });
  }

  /** A text that a fact can never be. */
  function possible(fact: Fact | undefined, node: Expr | undefined): void {
    const word = textOf(node);
    if (!fact?.values || !node || word === undefined) return;
    const known = typeof fact.values === 'string' ? vocabulary?.[fact.values] : fact.values;
    if (known && !known.includes(word)) wrong(node, `${fact.name} is never ${meant(word, known)}`);
  }

  function name(node: Expr, written: string, bound: Bound): Type {
    const own = bound.get(written);
    if (own !== undefined) return own;
    const fact = singles.get(written);
    if (!fact && !groups.has(written)) return wrong(node, `there is no fact ${meant(written, roots)}`);
    if (!fact) return { group: written };
    names.add(written);
    return typeOfFact(fact);
  }

  function select(node: Expr, bound: Bound): Type {
    if (node.exprKind.case !== 'selectExpr') return 'any';
    const { operand, field, testOnly } = node.exprKind.value;
    const of = operand ? typeOf(operand, bound) : 'any';
    const whole = path(node);
    const group = groupOf(of);
    if (group !== undefined) {
      const fact = groups.get(group)?.find(({ name }) => name === `${group}.${field}`);
      const known = (groups.get(group) ?? []).map(({ name }) => name.slice(group.length + 1));
      if (!fact) return wrong(node, `${group} has no ${meant(field, known)}`);
      names.add(fact.name);
      if (testOnly) guarded.add(fact.name);
      else if (fact.absent !== undefined) optional.add(fact.name);
      return testOnly ? 'yes or no' : typeOfFact(fact);
    }
    const used = usedOf(of);
    const found = used ? ofUsed(node, used, field) : of;
    if (!used && of !== 'any') return wrong(node, `${said(of)} has no field ${JSON.stringify(field)}`);
    if (whole !== undefined && /^(arguments|used)\./.test(whole)) (testOnly ? guarded : optional).add(whole);
    return testOnly ? 'yes or no' : found;
  }

  /** `used.daily.credits`, or `used["per-shop"].credits`. */
  function ofUsed(node: Expr, used: 'budgets' | 'budget', field: string): Type {
    const known = used === 'budget' ? ['credits', 'calls', 'people'] : vocabulary?.budgets;
    if (known && !known.includes(field))
      return wrong(
        node,
        used === 'budget' ? `a budget has no ${meant(field, known)}` : `there is no budget ${meant(field, known)}`,
      );
    return used === 'budgets' ? { used: 'budget' } : field === 'credits' ? 'number' : 'whole number';
  }

  /** Expects a type, and says what stands there instead. */
  function expect(node: Expr, bound: Bound, ok: (type: Type) => boolean, wants: string): Type {
    const type = typeOf(node, bound);
    const group = groupOf(type);
    if (group !== undefined) return ungrouped(node, group);
    if (usedOf(type)) return wrong(node, 'say which budget, and credits, calls or people: used.daily.credits');
    return type === 'any' || ok(type) ? type : wrong(node, `${wants}, and here is ${said(type)}`);
  }
  const ungrouped = (node: Expr, group: string): 'any' =>
    wrong(node, `${group} is a group of facts: say which, such as ${groups.get(group)?.[0]?.name}`);
  const value = (node: Expr, bound: Bound): Type => expect(node, bound, () => true, '');

  /** A loop stands here as what it does: a variable, a list, and a step that ends in what was asked of each. */
  function loop(node: Expr, bound: Bound): Type {
    const macro = sourceInfo?.macroCalls[String(node.id)]?.exprKind;
    const kind = macro?.case === 'callExpr' ? macro.value.function : '';
    const step = node.exprKind.case === 'comprehensionExpr' ? node.exprKind.value.loopStep?.exprKind : undefined;
    if (node.exprKind.case !== 'comprehensionExpr' || !loops.includes(kind) || step?.case !== 'callExpr')
      return wrong(node, `${kind} is not taken: a condition looks at what is there with ${loops.join(', ')}`);
    const { iterRange, iterVar } = node.exprKind.value;
    const asked = kind === 'exists_one' ? step.value.args.slice(0, 1) : step.value.args.slice(1);
    const depth = (bound.depth ?? 0) + 1;
    if (depth > deepestLoop) return wrong(node, `loops stand more than ${deepestLoop} deep`);
    const over = iterRange ? expect(iterRange, bound, isList, `${kind} goes over a list`) : 'any';
    const element = elementOf(over) ?? 'any';
    const inside: Bound = Object.assign(new Map([...bound, [iterVar, element]]), { depth });
    for (const one of asked) yesOrNo(one, inside, kind);
    return 'yes or no';
  }

  function yesOrNo(node: Expr, bound: Bound, what: string): Type {
    const fact = factOf(node, bound);
    if (fact?.type === 'yes or no') for (const value of [true, false]) compared.push({ name: fact.name, value });
    return expect(node, bound, type => type === 'yes or no', `${what} wants a yes or no`);
  }

  function operator(node: Expr, symbol: string, args: Expr[], bound: Bound): Type | undefined {
    const [left, right, third] = args;
    if (symbol === '_&&_' || symbol === '_||_') {
      for (const arg of args) yesOrNo(arg, bound, symbol.slice(1, 3));
      return 'yes or no';
    }
    if (!left) return undefined;
    if (symbol === '!_') return yesOrNo(left, bound, '!');
    if (symbol === '-_') return expect(left, bound, isNumber, '- wants a number');
    if (!right) return undefined;
    if (symbol === '_==_' || symbol === '_!=_') {
      const [a, b] = [value(left, bound), value(right, bound)];
      if (!alike(a, b)) return wrong(node, `${said(a)} never equals ${said(b)}`);
      possible(factOf(left, bound), right);
      possible(factOf(right, bound), left);
      compare(left, right, bound);
      compare(right, left, bound);
      return 'yes or no';
    }
    const sign = comparisons[symbol];
    if (sign !== undefined) {
      const [a, b] = [value(left, bound), value(right, bound)];
      compare(left, right, bound);
      compare(right, left, bound);
      const orders = (type: Type): boolean => type === 'any' || type === 'text' || isNumber(type);
      return orders(a) && orders(b) && alike(a, b)
        ? 'yes or no'
        : wrong(node, `${sign} compares two numbers or two texts, and here are ${said(a)} and ${said(b)}`);
    }
    if (symbol === '@in') {
      const a = value(left, bound);
      const list = expect(right, bound, isList, 'in looks into a list');
      const within = elementOf(list);
      if (within !== undefined && !alike(a, within))
        return wrong(node, `${said(a)} is never in a list of other things`);
      const kind = right.exprKind;
      if (kind.case === 'listExpr')
        for (const one of kind.value.elements) {
          possible(factOf(left, bound), one);
          compare(left, one, bound);
        }
      else compare(right, left, bound);
      return 'yes or no';
    }
    if (symbol === '_[_]') {
      const used = usedOf(typeOf(left, bound));
      if (used) return ofUsed(right, used, textOf(right) ?? '');
      const of = expect(left, bound, isList, '[…] looks into a list');
      value(right, bound);
      return elementOf(of) ?? 'any';
    }
    if (symbol === '_?_:_' && third) {
      yesOrNo(left, bound, '?');
      const [a, b] = [value(right, bound), value(third, bound)];
      return a === b ? a : 'any';
    }
    const sum = sums[symbol];
    return sum === undefined ? undefined : arithmetic(node, sum, [value(left, bound), value(right, bound)]);
  }

  /** At least one side must be known to be a number: what is made of texts and lists would grow without end. */
  function arithmetic(node: Expr, sign: string, [a, b]: readonly [Type, Type]): Type {
    if ([a, b].some(type => type !== 'any' && !isNumber(type)))
      return wrong(node, `${sign} wants two numbers, and here are ${said(a)} and ${said(b)}`);
    if (a === 'any' && b === 'any') return wrong(node, `${sign} wants numbers: say int(…) or double(…) of one of them`);
    if (a !== 'any' && b !== 'any' && a !== b)
      return wrong(node, `${sign} takes two whole numbers or two others: write 2.0 for 2, or double(…)`);
    return a === 'any' ? b : a;
  }

  function call(node: Expr, bound: Bound): Type {
    if (node.exprKind.case !== 'callExpr') return 'any';
    const { function: name, target, args } = node.exprKind.value;
    if (!target && !/^[A-Za-z]/.test(name))
      return operator(node, name, args, bound) ?? wrong(node, 'it cannot be read here');
    const of = target ? value(target, bound) : undefined;
    const known = target ? methods : functions;
    if (!known.includes(name) || (target && loops.includes(name)))
      return wrong(
        node,
        loops.includes(name)
          ? `${name} wants a name and a condition: ${name}(one, one > 0)`
          : `there is no function ${meant(name, known)}`,
      );
    const [first, ...more] = target ? [target, ...args] : args;
    if (!first || more.length !== (['size', 'int', 'double', 'string', 'has'].includes(name) ? 0 : 1))
      return wrong(node, `${name} does not take so many values`);
    if (name === 'has') return wrong(node, 'has wants a field: has(arguments.payload)');
    const type = target ? (of ?? 'any') : value(first, bound);
    if (name === 'size')
      return type === 'any' || type === 'text' || typeof type === 'object'
        ? 'whole number'
        : wrong(node, `size is of a text or a list, and here is ${said(type)}`);
    if (name === 'int' || name === 'double' || name === 'string') {
      if (typeof type === 'object' || type === 'null' || (type === 'yes or no' && name !== 'string'))
        return wrong(node, `${name} cannot be made of ${said(type)}`);
      return name === 'int' ? 'whole number' : name === 'double' ? 'number' : 'text';
    }
    if (type !== 'any' && type !== 'text') return wrong(node, `${name} asks a text, and here is ${said(type)}`);
    const [wanted] = more;
    if (wanted) expect(wanted, bound, type => type === 'text', `${name} wants a text`);
    if (name === 'matches') pattern(wanted ?? node);
    else compare(first, wanted, bound);
    return 'yes or no';
  }

  /** A pattern that a call could choose could be one that costs much. */
  function pattern(node: Expr): void {
    const pattern = textOf(node);
    if (pattern !== undefined) patterns.push({ at: place(node), pattern });
    else wrong(node, 'a pattern stands in the rule itself, between quotes');
  }

  function constant(node: Expr): Type {
    const kind = node.exprKind.case === 'constExpr' ? node.exprKind.value.constantKind.case : undefined;
    switch (kind) {
      case 'stringValue':
        return 'text';
      case 'int64Value':
        return 'whole number';
      case 'doubleValue':
        return 'number';
      case 'boolValue':
        return 'yes or no';
      case 'nullValue':
        return 'null';
      default:
        return wrong(node, 'write numbers without u and texts without b');
    }
  }

  function typeOf(node: Expr, bound: Bound): Type {
    const kind = node.exprKind;
    switch (kind.case) {
      case 'constExpr':
        return constant(node);
      case 'identExpr':
        return name(node, kind.value.name, bound);
      case 'selectExpr':
        return select(node, bound);
      case 'callExpr':
        return call(node, bound);
      case 'comprehensionExpr':
        return loop(node, bound);
      case 'listExpr': {
        const types = kind.value.elements.map(element => value(element, bound));
        const [first = 'any'] = types;
        return { list: types.every(type => alike(type, first)) ? first : 'any' };
      }
      default:
        return wrong(node, 'maps are not written here');
    }
  }

  if (expr) yesOrNo(expr, new Map() as Bound, 'a condition');
  return {
    mistakes: mistakes.sort((a, b) => a.at - b.at),
    unguarded: [...optional].filter(
      name =>
        ![...guarded].some(had => name === had || name.startsWith(`${had}.`)) &&
        ![...optional].some(before => name.startsWith(`${before}.`)),
    ),
    names,
    patterns,
    compared,
  };
}

/** Variables of the loops around, and how many there are. */
interface Bound extends Map<string, Type> {
  depth?: number;
}
