// Lists who is enrolled in a Scrip participant_state automation.
import * as z from 'zod';
import { readTool, unpublished } from '../../src/tool.ts';
import { quote } from '../../src/vendors/text.ts';
import { cursor, limit, program, scripId } from '../inputs.ts';
import { distance, plural, present } from '../words.ts';

export default readTool({
  name: 'scrip_list_subscriptions',
  title: 'List a Scrip automation’s subscriptions',
  words: {
    what: 'See who is enrolled in a participant_state automation, when each was last and will next be reached, and what failed.',
    when: 'Use it to learn who gets its events; for other kinds the list is empty.',
    not: 'Firings of other kinds are in scrip_list_runs.',
    touches: 'Free; one page a call.',
    next: 'To judge anew who belongs use scrip_refresh_subscriptions.',
  },
  vendor: 'scrip',
  toolset: 'authoring',
  input: z.strictObject({
    automation_id: scripId('Automation UUID.'),
    program_id: program,
    status: z.enum(['active', 'completed', 'failed']).optional(),
    limit,
    cursor,
  }),
  output: z.object({
    subscriptions: z.array(
      z.object({
        participant_id: z.string().optional(),
        status: z.string().optional(),
        next_trigger_at: unpublished(z.string().optional()),
        last_triggered_at: unpublished(z.string().optional()),
        trigger_count: unpublished(z.number().optional()),
        error: unpublished(z.string().optional()),
      }),
    ),
    next_cursor: z.string().optional(),
  }),
  async read({ automation_id, program_id, ...page }, use) {
    const { rows, next_cursor } = await use.reader.listSubscriptions(
      await use.program(program_id),
      automation_id,
      present(page),
    );
    const now = use.now();
    return {
      headline:
        rows.length === 0
          ? 'Nobody is enrolled.'
          : `${plural(rows.length, 'subscription')}${next_cursor ? ', more follow' : ''}.`,
      fields: present({
        subscriptions: rows.map(row =>
          present({
            participant_id: row.participant_id,
            status: row.status,
            next_trigger_at: row.next_trigger_at,
            last_triggered_at: row.last_triggered_at,
            trigger_count: row.trigger_count,
            error: row.last_error ? quote(row.last_error) : undefined,
          }),
        ),
        next_cursor,
      }),
      lines: rows.map(row =>
        [
          `${row.participant_id ?? '?'} ${row.status ?? '?'}`,
          row.next_trigger_at && `next ${distance(row.next_trigger_at, now)}`,
          row.trigger_count ? `${row.trigger_count} so far` : undefined,
          row.last_error && `error ${quote(row.last_error)}`,
        ]
          .filter(Boolean)
          .join(', '),
      ),
      wide: page.limit > 10,
      next: next_cursor
        ? [
            {
              tool: 'scrip_list_subscriptions',
              arguments: present({ automation_id, program_id, ...page, cursor: next_cursor }),
              why: 'next page',
            },
          ]
        : [],
    };
  },
});
