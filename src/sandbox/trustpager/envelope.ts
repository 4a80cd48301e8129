// TrustPager's success envelopes: { data, meta } and, for lists, { data, meta, pagination } (trustpager.md 4).
import type { Context } from 'hono';
import type { Slice } from '../paging.ts';
import type { TrustPagerEnv } from './gate.ts';

export type Ctx = Context<TrustPagerEnv>;

export function reply(c: Ctx, data: unknown, status: 200 | 201 = 200, url?: string) {
  const credits_remaining = c.var.key.workspace.credits;
  return c.json({ data, meta: { credits_remaining, ...(url ? { url } : {}) } }, status);
}

export function paging(page: Slice<unknown>, limit: number) {
  return { limit, has_more: page.hasMore, next_cursor: page.next ?? null, prev_cursor: page.prev ?? null };
}

export function replyList<T>(c: Ctx, page: Slice<T>, limit: number, present: (row: T) => unknown) {
  return c.json({
    data: page.rows.map(present),
    meta: { credits_remaining: c.var.key.workspace.credits },
    pagination: paging(page, limit),
  });
}
