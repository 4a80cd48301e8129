// Reads a stored question into the parts the page shows: every line of the stored text, and what the row's own columns add to it.
import type { QuestionRow } from '../store/store.ts';
import { type Change, changesOf, visible } from './shown.ts';

export interface Parts {
  title: string;
  warnings: string[];
  /** Label and text, in the stored order. */
  facts: [string, string][];
  /** All of them, from the row's own column; else the text's lines, of which one that does not come apart in exactly one way stays whole. */
  changes: (Change | string)[];
  /** Why a person is asked, and by which rule. */
  reason?: { rule: string; text: string };
  /** Whatever else the text says: nothing in it is left out. */
  rest: string[];
}

const LABELS = ['Account', 'Automation', 'Cost', 'Budget', 'Reaches', 'Undo', 'Approver'];

/** Values may hold arrows and colons; where more than one reading is possible, none is taken. */
function change(line: string): Change | string {
  const [left = '', to, ...more] = line.trim().split(' → ');
  const colon = left.indexOf(': ');
  if (to === undefined || more.length > 0 || colon < 1) return line.trim();
  return { field: left.slice(0, colon), from: left.slice(colon + 2), to };
}

/** The stored text is lines of ours, each of them one line whatever a vendor wrote into it (design section 6); cleaned once more here. */
export function partsOf({ shown, changes }: Pick<QuestionRow, 'shown' | 'changes'>): Parts {
  const parts: Parts = { title: '', warnings: [], facts: [], changes: [], rest: [] };
  for (const line of shown.split('\n').map(visible)) {
    const [, label = '', text = ''] = /^([A-Za-z]+): (.*)/.exec(line) ?? [];
    const [, rule = '', reason] = /^Asked by rule "([^"]*)": (.*)/.exec(line) ?? [];
    if (line === 'Changes:' || line.trim() === '') continue;
    if (line.startsWith('  ')) parts.changes.push(change(line));
    else if (label === 'Confirm' && parts.title === '') parts.title = text;
    else if (label === 'WARNING') parts.warnings.push(text);
    else if (LABELS.includes(label)) parts.facts.push([label, text]);
    else if (reason !== undefined) parts.reason = { rule, text: reason };
    // Told by the row's own expiry, and counted down.
    else if (!line.startsWith('Can be answered until ')) parts.rest.push(line);
  }
  const all = changesOf({ changes });
  return all.length > 0 ? { ...parts, changes: all } : parts;
}

export interface PriceLine {
  what: string;
  credits: string;
  source: string;
}

/** How the price was put together, from the row's quote; nothing where it does not say so. */
export function pricesOf({ quote }: Pick<QuestionRow, 'quote'>): PriceLine[] {
  const lines = (parsed(quote) as { lines?: unknown } | null)?.lines;
  if (!Array.isArray(lines)) return [];
  return lines.slice(0, 12).map(line => {
    const { what, credits, source } = (line ?? {}) as Record<string, unknown>;
    const [low, high] = Array.isArray(credits) ? credits : [];
    return {
      what: String(what ?? ''),
      credits: low === undefined ? 'unknown' : low === high ? `${low}` : `${low} to ${high}`,
      source: String(source ?? ''),
    };
  });
}

/** The arguments as they will be sent, indented. */
export function argumentsOf(row: Pick<QuestionRow, 'arguments'>): string {
  const value = parsed(row.arguments);
  const text = value === undefined ? row.arguments : JSON.stringify(value, null, 2);
  return text.split('\n').map(visible).join('\n');
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
