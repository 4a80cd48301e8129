// limit and cursors on TrustPager's lists; both documented names of the cursor are taken (trustpager.md 4, C4).
import { decodeCursor } from '../paging.ts';
import { validationError } from './errors.ts';

export interface ListQuery {
  limit: number;
  after: string | undefined;
  before: string | undefined;
  text: Record<string, string>;
}

function cursor(name: string, value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  const key = decodeCursor(value);
  if (key === undefined)
    throw validationError(`${name} is not a cursor of this list`, 'Pass pagination.next_cursor unchanged.');
  return key;
}

export function readQuery(query: Record<string, string>): ListQuery {
  const limit = query.limit === undefined ? 25 : Number(query.limit);
  // silent: a limit out of range is refused or clamped; refused here.
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw validationError('limit must be between 1 and 100');
  return {
    limit,
    after: cursor('after', query.after) ?? cursor('cursor', query.cursor),
    before: cursor('before', query.before),
    text: query,
  };
}
