// Lists TrustPager automations.
import * as z from 'zod';
import { readTool } from '../../src/tool.ts';
import { clean, quote } from '../../src/vendors/text.ts';
import { cursor, detail, limit } from '../inputs.ts';
import { automationFields, automationOutput, stateOf } from '../trustpager.ts';
import { plural, present, when } from '../words.ts';

export default readTool({
  name: 'trustpager_list_automations',
  title: 'List TrustPager automations',
  words: {
    what: 'Find TrustPager automations and their ids: name, trigger type, on or off.',
    when: 'Use it to get an id, and before creating, so that nothing is built twice.',
    not: 'For conditions, triggers and actions of one use trustpager_get_automation.',
    touches: 'Free; one page a call. There is no search.',
  },
  vendor: 'trustpager',
  toolset: 'core',
  input: z.strictObject({ detail, limit, cursor }),
  output: z.object({ automations: z.array(automationOutput), next_cursor: z.string().optional() }),
  async read({ detail, ...page }, use) {
    const { rows, next_cursor } = await use.reader.listAutomations(present(page));
    const short = use.shorten(rows.map(({ id }) => id));
    return {
      headline:
        rows.length === 0
          ? 'No automations.'
          : `${plural(rows.length, 'automation')}${next_cursor ? ', more follow' : ''}.`,
      fields: present({ automations: rows.map(automationFields), next_cursor }),
      lines: rows.map(row =>
        detail === 'full'
          ? [
              `${row.id} ${quote(row.name ?? '')} on ${row.trigger_type ?? '?'}: ${stateOf(row)}`,
              row.priority === undefined ? undefined : `priority ${row.priority}`,
              row.created_at && `created ${when(row.created_at, use.now())}`,
            ]
              .filter(Boolean)
              .join(', ')
          : `${short.get(row.id)} ${quote(row.name ?? '', 60)} ${row.trigger_type ?? '?'} ${row.enabled === true ? 'on' : row.enabled === false ? 'off' : 'on or off?'}`,
      ),
      met: rows.map(({ id, name = '' }) => ({ id, name: clean(name, 100) })),
      wide: page.limit > 10 || detail === 'full',
      next: next_cursor
        ? [
            {
              tool: 'trustpager_list_automations',
              arguments: { ...(detail === 'full' ? { detail } : {}), limit: page.limit, cursor: next_cursor },
              why: 'next page',
            },
          ]
        : [],
    };
  },
});
