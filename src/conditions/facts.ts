// What a condition may look at: every fact with its name, type and meaning, once; conditions, their checks and the documentation are made from it.
import { budgetLimits } from '../policy/budget-limits.ts';
import type { Facts } from '../policy/policy.ts';
import { effects } from '../tool.ts';
import type { JsonObject } from '../vendors/types.ts';
import { offsetAt } from '../vendors/zone.ts';

export type FactType = 'text' | 'whole number' | 'number' | 'yes or no' | 'list of texts' | 'anything' | 'budgets';

/** Absent where the fact is not there. Whole numbers are bigint, as CEL's `int`; those within arguments are not yet. */
export type FactValue = string | number | bigint | boolean | readonly string[] | JsonObject | Used | undefined;

/** Budget → unit → what counts already. */
type Used = ReadonlyMap<string, ReadonlyMap<string, number | bigint>>;

export interface Fact {
  /** As a condition names it; a dot parts a group from its fact. */
  name: string;
  type: FactType;
  /** One line for the documentation. */
  meaning: string;
  /** When it is not there, so that `has(…)` is to be asked first. */
  absent?: string;
  /** All it can be, where that is known; a text beside it that is none of them is a mistake. `connections` and `tools` are those there are. */
  values?: readonly string[] | 'connections' | 'tools';
  of(facts: Facts): FactValue;
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** The wall clock of the operator's zone. */
const wall = ({ now, settings }: Facts): Date => new Date(now + offsetAt(settings.zone, now));

/** CEL tells whole numbers from others; what is neither stays as it is. */
const whole = (value: number): number | bigint => (Number.isSafeInteger(value) ? BigInt(value) : value);

/** Of the budgets that bear on the call. Credits are numbers like those of the price, the others whole ones. */
function used(facts: Facts): Used {
  const found = new Map<string, Map<string, number | bigint>>();
  for (const { name, unit, budget } of budgetLimits(facts)) {
    const amount = facts.used?.[name];
    if (!budget || amount === undefined) continue;
    const units = found.get(budget.name) ?? new Map<string, number | bigint>();
    found.set(budget.name, units.set(unit, unit === 'credits' ? amount : whole(amount)));
  }
  return found;
}

export const facts: readonly Fact[] = [
  { name: 'tool', type: 'text', values: 'tools', meaning: 'the tool that is called', of: ({ tool }) => tool },
  {
    name: 'effect',
    type: 'text',
    values: effects,
    meaning: `what the call does: ${effects.join(', ')}`,
    of: ({ effect }) => effect,
  },
  {
    name: 'vendor',
    type: 'text',
    values: ['scrip', 'trustpager'],
    meaning: 'whose account it is: scrip or trustpager',
    of: ({ connection }) => connection.vendor,
  },
  {
    name: 'connection.id',
    type: 'text',
    values: 'connections',
    meaning: 'the account, by its id in this file',
    of: ({ connection }) => connection.id,
  },
  {
    name: 'connection.environment',
    type: 'text',
    values: ['production', 'sandbox'],
    meaning: 'production or sandbox, as this file says of the account',
    of: ({ connection }) => connection.environment,
  },
  {
    name: 'arguments',
    type: 'anything',
    meaning:
      'what the tool was given, by name, such as `arguments.automation_id`; ids in full, secrets masked. What a caller left out is not there',
    of: ({ arguments: given }) => given,
  },
  {
    name: 'target.id',
    type: 'text',
    meaning: 'the automation it acts on; empty for a create and for a read',
    of: ({ target }) => target?.id ?? '',
  },
  {
    name: 'target.name',
    type: 'text',
    meaning: 'its name at the vendor; empty likewise',
    of: ({ target }) => target?.name ?? '',
  },
  {
    name: 'target.state',
    type: 'text',
    meaning: 'its state in the vendor’s words, such as `active, idle` or `enabled`; empty likewise',
    of: ({ target }) => target?.state ?? '',
  },
  {
    name: 'changes',
    type: 'list of texts',
    meaning: 'the names of the fields it changes; empty where it changes none',
    of: ({ changes }) => changes,
  },
  {
    name: 'reversible',
    type: 'yes or no',
    meaning: 'some call can take it back; reading counts as reversible',
    of: ({ reversible }) => reversible,
  },
  {
    name: 'stops',
    type: 'yes or no',
    meaning: 'it stops something: pausing, disabling, cancelling a run',
    of: ({ stops }) => stops === true,
  },
  {
    name: 'credits.low',
    type: 'number',
    meaning: 'the least it will cost, as far as the price is known',
    of: ({ quote }) => quote.low,
  },
  {
    name: 'credits.expected',
    type: 'number',
    meaning: 'the middle of what it may cost, as far as the price is known',
    of: ({ quote }) => quote.expected,
  },
  {
    name: 'credits.high',
    type: 'number',
    meaning: 'the most it will cost, as far as the price is known',
    of: ({ quote }) => quote.high,
  },
  {
    name: 'credits.known',
    type: 'yes or no',
    meaning: 'the whole price is known; where it is not, the three before are "at least"',
    of: ({ quote }) => quote.unknown.length === 0,
  },
  {
    name: 'credits.balance',
    type: 'number',
    absent: 'where the vendor has reported none yet, and always at Scrip',
    meaning: 'the credits the account last reported',
    of: ({ balance }) => balance,
  },
  {
    name: 'audience.people',
    type: 'whole number',
    absent: 'where it reaches people and nobody can tell how many',
    meaning: 'how many people it reaches, as last known; 0 where it reaches nobody',
    of: ({ audience }) => (!audience ? 0n : audience.people === undefined ? undefined : whole(audience.people)),
  },
  {
    name: 'used',
    type: 'budgets',
    meaning:
      'what counts already towards each budget of this file, by its name: `used.daily.credits`, `used.daily.calls`, `used.daily.people`. A budget that does not bear on the call is not there',
    of: used,
  },
  {
    name: 'principal',
    type: 'text',
    meaning: 'who calls: `local` over stdio and on loopback without tokens',
    of: ({ principal }) => principal,
  },
  {
    name: 'client',
    type: 'text',
    meaning: 'what the client calls itself; a word, and no proof of anything',
    of: ({ client }) => client,
  },
  {
    name: 'time.date',
    type: 'text',
    meaning: 'the date in `zone`, such as `2027-03-01`',
    of: facts => wall(facts).toISOString().slice(0, 10),
  },
  {
    name: 'time.weekday',
    type: 'text',
    values: weekdays,
    meaning: 'the day of the week in `zone`, such as `monday`',
    of: facts => weekdays[wall(facts).getUTCDay()],
  },
  {
    name: 'time.hour',
    type: 'whole number',
    meaning: '0 to 23, in `zone`',
    of: facts => whole(wall(facts).getUTCHours()),
  },
  {
    name: 'time.minute',
    type: 'whole number',
    meaning: '0 to 59, in `zone`',
    of: facts => whole(wall(facts).getUTCMinutes()),
  },
];
