// What can be read at Scrip: automations, programs, subscriptions and events (scrip.md sections 7, 9 and 10).
import { id, isObject, objects, present, word } from '../fields.ts';
import type { VendorHttp } from '../http.ts';
import { path, scripId } from '../path.ts';
import { misread } from '../refusal.ts';
import type { JsonObject, VendorRequest } from '../types.ts';
import { parseAutomation, type ScripAutomation } from './automation.ts';
import { parseEvent, parseSubscription, type ScripEvent, type Subscription } from './history.ts';

export interface ScripProgram {
  id: string;
  name?: string;
  /** `ACTIVE`, `SUSPENDED` or `ARCHIVED`. */
  status?: string;
}

/** Filters combine with "and"; `limit` is 1 to 200 and 50 by default. */
export interface ScripListQuery {
  trigger_type?: string;
  scope?: string;
  status?: string;
  source?: string;
  search?: string;
  limit?: number;
  cursor?: string;
}

export interface SubscriptionQuery {
  /** `active`, `completed` or `failed`. */
  status?: string;
  limit?: number;
  cursor?: string;
}

/** `from` and `to` bound `created_at`, `event_from` and `event_to` the event's own time; all RFC 3339. */
export interface EventQuery {
  program_id: string;
  status?: string;
  event_type?: string;
  participant_id?: string;
  external_id?: string;
  rule_id?: string;
  from?: string;
  to?: string;
  event_from?: string;
  event_to?: string;
  sort_by?: string;
  sort_dir?: string;
  limit?: number;
  cursor?: string;
}

/** All of them throw `Failure` with outcome `not_sent` where the vendor did not answer, refused, or was not understood. */
export interface ScripReader {
  /** Newest first. Archived ones only with `status: archived`. */
  listAutomations(
    programId: string,
    query?: ScripListQuery,
  ): Promise<{ rows: ScripAutomation[]; next_cursor?: string }>;
  getAutomation(programId: string, automationId: string): Promise<ScripAutomation>;
  /** Every program that is not archived, up to a thousand. */
  listPrograms(): Promise<ScripProgram[]>;
  getProgram(programId: string): Promise<ScripProgram>;
  /** Who is enrolled; empty for all but participant_state. */
  listSubscriptions(
    programId: string,
    automationId: string,
    query?: SubscriptionQuery,
  ): Promise<{ rows: Subscription[]; next_cursor?: string }>;
  /** Events of one program. None says which automation made it: compare `event_name` and the time. */
  listEvents(query: EventQuery): Promise<{ rows: ScripEvent[]; next_cursor?: string }>;
}

const pages = 5;

const parseProgram = (row: JsonObject): ScripProgram =>
  present({ id: id(row.id) ?? '', name: word(row.name), status: word(row.status) });

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

export function scripReader(http: VendorHttp): ScripReader {
  const get = (path: string, query: object = {}): VendorRequest => ({
    method: 'GET',
    path,
    query: Object.fromEntries(
      Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
    ),
    pace: 'read',
  });

  async function page(request: VendorRequest): Promise<{ rows: JsonObject[]; next_cursor?: string }> {
    const { body } = await http.read(request);
    const rows = objects(body?.data);
    if (!rows) throw misread('scrip', 'without the list that was asked for');
    const pagination = isObject(body?.pagination) ? body.pagination : {};
    const next = pagination.has_more === false ? undefined : id(pagination.next_cursor);
    // A cursor that leads to itself would never end.
    return present({ rows, next_cursor: next === request.query?.cursor ? undefined : next });
  }

  return {
    async listAutomations(programId, query) {
      const { rows, next_cursor } = await page(
        get(path`/programs/${scripId(programId, 'The program id')}/automations`, query),
      );
      return present({ rows: rows.map(parseAutomation).filter(row => row.id !== ''), next_cursor });
    },

    async getAutomation(programId, automationId) {
      const request = get(
        path`/programs/${scripId(programId, 'The program id')}/automations/${scripId(automationId, 'The automation id')}`,
      );
      const automation = parseAutomation((await http.read(request)).body ?? {});
      if (!same(automation.id, automationId)) throw misread('scrip', 'not with the automation that was asked for');
      return automation;
    },

    async listPrograms() {
      const programs: ScripProgram[] = [];
      let cursor: string | undefined;
      for (let at = 0; at < pages; at++) {
        const { rows, next_cursor } = await page(get('/programs', present({ limit: 200, cursor })));
        for (const row of rows) {
          const program = parseProgram(row);
          if (program.id !== '') programs.push(program);
        }
        cursor = next_cursor;
        if (cursor === undefined) break;
      }
      return programs;
    },

    async getProgram(programId) {
      const program = parseProgram(
        (await http.read(get(path`/programs/${scripId(programId, 'The program id')}`))).body ?? {},
      );
      if (!same(program.id, programId)) throw misread('scrip', 'not with the program that was asked for');
      return program;
    },

    async listSubscriptions(programId, automationId, query) {
      const { rows, next_cursor } = await page(
        get(
          path`/programs/${scripId(programId, 'The program id')}/automations/${scripId(automationId, 'The automation id')}/subscriptions`,
          query,
        ),
      );
      return present({ rows: rows.map(parseSubscription), next_cursor });
    },

    async listEvents(query) {
      const programId = scripId(query.program_id, 'The program id');
      const { rows, next_cursor } = await page(get(path`/events`, query));
      // The endpoint spans the organisation; a row that says it belongs to another program is never shown as this one's.
      const own = rows.filter(row => typeof row.program_id !== 'string' || same(row.program_id, programId));
      return present({ rows: own.map(parseEvent), next_cursor });
    },
  };
}
