// Pieces together what is known of a Scrip automation's runs; Scrip keeps no list of them.
import * as z from 'zod';
import { readTool, unpublished } from '../../src/tool.ts';
import type { ScripEvent } from '../../src/vendors/scrip/history.ts';
import { quote } from '../../src/vendors/text.ts';
import { program, scripId } from '../inputs.ts';
import { distance, plural, present, took, when } from '../words.ts';

const run = z.object({
  kind: z.string(),
  status: z.string(),
  started_at: z.string().optional(),
  completed_at: unpublished(z.string().optional()),
  participants_total: unpublished(z.number().optional()),
  participants_processed: unpublished(z.number().optional()),
  error: unpublished(z.string().optional()),
});
type KnownRun = Partial<z.output<typeof run>>;

/** Events of the last week are looked at, one page of them: enough to see what fired lately, at the cost of one request. */
const LOOKS_BACK = 7 * 86_400_000;

/** A pause this long between two events of the same name starts a new burst: a fan-out makes its events in one go. */
const PAUSE = 5 * 60_000;

interface Burst {
  from: string;
  to: string;
  events: number;
  failed: number;
}

/** Events that follow each other closely, taken together; newest first, at most ten. Nothing in an event names its automation. */
function burstsOf(events: readonly ScripEvent[]): Burst[] {
  const bursts: Burst[] = [];
  for (const { created_at, status } of events) {
    if (created_at === undefined) continue;
    const last = bursts.at(-1);
    const failed = status === 'FAILED' ? 1 : 0;
    if (last && Date.parse(last.from) - Date.parse(created_at) < PAUSE)
      Object.assign(last, { from: created_at, events: last.events + 1, failed: last.failed + failed });
    else bursts.push({ from: created_at, to: created_at, events: 1, failed });
  }
  return bursts.slice(0, 10);
}

export default readTool({
  name: 'scrip_list_runs',
  title: 'List known runs of a Scrip automation',
  words: {
    what: 'See when a Scrip automation fired, how far it got, and when it fires next.',
    when: 'Use it to find out why it did or did not fire.',
    not: 'To follow a fan-out under way use watch_run.',
    touches:
      'Free. Scrip keeps no run history and no run ids: pieced together from the automation’s fields (its latest run) and recent events of the same name, which other automations may have made too.',
  },
  vendor: 'scrip',
  toolset: 'core',
  input: z.strictObject({ automation_id: scripId('Automation UUID.'), program_id: program }),
  output: z.object({
    source: unpublished(z.string()),
    runs: z.array(run),
    bursts: unpublished(
      z.array(z.object({ from: z.string(), to: z.string(), events: z.number(), failed: z.number() })),
    ),
    next_run_at: z.string().optional(),
  }),
  async read({ automation_id, program_id }, use) {
    const programId = await use.program(program_id);
    const now = use.now();
    const [automation, { rows: events, next_cursor }] = await Promise.all([
      use.reader.getAutomation(programId, automation_id),
      use.reader.listEvents({
        program_id: programId,
        from: new Date(now - LOOKS_BACK).toISOString(),
        sort_by: 'created_at',
        sort_dir: 'desc',
        limit: 200,
      }),
    ]);
    const bursts = burstsOf(
      events.filter(event => automation.event_name !== undefined && event.event_name === automation.event_name),
    );
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
      headline: `${runs.length === 0 ? 'No run is known' : 'Latest known runs'} of ${quote(automation.name ?? '')}, pieced together from its fields and events.`,
      fields: present({
        source: 'pieced together from the automation’s fields and events of its name',
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
            run.started_at && distance(run.started_at, now),
            took(run.started_at, run.completed_at) && `took ${took(run.started_at, run.completed_at)}`,
            run.error && `error ${run.error}`,
          ]
            .filter(Boolean)
            .join(', '),
        ),
        ...bursts.map(
          ({ from, to, events: count, failed }, index) =>
            `${next_cursor && index === bursts.length - 1 ? 'at least ' : ''}${plural(count, 'event')} of its name${failed > 0 ? `, ${failed} failed` : ''}, ${distance(from, now)}, within ${took(from, to)}`,
        ),
        ...(automation.next_run_at ? [`next run: ${when(automation.next_run_at, now)}`] : []),
      ],
    };
  },
});
