// Cuts vendor JSON to a size that can be passed on: what a vendor documents about itself has no size of its own.
import type { Json, JsonObject } from './types.ts';

const longest = 2_000;
const widest = 100;
const deepest = 8;
/** Characters as JSON, over the whole value. */
const largest = 32_000;

/** The same value with long texts, long lists, deep nesting and, at worst, everything past a total size cut, each cut marked with "…". */
export function bounded(value: Json): Json {
  let left = largest;
  const cut = (part: Json, depth: number): Json => {
    if (left <= 0) return '…';
    if (typeof part === 'string') {
      const text = part.length <= longest ? part : `${part.slice(0, longest).toWellFormed()}…`;
      left -= text.length + 3;
      return text;
    }
    if (typeof part !== 'object' || part === null) {
      left -= 8;
      return part;
    }
    if (depth >= deepest) return '…';
    if (Array.isArray(part)) {
      const items: Json[] = [];
      for (const item of part.slice(0, widest)) {
        if (left <= 0) break;
        items.push(cut(item, depth + 1));
      }
      return items.length < part.length ? [...items, `… ${part.length - items.length} more`] : items;
    }
    const entries = Object.entries(part);
    const kept: JsonObject = {};
    for (const [key, inner] of entries.slice(0, widest)) {
      if (left <= 0) break;
      const name = key.slice(0, 200).toWellFormed();
      left -= name.length + 4;
      kept[name] = cut(inner, depth + 1);
    }
    const missing = entries.length - Object.keys(kept).length;
    return missing > 0 ? { ...kept, '…': `${missing} more` } : kept;
  };
  return cut(value, 0);
}
