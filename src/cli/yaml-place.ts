// Where something stands in a YAML text: a value by its path, a field by its name, a character within a text however it is written down.

type Path = readonly PropertyKey[];

interface Node {
  /** Where it begins, where its value ends, where it ends. */
  range?: readonly number[] | null;
  type?: string;
  value?: unknown;
  items?: readonly { key?: { value?: unknown; range?: readonly number[] | null } }[];
}

export interface Document {
  getIn(path: unknown[], keep: true): unknown;
}

const nodeAt = (document: Document, path: Path): Node | undefined =>
  document.getIn([...path], true) as Node | undefined;

/** Where a value stands; where it is missing, its nearest parent. */
export function valueAt(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const at = nodeAt(document, path.slice(0, length))?.range?.[0];
    if (at !== undefined) return at;
  }
  return 0;
}

/** Where a field's name stands. */
export function fieldAt(document: Document, path: Path, field: string): number {
  const key = nodeAt(document, path)?.items?.find(pair => pair.key?.value === field)?.key;
  return key?.range?.[0] ?? valueAt(document, path);
}

/**
 * Where the character at `offset` of a text value stands: a text may be plain, quoted, or written over several lines that are indented
 * and folded. Undefined where it is written with escapes, so that only its beginning is known.
 */
export function characterAt(document: Document, source: string, path: Path, offset: number): number | undefined {
  const { range, type = '', value } = nodeAt(document, path) ?? {};
  if (!range || typeof value !== 'string') return undefined;
  const [start = 0, end = start] = range;
  const block = type.startsWith('BLOCK');
  const quotes = type.startsWith('QUOTE') ? 1 : 0;
  const from = block ? source.indexOf('\n', start) + 1 : start + quotes;
  const lines = source.slice(from, end - quotes).split('\n');
  const indent = block ? (lines.find(line => line.trim() !== '')?.search(/\S/) ?? 0) : 0;
  let at = from;
  const pieces = lines.map((line, n) => {
    const cut = block ? indent : n === 0 ? 0 : line.length - line.trimStart().length;
    const piece = { at: at + cut, text: line.slice(cut) };
    at += line.length + 1;
    return piece;
  });
  for (const between of ['\n', ' ']) {
    const texts = pieces.map(({ text }) => (block ? text : text.trimEnd()));
    if (texts.join(between).trimEnd() !== value.trimEnd()) continue;
    let left = offset;
    for (const [n, text] of texts.entries()) {
      if (left <= text.length) return (pieces[n]?.at ?? 0) + left;
      left -= text.length + 1;
    }
  }
  return undefined;
}
