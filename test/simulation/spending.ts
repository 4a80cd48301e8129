// The budgets of a run, and their judge: it adds up for itself what every intent counts for, in the very order in which they were recorded.
import type { Budget, Budgets } from '../../src/policy/budget-limits.ts';
import type { IntentRow, Opened, Opening } from '../../src/store/store.ts';
import type { Chance } from './chance.ts';
import type { Theme } from './vendor.ts';

/** In every run; in about half of them small enough to be felt. */
export function budgetsOf(chance: Chance, theme: Theme): Budgets {
  const small = theme === 'budgets' || chance.maybe(0.5);
  const ceiling = (low: readonly number[], high: number): Budget['ceilings']['credits'] => {
    const hard = small ? chance.pick(low) : high;
    return chance.maybe(0.2) ? { soft: Math.floor(hard / 2), hard } : { hard };
  };
  const budget = (name: string): Budget => {
    const per = chance.pick(['call', 'hour', 'day', 'day'] as const);
    const each =
      per === 'call' ? undefined : chance.pick([undefined, 'connection', 'automation', 'principal'] as const);
    const connection = chance.maybe(0.2) ? chance.pick(['scrip', 'trustpager']) : undefined;
    const unit = chance.weighted({ credits: 5, calls: per === 'call' ? 0 : theme === 'budgets' ? 15 : 3, people: 2 });
    const most = {
      credits: ceiling([10, 45, 85, 170, 700], 50_000),
      calls: ceiling([1, 2, 4], 60),
      people: ceiling([100, 250, 1_000], 50_000),
    };
    return {
      name,
      per,
      ...(each ? { each } : {}),
      ...(connection ? { connection } : {}),
      ceilings: { [unit]: most[unit] },
    };
  };
  return {
    budgets: Array.from({ length: chance.between(1, 2) }, (_, n) => budget(`b${n}`)),
    unknownCountsAs: {
      ...(chance.maybe(0.7) ? { credits: chance.pick([5, 50]) } : {}),
      ...(chance.maybe(0.8) ? { people: chance.pick([1, 60]) } : {}),
    },
  };
}

type Amounts = Pick<IntentRow, 'credits' | 'calls' | 'people'>;
interface Counted extends Amounts {
  row: IntentRow;
  free: boolean;
}

export class Spending {
  readonly #of: Budgets;
  readonly #wrong: (text: string) => void;
  readonly #rows = new Map<string, Counted>();

  constructor(of: Budgets, wrong: (text: string) => void) {
    this.#of = of;
    this.#wrong = wrong;
  }

  /** What counts together with this intent under this budget, without it; undefined where the budget is not about it. */
  #alike(budget: Budget, { created_at, connection, target, principal }: IntentRow): Counted[] | undefined {
    if (budget.connection !== undefined && budget.connection !== connection) return undefined;
    if (budget.per === 'call') return [];
    const since = created_at - (budget.per === 'hour' ? 3_600_000 : 86_400_000);
    return [...this.#rows.values()].filter(({ row, free }) => {
      if (free || row.created_at <= since) return false;
      if (budget.connection !== undefined && row.connection !== budget.connection) return false;
      if (budget.each === 'connection') return row.connection === connection;
      if (budget.each === 'automation')
        return target !== null && row.connection === connection && row.target === target;
      return budget.each === 'principal' ? row.principal === principal : true;
    });
  }

  /** The hard ceilings that this intent does not keep. */
  #exceeded(row: IntentRow): string[] {
    return this.#of.budgets.flatMap(budget =>
      Object.entries(budget.ceilings).flatMap(([name, { hard = Number.POSITIVE_INFINITY }]) => {
        const unit = name as keyof Amounts;
        const alike = row[unit] === 0 ? undefined : this.#alike(budget, row);
        const used = alike?.reduce((sum, one) => sum + one[unit], 0) ?? 0;
        return alike && used + row[unit] > hard ? [`${used} + ${row[unit]} of ${hard} ${unit} in ${budget.name}`] : [];
      }),
    );
  }

  #limits = ({ connection }: IntentRow): boolean =>
    this.#of.budgets.some(
      budget => budget.ceilings.credits?.hard !== undefined && (budget.connection ?? connection) === connection,
    );

  /** Within the transaction. */
  opened({ intent, stops }: Opening, said: Opened): void {
    if ('refused' in said) {
      if (said.refused === 'budget' && this.#exceeded(intent).length === 0)
        this.#wrong(`${intent.tool} was refused for a budget that has room`);
      return;
    }
    const row = said.opened;
    const { high, unknown } = JSON.parse(row.quote) as { high: number; unknown: string[] };
    const extra = unknown.length > 0 ? (this.#of.unknownCountsAs.credits ?? 0) : 0;
    const { credits, calls, people } = row;
    if (credits !== (stops ? 0 : high + extra))
      this.#wrong(`${row.tool} counts for ${credits} credits, its quote is up to ${high}`);
    if (calls !== (stops ? 0 : 1)) this.#wrong(`${row.tool} counts for ${calls} calls`);
    if (unknown.length > 0 && !stops && this.#of.unknownCountsAs.credits === undefined && this.#limits(row))
      this.#wrong(`${row.tool} was recorded under a hard limit of credits, and nobody knows its price`);
    for (const over of this.#exceeded(row)) this.#wrong(`${row.tool} was recorded beyond a hard limit: ${over}`);
    this.#rows.set(row.id, { row, credits, calls, people, free: false });
  }

  /** Within the transaction: only what never ran is free. */
  settled({ id, outcome, credits, calls, people }: IntentRow): void {
    const known = this.#rows.get(id);
    if (known)
      this.#rows.set(id, { ...known, credits, calls, people, free: outcome === 'rejected' || outcome === 'not_sent' });
  }

  /** The vendor charged so much for it, as its own answer told. */
  charged({ tool, credits }: IntentRow, charge: number): void {
    if (credits < charge) this.#wrong(`${tool} was charged ${charge} credits and counts for ${credits}`);
  }
}
