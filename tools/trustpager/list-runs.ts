// Lists the runs of a TrustPager automation.
import * as z from 'zod';
import { readTool } from '../../src/tool.ts';
import { quote } from '../../src/vendors/text.ts';
import { cursor, detail, limit, trustpagerId } from '../inputs.ts';
import { runFields, runOutput } from '../trustpager.ts';
import { distance, plural, present, when } from '../words.ts';

export default readTool({
  name: 'trustpager_list_runs',
  title: 'List runs of a TrustPager automation',
  words: {
    what: 'See what a TrustPager automation did: runs completed, failed, running or skipped.',
    when: 'Use it to find out why something was or was not sent: skipped means conditions not met, no row that its trigger never matched.',
    not: 'For each action’s outcome use trustpager_get_run.',
    touches: 'Free; one page a call.',
  },
  vendor: 'trustpager',
  toolset: 'core',
  input: z.strictObject({ automation_id: trustpagerId('Automation id.'), detail, limit, cursor }),
  output: z.object({ runs: z.array(runOutput), next_cursor: z.string().optional() }),
  async read({ automation_id, detail, ...page }, use) {
    const { rows, next_cursor } = await use.reader.listRuns(automation_id, present(page));
    const short = use.shorten(rows.flatMap(({ run_id }) => (run_id === undefined ? [] : [run_id])));
    return {
      headline: rows.length === 0 ? 'No runs.' : `${plural(rows.length, 'run')}${next_cursor ? ', more follow' : ''}.`,
      fields: present({ runs: rows.map(runFields), next_cursor }),
      lines: rows.map(run => {
        const id = run.run_id ?? 'no id';
        const time = when(run.started_at, use.now());
        const counts =
          run.actions_executed === undefined
            ? undefined
            : `${run.actions_executed}/${run.actions_total ?? '?'} actions`;
        const failed = run.actions_failed ? `${run.actions_failed} failed` : undefined;
        if (detail === 'concise') {
          const total =
            run.actions_total === undefined ? undefined : `${run.actions_executed ?? 0}/${run.actions_total}`;
          const said = [short.get(id) ?? id, run.status ?? '?', failed ?? total].filter(Boolean).join(' ');
          return [said, distance(run.started_at, use.now())].filter(Boolean).join(', ');
        }
        return [
          `${id} ${run.status ?? '?'}`,
          counts,
          failed,
          run.trigger_type && `fired by ${run.trigger_type}`,
          time,
          run.error && quote(run.error),
        ]
          .filter(Boolean)
          .join(', ');
      }),
      wide: page.limit > 10 || detail === 'full',
      next: next_cursor
        ? [
            {
              tool: 'trustpager_list_runs',
              arguments: {
                automation_id,
                ...(detail === 'full' ? { detail } : {}),
                limit: page.limit,
                cursor: next_cursor,
              },
              why: 'next page',
            },
          ]
        : [],
    };
  },
});
