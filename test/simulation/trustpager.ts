// A model of TrustPager: automations that run action by action, runs that can be read, credits, and its own approvals.
import type { JsonObject } from '../../src/vendors/types.ts';
import {
  type Answered,
  configurationOf,
  type Done,
  historian,
  type Model,
  refused,
  type Setting,
  stamp,
} from './vendor.ts';

/** One that is enabled and one that is not. */
export const live = 'tp-live';
export const idle = 'tp-idle';

const fields = [
  'name',
  'trigger_type',
  'description',
  'enabled',
  'conditions',
  'max_executions_per_day',
  'automations_actions',
];

export interface Firing {
  id: string;
  data: JsonObject | undefined;
  /** By the vendor's clock. */
  at: number;
}

export interface TrustpagerModel extends Model {
  /** Keeps a write for the vendor's own people. Returns what it answers; `decided` hears whether they let it run. */
  hold(carry: () => Answered): Answered;
  /** When somebody last bought credits, in virtual milliseconds. */
  bought(): number;
  /** Somebody else fires it through the API; there is nothing to do, so it is over at once. */
  fire(id: string, data: JsonObject | undefined): void;
  /** What others fired through the API so far, in order. */
  readonly others: readonly Firing[];
}

export function trustpagerModel(setting: Setting): TrustpagerModel {
  const { time, chance, trace, theme } = setting;
  const { keep, past } = historian(setting);
  const rows = new Map<string, JsonObject>();
  const runs: JsonObject[] = [];
  const held = new Map<string, JsonObject>();
  const others: Firing[] = [];
  let credits = 1_000;
  let price = chance.pick([1, 2, 8]);
  let bought = -1;
  const readable = chance.maybe(0.85);
  /** Now and then far more than the price, and more than the tenfold of it. */
  const bill = (): number => {
    const charged = price * (chance.maybe(0.12) ? 25 : 1);
    credits -= charged;
    return charged;
  };
  const now = (): string => stamp(time.vendorClock());
  const wrapped = (data: JsonObject | JsonObject[]): JsonObject => ({ data, meta: { credits_remaining: credits } });

  const change = (id: string, by: JsonObject): JsonObject => {
    const row = { ...rows.get(id), ...by, updated_at: now() };
    rows.set(id, row);
    keep(id, row);
    return row;
  };
  for (const [id, enabled] of [
    [live, true],
    [idle, false],
  ] as const)
    change(id, {
      id,
      name: `welcome ${id}`,
      trigger_type: 'contact_created',
      description: 'greets',
      enabled,
      created_at: '2026-01-01T00:00:00.000Z',
      automations_triggers: [],
      automations_actions: [{ id: `${id}-sms`, action_type: 'send_sms', sequence: 1, config: {} }],
    });

  function run(id: string, trigger_type: string, data: JsonObject | undefined) {
    const ends = chance.between(50, 4_000);
    const row: JsonObject = {
      run_id: `run-${runs.length + 1}`,
      automation_id: id,
      status: 'running',
      trigger_type,
      started_at: now(),
      actions_total: 1,
      actions_executed: 0,
      ...(data ? { trigger_data: data } : {}),
    };
    runs.unshift(row);
    const charged = bill();
    time.at(ends, () =>
      Object.assign(row, { status: 'completed', completed_at: now(), actions_executed: 1, actions_failed: 0 }),
    );
    return { row, ends, charged };
  }

  function byOthers(id: string, data: JsonObject | undefined): JsonObject {
    others.push({ id, data, at: time.vendorClock() });
    trace(`trustpager: somebody else: fires ${id} with ${JSON.stringify(data)}`);
    return run(id, 'api', data).row;
  }

  function carry(method: string, path: string, body: JsonObject): Done {
    const [, , id = '', verb, action] = path.split('/');
    if (!id) {
      const made = `tp-made-${rows.size}`;
      return { status: 201, body: wrapped(change(made, { enabled: false, ...body, id: made, created_at: now() })) };
    }
    const row = rows.get(id);
    if (!row) return refused(404, 'NOT_FOUND');
    if (method === 'PATCH') return { status: 200, body: wrapped(change(id, body)) };
    if (verb === 'enable' || verb === 'disable')
      return { status: 200, body: wrapped(change(id, { enabled: verb === 'enable' })) };
    if (verb === 'trigger') {
      if (row.enabled !== true) return refused(409, 'DISABLED');
      const { row: made, ends, charged } = run(id, 'api', body.trigger_data as JsonObject | undefined);
      return { status: 200, body: wrapped(made), ends, charged };
    }
    const charged = bill();
    return {
      charged,
      status: 200,
      body: wrapped({ action_id: action ?? '', action_type: 'send_sms', status: 'success' }),
      ends: 40,
    };
  }

  return {
    read({ path, query = {} }) {
      const [, kind, id = '', part] = path.split('/');
      if (kind === 'billing' && !readable) return refused(403, 'INSUFFICIENT_SCOPE');
      if (kind === 'billing')
        return { status: 200, body: wrapped([{ feature_key: 'send_sms', credits_per_use: price }]) };
      if (kind === 'approvals')
        return held.has(id) ? { status: 200, body: wrapped({ ...held.get(id) }) } : refused(404, 'NOT_FOUND');
      if (id === 'runs') {
        const found = runs.find(({ run_id }) => run_id === part);
        return found ? { status: 200, body: wrapped({ ...found }) } : refused(404, 'NOT_FOUND');
      }
      if (!id) return { status: 200, body: wrapped([...rows.values()].reverse().map(row => ({ ...row }))) };
      if (!rows.has(id)) return refused(404, 'NOT_FOUND');
      if (part !== 'runs') return { status: 200, body: wrapped({ ...rows.get(id) }) };
      // List rows carry no data; only the detail does.
      const own = runs.filter(({ automation_id }) => automation_id === id).slice(0, Number(query.limit ?? 25));
      return { status: 200, body: wrapped(own.map(({ trigger_data: _, ...row }) => row)) };
    },
    write: ({ method, path, body = {} }) => carry(method, path, body),
    hold(carryOut) {
      const approval_id = `approval-${held.size + 1}`;
      const row: JsonObject = { approval_id, status: 'pending' };
      held.set(approval_id, row);
      time.at(chance.between(500, 60_000), () => {
        const said = chance.weighted({ executed: 4, approved: 2, rejected: 2, expired: 1, failed: 1, waits: 2 });
        trace(`trustpager: held ${approval_id} ${said}`);
        if (said === 'waits') return;
        if (said === 'rejected' || said === 'expired') return void Object.assign(row, { status: said });
        const { status } = said === 'failed' && chance.maybe(0.5) ? { status: 500 } : carryOut();
        Object.assign(row, { status: status < 300 ? said : 'failed', execution_status: status });
        if (said === 'failed') Object.assign(row, { status: 'failed', execution_status: status < 300 ? 500 : status });
      });
      return { status: 202, body: { approval_id, status: 'pending' } };
    },
    others,
    fire(id, data) {
      const over = { status: 'completed', completed_at: now(), actions_executed: 1, actions_failed: 0 };
      Object.assign(byOthers(id, data), over);
    },
    bought: () => bought,
    configuration: id => (rows.has(id) ? configurationOf(rows.get(id) ?? {}, fields) : undefined),
    past,
    made: name => [...rows.values()].filter(row => row.name === name).length,
    lives() {
      const id = chance.pick([live, idle]);
      const what =
        theme === 'prices'
          ? 'price'
          : chance.weighted({ nothing: 3, edit: 2, on: 2, off: 1, event: 2, fire: 2, price: 3, spend: 1 });
      trace(`trustpager: somebody else: ${what} ${id}`);
      if (what === 'edit') change(id, { conditions: { 'deal.value': { gte: chance.between(1, 9) } } });
      if (what === 'on' || what === 'off') change(id, { enabled: what === 'on' });
      if (what === 'event' && rows.get(id)?.enabled === true) run(id, 'contact_created', { contact_id: 'x' });
      if (what === 'fire' && rows.get(id)?.enabled === true)
        // Also the very data of an earlier run, its marker included, as who starts a run over would.
        byOthers(id, chance.pick([undefined, { contact_id: 'one' }, runs[0]?.trigger_data as JsonObject | undefined]));
      if (what === 'price') price = chance.pick([1, 2, 8, 600]);
      if (what === 'spend') {
        const before = credits;
        credits = chance.pick([1_000, 10, 1]);
        if (credits > before) bought = time.now();
      }
    },
  };
}
