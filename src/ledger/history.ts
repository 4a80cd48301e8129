// What was used, as the audit alone tells it: every intent it recorded, as it stood after any of its entries.
import type { AuditRow, IntentFilter, Measure } from '../store/store.ts';
import type { Bodies } from './entries.ts';
import { type Counted, usage } from './usage.ts';

type Settled = Pick<Counted, 'outcome' | 'credits' | 'calls' | 'people' | 'settled_at'>;

interface Known {
  id: string;
  /** The entry it was recorded by. */
  since: number;
  /** The latest `created_at` up to it: how far back a window has to look, whatever the clock did. */
  latest: number;
  row: Counted;
  /** What came of it, by the entry that says so. */
  receipts: [seq: number, settled: Settled][];
}

export class History {
  readonly #intents: Known[] = [];
  readonly #byId = new Map<string, Known>();

  /** Entries in their order. `rule` replaces the rule that an intent stood on; null: it is taken for never recorded. */
  take(row: AuditRow, rule?: string | null): void {
    if (row.kind === 'intent') this.#opened(row, JSON.parse(row.body), rule);
    else if (row.kind === 'receipt') this.#settled(row, JSON.parse(row.body));
  }

  #opened({ seq, principal, connection }: AuditRow, body: Bodies['intent'], rule?: string | null): void {
    if ('refused' in body || rule === null) return;
    const { id, target, credits, calls, people, created_at, deadline_at } = body;
    const known: Known = {
      id,
      since: seq,
      latest: Math.max(created_at, this.#intents.at(-1)?.latest ?? created_at),
      row: {
        connection: connection ?? '',
        target,
        principal,
        rule: rule ?? body.rule,
        credits,
        calls,
        people,
        created_at,
        deadline_at,
        outcome: null,
        settled_at: null,
      },
      receipts: [],
    };
    this.#intents.push(known);
    this.#byId.set(id, known);
  }

  #settled({ seq, intent_id }: AuditRow, { outcome, credits, calls, people, settled_at }: Bodies['receipt']): void {
    this.#byId.get(intent_id ?? '')?.receipts.push([seq, { outcome, credits, calls, people, settled_at }]);
  }

  /** The intents created after a time, as they stood after that entry; the latest recorded first. */
  #at(as_of: number, after: number): Counted[] {
    const rows: Counted[] = [];
    for (let n = this.#intents.length - 1; n >= 0; n--) {
      const { since, latest, row, receipts } = this.#intents[n] as Known;
      if (latest <= after) break;
      if (since > as_of || row.created_at <= after) continue;
      const [, settled] = receipts.findLast(([seq]) => seq <= as_of) ?? [];
      rows.push(settled ? { ...row, ...settled } : row);
    }
    return rows;
  }

  /** The store's two looks at what was used, as they came out after that entry. */
  asOf(as_of: number) {
    return {
      used: async (measures: readonly Measure[]) => ({
        used: measures.map(measure => usage(this.#at(as_of, measure.since), measure)),
        as_of,
      }),
      intents: async ({ connection, target, since = 0 }: IntentFilter) =>
        this.#at(as_of, since - 1)
          .filter(row => connection === undefined || row.connection === connection)
          .filter(row => target === undefined || row.target === target)
          .sort((a, b) => b.created_at - a.created_at),
    };
  }
}
