// What agents ask for in a run, with what each call must come to at the vendor: written down here once more, apart from the tools.
import type { JsonObject, VendorName } from '../../src/vendors/types.ts';
import { fanOut, scripProgram, single } from './scrip.ts';
import { idle, live } from './trustpager.ts';

export interface Op {
  name: string;
  tool: string;
  args: JsonObject;
  vendor: VendorName;
  /** The automation it writes to; null for a create. */
  target: string | null;
  /** Firing and creating happen once each; a state is reached, whoever reaches it. */
  kind: 'fire' | 'create' | 'state';
  /** Whether a person must say yes: always, never, or while the target is live. */
  gate: 'always' | 'never' | 'live';
  stops: boolean;
  request: { method: string; path: string; body?: JsonObject };
  /** Of a state: whether a row shows it. Of a create: the name to look for. */
  wanted?: (row: JsonObject) => boolean;
}

const scripPath = `/programs/${scripProgram}/automations`;
const isLive = (row: JsonObject): boolean => row.status === 'active' || row.enabled === true;

/** Whether the target could fire at every moment since. */
export const liveSince = (past: readonly { from: number; row: JsonObject }[], since: number): boolean =>
  past
    .filter(({ from }, n) => from >= since || (past[n + 1]?.from ?? Number.POSITIVE_INFINITY) > since)
    .every(({ row }) => isLive(row));

const scrip = (name: string, tool: string, id: string, more: Partial<Op>, args: JsonObject = {}): Op => ({
  name,
  tool,
  args: { automation_id: id, ...args },
  vendor: 'scrip',
  target: id,
  kind: 'state',
  gate: 'always',
  stops: false,
  request: { method: 'PATCH', path: `${scripPath}/${id}`, body: args },
  ...more,
});
const post = (path: string, body?: JsonObject): Pick<Op, 'request'> => ({
  request: { method: 'POST', path, ...(body ? { body } : {}) },
});

const scripOps = (id: string): Op[] => {
  const n = id.slice(-1);
  return [
    scrip(`fire ${n}`, 'scrip_trigger_automation', id, { kind: 'fire', ...post(`${scripPath}/${id}/trigger`) }),
    scrip(
      `pause ${n}`,
      'scrip_update_automation',
      id,
      { gate: 'never', stops: true, wanted: row => row.status === 'paused' },
      { status: 'paused' },
    ),
    scrip(
      `resume ${n}`,
      'scrip_update_automation',
      id,
      { wanted: row => row.status === 'active' },
      { status: 'active' },
    ),
    scrip(
      `rename ${n}`,
      'scrip_update_automation',
      id,
      { gate: 'never', wanted: row => row.name === `better ${n}` },
      { name: `better ${n}` },
    ),
    scrip(
      `describe ${n}`,
      'scrip_update_automation',
      id,
      { gate: 'never', wanted: row => row.description === 'pays' },
      { description: 'pays' },
    ),
    scrip(
      `pay ${n}`,
      'scrip_update_automation',
      id,
      { gate: 'live', wanted: row => JSON.stringify(row.payload) === '{"points":77}' },
      { payload: { points: 77 } },
    ),
  ];
};

const scripCreate = (name: string, trigger: JsonObject, args: JsonObject): Op => ({
  name: `create ${name}`,
  tool: 'scrip_create_automation',
  args: { name, event_name: 'digest', scope: 'participants', ...args },
  vendor: 'scrip',
  target: null,
  kind: 'create',
  gate: 'always',
  stops: false,
  request: { method: 'POST', path: scripPath, body: { name, event_name: 'digest', scope: 'participants', trigger } },
});

const trustpager = (name: string, tool: string, id: string | null, more: Partial<Op>, args: JsonObject = {}): Op => ({
  name,
  tool,
  args: { ...(id ? { automation_id: id } : {}), ...args },
  vendor: 'trustpager',
  target: id,
  kind: 'state',
  gate: 'always',
  stops: false,
  request: { method: 'PATCH', path: `/automations/${id}`, body: args },
  ...more,
});

const trustpagerOps = (id: string): Op[] => {
  const data = { contact_id: 'one' };
  const self = `/automations/${id}`;
  return [
    trustpager(`run ${id}`, 'trustpager_trigger_automation', id, { kind: 'fire', ...post(`${self}/trigger`) }),
    trustpager(
      `run ${id} for one`,
      'trustpager_trigger_automation',
      id,
      { kind: 'fire', ...post(`${self}/trigger`, { trigger_data: data }) },
      { trigger_data: data },
    ),
    trustpager(
      `try ${id}`,
      'trustpager_execute_action',
      id,
      { kind: 'fire', ...post(`${self}/actions/${id}-sms/execute`) },
      { action_id: `${id}-sms` },
    ),
    trustpager(`enable ${id}`, 'trustpager_enable_automation', id, {
      ...post(`${self}/enable`),
      wanted: row => row.enabled === true,
    }),
    trustpager(`disable ${id}`, 'trustpager_disable_automation', id, {
      gate: 'never',
      stops: true,
      ...post(`${self}/disable`),
      wanted: row => row.enabled === false,
    }),
    trustpager(
      `describe ${id}`,
      'trustpager_update_automation',
      id,
      { gate: 'never', wanted: row => row.description === 'welcomes' },
      { description: 'welcomes' },
    ),
    trustpager(
      `name ${id}`,
      'trustpager_update_automation',
      id,
      { gate: 'never', wanted: row => row.name === 'greeter' },
      { name: 'greeter' },
    ),
    trustpager(
      `limit ${id}`,
      'trustpager_update_automation',
      id,
      { gate: 'live', wanted: row => row.max_executions_per_day === 7 },
      { max_executions_per_day: 7 },
    ),
  ];
};
const created = (name: string, more: JsonObject, gate: Op['gate']): Op => {
  const args = { name, trigger_type: 'contact_created', ...more };
  return trustpager(
    `create ${name}`,
    'trustpager_create_automation',
    null,
    { kind: 'create', gate, ...post('/automations', args) },
    args,
  );
};

export const ops: readonly Op[] = [
  ...scripOps(fanOut),
  ...scripOps(single).filter(({ name }) => !name.startsWith('pay')),
  scrip('cancel 1', 'scrip_cancel_run', fanOut, {
    gate: 'never',
    stops: true,
    ...post(`${scripPath}/${fanOut}/cancel`),
    wanted: row => row.execution_status === 'failed',
  }),
  scrip('archive 2', 'scrip_archive_automation', single, {
    request: { method: 'DELETE', path: `${scripPath}/${single}` },
    wanted: row => row.status === 'archived',
  }),
  scripCreate('blast', { type: 'immediate' }, { trigger_type: 'immediate' }),
  scripCreate(
    'once',
    { type: 'one_time', trigger_at: '2099-01-01T00:00:00Z' },
    { trigger_type: 'one_time', trigger_at: '2099-01-01T00:00:00Z' },
  ),
  ...trustpagerOps(live),
  ...trustpagerOps(idle),
  created('quiet', {}, 'never'),
  created('loud', { enabled: true }, 'always'),
];

/** What is worth racing for: drawn more often than the rest. */
export const fires = ops.filter(({ kind }) => kind !== 'state');

/** What nobody is asked about, so that nothing but a budget keeps it. */
export const unasked = ops.filter(({ gate, stops }) => gate === 'never' && !stops);
