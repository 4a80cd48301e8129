// A model of Scrip: automations that fire, fan out, pause and end, with the marks that a firing leaves.
import type { JsonObject } from '../../src/vendors/types.ts';
import { type Answered, configurationOf, historian, type Model, refused, type Setting, stamp } from './vendor.ts';

export const scripProgram = '11111111-1111-4111-8111-111111111111';
/** A fan-out over participants, and one event for the program, both by cron. */
export const fanOut = 'aaaaaaaa-0000-4000-8000-000000000001';
export const single = 'aaaaaaaa-0000-4000-8000-000000000002';

const fields = [
  'name',
  'description',
  'event_name',
  'scope',
  'trigger_type',
  'cron_expression',
  'participant_filter',
  'payload',
  'status',
];

export function scripModel(setting: Setting): Model {
  const { time, chance, trace, theme } = setting;
  const { keep, past } = historian(setting);
  const rows = new Map<string, JsonObject>();
  const now = (): string => stamp(time.vendorClock());

  const change = (id: string, by: JsonObject): JsonObject => {
    const row = { ...rows.get(id), ...by, updated_at: now() };
    rows.set(id, row);
    keep(id, row);
    return row;
  };
  const seed = (id: string, scope: string, more: JsonObject): void => {
    change(id, {
      id,
      program_id: scripProgram,
      name: `digest ${scope}`,
      event_name: 'digest',
      scope,
      payload: { points: 1 },
      status: 'active',
      ...more,
      created_at: '2026-01-01T00:00:00.000Z',
    });
  };
  const period = theme === 'schedules' ? 20_000 : chance.pick([30_000, 3_600_000]);
  const due = (id: string, after: number): string => {
    time.at(after, () => {
      const row = rows.get(id) ?? {};
      change(id, { next_run_at: due(id, period) });
      if (row.status !== 'active' || busy(row)) return;
      trace(`scrip: cron fires ${id.slice(-1)}`);
      // A look that finds the next time finds this firing too.
      if (row.scope === 'program') change(id, { last_run_at: now() });
      else fire(id);
    });
    return stamp(time.vendorClock() + after);
  };
  const cron = (id: string): JsonObject => ({
    trigger_type: 'cron',
    cron_expression: '0 9 * * *',
    timezone: 'UTC',
    next_run_at: due(id, chance.between(2_000, period)),
  });
  seed(fanOut, 'participants', {
    ...(theme === 'schedules' || chance.maybe(0.3)
      ? cron(fanOut)
      : { trigger_type: 'one_time', trigger_at: '2099-01-01T00:00:00Z' }),
    execution_status: 'idle',
    participants_total: chance.pick([40, 120, 900]),
  });
  seed(single, 'program', { ...cron(single), last_run_at: '2027-01-03T09:00:00.000Z' });

  function fire(id: string): void {
    const row = rows.get(id) ?? {};
    if (row.scope === 'program') {
      // The scheduler picks it up a moment later.
      time.at(chance.between(0, 1_500), () => change(id, { last_run_at: now() }));
      return;
    }
    const started = now();
    change(id, { execution_status: 'executing', execution_started_at: started, participants_processed: 0 });
    time.at(chance.between(200, 15_000), () => {
      const then = rows.get(id) ?? {};
      if (then.execution_started_at !== started || then.execution_status !== 'executing') return;
      change(id, { execution_status: 'completed', execution_completed_at: now(), last_run_at: now() });
      time.at(1_500, () => {
        if (rows.get(id)?.execution_status === 'completed') change(id, { execution_status: 'idle' });
      });
    });
  }
  function busy(row: JsonObject): boolean {
    return ['pending', 'executing'].includes(String(row.execution_status));
  }

  function trigger(id: string, row: JsonObject): Answered {
    if (row.status !== 'active' || busy(row)) return refused(400, 'NOT_FIREABLE');
    fire(id);
    return { status: 200, body: rows.get(id) ?? {} };
  }
  function cancel(id: string, row: JsonObject): Answered {
    if (!busy(row)) return refused(400, 'NOT_RUNNING');
    return { status: 200, body: change(id, { execution_status: 'failed', execution_error: 'cancelled' }) };
  }
  function patch(id: string, row: JsonObject, body: JsonObject): Answered {
    if (row.status === 'archived') return refused(400, 'ARCHIVED');
    return { status: 200, body: change(id, body) };
  }
  function create(body: JsonObject): Answered {
    const { trigger: when, ...rest } = body as { trigger: JsonObject } & JsonObject;
    if ([...rows.values()].some(({ name, status }) => name === body.name && status !== 'archived'))
      return refused(409, 'NAME_TAKEN');
    const id = `cccccccc-0000-4000-8000-${String(rows.size).padStart(12, '0')}`;
    const fires = when.type === 'immediate';
    change(id, {
      ...rest,
      id,
      program_id: scripProgram,
      trigger_type: when.type ?? '',
      status: 'active',
      created_at: now(),
      ...(rest.scope === 'participants' ? { execution_status: 'idle', participants_total: 10 } : {}),
    });
    if (fires) fire(id);
    return { status: 201, body: rows.get(id) ?? {} };
  }

  return {
    read({ path, query = {} }) {
      const [, , , kind, id = ''] = path.split('/');
      if (kind !== 'automations') return refused(404, 'NOT_FOUND');
      if (id) return rows.has(id) ? { status: 200, body: { ...rows.get(id) } } : refused(404, 'NOT_FOUND');
      const found = [...rows.values()].filter(({ name }) => String(name).includes(query.search ?? ''));
      return { status: 200, body: { data: found.map(row => ({ ...row })), pagination: { has_more: false } } };
    },
    write({ method, path, body = {} }) {
      const [, , , , id = '', verb] = path.split('/');
      if (method === 'POST' && !id) return create(body);
      const row = rows.get(id);
      if (!row) return refused(404, 'NOT_FOUND');
      if (method === 'PATCH') return patch(id, row, body);
      if (method === 'DELETE') return { status: 200, body: change(id, { status: 'archived' }) };
      return verb === 'trigger' ? trigger(id, row) : cancel(id, row);
    },
    configuration: id => (rows.has(id) ? configurationOf(rows.get(id) ?? {}, fields) : undefined),
    past,
    made: name => [...rows.values()].filter(row => row.name === name).length,
    lives(fires) {
      const id = chance.pick([fanOut, single]);
      const row = rows.get(id) ?? {};
      if (row.status === 'archived') return;
      const what = chance.weighted({ nothing: 4, edit: 2, rename: 2, pause: 2, resume: 2, fire: 2, grow: 1 });
      trace(`scrip: somebody else: ${what} ${id.slice(-1)}`);
      if (what === 'edit') change(id, { payload: { points: chance.between(2, 9) } });
      if (what === 'rename') change(id, { description: `words ${chance.between(1, 9)}` });
      if (what === 'pause') change(id, { status: 'paused' });
      if (what === 'resume') change(id, { status: 'active' });
      if (what === 'grow' && id === fanOut) change(id, { participants_total: chance.pick([40, 120, 900]) });
      if (what === 'fire' && fires(id) && row.status === 'active' && !busy(row)) fire(id);
    },
  };
}
