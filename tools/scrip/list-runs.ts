// Pieces together what is known of a Scrip automation's runs; Scrip keeps no list of them.
import * as z from 'zod';
import { readTool } from '../../src/tool.ts';
import { quote } from '../../src/vendors/text.ts';
import { program, scripId } from '../inputs.ts';
import { present, when } from '../words.ts';

const run = z.object({
  kind: z.string(),
  status: z.string(),
  started_at: z.string().optional(),
  completed_at: z.string().optional(),
  participants_total: z.number().optional(),
  participants_processed: z.number().optional(),
  error: z.string().optional(),
});
type KnownRun = Partial<z.output<typeof run>>;

export default readTool({
  name: 'scrip_list_runs',
  title: 'List known runs of a Scrip automation',
  description:
    'See when a Scrip automation last fired, how far it got, and when it fires next. Scrip keeps no run history: this is pieced together from the automation’s own fields, so it holds the latest run of each kind only, and no run ids.',
  vendor: 'scrip',
  toolset: 'core',
  input: z.strictObject({ automation_id: scripId('Automation UUID.'), program_id: program }),
  output: z.object({
    source: z.literal('pieced together from the automation’s fields'),
    runs: z.array(run),
    next_run_at: z.string().optional(),
  }),
  async read({ automation_id, program_id }, use) {
    const automation = await use.reader.getAutomation(await use.program(program_id), automation_id);
    const now = use.now();
    const runs: KnownRun[] = [
      automation.execution_started_at || automation.participants_total !== undefined
        ? present({
            kind: 'fan-out',
            status: automation.execution_status ?? 'unknown',
            started_at: automation.execution_started_at,
            completed_at: automation.execution_completed_at,
            participants_total: automation.participants_total,
            participants_processed: automation.participants_processed,
            error: automation.execution_error && quote(automation.execution_error),
          })
        : undefined,
      automation.last_run_at
        ? present({
            kind: 'cron',
            status: automation.last_error ? 'failed' : 'fired',
            started_at: automation.last_run_at,
            error: automation.last_error && quote(automation.last_error),
          })
        : undefined,
      automation.processed_at
        ? present({
            kind: 'one_time',
            status: automation.error_message ? 'failed' : 'processed',
            started_at: automation.processed_at,
            error: automation.error_message && quote(automation.error_message),
          })
        : undefined,
    ].filter(run => run !== undefined);
    return {
      headline: `${runs.length === 0 ? 'No run is known' : 'Latest known runs'} of ${quote(automation.name ?? '')}, pieced together from its fields.`,
      fields: present({
        source: 'pieced together from the automation’s fields',
        runs,
        next_run_at: automation.next_run_at,
      }),
      lines: [
        ...runs.map(run =>
          [
            `${run.kind}: ${run.status}`,
            run.participants_total === undefined
              ? undefined
              : `${run.participants_processed ?? 0} of ${run.participants_total} participants`,
            run.started_at && `started ${when(run.started_at, now)}`,
            run.completed_at && `completed ${when(run.completed_at, now)}`,
            run.error && `error ${run.error}`,
          ]
            .filter(Boolean)
            .join(', '),
        ),
        ...(automation.next_run_at ? [`next run: ${when(automation.next_run_at, now)}`] : []),
      ],
    };
  },
});
