// What can be read at Scrip: automations and programs (scrip.md sections 7, 9 and 10).
import { id, isObject, objects, present, word } from '../fields.ts';
import type { VendorHttp } from '../http.ts';
import { path, scripId } from '../path.ts';
import { misread } from '../refusal.ts';
import type { JsonObject, VendorRequest } from '../types.ts';
import { parseAutomation, type ScripAutomation } from './automation.ts';

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
}

const pages = 5;

export function scripReader(http: VendorHttp): ScripReader {
  const get = (path: string, query: ScripListQuery = {}): VendorRequest => ({
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
      if (automation.id.toLowerCase() !== automationId.toLowerCase())
        throw misread('scrip', 'not with the automation that was asked for');
      return automation;
    },

    async listPrograms() {
      const programs: ScripProgram[] = [];
      let cursor: string | undefined;
      for (let at = 0; at < pages; at++) {
        const { rows, next_cursor } = await page(get('/programs', present({ limit: 200, cursor })));
        for (const row of rows) {
          const program = present({ id: id(row.id) ?? '', name: word(row.name), status: word(row.status) });
          if (program.id !== '') programs.push(program);
        }
        cursor = next_cursor;
        if (cursor === undefined) break;
      }
      return programs;
    },
  };
}
