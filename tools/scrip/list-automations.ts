// Lists a Scrip program's automations.
import * as z from 'zod';
import { readTool } from '../../src/tool.ts';
import { clean, quote } from '../../src/vendors/text.ts';
import { cursor, detail, limit, program } from '../inputs.ts';
import { automationFields, automationLines, automationOutput } from '../scrip.ts';
import { plural, present } from '../words.ts';

export default readTool({
  name: 'scrip_list_automations',
  title: 'List Scrip automations',
  words: {
    what: 'Find a Scrip program’s automations and their ids, newest first.',
    when: 'Use it to get an id, and before creating, so that nothing is built twice.',
    not: 'For one automation in full use scrip_get_automation; archived ones appear only with status "archived".',
    touches: 'Free; one page a call.',
  },
  vendor: 'scrip',
  toolset: 'core',
  input: z.strictObject({
    program_id: program,
    status: z.enum(['active', 'paused', 'completed', 'failed', 'archived']).optional(),
    trigger_type: z.enum(['cron', 'one_time', 'immediate', 'participant_state']).optional(),
    scope: z.enum(['program', 'participants']).optional(),
    search: z.string().max(255).optional().describe('Part of the name.'),
    detail,
    limit,
    cursor,
  }),
  output: z.object({ automations: z.array(automationOutput), next_cursor: z.string().optional() }),
  async read({ program_id, detail, ...filter }, use) {
    const { rows, next_cursor } = await use.reader.listAutomations(await use.program(program_id), present(filter));
    const short = use.shorten(rows.map(({ id }) => id));
    return {
      headline:
        rows.length === 0
          ? 'No automations match.'
          : `${plural(rows.length, 'automation')}${next_cursor ? ', more follow' : ''}.`,
      fields: present({ automations: rows.map(automationFields), next_cursor }),
      lines: rows.map(row =>
        detail === 'full'
          ? automationLines(row, use.now())
              .join('; ')
              .replace(/^id: /, `${quote(row.name ?? '')} `)
          : `${short.get(row.id)} ${quote(row.name ?? '', 60)} ${row.trigger_type} ${row.scope} ${row.status}${row.execution_status && row.execution_status !== 'idle' ? ` ${row.execution_status}` : ''}`,
      ),
      met: rows.map(({ id, name = '', event_name }) => ({
        id,
        name: clean(name, 100),
        ...(event_name ? { event: clean(event_name, 100) } : {}),
      })),
      wide: filter.limit > 10 || detail === 'full',
      next: next_cursor
        ? [
            {
              tool: 'scrip_list_automations',
              arguments: present({
                program_id,
                ...(detail === 'full' ? { detail } : {}),
                ...filter,
                cursor: next_cursor,
              }),
              why: 'next page',
            },
          ]
        : [],
    };
  },
});
