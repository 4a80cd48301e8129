// Scrip's lists: filters that AND together, limit and cursor (scrip.md 7, 9.1, 9.9, 10).
import { isUuid } from '../json.ts';
import { decodeCursor, type Place, slice } from '../paging.ts';
import { eventStatus, presentAutomation, presentEvent, presentProgram, presentSubscription } from './automation.ts';
import { badRequest, type Detail, invalid, notFound } from './errors.ts';
import { rfc3339 } from './schedule.ts';
import { type Automation, type Program, SCOPES, type ScripState, SOURCES, STATUSES, TRIGGER_TYPES } from './state.ts';

type Query = Record<string, string>;

/** Reads query parameters and collects what is wrong. silent: bad and unknown parameters; bad ones are 400, unknown ones ignored. */
class QueryReader {
  readonly details: Detail[] = [];
  readonly query: Query;

  constructor(query: Query) {
    this.query = query;
  }

  wrong(field: string, message: string): undefined {
    this.details.push({ field, message, reason: 'invalid', received: (this.query[field] ?? '').slice(0, 80) });
  }

  oneOf<const T extends readonly string[]>(field: string, values: T): T[number] | undefined {
    const value = this.query[field];
    return value === undefined
      ? undefined
      : (values.find(known => known === value) ?? this.wrong(field, `Must be one of ${values.join(', ')}`));
  }

  uuid(field: string): string | undefined {
    const value = this.query[field];
    return value === undefined || isUuid(value) ? value?.toLowerCase() : this.wrong(field, 'Must be a UUID');
  }

  time(field: string): number | undefined {
    const value = this.query[field];
    return value === undefined ? undefined : (rfc3339(value) ?? this.wrong(field, 'Must be an RFC 3339 time'));
  }

  limit(): number {
    const value = this.query.limit;
    if (value === undefined) return 50;
    const limit = /^\d{1,4}$/.test(value) ? Number(value) : 0;
    // silent: a limit out of range is refused or clamped; refused here.
    if (limit < 1 || limit > 200) this.wrong('limit', 'Must be between 1 and 200');
    return limit;
  }

  cursor(): Place | undefined {
    const value = this.query.cursor;
    return value === undefined || value === ''
      ? undefined
      : (decodeCursor(value) ?? this.wrong('cursor', 'Not a cursor of this list'));
  }

  check(): void {
    if (this.details.length > 0) throw invalid(this.details);
  }
}

interface Order<T> {
  by(row: T): number | string;
  order(row: T): number | string;
  descending?: boolean;
}

const byAge = { by: (row: { created_at: number }) => row.created_at, order: (row: { order: number }) => row.order };

function listed<T>(
  read: QueryReader,
  rows: T[],
  { by, order, descending = true }: Order<NoInfer<T>>,
  present: (row: NoInfer<T>) => unknown,
) {
  const limit = read.limit();
  const after = read.cursor();
  read.check();
  const page = slice(rows, { by, order, descending, limit, after });
  // next_cursor is left out on the last page (INFERRED, scrip.md 7).
  return {
    data: page.rows.map(present),
    pagination: { has_more: page.hasMore, ...(page.next ? { next_cursor: page.next } : {}) },
  };
}

export function programById(state: ScripState, id: string): Program {
  if (!isUuid(id)) throw badRequest('programId must be a UUID');
  const program = state.programs.get(id.toLowerCase());
  if (!program) throw notFound('Program');
  return program;
}

export function listPrograms(state: ScripState, query: Query) {
  const read = new QueryReader(query);
  const withArchived = read.oneOf('include_archived', ['true', 'false']) === 'true';
  const byName = read.oneOf('sort_by', ['created_at', 'name']) === 'name';
  const descending = (read.oneOf('sort_dir', ['asc', 'desc']) ?? 'desc') === 'desc';
  const search = query.search?.toLowerCase() ?? '';
  const rows = [...state.programs.values()].filter(
    program => (withArchived || program.status !== 'ARCHIVED') && program.name.toLowerCase().includes(search),
  );
  const by = (program: Program) => (byName ? program.name : program.created_at);
  return listed(read, rows, { by, order: program => program.id, descending }, presentProgram);
}

export function listAutomations(state: ScripState, programId: string, query: Query) {
  const read = new QueryReader(query);
  const trigger = read.oneOf('trigger_type', TRIGGER_TYPES);
  const scope = read.oneOf('scope', SCOPES);
  const status = read.oneOf('status', STATUSES);
  const source = read.oneOf('source', SOURCES);
  const search = query.search?.toLowerCase() ?? '';
  const rows = [...state.automations.values()].filter(
    row =>
      row.program_id === programId &&
      (trigger === undefined || row.trigger_type === trigger) &&
      (scope === undefined || row.scope === scope) &&
      // Archived ones are left out by default (scrip.md 8.3); asking for them by status shows them (INFERRED, 9.1).
      (status === undefined ? row.status !== 'archived' : row.status === status) &&
      (source === undefined || row.source === source) &&
      row.name.toLowerCase().includes(search),
  );
  return listed(read, rows, byAge, row => presentAutomation(state, row));
}

export function listSubscriptions(state: ScripState, automation: Automation, query: Query) {
  const read = new QueryReader(query);
  const status = read.oneOf('status', ['active', 'completed', 'failed']);
  const rows = [...(state.enrolments.get(automation.id)?.rows.values() ?? [])].filter(
    row => status === undefined || row.status === status,
  );
  return listed(read, rows, byAge, presentSubscription);
}

export function listEvents(state: ScripState, query: Query) {
  const read = new QueryReader(query);
  const now = state.clock.now();
  const program = read.uuid('program_id');
  const participant = read.uuid('participant_id');
  const status = read.oneOf('status', ['RECEIVED', 'PENDING', 'PROCESSING', 'COMPLETED', 'FAILED']);
  const type = read.oneOf('event_type', ['EXTERNAL', 'SYSTEM']);
  const rule = read.uuid('rule_id');
  // An event of an automation is created at its event_timestamp, so both windows are the same one here.
  const from = Math.max(read.time('from') ?? -Infinity, read.time('event_from') ?? -Infinity);
  const to = Math.min(read.time('to') ?? Infinity, read.time('event_to') ?? Infinity);
  const sortBy = read.oneOf('sort_by', ['created_at', 'event_timestamp', 'status']);
  const descending = (read.oneOf('sort_dir', ['asc', 'desc']) ?? 'desc') === 'desc';
  const rows = state.events.filter(
    row =>
      (program === undefined || row.program_id === program) &&
      (participant === undefined || row.participant_id === participant) &&
      (status === undefined || eventStatus(row, now) === status) &&
      // Everything here was made by an automation: no EXTERNAL events, no external_id, no single rule behind it.
      type !== 'EXTERNAL' &&
      rule === undefined &&
      query.external_id === undefined &&
      row.at >= from &&
      row.at <= to,
  );
  const by = (row: (typeof rows)[number]) =>
    sortBy === 'status' ? `${eventStatus(row, now)} ${String(row.at).padStart(15, '0')}` : row.at;
  return listed(read, rows, { by, order: row => row.order, descending }, row => presentEvent(row, now));
}
