// A call described by its facts, as tests beside the rules and `policy explain` give it, and what policy is asked about it.
import * as z from 'zod';
import { meant } from '../closest.ts';
import { limitsOf } from '../policy/limits.ts';
import type { Facts, Settings } from '../policy/policy.ts';
import { type Effect, effects, effectsOf, type Tool } from '../tool.ts';
import { offsetAt } from '../vendors/zone.ts';
import type { Account, Wrong } from './operator.ts';

const amount = z.number().min(0);
const count = z.int().min(0);
export const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** Facts by the names that conditions have for them. What is left out is usual: nothing known to be used, nobody reached, no credits. */
export const caseSchema = z.strictObject({
  tool: z.string(),
  effect: z.enum(effects).optional().describe('Needed where the tool can have several.'),
  connection: z
    .strictObject({ id: z.string(), environment: z.enum(['production', 'sandbox']) })
    .partial()
    .optional(),
  arguments: z.record(z.string(), z.json()).optional(),
  target: z.strictObject({ id: z.string(), name: z.string(), state: z.string() }).partial().optional(),
  changes: z.array(z.string()).optional(),
  reversible: z.boolean().optional(),
  stops: z.boolean().optional(),
  credits: z
    .strictObject({ low: amount, expected: amount, high: amount, known: z.boolean(), balance: z.number() })
    .partial()
    .optional(),
  audience: z.strictObject({ people: z.union([count, z.literal('unknown')]) }).optional(),
  used: z
    .record(z.string(), z.strictObject({ credits: amount, calls: count, people: count }).partial())
    .optional()
    .describe('By the name of a budget, or of a standing approval.'),
  principal: z.string().optional(),
  client: z.string().optional(),
  time: z
    .strictObject({
      date: z.iso.date('must be a date such as 2027-03-01'),
      weekday: z.enum(weekdays),
      hour: z.int().min(0).max(23),
      minute: z.int().min(0).max(59),
    })
    .partial()
    .optional(),
  unsettled: z.boolean().optional().describe('There is an earlier attempt that nobody could settle.'),
});
export type Case = z.output<typeof caseSchema>;

/** What surrounds a case: the tools there are, and what the operator's file says. */
export interface Around {
  tools: readonly Tool[];
  accounts: readonly Pick<Account, 'id' | 'vendor' | 'environment' | 'scopes' | 'insecure_auto_approve'>[];
  settings: Settings;
}

const day = 24 * 60 * 60_000;
/** A Monday; cases that say no day are on it, at noon. */
const monday = Date.UTC(2027, 2, 1);

/** The moment at which the wall clock of the zone shows this. */
function momentOf({ date, weekday, hour = 12, minute = 0 }: NonNullable<Case['time']>, zone: string): number {
  const start = date === undefined ? monday : Date.parse(date);
  const late = weekday === undefined ? 0 : (weekdays.indexOf(weekday) - new Date(start).getUTCDay() + 7) % 7;
  const wall = start + late * day + (hour * 60 + minute) * 60_000;
  // Twice, because the offset is that of the moment itself.
  const near = wall - offsetAt(zone, wall);
  return wall - offsetAt(zone, near);
}

const toolOf = ({ tool }: Case, { tools }: Pick<Around, 'tools'>): Tool | undefined =>
  tools.find(({ name }) => name === tool);

