// Reads the operator's file and tells every mistake in it with its place: the text, the words, what the words mean together, and the conditions.
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { closest, distance, meant } from '../closest.ts';
import type { Compared, Mistake } from '../conditions/check.ts';
import { ConfigError } from '../config.ts';
import type { OperatorRule } from '../policy/operator.ts';
import { builtIn } from '../policy/policy.ts';
import { accountsOf, type Operator, type Rule, type Written, wrongs } from './operator.ts';
import { budgetsOf } from './operator-budgets.ts';
import { operatorSchema } from './operator-schema.ts';
import { wrongCase } from './policy-case.ts';
import { characterAt, type Document, fieldAt, valueAt } from './yaml-place.ts';

/** One thing to be told about the file, with its place; line and column count from 1. */
export interface Told {
  line: number;
  column: number;
  why: string;
}

export interface Inspected {
  /** Absent where there are mistakes. */
  found?: Operator;
  /** For each rule, the values that make a difference to its condition. */
  compared: Compared[][];
  /** Where something of the file stands. */
  place(path: readonly PropertyKey[]): Pick<Told, 'line' | 'column'>;
  mistakes: Told[];
  warnings: Told[];
}

/** The fields that a part of the schema has; none where it is no object. */
function fieldsAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  let here = schema as z.ZodType;
  const open = (): void => {
    while (here instanceof z.ZodOptional || here instanceof z.ZodDefault || here instanceof z.ZodPipe)
      here = (here instanceof z.ZodPipe ? here.out : here.unwrap()) as z.ZodType;
  };
  open();
  for (const step of path) {
    if (here instanceof z.ZodArray) here = here.element as z.ZodType;
    else if (here instanceof z.ZodObject) here = here.shape[String(step)] as z.ZodType;
    open();
  }
  return here instanceof z.ZodObject ? Object.keys(here.shape) : [];
}

/** A word that is one of few; what stands there instead is not repeated, because it may be a secret. */
function choice(written: unknown, known: readonly string[]): string {
  const best = typeof written === 'string' ? closest(written, known) : '';
  const near = best !== '' && distance(String(written).toLowerCase(), best) <= 2;
  return `must be one of ${known.join(', ')}${near ? `; did you mean ${JSON.stringify(best)}?` : ''}`;
}

interface Issue extends Pick<z.core.$ZodIssue, 'code' | 'path' | 'message'> {
  keys?: string[];
  values?: unknown[];
}

/** The text with what is wrong in it, by offset. */
class Notes {
  readonly #at: (offset: number) => { line: number; col: number };
  readonly #source: string;
  readonly document: Document;
  readonly mistakes: Told[] = [];
  readonly warnings: Told[] = [];
  readonly compared: Compared[][] = [];

  constructor(source: string, document: Document, at: (offset: number) => { line: number; col: number }) {
    this.#source = source;
    this.document = document;
    this.#at = at;
  }

  place(offset: number): Pick<Told, 'line' | 'column'> {
    const { line, col } = this.#at(offset);
    return { line, column: col };
  }

  note(list: Told[], offset: number, why: string): void {
    list.push({ ...this.place(offset), why: /[.?]$/.test(why) ? why : `${why}.` });
  }

  wrong(path: readonly PropertyKey[], why: string): void {
    this.note(this.mistakes, valueAt(this.document, path), `${where(path)}: ${why}`);
  }

  issue({ code, path, message, keys = [], values }: Issue): void {
    for (const key of keys) {
      const why = `${where(path)} has no ${meant(key, fieldsAt(operatorSchema, path))}`;
      this.note(this.mistakes, fieldAt(this.document, path, key), why);
    }
    if (keys.length > 0) return;
    const written =
      code === 'invalid_value' ? (this.document.getIn([...path], true) as { value?: unknown }) : undefined;
    this.wrong(path, values && values.length > 1 ? choice(written?.value, values.map(String)) : message);
  }

