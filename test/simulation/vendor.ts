// What both model vendors have in common: a request, what it answers, and a past that can be looked up.
import type { JsonObject, VendorRequest } from '../../src/vendors/types.ts';
import type { Chance } from './chance.ts';
import type { Time } from './time.ts';

export interface Answered {
  status: number;
  body?: JsonObject;
}

/** `ends`: how long until it answers, for a run that answers when it is over. `charged`: the credits that it cost. */
export type Done = Answered & { ends?: number; charged?: number };

/** A vendor that does exactly what it is told, at once; what goes wrong on the way there and back is the network's business. */
export interface Model {
  read(request: VendorRequest): Answered;
  /** Carries a write out. A status under 300: it took effect. */
  write(request: VendorRequest): Done;
  /** The configuration of one automation as somebody who reads it sees it; undefined where there is none. */
  configuration(id: string): string | undefined;
  /** What an automation looked like at any time since; the last entry is how it looks now. */
  past(id: string): readonly { from: number; row: JsonObject }[];
  /** Something that nobody asked us for: a person at the vendor, another program, its own clock. `fires`: it may also fire things. */
  lives(fires: (id: string) => boolean): void;
  /** Automations that were created, by name. */
  made(name: string): number;
}

/** What a run dwells on, so that rare things meet in it: prices that rise, schedules that fire, others who fire the same, or the last of a budget. */
export type Theme = 'any' | 'prices' | 'schedules' | 'others' | 'budgets';

export interface Setting {
  theme: Theme;
  time: Time;
  chance: Chance;
  trace(text: string): void;
}

/** Remembers how each thing looked, for judging afterwards. */
export function historian({ time }: Setting) {
  const past = new Map<string, { from: number; row: JsonObject }[]>();
  return {
    keep(id: string, row: JsonObject): void {
      const before = past.get(id) ?? [];
      past.set(id, [...before, { from: time.now(), row: structuredClone(row) }]);
    },
    past: (id: string) => past.get(id) ?? [],
  };
}

export const refused = (status: number, code: string): Answered => ({
  status,
  body: { code, message: 'The model vendor refused it' },
});

/** Exactly the fields that a person decides about; stamps and progress are not among them. */
export const configurationOf = (row: JsonObject, fields: readonly string[]): string =>
  JSON.stringify(fields.map(field => row[field] ?? null));

export const stamp = (ms: number): string => new Date(ms).toISOString();
