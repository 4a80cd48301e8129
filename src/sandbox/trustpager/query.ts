// limit and cursors on TrustPager's lists; both documented names of the cursor are taken (trustpager.md 4, C4).
import { decodeCursor, type Place } from '../paging.ts';
import type { Readings } from '../readings.ts';
import { validationError } from './errors.ts';

export interface ListQuery {
  limit: number;
  after: Place | undefined;
  before: Place | undefined;
  text: Record<string, string>;
}

function cursor(name: string, value: string | undefined): Place | undefined {
  if (value === undefined || value === '') return undefined;
  const key = decodeCursor(value);
  if (key === undefined)
    throw validationError(`${name} is not a cursor of this list`, 'Pass pagination.next_cursor unchanged.');
  return key;
}

export function readQuery(query: Record<string, string>, { cursor: name }: Readings): ListQuery {
  const limit = query.limit === undefined ? 25 : /^\d{1,3}$/.test(query.limit) ? Number(query.limit) : 0;
  // silent: a limit out of range is refused or clamped; refused here.
  if (limit < 1 || limit > 100) throw validationError('limit must be between 1 and 100');
  return {
    limit,
    // A name that is not the right one is a parameter like any unknown one: it is not seen.
    after:
      (name === 'cursor' ? undefined : cursor('after', query.after)) ??
      (name === 'after' ? undefined : cursor('cursor', query.cursor)),
    before: cursor('before', query.before),
    text: query,
  };
}
