// The dispatcher's routes: what waits to be sent, sent at once, or cancelled (trustpager.md 8).
import type { Hono } from 'hono';
import { isoTime } from '../clock.ts';
import { slice } from '../paging.ts';
import { written } from './automations.ts';
import { type Ctx, reply, replyList } from './envelope.ts';
import { conflict, notFound, validationError } from './errors.ts';
import type { Guards, TrustPagerEnv } from './gate.ts';
import { readQuery } from './query.ts';
import type { ScheduledSend, TrustPagerState } from './state.ts';

const STATUSES = ['pending', 'dispatching', 'dispatched', 'failed', 'cancelled', 'skipped'];

// silent: the fields of a row; the statuses and channels are documented.
function scheduledRow({ order: _, scheduled_for, created_at, dispatched_at, ...row }: ScheduledSend) {
  return {
    ...row,
    scheduled_for: isoTime(scheduled_for),
    created_at: isoTime(created_at),
    dispatched_at: dispatched_at === null ? null : isoTime(dispatched_at),
  };
}

export function addScheduledRoutes(app: Hono<TrustPagerEnv>, state: TrustPagerState, { may }: Guards): void {
  const found = (c: Ctx) => {
    const row = c.var.key.workspace.scheduled.get(c.req.param('id') ?? '');
    if (!row) throw notFound('Scheduled communication');
    return row;
  };
  const waiting = (c: Ctx) => {
    const row = found(c);
    if (row.status !== 'pending') throw conflict(`This communication is ${row.status}`);
    return row;
  };

  app.get('/scheduled-communications', may('dispatcher:read'), c => {
    const { limit, after, before, text } = readQuery(c.req.query(), state.readings);
    if (text.status !== undefined && !STATUSES.includes(text.status))
      throw validationError(`status must be one of ${STATUSES.join(', ')}`);
    const rows = [...c.var.key.workspace.scheduled.values()].filter(
      row => text.status === undefined || row.status === text.status,
    );
    const page = slice(rows, {
      by: row => row.created_at,
      order: row => row.order,
      descending: true,
      limit,
      after,
      before,
    });
    return replyList(c, page, limit, scheduledRow);
  });

  app.get('/scheduled-communications/:id', may('dispatcher:read'), c => reply(c, scheduledRow(found(c))));

  app.post('/scheduled-communications/:id/dispatch-now', may('dispatcher:write'), c => {
    const row = waiting(c);
    Object.assign(row, { status: 'dispatched', dispatched_at: state.clock.now() });
    return written(c, scheduledRow(row));
  });

  // A soft cancel (trustpager.md 8): the row stays.
  app.delete('/scheduled-communications/:id', may('dispatcher:delete'), c => {
    const row = waiting(c);
    row.status = 'cancelled';
    return written(c, scheduledRow(row));
  });
}