/** What cannot be in a case, by its place in it. */
export function wrongCase(
  given: Case,
  around: Omit<Around, 'settings'> & { settings: Pick<Settings, 'budgets' | 'rules'> },
): Wrong[] {
  const tool = toolOf(given, around);
  if (!tool) {
    const known = around.tools.filter(({ vendor }) => vendor !== 'common').map(({ name }) => name);
    return [{ path: ['tool'], why: `there is no tool ${meant(given.tool, known)}` }];
  }
  if (tool.vendor === 'common')
    return [{ path: ['tool'], why: 'this tool reaches no account, so no rule is asked about it' }];
  const possible = effectsOf(tool);
  const { effect, connection, time = {}, used = {} } = given;
  const accounts = around.accounts.filter(({ vendor }) => vendor === tool.vendor).map(({ id }) => id);
  const counted = [
    ...around.settings.budgets.map(({ name }) => name),
    ...around.settings.rules.filter(({ verdict }) => verdict === 'allow').map(({ name }) => name),
  ];
  const shown = time.date === undefined ? undefined : weekdays[new Date(time.date).getUTCDay()];
  return [
    ...(effect === undefined && possible.length > 1
      ? [{ path: ['tool'], why: `say which effect the call has: ${possible.join(' or ')}` }]
      : []),
    ...(effect !== undefined && !possible.includes(effect)
      ? [{ path: ['effect'], why: `${tool.name} has no such effect; it has ${possible.join(' or ')}` }]
      : []),
    ...(connection?.id !== undefined && !accounts.includes(connection.id)
      ? [{ path: ['connection', 'id'], why: `no ${tool.vendor} account is called ${meant(connection.id, accounts)}` }]
      : []),
    ...(time.weekday !== undefined && shown !== undefined && shown !== time.weekday
      ? [{ path: ['time', 'weekday'], why: `${time.date} is a ${shown}` }]
      : []),
    ...Object.keys(used).flatMap(name =>
      counted.includes(name)
        ? []
        : [{ path: ['used', name], why: `there is no budget or standing approval ${meant(name, counted)}` }],
    ),
  ];
}

/** The facts of a case that `wrongCase` has nothing against. */
export function factsOf(given: Case, around: Around): Facts {
  const tool = toolOf(given, around);
  if (!tool || tool.vendor === 'common') throw new Error(`There is no tool ${given.tool}.`);
  const { vendor } = tool;
  const { settings } = around;
  const { credits = {}, audience, target, connection = {}, used = {} } = given;
  const { low = credits.high ?? 0, high = Math.max(low, credits.expected ?? 0), balance } = credits;
  const account = around.accounts.find(({ id, vendor: of }) => of === vendor && (connection.id ?? id) === id);
  const possible = effectsOf(tool);
  const effect: Effect = given.effect ?? possible[0] ?? 'delete';
  const facts: Facts = {
    tool: tool.name,
    writes: tool.kind === 'write',
    effects: possible,
    needs: [],
    connection: {
      id: account?.id ?? vendor,
      vendor,
      environment: connection.environment ?? account?.environment ?? 'production',
      ...(account?.insecure_auto_approve ? { insecureAutoApprove: true } : {}),
    },
    settings,
    principal: given.principal ?? 'local',
    client: given.client ?? 'unnamed',
    arguments: given.arguments ?? {},
    now: momentOf(given.time ?? {}, settings.zone),
    effect,
    ...(target ? { target: { id: '', name: '', state: '', ...target } } : {}),
    changes: given.changes ?? [],
    reversible: given.reversible ?? (tool.kind === 'read' || (tool.reverse !== undefined && effect !== 'run')),
    ...(given.stops ? { stops: true } : {}),
    checks: [],
    quote: {
      low,
      expected: credits.expected ?? (low + high) / 2,
      high,
      unknown: credits.known === false ? ['something: its price is not known'] : [],
      lines: [],
    },
    ...(audience
      ? { audience: { note: '', ...(audience.people === 'unknown' ? {} : { people: audience.people }) } }
      : {}),
    ...(given.unsettled ? { unsettled: { intent_id: '0'.repeat(32), at: 0 } } : {}),
  };
  if (balance !== undefined) Object.assign(facts, { balance, balance_at: facts.now });
  const counts = limitsOf(facts).map(limit => {
    const owner = 'budget' in limit ? limit.budget?.name : 'rule' in limit.where ? limit.where.rule : undefined;
    return [limit.name, (owner === undefined ? undefined : used[owner]?.[limit.unit]) ?? 0];
  });
  return counts.length > 0 ? { ...facts, used: Object.fromEntries(counts) } : facts;
}
