// What the page shows: the latest and the most important of everything, short enough to be asked for every second.
import { isoTime } from '../clock.ts';
import { atPath } from '../json.ts';
import { executionStatus } from '../scrip/fanout.ts';
import type { Automation, Participant, ScripState } from '../scrip/state.ts';
import type { TrustPagerState, Workspace } from '../trustpager/state.ts';
import type { World } from '../world.ts';

const ROWS = 60;
const LATEST = 25;

const time = (ms: number | null | undefined) => (ms === undefined || ms === null ? null : isoTime(ms));
const latest = <T>(rows: readonly T[], count = LATEST) => rows.slice(-count).reverse();

function scripRow(state: ScripState, automation: Automation) {
  const { fanout } = automation;
  const isOver =
    automation.status === 'completed' || automation.status === 'archived' || automation.status === 'failed';
  const nextAt = automation.next_run_at ?? (automation.processed_at === undefined ? automation.trigger_at : undefined);
  return {
    id: automation.id,
    program_id: automation.program_id,
    name: automation.name,
    event_name: automation.event_name,
    scope: automation.scope,
    trigger_type: automation.trigger_type,
    cron_expression: automation.cron_expression ?? null,
    timezone: automation.timezone ?? null,
    status: automation.status,
    execution_status: automation.scope === 'participants' ? executionStatus(state, automation) : null,
    processed: fanout?.processed ?? null,
    total: fanout?.audience.length ?? null,
    subscribed: state.enrolments.get(automation.id)?.rows.size ?? 0,
    last_at: time(automation.last_run_at ?? automation.processed_at ?? fanout?.started_at),
    next_at:
      isOver || automation.status === 'paused'
        ? null
        : time(nextAt ?? state.enrolments.get(automation.id)?.next_at ?? undefined),
  };
}

/** Running ones first, then those that fire next, then the rest. */
function scripRows(state: ScripState, matches: (text: string) => boolean) {
  const rank = (row: ReturnType<typeof scripRow>) =>
    row.execution_status === 'executing' || row.execution_status === 'pending' ? 0 : row.next_at ? 1 : 2;
  return [...state.automations.values()]
    .filter(row => matches(row.name))
    .map(row => scripRow(state, row))
    .sort((a, b) => rank(a) - rank(b) || (a.next_at ?? '').localeCompare(b.next_at ?? ''));
}

function memberRow({ id, program_id, external_id, status, tags, counters, attributes }: Participant) {
  const name =
    [attributes.first_name, attributes.last_name].filter(Boolean).join(' ') || attributes.name || external_id;
  return { id, program_id, external_id, name, status, tags, points: counters.points ?? null, counters };
}

function members(state: ScripState, matches: (text: string) => boolean) {
  const found: ReturnType<typeof memberRow>[] = [];
  for (const program of state.participants.values())
    for (const member of program.values()) {
      if (found.length >= ROWS) return found;
      const row = memberRow(member);
      if (matches(`${row.name} ${row.external_id} ${row.tags.join(' ')}`)) found.push(row);
    }
  return found;
}

function workspaceView(workspace: Workspace, matches: (text: string) => boolean) {
  const rows = [...workspace.automations.values()].filter(row => matches(row.name));
  return {
    name: workspace.name,
    plan: workspace.plan,
    credits: workspace.credits,
    automations_total: rows.length,
    automations: rows.slice(0, ROWS).map(({ id, name, trigger_type, enabled, max_executions_per_day, ...row }) => {
      const runs = workspace.runsOf.get(id) ?? [];
      const last = runs.at(-1);
      return {
        id,
        name,
        trigger_type,
        enabled,
        max_executions_per_day,
        dedup_window_minutes: row.dedup_enabled ? row.dedup_window_minutes : null,
        runs: runs.length,
        last_status: last?.status ?? null,
        last_at: time(last?.started_at),
      };
    }),
    runs_total: workspace.runs.size,
    runs: [...workspace.runs.values()]
      .sort((a, b) => b.started_at - a.started_at || b.order - a.order)
      .slice(0, LATEST)
      .map(run => ({
        id: run.id,
        name: workspace.automations.get(run.automation_id)?.name ?? run.automation_id,
        status: run.status,
        trigger_type: run.trigger_type,
        started_at: isoTime(run.started_at),
        actions_total: run.actions_total,
        done: run.results.length,
        failed: run.results.filter(result => result.status === 'failed').length,
        credits_spent: run.credits_spent,
        error_message: run.error_message,
      })),
    scheduled: latest([...workspace.scheduled.values()]).map(({ id, channel, status, to, scheduled_for }) => ({
      id,
      channel,
      status,
      to,
      scheduled_for: isoTime(scheduled_for),
    })),
    approvals: latest([...workspace.approvals.values()]).map(({ id, action, method, path, status, request_body }) => ({
      id,
      action,
      method,
      path,
      status,
      name: atPath(request_body, 'name') ?? null,
    })),
  };
}

function firstWorkspace({ workspaces }: TrustPagerState): Workspace {
  const [workspace] = workspaces;
  if (!workspace) throw new Error('There is no workspace');
  return workspace;
}

export function overview({ clock, readings, log, faults, scrip, trustpager }: World, search: string) {
  const wanted = search.trim().toLowerCase();
  const matches = (text: string) => wanted === '' || text.toLowerCase().includes(wanted);
  const automations = scripRows(scrip, matches);
  const due = automations.flatMap(row => (row.next_at ? [row.next_at] : [])).sort();
  return {
    now: isoTime(clock.now()),
    frozen: clock.isFrozen(),
    /** When something at Scrip fires by itself next. */
    next_at: due[0] ?? null,
    readings,
    scrip: {
      programs: [...scrip.programs.values()].map(({ id, name, status }) => {
        const people = [...(scrip.participants.get(id)?.values() ?? [])];
        const points = people.reduce((sum, { counters }) => sum + (counters.points ?? 0), 0);
        return { id, name, status, participants: people.length, points };
      }),
      ledger: scrip.ledger,
      automations_total: automations.length,
      automations: automations.slice(0, ROWS),
      participants: members(scrip, matches),
      events_total: Object.values(scrip.eventsByName).reduce((sum, count) => sum + count, 0),
      events: latest(scrip.events).map(({ id, event_data, participant_id, at, error }) => ({
        id,
        type: String(event_data.type),
        participant_id: participant_id ?? null,
        at: isoTime(at),
        error: error ?? null,
      })),
    },
    trustpager: workspaceView(firstWorkspace(trustpager), matches),
    requests_total: log.entries().at(-1)?.seq ?? 0,
    requests: latest(log.entries(), 40).map(({ seq, at, vendor, method, path, status, effect, note, fault }) => ({
      seq,
      at,
      vendor,
      method,
      path,
      status,
      effect,
      note: note ?? null,
      fault: fault ?? null,
    })),
    faults: faults.list(),
  };
}
