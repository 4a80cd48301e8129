// How tools write: times with their distance, and what the empty says.

/** `5 h ago`, `in 3 d`; vendor times are RFC 3339, and anything else is left out. */
export function distance(time: unknown, now: number): string | undefined {
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  const seconds = Math.round(Math.abs(at - now) / 1000);
  const far =
    seconds < 90
      ? `${seconds} s`
      : seconds < 5400
        ? `${Math.round(seconds / 60)} min`
        : seconds < 172_800
          ? `${Math.round(seconds / 3600)} h`
          : `${Math.round(seconds / 86_400)} d`;
  return at > now ? `in ${far}` : `${far} ago`;
}

/** How long from one time to another: `9 s`; nothing where either is no time. */
export function took(from: unknown, to: unknown): string | undefined {
  const end = Date.parse(String(to));
  return Number.isNaN(end) ? undefined : distance(from, end)?.replace(/ ago$|^in /, '');
}

/** `2026-11-21T09:00:00Z (in 3 h)`. */
export function when(time: unknown, now: number): string | undefined {
  const far = distance(time, now);
  return far === undefined ? undefined : `${new Date(Date.parse(String(time))).toISOString().slice(0, 19)}Z (${far})`;
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** Only what is there: results carry no nulls and no empty fields. */
export function present<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  ) as Partial<T>;
}
