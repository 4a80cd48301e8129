// Turns a vendor's bytes into JSON that is safe to walk (reliability.md R9).
import type { Json, JsonObject } from './types.ts';

const deepest = 64;
/** Keys that mean something to JavaScript objects and nothing to either vendor. */
const dropped = new Set(['__proto__', 'constructor', 'prototype']);

class TooDeep extends Error {}

function tidy(value: Json, depth: number): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepest) throw new TooDeep();
  if (Array.isArray(value)) return value.map(item => tidy(item, depth + 1));
  const clean: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) if (!dropped.has(key)) clean[key] = tidy(inner, depth + 1);
  return clean;
}

/** The object, or undefined where the bytes are not UTF-8, not JSON, not an object, or nested deeper than 64. */
export function parseObject(bytes: Uint8Array, mask = (text: string): string => text): JsonObject | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // JSON may spell any character as an escape; written anew, what can stand for itself does.
    const plain = text.includes('\\') ? JSON.stringify(JSON.parse(text)) : text;
    const value = JSON.parse(mask(plain)) as Json;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (tidy(value, 1) as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}
