// What each caller has been shown: ids that may be named by their first characters, and configurations that an update must not overwrite unseen.
import { Failure } from '../errors.ts';
import { canonical } from '../ledger/canonical.ts';
import type { Draft } from '../tool.ts';
import type { Check } from '../vendors/checks.ts';
import type { JsonObject } from '../vendors/types.ts';

/** The fewest characters by which an id may be named. */
export const SHORT = 8;

/** An automation as a list showed it, the vendor's words made harmless. */
export interface Met {
  id: string;
  name: string;
  /** What its event is called, at Scrip. */
  event?: string;
}

const MOST_IDS = 20_000;
/** Names are for suggestions and completions, which show a hundred. */
const MOST_NAMES = 500;
const MOST_CONFIGURATIONS = 1_000;

/**
 * In memory and bounded. Forgetting is safe: a short id that is not known is looked up or refused, never guessed, and a configuration
 * that is not known is simply not compared.
 */
export interface Seen {
  /** Remembers ids, and gives each the shortest beginning, of at least eight characters, that names no other id of the account. */
  shorten(account: string, ids: readonly string[]): ReadonlyMap<string, string>;
  /** The full ids that begin so. */
  beginning(account: string, start: string): string[];
  /** Remembers what automations are called, the latest first. */
  meet(account: string, rows: readonly Met[]): void;
  met(account: string): readonly Met[];
  keep(reader: string, id: string, configuration: JsonObject): void;
  kept(reader: string, id: string): JsonObject | undefined;
  /** What changed of it was shown to this reader in a refusal. */
  told(reader: string, id: string): void;
}

/** How many characters two ids begin with in common. */
function inCommon(id: string, other = ''): number {
  let length = 0;
  while (length < id.length && id[length] === other[length]) length++;
  return length;
}

/**
 * `several`: other servers serve the same callers. They know nothing of the ids that are shortened here, and here nobody knows what was
 * read or written there: so ids stay whole, and whoever was told of a change once is not held up by an older look for ever.
 */
export function rememberSeen({ several = false } = {}): Seen {
  const ids = new Map<string, Set<string>>();
  const names = new Map<string, readonly Met[]>();
  const configurations = new Map<string, JsonObject>();
  const idsOf = (account: string): Set<string> => {
    const known = ids.get(account) ?? new Set();
    ids.set(account, known);
    return known;
  };
  const beginning = (account: string, start: string): string[] => {
    const known = idsOf(account);
    return known.has(start) ? [start] : [...known].filter(id => id.startsWith(start));
  };
  return {
    shorten(account, listed) {
      const known = idsOf(account);
      if (known.size > MOST_IDS) known.clear();
      for (const id of listed) known.add(id);
      // In order, whatever begins like an id stands beside it; a vendor may send thousands that begin alike.
      const ordered = [...known].sort();
      const places = new Map(ordered.map((id, at) => [id, at]));
      return new Map(
        listed.map(id => {
          const at = places.get(id) ?? 0;
          const alike = Math.max(inCommon(id, ordered[at - 1]), inCommon(id, ordered[at + 1]));
          return [id, several ? id : id.slice(0, Math.max(SHORT, alike + 1))];
        }),
      );
    },
    beginning,
    meet(account, rows) {
      if (rows.length === 0) return;
      const told = new Set(rows.map(({ id }) => id));
      const before = (names.get(account) ?? []).filter(({ id }) => !told.has(id));
      names.set(account, [...rows, ...before].slice(0, MOST_NAMES));
    },
    met: account => names.get(account) ?? [],
    keep(reader, id, configuration) {
      const key = `${reader}\0${id}`;
      configurations.delete(key);
      configurations.set(key, configuration);
      const oldest = configurations.keys().next().value;
      if (configurations.size > MOST_CONFIGURATIONS && oldest !== undefined) configurations.delete(oldest);
    },
    kept: (reader, id) => configurations.get(`${reader}\0${id}`),
    told(reader, id) {
      if (several) configurations.delete(`${reader}\0${id}`);
    },
  };
}

/** The one id that begins so; several are refused, none is left as it was given, for the vendor to judge. */
export function fullId(seen: Seen, account: string, given: string): string {
  const found = beginningOf(seen, account, given);
  if (found.length > 1)
    throw new Failure('not_sent', 'invalid_input', `${given} begins several ids: ${found.slice(0, 3).join(', ')}.`, {
      next: 'Give the whole id of the one that is meant.',
    });
  return found[0] ?? given;
}

const beginningOf = (seen: Seen, account: string, given: string): string[] =>
  given.length < SHORT ? [] : seen.beginning(account, given);

/** Fails where a field that is about to be written changed since this caller last read it: the write would undo it unseen. */
export function staleCheck(
  before: JsonObject | undefined,
  { target, changes }: Pick<Draft, 'target' | 'changes'>,
): Check[] {
  if (!before || !target) return [];
  const moved = changes.filter(
    ({ field }) => canonical(before[field] ?? null) !== canonical(target.configuration[field] ?? null),
  );
  if (moved.length === 0) return [];
  const differences = moved.map(
    ({ field }) =>
      `${field} was ${canonical(before[field] ?? null)}, now ${canonical(target.configuration[field] ?? null)}`,
  );
  return [
    {
      name: 'unchanged since read',
      pass: false,
      reason: `Somebody changed it since you last read it (${differences.join('; ').slice(0, 600)}), and this would overwrite that. Read it again, then decide.`,
    },
  ];
}
