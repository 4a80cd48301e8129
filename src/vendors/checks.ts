// One judged precondition, with its reason in words either way.

export interface Check {
  name: string;
  pass: boolean;
  /** A sentence: the state seen, and where it failed, the way forward. */
  reason: string;
}

export const pass = (name: string, reason: string): Check => ({ name, pass: true, reason });
export const fail = (name: string, reason: string): Check => ({ name, pass: false, reason });
