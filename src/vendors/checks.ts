// One judged precondition, with its reason in words either way.
import { quote } from './text.ts';

export interface Check {
  name: string;
  pass: boolean;
  /** A sentence: the state seen, and where it failed, the way forward. */
  reason: string;
}

export const pass = (name: string, reason: string): Check => ({ name, pass: true, reason });
export const fail = (name: string, reason: string): Check => ({ name, pass: false, reason });
/** Passes, and says what a person should know all the same; plans show it. `reason` is a sentence without the "Note:". */
export const note = (name: string, reason: string): Check => ({ name, pass: true, reason: `Note: ${reason}` });

/** A state or value as it was seen, for the beginning of a reason. */
export const seen = (field: string, value: string | undefined): string =>
  value === undefined ? `${field} is missing` : `${field} is ${quote(value, 60)}`;
