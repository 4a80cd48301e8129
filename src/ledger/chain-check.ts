// Checks the audit's chain entry by entry: whatever was edited, taken out, moved or put in, and an end that was cut off.
import { chainHash, genesis } from '../store/chain.ts';
import type { AuditHead, AuditRow, Store } from '../store/store.ts';

/** An end of the chain as a result or a log line carried it: the entry's number, and how its hash begins. */
export interface KnownHead {
  seq: number;
  hash: string;
}

/** Undefined where it is no head: `1842.9f3c2a7be1d04c55`. */
export function parseHead(text: string): KnownHead | undefined {
  const [, seq, hash] = /^([1-9]\d{0,15})\.([0-9a-f]{16,64})$/.exec(text.trim()) ?? [];
  return seq === undefined || hash === undefined ? undefined : { seq: Number(seq), hash };
}

/** Something that is not as it was written. */
export interface Broken {
  /** The entry it shows at. */
  seq: number;
  /** A sentence. */
  what: string;
}

/** Feed it every entry from the first on, then ask how it ends. */
export class ChainCheck {
  #last: AuditHead = genesis;
  readonly #heads: readonly KnownHead[];

  constructor(heads: readonly KnownHead[] = []) {
    this.#heads = heads;
  }

  get last(): AuditHead {
    return this.#last;
  }

  next(row: AuditRow): Broken[] {
    const { seq, prev, hash } = row;
    const broken: Broken[] = [];
    const say = (what: string): void => void broken.push({ seq, what });
    const due = this.#last.seq + 1;
    if (seq > due) say(missing(due, seq - 1));
    if (seq < due) say(`Entry ${seq} has no place in the chain.`);
    // After a gap nothing can be said of what it stands on.
    if (seq === due && prev !== this.#last.hash) say(`Entry ${seq} does not stand on entry ${seq - 1} as that one is.`);
    if (chainHash(row) !== hash) say(`Entry ${seq} was changed: its content is not what its hash was made of.`);
    for (const head of this.#heads)
      if (head.seq === seq && !hash.startsWith(head.hash))
        say(
          `Entry ${seq} is not the one that was known as ${head.seq}.${head.hash}: it, or one before it, was written anew.`,
        );
    if (seq >= due) this.#last = { seq, hash };
    return broken;
  }

  /** Known heads that the chain ends before. */
  end(): Broken[] {
    const { seq: last } = this.#last;
    return this.#heads
      .filter(({ seq }) => seq > last)
      .map(({ seq, hash }) => ({
        seq,
        what: `Entry ${seq}, known as ${seq}.${hash}, is not there: the chain ends at ${last}, so its end was cut off.`,
      }));
  }
}

const missing = (from: number, to: number): string =>
  from === to ? `Entry ${from} is missing.` : `Entries ${from} to ${to} are missing.`;

/** The whole audit after an entry, oldest first, read in pieces; without one, whatever is there, be it where no entry can stand. */
export async function* everyEntry(
  store: Pick<Store, 'audit'>,
  after = Number.MIN_SAFE_INTEGER,
): AsyncGenerator<AuditRow> {
  let last = after;
  for (;;) {
    const rows = await store.audit(last, 500);
    yield* rows;
    const end = rows.at(-1);
    if (!end) return;
    last = end.seq;
  }
}

/** Whether every entry is as it was written; an end that was cut off, no chain tells by itself. */
export async function isWhole(store: Pick<Store, 'audit'>): Promise<boolean> {
  const check = new ChainCheck();
  for await (const row of everyEntry(store)) if (check.next(row).length > 0) return false;
  return true;
}
