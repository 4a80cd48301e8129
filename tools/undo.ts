// What takes a write back: the former values of what an update changes, and the arguments that build a part anew.
import type { Json, JsonObject, VendorReply } from '../src/vendors/types.ts';

/** The former values of the fields that were given; nothing where one of them had none, because neither vendor says how to clear it. */
export function former(given: object, before: JsonObject | undefined): JsonObject | undefined {
  const fields = Object.entries(given).flatMap(([field, value]) => (value === undefined ? [] : [field]));
  const values = fields.map(field => [field, before?.[field] ?? null] as const);
  return before && values.every(([, value]) => value !== null) ? Object.fromEntries(values) : undefined;
}

/** One row of an automation's triggers or actions, as it stood. */
export function formerPart(
  before: JsonObject | undefined,
  list: 'triggers' | 'actions',
  id: string,
): JsonObject | undefined {
  const rows = before?.[list];
  const found = Array.isArray(rows) ? rows.find(row => (row as JsonObject | null)?.id === id) : undefined;
  return found as JsonObject | undefined;
}

/** Only the arguments that a tool takes, and only those that have a value. */
export const only = (row: JsonObject, ...fields: string[]): JsonObject =>
  Object.fromEntries(
    fields.flatMap(field => (row[field] === undefined || row[field] === null ? [] : [[field, row[field] as Json]])),
  );

/** The id of what was just made; TrustPager wraps its answers in `data`. */
export function madeId({ body }: VendorReply = { status: 0, body: {} }): string | undefined {
  const { id } = (body?.data ?? body ?? {}) as JsonObject;
  return typeof id === 'string' ? id : undefined;
}
