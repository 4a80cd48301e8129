// The call that was probably meant by one that no tool takes: other words for an argument, another form of its value, another tool's name.
import * as z from 'zod';
import { closest, distance } from '../closest.ts';
import type { Tool } from '../tool.ts';

/** The ids of automations of that name, as far as this caller has met them. */
export type Known = (vendor: string, name: string) => readonly string[];
export interface Near {
  tool: string;
  arguments: Record<string, unknown>;
}

type Fields = Record<string, unknown>;
interface Schema {
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `automationId`, `Automation-ID` and `automation id` are one word. */
const snake = (word: string): string =>
  word
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');

/** Other words for an argument: the vendors' own, those of the other vendor, and short ones. The first that the tool takes is meant. */
const aliases: Record<string, readonly string[]> = {
  id: ['automation_id', 'run_id', 'intent_id'],
  uuid: ['automation_id', 'run_id'],
  automation: ['automation_id'],
  run: ['run_id'],
  execution_id: ['run_id'],
  intent: ['intent_id'],
  action: ['action_id'],
  program: ['program_id'],
  account: ['connection'],
  cron: ['cron_expression'],
  schedule: ['cron_expression'],
  tz: ['timezone'],
  time_zone: ['timezone'],
  type: ['trigger_type', 'action_type'],
  trigger: ['trigger_type'],
  event: ['event_name'],
  filter: ['participant_filter', 'conditions'],
  guard: ['guard_condition'],
  condition: ['guard_condition', 'conditions'],
  run_at: ['trigger_at'],
  at: ['trigger_at'],
  data: ['trigger_data', 'payload'],
  context: ['trigger_data'],
  payload: ['trigger_data'],
  trigger_data: ['payload'],
  title: ['name'],
  query: ['search'],
  name: ['search', 'automation_id', 'tool'],
  per_page: ['limit'],
  page_size: ['limit'],
  count: ['limit'],
  after: ['cursor'],
  page: ['cursor'],
  state: ['status'],
  daily_limit: ['max_executions_per_day'],
  timeout: ['wait_s'],
  wait: ['wait_s'],
  args: ['arguments'],
  input: ['arguments'],
  tool_name: ['tool'],
};
/** What only holds the arguments. */
const wrappers = ['arguments', 'input', 'params', 'args', 'parameters', 'body'];
/** Other words for a value. */
const values: Record<string, string> = {
  enabled: 'active',
  on: 'active',
  resume: 'active',
  resumed: 'active',
  running: 'active',
  disabled: 'paused',
  off: 'paused',
  pause: 'paused',
  stopped: 'paused',
  everyone: 'participants',
  users: 'participants',
  once: 'one_time',
  recurring: 'cron',
  verbose: 'full',
};

/** The value as the schema has it, as nearly as can be told; undefined where it is left out. */
function fitted(schema: Schema, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  const text = typeof value === 'string' ? value.trim() : undefined;
  if (schema.enum) {
    const word = snake(text ?? '');
    const same =
      schema.enum.find(one => snake(one) === (values[word] ?? word)) ?? schema.enum.find(one => snake(one) === word);
    const near = closest(word, schema.enum);
    return same ?? (distance(word, snake(near)) <= 2 ? near : value);
  }
  switch (schema.type) {
    case 'string': {
      if (typeof value === 'number' || typeof value === 'boolean') return String(value);
      if (isObject(value) && typeof value.id === 'string') return value.id;
      // An address, of a vendor's page or of a resource, ends in the id.
      return text && /^[a-z-]+:\/\//.test(text)
        ? (text.split(/[?#]/)[0]?.split('/').filter(Boolean).at(-1) ?? text)
        : (text ?? value);
    }
    case 'integer':
    case 'number': {
      const number = typeof value === 'string' && text !== '' ? Number(text) : value;
      if (typeof number !== 'number' || Number.isNaN(number)) return value;
      const whole = schema.type === 'integer' ? Math.round(number) : number;
      return Math.min(Math.max(whole, schema.minimum ?? whole), schema.maximum ?? whole);
    }
    case 'boolean':
      if (text !== undefined)
        return /^(true|yes|on|1)$/i.test(text) || (/^(false|no|off|0)$/i.test(text) ? false : value);
      return value === 1 || (value === 0 ? false : value);
    case 'array': {
      const list = fromText(value, text);
      const all = Array.isArray(list) ? list : typeof list === 'string' ? list.split(/\s*,\s*/) : [list];
      return all.map(item => fitted(schema.items ?? {}, item));
    }
    case 'object': {
      const inner = fromText(value, text);
      return isObject(inner) && schema.properties ? renamed(schema, inner).fields : inner;
    }
    default:
      return value;
  }
}

function fromText(value: unknown, text: string | undefined): unknown {
  try {
    return text === undefined ? value : JSON.parse(text);
  } catch {
    return value;
  }
}

/** The arguments under the names that the schema has, and what finds no place in it. */
function renamed({ properties = {} }: Schema, given: Fields): { fields: Fields; lost: string[] } {
  const fields: Fields = {};
  const lost: string[] = [];
  const names = Object.keys(properties);
  const put = (name: string, value: unknown): void => {
    const fit = fitted(properties[name] ?? {}, value);
    if (fit !== undefined) fields[name] = fit;
  };
  const rest: [string, unknown][] = [];
  for (const [key, value] of Object.entries(given))
    if (names.includes(key) && !(isObject(value) && properties[key]?.type === 'string' && !('id' in value)))
      put(key, value);
    else rest.push([key, value]);
  const free = (name: string): boolean => names.includes(name) && !Object.hasOwn(fields, name);
  for (const [key, value] of rest) {
    const word = snake(key);
    const near = closest(word, names);
    const name = [
      word,
      ...(aliases[word] ?? []),
      ...(near && distance(word, near) <= Math.max(2, Math.floor(word.length / 3)) ? [near] : []),
    ].find(free);
    const holder = isObject(value) && (name === undefined || properties[name]?.type !== 'object');
    if (holder && !('id' in value && name?.endsWith('_id'))) {
      const inner = renamed(schemaWithout({ properties }, fields), value);
      Object.assign(fields, inner.fields);
      lost.push(...inner.lost);
    } else if (name) put(name, value);
    else if (value !== null && value !== undefined) lost.push(key);
  }
  return { fields, lost };
}

const schemaWithout = ({ properties = {} }: Schema, fields: Fields): Schema => ({
  properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !Object.hasOwn(fields, name))),
});

const wholeSchema = ({ input }: Tool): Schema =>
  z.toJSONSchema(input, { io: 'input', reused: 'inline', unrepresentable: 'any' }) as Schema;

/** A suggestion longer than this, in characters, would cost an agent more than it helps. */
const LONGEST = 2_000;

/**
 * The call as the tool takes it, ready to be made, or nothing. What a write would then do without is never left out: a call that reaches
 * everyone must not come of one that named somebody.
 */
export function nearestCall(tool: Tool, args: unknown, known: Known = () => []): Near | undefined {
  const schema = wholeSchema(tool);
  const properties = schema.properties ?? {};
  let given = fromText(args, typeof args === 'string' ? args : undefined);
  if (Array.isArray(given) && given.length === 1) [given] = given;
  if (!isObject(given)) return undefined;
  const [key, ...others] = Object.keys(given);
  if (key && others.length === 0 && wrappers.includes(key) && !(key in properties) && isObject(given[key]))
    given = given[key];
  const { fields, lost } = renamed(schema, given as Fields);
  const { automation_id: named } = fields;
  if (typeof named === 'string' && !tool.input.shape.automation_id?.safeParse(named).success) {
    // A name where the id belongs.
    // Only watch_run is of no vendor, and what it takes is Scrip's.
    const [only, ...more] = known(tool.vendor === 'common' ? 'scrip' : tool.vendor, named);
    if (!only || more.length > 0)
      return tool.vendor === 'common'
        ? undefined
        : {
            tool: `${tool.vendor}_list_automations`,
            arguments: tool.vendor === 'scrip' ? { search: named.slice(0, 255) } : { limit: 50 },
          };
    fields.automation_id = only;
  }
  if (lost.length > 0 && tool.kind === 'write') return undefined;
  if (!tool.input.safeParse(fields).success) return undefined;
  return JSON.stringify(fields).length > LONGEST ? undefined : { tool: tool.name, arguments: fields };
}

/** Other words for what a tool does, with what they say besides: the other vendor's, those of the vendors' own servers, and plain ones. */
const doings: [vendor: string, words: RegExp, tool: string, fields?: Fields][] = [
  ['scrip', /^(pause|disable|deactivate|stop|suspend|turn_off)/, 'scrip_update_automation', { status: 'paused' }],
  ['scrip', /^(resume|enable|activate|unpause|turn_on)/, 'scrip_update_automation', { status: 'active' }],
  ['scrip', /^(cancel|abort)|(stop|cancel)_(run|fan)/, 'scrip_cancel_run'],
  ['scrip', /^(delete|remove|archive)/, 'scrip_archive_automation'],
  ['scrip', /(runs?|history|executions?)$/, 'scrip_list_runs'],
  ['scrip', /subscri|enrol/, 'scrip_list_subscriptions'],
  ['trustpager', /^(execute|run|test|try)_.*action/, 'trustpager_execute_action'],
  ['trustpager', /^(describe|list|get)_action_?(type|schema)/, 'trustpager_describe_actions'],
  ['trustpager', /^(describe|list|get)_trigger_?(type|schema)/, 'trustpager_describe_triggers'],
  ['trustpager', /^(pause|disable|deactivate|stop|suspend|cancel|turn_off)/, 'trustpager_disable_automation'],
  ['trustpager', /^(resume|enable|activate|unpause|turn_on)/, 'trustpager_enable_automation'],
  ['trustpager', /^(delete|remove|archive)_?(automation|$)/, 'trustpager_delete_automation'],
  ['trustpager', /^(list|search)_.*(runs|history|executions)$|^(runs|history)$/, 'trustpager_list_runs'],
  ['trustpager', /^get_.*(run|execution)$/, 'trustpager_get_run'],
  ['scrip', /^(trigger|fire|run|execute|start|test)/, 'scrip_trigger_automation'],
  ['trustpager', /^(trigger|fire|run|execute|start|test)/, 'trustpager_trigger_automation'],
  ['scrip', /^(edit|modify|patch|change|update|rename|set)/, 'scrip_update_automation'],
  ['trustpager', /^(edit|modify|patch|change|update|rename|set)_?(automation|$)/, 'trustpager_update_automation'],
  ['scrip', /^(list|search|find)/, 'scrip_list_automations'],
  ['trustpager', /^(list|search|find)_?(all_)?(automation|$)/, 'trustpager_list_automations'],
  ['scrip', /^(get|read|show|describe)/, 'scrip_get_automation'],
  ['trustpager', /^(get|read|show|describe)_?(automation|$)/, 'trustpager_get_automation'],
  ['common', /preview|dry_run|simulate|estimate|quote|plan/, 'plan_call'],
  ['common', /wait|watch|follow|poll|progress/, 'watch_run'],
  ['common', /account|connection|balance|credit|program|whoami|scope/, 'list_connections'],
];

/** The tool that was probably meant by a name that none has, with its arguments where they fit; `tools` must not be empty. */
export function nearestTool(
  tools: ReadonlyMap<string, Tool>,
  written: string,
  args: unknown,
  known?: Known,
): { tool: string; arguments?: Fields } {
  const word = snake(written.slice(0, 64));
  const vendors = [...new Set([...tools.values()].map(({ vendor }) => vendor))].filter(vendor => vendor !== 'common');
  const [only, ...others] = vendors;
  const said = vendors.find(vendor => word.includes(vendor)) ?? (others.length === 0 ? only : undefined);
  const plain = word.replace(/^.*(?:scrip|trustpager)_/, '');
  const name = closest(word, [...tools.keys()]);
  const meaning = doings.find(
    ([vendor, words, tool]) => (vendor === 'common' || vendor === said) && words.test(plain) && tools.has(tool),
  );
  // A slip of the pen is nearer than another word.
  const [, , meant = name, fields = {}] = distance(word, name) <= 2 || !meaning ? [] : meaning;
  const tool = tools.get(meant);
  const call = tool && nearestCall(tool, isObject(args) ? { ...args, ...fields } : args, known);
  return call?.tool === meant ? call : { tool: meant };
}

/** As a sentence asks it: `scrip_update_automation {"automation_id":"…","status":"paused"}`. */
export const asked = ({ tool, arguments: args }: { tool: string; arguments?: Fields }): string =>
  args === undefined ? tool : `${tool} ${JSON.stringify(args)}`;
