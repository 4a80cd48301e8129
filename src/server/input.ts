// Reads a call's arguments with the tool's own strict schema; what is wrong is told field by field, with the call that was probably meant.
import type * as z from 'zod';
import { meant } from '../closest.ts';
import { Failure } from '../errors.ts';
import type { Tool } from '../tool.ts';
import { type Known, nearestCall } from './nearest.ts';

/** Keys that mean something to JavaScript objects. What a vendor sends under them is dropped (reliability.md R9), and zod drops the first. */
const reserved = new Set(['__proto__', 'constructor', 'prototype']);
/** As deep as what a vendor sends may be nested. */
const deepest = 64;

/**
 * What no schema gets to see, or would drop without a word: refused wherever it stands, in free-form data too. A person says yes to what
 * was asked for and not to less, and a lost run whose data cannot come back whole could never be recognised.
 */
function unfit(value: unknown, path: readonly string[] = []): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const where = path.join('.').slice(0, 100);
  if (path.length === deepest) return `${where}…: nested deeper than ${deepest}`;
  for (const [key, inner] of Object.entries(value)) {
    if (reserved.has(key) && !Array.isArray(value))
      return `unknown argument ${JSON.stringify(key)}${where ? ` in ${where}` : ''}; nothing takes a key of that name`;
    const found = unfit(inner, [...path, key]);
    if (found) return found;
  }
  return undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: the catalogue has forgotten the schemas' types
type Parsed = any;

/** What is wrong with the arguments, in at most five parts. */
function wrongs(tool: Tool, issues: readonly z.core.$ZodIssue[]): string {
  const parts = issues.slice(0, 5).map(issue => {
    const field = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return `${field ? `${field}: ` : ''}${issue.message}`;
    const known = Object.keys(tool.input.shape);
    const [only, ...others] = issue.keys;
    const near = only !== undefined && others.length === 0 && !field ? meant(only, known) : '';
    if (near.includes('did you mean')) return `unknown argument ${near.replace(/\?$/, '')}`;
    const keys = issue.keys.map(key => JSON.stringify(key.slice(0, 40))).join(', ');
    return `unknown ${issue.keys.length > 1 ? 'arguments' : 'argument'} ${keys}${field ? ` in ${field}` : `; it takes ${known.join(', ') || 'none'}`}`;
  });
  return parts.join('; ');
}

/** Throws where the tool does not take the arguments; nothing has been sent then. `known` finds the ids of automations by their names. */
export function parseInput(tool: Tool, args: unknown, known?: Known): Parsed {
  const wrong = unfit(args);
  if (wrong) throw invalid(tool, wrong);
  const parsed = tool.input.safeParse(args ?? {});
  if (parsed.success) return parsed.data;
  throw invalid(tool, wrongs(tool, parsed.error.issues), nearestCall(tool, args, known));
}

const invalid = ({ name }: Tool, issues: string, closest?: { tool: string; arguments: object }): Failure =>
  new Failure('not_sent', 'invalid_input', `Invalid input for ${name}: ${issues}.`, {
    next: 'Correct the arguments and call again.',
    ...(closest ? { closest } : {}),
  });
