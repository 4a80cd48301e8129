// Lists a Scrip program's automations.
import * as z from 'zod';
import { readTool } from '../../src/tool.ts';
import { quote } from '../../src/vendors/text.ts';
import { cursor, limit, program } from '../inputs.ts';
import { automationFields, automationOutput, statusOf } from '../scrip.ts';
import { plural, present } from '../words.ts';

export default readTool({
  name: 'scrip_list_automations',
  title: 'List Scrip automations',
  description:
    'Find a Scrip program’s automations and their ids, newest first. Use it before creating, so that nothing is built twice. Archived ones appear only with status "archived". For one automation in full use scrip_get_automation.',
  vendor: 'scrip',
  toolset: 'core',
  input: z.strictObject({
    program_id: program,
    status: z.enum(['active', 'paused', 'completed', 'failed', 'archived']).optional(),
    trigger_type: z.enum(['cron', 'one_time', 'immediate', 'participant_state']).optional(),
    scope: z.enum(['program', 'participants']).optional(),
    search: z.string().max(255).optional().describe('Part of the name.'),
    limit,
    cursor,
  }),
  output: z.object({ automations: z.array(automationOutput), next_cursor: z.string().optional() }),
  async read({ program_id, ...filter }, use) {
    const { rows, next_cursor } = await use.reader.listAutomations(await use.program(program_id), present(filter));
    return {
      headline:
        rows.length === 0
          ? 'No automations match.'
          : `${plural(rows.length, 'automation')}${next_cursor ? ', more follow' : ''}.`,
      fields: present({ automations: rows.map(automationFields), next_cursor }),
      lines: rows.map(row => `${row.id} ${quote(row.name ?? '')} ${row.trigger_type} × ${row.scope}: ${statusOf(row)}`),
      next: next_cursor
        ? [
            {
              tool: 'scrip_list_automations',
              arguments: present({ program_id, ...filter, cursor: next_cursor }),
              why: 'next page',
            },
          ]
        : [],
    };
  },
});
