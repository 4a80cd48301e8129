// What can be read at TrustPager: automations and their parts, runs, types, approvals, prices, and the credits left (trustpager.md sections 4, 5, 7 and 9).
import { Failure } from '../../errors.ts';
import { count, id, isObject, objects, present } from '../fields.ts';
import type { VendorHttp } from '../http.ts';
import { path, trustpagerId } from '../path.ts';
import { misread } from '../refusal.ts';
import type { JsonObject, VendorRequest } from '../types.ts';
import { type Approval, parseApproval } from './approval.ts';
import {
  parseActions,
  parseAutomation,
  parseTrigger,
  type TrustpagerAction,
  type TrustpagerAutomation,
  type TrustpagerTrigger,
} from './automation.ts';
import {
  type ActionType,
  describedActionType,
  describedTrigger,
  parseActionTypes,
  parseTriggerSchemas,
  type TriggerSchema,
  type TriggerSchemas,
} from './catalogue.ts';
import { type Prices, parsePrices } from './prices.ts';
import { parseRun, type Run } from './run.ts';

/** `limit` is 1 to 100 and 25 by default; `cursor` is a `next_cursor` given before. */
export interface TrustpagerPage {
  limit?: number;
  cursor?: string;
}

export interface Page<Row> {
  rows: Row[];
  /** Absent on the last page. */
  next_cursor?: string;
  /** Set where the list ends early because the vendor gave the same page again. */
  note?: string;
}

export type WholeAutomation = TrustpagerAutomation & { triggers: TrustpagerTrigger[]; actions: TrustpagerAction[] };

/** All that ask the vendor throw `Failure` with outcome `not_sent` where it did not answer, refused, or was not understood. */
export interface TrustpagerReader {
  listAutomations(page?: TrustpagerPage): Promise<Page<TrustpagerAutomation>>;
  /** With triggers and actions, read on their own where the answer lacks them. */
  getAutomation(automationId: string): Promise<WholeAutomation>;
  /** Newest first. */
  listRuns(automationId: string, page?: TrustpagerPage): Promise<Page<Run>>;
  getRun(runId: string): Promise<Run>;
  listTriggers(automationId: string): Promise<TrustpagerTrigger[]>;
  /** By sequence. */
  listActions(automationId: string): Promise<TrustpagerAction[]>;
  listActionTypes(): Promise<ActionType[]>;
  /** Older names are answered too, under the newer one. */
  describeActionType(actionType: string): Promise<ActionType>;
  listTriggerSchemas(): Promise<TriggerSchemas>;
  getTriggerSchema(triggerType: string): Promise<TriggerSchema>;
  /** A write held at TrustPager; nothing here can decide it. */
  getApproval(approvalId: string): Promise<Approval>;
  /** The live price list, at most 5 minutes old; undefined where the key may not read it. */
  prices(): Promise<Prices | undefined>;
  /** Credits left as the last reply to anything said, and when that was asked for, in milliseconds. Never asks. */
  creditsRemaining(): { credits: number; at: number } | undefined;
  /** Credits left as this reply says. */
  creditsIn(body: JsonObject | undefined): number | undefined;
}

const freshFor = 5 * 60_000;
/** How many handed-out cursors are remembered for the loop guard. */
const remembered = 200;

/** How many pages the parts of one automation may fill. */
const pages = 10;

const creditsIn = (body: JsonObject | undefined): number | undefined =>
  isObject(body?.meta) ? count(body.meta.credits_remaining) : undefined;

const automationPath = (id: string): string => path`/automations/${trustpagerId(id, 'The automation id')}`;

const unreadable = new Set(['unauthenticated', 'insufficient_scope', 'rejected', 'not_found']);