  /** Something about a text, at one of its characters. */
  within(list: Told[], path: readonly PropertyKey[], { at, why }: Mistake): void {
    const exact = characterAt(this.document, this.#source, path, at);
    const what =
      exact === undefined && at > 0 ? `${where(path)}, character ${at + 1}: ${why}` : `${where(path)}: ${why}`;
    this.note(list, exact ?? valueAt(this.document, path), what);
  }
}

const where = (path: readonly PropertyKey[]): string => path.map(String).join('.') || 'the file';

async function compiled(rules: readonly Rule[], written: Written, notes: Notes): Promise<OperatorRule[]> {
  if (rules.length === 0) return [];
  const [{ compile }, { catalogue }] = await Promise.all([
    import('../conditions/compile.ts'),
    import('../../tools/index.ts'),
  ]);
  const vocabulary = {
    connections: accountsOf(written).map(({ id }) => id),
    tools: catalogue.map(({ name }) => name),
    budgets: (written.budgets ?? []).map(({ name }) => name),
  };
  const ready: OperatorRule[] = [];
  for (const [n, rule] of rules.entries()) {
    const path = ['rules', n, 'when'];
    const made = await compile(rule.when, vocabulary);
    if ('mistakes' in made) for (const mistake of made.mistakes) notes.within(notes.mistakes, path, mistake);
    else {
      for (const why of made.condition.warnings) notes.within(notes.warnings, path, { at: 0, why });
      notes.compared.push([...made.condition.compared]);
      ready.push({ ...rule, holds: made.condition.holds } as OperatorRule);
    }
  }
  return ready;
}

/** Mistakes in the conditions of a file whose other parts are wrong: the names that it gives are not known, so none of them is missed. */
async function conditionsAlone(file: unknown, notes: Notes): Promise<void> {
  const { rules } = (file ?? {}) as { rules?: unknown };
  if (!Array.isArray(rules)) return;
  const [{ compile }, { catalogue }] = await Promise.all([
    import('../conditions/compile.ts'),
    import('../../tools/index.ts'),
  ]);
  const tools = catalogue.map(({ name }) => name);
  for (const [n, rule] of rules.entries()) {
    if (typeof rule?.when !== 'string') continue;
    const made = await compile(rule.when, { tools });
    for (const mistake of 'mistakes' in made ? made.mistakes : [])
      notes.within(notes.mistakes, ['rules', n, 'when'], mistake);
  }
}

/** Tests that describe no call there can be, or name a rule that is none. */
async function wrongTests(written: Written, rules: readonly OperatorRule[], notes: Notes): Promise<void> {
  if (!written.tests) return;
  const { catalogue } = await import('../../tools/index.ts');
  const around = {
    tools: catalogue,
    accounts: accountsOf(written),
    settings: { ...budgetsOf(written), rules },
  };
  const known = [...(written.rules ?? []).map(({ name }) => name), ...builtIn];
  for (const [n, { call, rule }] of written.tests.entries()) {
    for (const { path, why } of wrongCase(call, around)) notes.wrong(['tests', n, 'call', ...path], why);
    if (rule !== undefined && !known.includes(rule))
      notes.wrong(['tests', n, 'rule'], `there is no rule ${meant(rule, known)}`);
  }
}

/** Everything there is to say about a file of this text. */
export async function inspect(source: string): Promise<Inspected> {
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const notes = new Notes(source, document as Document, offset => lines.linePos(offset));
  const { mistakes, warnings, compared } = notes;
  const place: Inspected['place'] = path => notes.place(valueAt(notes.document, path));
  const all = { mistakes, warnings, compared, place };
  for (const { pos, message } of document.errors) notes.note(mistakes, pos[0], message.split('\n')[0] ?? 'is no YAML');
  if (mistakes.length > 0) return all;

  const file = document.toJS({ maxAliasCount: 50 }) ?? {};
  const parsed = operatorSchema.safeParse(file);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) notes.issue(issue as Issue);
    await conditionsAlone(file, notes);
  } else {
    for (const { path, why } of wrongs(parsed.data)) notes.wrong(path, why);
    const { rules, ...rest } = parsed.data;
    const ready = await compiled(rules ?? [], parsed.data, notes);
    await wrongTests(parsed.data, ready, notes);
    if (mistakes.length === 0) return { ...all, found: { ...rest, ...(rules ? { rules: ready } : {}) } };
  }
  mistakes.sort((a, b) => a.line - b.line || a.column - b.column);
  return all;
}

export const told = (file: string, { line, column, why }: Told): string => `${file}:${line}:${column}: ${why}`;

export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`);
  }
}

/** Reads the file. Throws `ConfigError` with one line: file, line, column, and what is wrong; of several mistakes the first. */
export async function readOperator(file: string): Promise<Operator> {
  const { found, mistakes } = await inspect(textOf(file));
  const [first, ...others] = mistakes;
  if (found) return found;
  const more = others.length === 0 ? '' : ` And ${others.length} more: automations-mcp policy lint lists all.`;
  throw new ConfigError(first ? `${told(file, first)}${more}` : `${file} cannot be read.`);
}
