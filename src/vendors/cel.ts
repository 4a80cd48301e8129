// CEL of filters and guards, judged by its syntax before any request; which names Scrip knows in them is only partly documented, so those only warn (scrip.md section 11).
import { type Check, fail, pass } from './checks.ts';
import { quote } from './text.ts';

export type Parsed = ReturnType<typeof import('@bufbuild/cel').parse>;
export type Expr = NonNullable<Parsed['expr']>;

/** What a check says, and what it merely doubts: whole sentences. */
export interface CelVerdict {
  check: Check;
  warnings: string[];
}

const longest = 2_000;
/** The parser recurses: brackets are counted before it sees them. */
export const deepest = 32;

const standard = "'vip' in participant.tags";

/** What rule conditions know (scrip.md section 11); that filters and guards know the same is inferred. */
const variables = ['participant', 'event', 'program', 'now'];
const functions = new Set(
  'has get double round size timestamp now int uint string bytes bool duration type dyn contains startsWith endsWith matches all exists exists_one map filter getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds getMilliseconds'.split(
    ' ',
  ),
);
/** Names of types, which CEL itself has. */
const types = new Set('bool int uint double string bytes list map null_type type dyn'.split(' '));

/** Texts in quotes, of every kind CEL has. */
const literals = /[rRbB]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')/g;

/** The expression with its texts and comments blanked out, so that positions stay. */
const bare = (expression: string): string =>
  expression.replace(literals, text => '_'.repeat(text.length)).replace(/\/\/[^\n]*/g, text => ' '.repeat(text.length));

/** Where brackets first stand deeper than the parser is to see; -1 where they do not. */
function tooDeep(expression: string): number {
  const text = bare(expression);
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if ('([{'.includes(text.charAt(at))) depth += 1;
    else if (')]}'.includes(text.charAt(at))) depth -= 1;
    if (depth > deepest) return at;
  }
  return -1;
}

const lone = /(?<![=!<>])=(?!=)/g;
const words = /(?<![\w.])(and|or|not)(?!\w)/gi;

