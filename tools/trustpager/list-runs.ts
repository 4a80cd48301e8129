// Lists the runs of a TrustPager automation.
import * as z from 'zod';
import { readTool } from '../../src/tool.ts';
import { quote } from '../../src/vendors/text.ts';
import { cursor, limit, trustpagerId } from '../inputs.ts';
import { runFields, runOutput } from '../trustpager.ts';
import { plural, present, when } from '../words.ts';

export default readTool({
  name: 'trustpager_list_runs',
  title: 'List runs of a TrustPager automation',
  description:
    'See what a TrustPager automation did: status completed, failed, running or skipped (conditions not met, nothing sent). No row at all means its trigger never matched. For each action’s outcome use trustpager_get_run.',
  vendor: 'trustpager',
  toolset: 'core',
  input: z.strictObject({ automation_id: trustpagerId('Automation id.'), limit, cursor }),
  output: z.object({ runs: z.array(runOutput), next_cursor: z.string().optional() }),
  async read({ automation_id, ...page }, use) {
    const { rows, next_cursor } = await use.reader.listRuns(automation_id, present(page));
    return {
      headline: rows.length === 0 ? 'No runs.' : `${plural(rows.length, 'run')}${next_cursor ? ', more follow' : ''}.`,
      fields: present({ runs: rows.map(runFields), next_cursor }),
      lines: rows.map(run =>
        [
          `${run.run_id ?? 'no id'} ${run.status ?? '?'}`,
          run.actions_executed === undefined
            ? undefined
            : `${run.actions_executed} of ${run.actions_total ?? '?'} actions`,
          run.actions_failed ? `${run.actions_failed} failed` : undefined,
          when(run.started_at, use.now()),
          run.error ? quote(run.error) : undefined,
        ]
          .filter(Boolean)
          .join(', '),
      ),
      next: next_cursor
        ? [
            {
              tool: 'trustpager_list_runs',
              arguments: { automation_id, limit: page.limit, cursor: next_cursor },
              why: 'next page',
            },
          ]
        : [],
    };
  },
});