export function trustpagerReader(http: VendorHttp): TrustpagerReader {
  let credits: { credits: number; at: number } | undefined;
  let prices: { read_at: number; list: Promise<Prices | undefined> } | undefined;
  /** Path and cursor → id of the first row of the page that gave the cursor. */
  const firstRows = new Map<string, string | undefined>();

  http.observe(({ body }, asked) => {
    const left = creditsIn(body);
    if (left !== undefined) credits = { credits: left, at: asked };
  });

  const get = (path: string, query: Record<string, string> = {}): VendorRequest => ({
    method: 'GET',
    path,
    query,
    pace: 'read',
  });

  async function rowsOf(request: VendorRequest): Promise<{ body: JsonObject; rows: JsonObject[] }> {
    const { body } = await http.read(request);
    const rows = objects(body?.data);
    if (!body || !rows) throw misread('trustpager', 'without the list that was asked for');
    return { body, rows };
  }

  /** The cursor goes as `after`, the newest spelling (C4). A vendor that knows only another one gives the first page for ever: that ends the list. */
  async function page(path: string, { limit, cursor }: TrustpagerPage = {}): Promise<Page<JsonObject>> {
    const query = {
      ...(limit === undefined ? {} : { limit: String(limit) }),
      ...(cursor === undefined ? {} : { after: cursor }),
    };
    const { body, rows } = await rowsOf(get(path, query));
    const first = id(rows[0]?.id) ?? id(rows[0]?.run_id);
    const before = firstRows.get(`${path} ${cursor}`);
    if (cursor !== undefined && first !== undefined && first === before)
      return { rows: [], note: 'TrustPager gave the same page again, so the list ends here; there may be more rows.' };
    const pagination = isObject(body.pagination) ? body.pagination : isObject(body.meta) ? body.meta : {};
    const next = pagination.has_more === false ? undefined : id(pagination.next_cursor);
    if (next === undefined || next === cursor) return { rows };
    firstRows.set(`${path} ${next}`, first);
    if (firstRows.size > remembered) firstRows.delete(firstRows.keys().next().value ?? '');
    return { rows, next_cursor: next };
  }

  /** Every row of a list that is a part of one thing. No page says that these come in pages, but lists here do (section 4). */
  async function all(path: string): Promise<JsonObject[]> {
    const rows: JsonObject[] = [];
    let cursor: string | undefined;
    for (let at = 0; at < pages; at++) {
      const next = await page(path, cursor === undefined ? {} : { cursor });
      rows.push(...next.rows);
      cursor = next.next_cursor;
      // Half of a list must not pass for the whole: reordering names every action.
      if (next.note !== undefined) break;
      if (cursor === undefined) return rows;
    }
    throw misread('trustpager', 'with a list of triggers or actions that does not end');
  }
  const triggersOf = async (self: string): Promise<TrustpagerTrigger[]> =>
    (await all(`${self}/triggers`)).map(parseTrigger);
  const actionsOf = async (self: string): Promise<TrustpagerAction[]> => parseActions(await all(`${self}/actions`));

  const bodyOf = async (path: string): Promise<JsonObject> => (await http.read(get(path))).body ?? {};
  function understood<T>(value: T | undefined, what: string): T {
    if (value === undefined) throw misread('trustpager', what);
    return value;
  }

  async function readPrices(): Promise<Prices | undefined> {
    try {
      return parsePrices((await http.read(get('/billing/pricing'))).body ?? {}, Date.now());
    } catch (error) {
      // 401, 403 and 404: most keys may not read it (trustpager.md section 9).
      if (error instanceof Failure && unreadable.has(error.code)) return undefined;
      throw error;
    }
  }

  return {
    async listAutomations(query) {
      const { rows, ...rest } = await page('/automations', query);
      return { rows: rows.map(parseAutomation).filter(row => row.id !== ''), ...rest };
    },

    async getAutomation(automationId) {
      const self = automationPath(automationId);
      const automation = parseAutomation((await http.read(get(self))).body ?? {});
      if (automation.id !== automationId) throw misread('trustpager', 'not with the automation that was asked for');
      const [triggers, actions] = await Promise.all([
        automation.triggers ?? triggersOf(self),
        automation.actions ?? actionsOf(self),
      ]);
      return { ...automation, triggers, actions };
    },

    async listRuns(automationId, query) {
      const { rows, ...rest } = await page(`${automationPath(automationId)}/runs`, query);
      return { rows: rows.map(row => present({ automation_id: automationId, ...parseRun(row) })), ...rest };
    },

    async getRun(runId) {
      const run = parseRun(
        (await http.read(get(path`/automations/runs/${trustpagerId(runId, 'The run id')}`))).body ?? {},
      );
      if (run.run_id !== runId) throw misread('trustpager', 'not with the run that was asked for');
      return run;
    },

    listTriggers: async automationId => triggersOf(automationPath(automationId)),

    listActions: async automationId => actionsOf(automationPath(automationId)),

    listActionTypes: async () =>
      understood(parseActionTypes(await bodyOf('/automations/action-types')), 'without the list that was asked for'),

    describeActionType: async actionType =>
      understood(
        describedActionType(
          await bodyOf(path`/automations/action-types/${trustpagerId(actionType, 'The action type')}`),
          actionType,
        ),
        'without the action type that was asked for',
      ),

    listTriggerSchemas: async () =>
      understood(parseTriggerSchemas(await bodyOf('/schemas/triggers')), 'without the list that was asked for'),

    getTriggerSchema: async triggerType =>
      understood(
        describedTrigger(
          await bodyOf(path`/schemas/triggers/${trustpagerId(triggerType, 'The trigger type')}`),
          triggerType,
        ),
        'without the trigger type that was asked for',
      ),

    async getApproval(approvalId) {
      const approval = parseApproval(await bodyOf(path`/approvals/${trustpagerId(approvalId, 'The approval id')}`));
      if (approval?.approval_id !== approvalId) throw misread('trustpager', 'not with the approval that was asked for');
      return approval;
    },

    prices() {
      if (!prices || Date.now() - prices.read_at > freshFor) {
        const list = readPrices();
        prices = { read_at: Date.now(), list };
        // A failure is not an answer to keep.
        list.catch(() => {
          if (prices?.list === list) prices = undefined;
        });
      }
      return prices.list;
    },

    creditsRemaining: () => credits,
    creditsIn,
  };
}