/** Where a lone `=` or a word in place of an operator stands: the parser's own position is often the term before. */
function slip(expression: string): { at: number; why: string } | undefined {
  const text = bare(expression);
  const equals = text.search(lone);
  if (equals >= 0) return { at: equals, why: 'a single = is no comparison, == is' };
  const word = text.search(words);
  if (word >= 0) return { at: word, why: `there is a word where CEL has a sign: && is "and", || is "or", ! is "not"` };
  const open = text.search(/["']/);
  return open >= 0 ? { at: open, why: 'a text is not closed' } : undefined;
}

const position = (expression: string, at: number): string => {
  const lines = expression.slice(0, at).split('\n');
  const column = (lines.at(-1) ?? '').length + 1;
  return lines.length > 1 ? `line ${lines.length}, character ${column}` : `character ${column}`;
};

/** What was read, or where it cannot be read and why. */
export type Attempt = { parsed: Parsed } | { at: number; why: string };

async function attempt(expression: string): Promise<Attempt> {
  const { parse } = await import('@bufbuild/cel');
  try {
    // This parser wants a line end after a comment, which CEL does not.
    return { parsed: parse(`${expression}\n`) };
  } catch (error) {
    const { location } = error as { location?: { start?: { offset?: number } } };
    if (error instanceof RangeError) return { at: 0, why: 'begins something that is nested too deeply' };
    return (
      slip(expression) ?? {
        at: Math.min(location?.start?.offset ?? 0, expression.length),
        why: 'it cannot be read as CEL any further',
      }
    );
  }
}

/** An expression of at most so many characters, read within bounds: the parser is slow with long texts and recurses into deep ones. */
export async function readCel(expression: string, most: number): Promise<Attempt> {
  if (expression.length > most) return { at: most, why: `it passes the ${most} characters that are taken` };
  if (expression.trim() === '') return { at: 0, why: 'there is nothing' };
  const deep = tooDeep(expression);
  return deep >= 0 ? { at: deep, why: `brackets stand more than ${deepest} deep` } : attempt(expression);
}

/** The same text with `change` made to everything but the texts in quotes. */
function outsideTexts(expression: string, change: (part: string) => string): string {
  let [done, from] = ['', 0];
  for (const { 0: text, index } of expression.matchAll(literals)) {
    done += change(expression.slice(from, index)) + text;
    from = index + text.length;
  }
  return done + change(expression.slice(from));
}

const signs: Record<string, string> = { and: '&&', or: '||', not: '!' };

/** The same with the commonest slips put right, where that passes; else one that always does. Shown in one line, so texts take single quotes. */
async function repaired(expression: string): Promise<string> {
  const fixed = outsideTexts(expression, part =>
    part
      .replace(lone, '==')
      .replace(words, word => signs[word.toLowerCase()] ?? word)
      .replace(/! +/g, '!'),
  );
  const shown = quote(fixed, 200).slice(1, -1);
  const whole = shown === fixed.replaceAll('"', "'") && fixed !== expression;
  return whole && tooDeep(shown) < 0 && 'parsed' in (await attempt(shown)) ? shown : standard;
}

/** Names and functions that no page knows, without those that a macro brings along. */
function strangers(root: Expr): { names: Set<string>; calls: Set<string> } {
  const names = new Set<string>();
  const calls = new Set<string>();
  const open: { expr: Expr | undefined; bound: readonly string[] }[] = [{ expr: root, bound: [] }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { bound } = next;
    const add = (...more: (Expr | undefined)[]): void => {
      for (const expr of more) open.push({ expr, bound });
    };
    const kind = next.expr?.exprKind;
    if (kind?.case === 'identExpr') {
      const name = kind.value.name.replace(/^\./, '');
      if (!bound.includes(name) && !variables.includes(name) && !types.has(name)) names.add(name);
    } else if (kind?.case === 'selectExpr') add(kind.value.operand);
    else if (kind?.case === 'callExpr') {
      const { function: name, target, args } = kind.value;
      // Operators are functions too, with names such as `_&&_`.
      if (/^[A-Za-z]\w*$/.test(name) && !functions.has(name)) calls.add(name);
      add(target, ...args);
    } else if (kind?.case === 'listExpr') add(...kind.value.elements);
    else if (kind?.case === 'structExpr')
      for (const entry of kind.value.entries)
        add(entry.value, entry.keyKind.case === 'mapKey' ? entry.keyKind.value : undefined);
    else if (kind?.case === 'comprehensionExpr') {
      const { iterVar, iterVar2, accuVar, iterRange, accuInit, loopCondition, loopStep, result } = kind.value;
      add(iterRange, accuInit);
      const inside = [...bound, iterVar, iterVar2, accuVar];
      for (const expr of [loopCondition, loopStep, result]) open.push({ expr, bound: inside });
    }
  }
  return { names, calls };
}

const list = (words: Set<string>): string =>
  [...words]
    .slice(0, 5)
    .map(word => quote(word, 40))
    .join(', ');

/** Whether an expression can be read as CEL. `field` names it in the reason, and is the check's name. */
export async function checkCel(expression: string, field: string): Promise<CelVerdict> {
  const wrong = async (at: number, why: string): Promise<CelVerdict> => ({
    check: fail(
      field,
      `${field} is ${quote(expression, 120)}, and at ${position(expression, at)} ${why}: give a CEL expression, such as ${await repaired(expression.slice(0, longest))}.`,
    ),
    warnings: [],
  });
  const tried = await readCel(expression, longest);
  if (!('parsed' in tried)) return wrong(tried.at, tried.why);
  const { names, calls } = tried.parsed.expr
    ? strangers(tried.parsed.expr)
    : { names: new Set(''), calls: new Set('') };
  return {
    check: pass(field, `${field} is CEL: ${quote(expression, 120)}.`),
    warnings: [
      ...(names.size > 0
        ? [
            `${field} uses ${list(names)}, which no page of Scrip names; known are ${variables.join(', ')}, and what is missing makes the whole condition false.`,
          ]
        : []),
      ...(calls.size > 0 ? [`${field} calls ${list(calls)}, which no page of Scrip names.`] : []),
    ],
  };
}
