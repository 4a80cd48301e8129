// Reads vendor bodies leniently: a field of the wrong kind never throws, and never turns into one of the right kind.
import type { Json, JsonObject } from './types.ts';

/** Text as it is; null and absence are nothing; any other kind as its JSON, so that it is seen, and equals no value we know. */
export const word = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? value : value === undefined || value === null ? undefined : JSON.stringify(value);

/** Text that is one: ids and cursors are never made out of something else. */
export const id = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const count = (value: Json | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

export const flag = (value: Json | undefined): boolean | undefined => (typeof value === 'boolean' ? value : undefined);

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const object = (value: Json | undefined): JsonObject | undefined => (isObject(value) ? value : undefined);

/** The objects of a list; anything else in it is left out. */
export const objects = (value: Json | undefined): JsonObject[] | undefined =>
  Array.isArray(value) ? value.filter(isObject) : undefined;

/** Anything but null and absence. */
export const given = (value: Json | undefined): Json | undefined => (value === null ? undefined : value);

/** The same object without its absent fields. Every row of every list comes through here: a loop takes a quarter of what entries take. */
export function present<T extends object>(fields: T): T {
  const found: Partial<T> = {};
  for (const key of Object.keys(fields) as (keyof T)[]) if (fields[key] !== undefined) found[key] = fields[key];
  return found as T;
}
