// Whom a call comes from: what everything of theirs is kept under, what the operator leaves them of this server, and whose questions they may answer.

/** Made by whoever authenticates a request, from the operator's file. What stands between the two can only take away. */
export interface Principal {
  /** What everything of theirs is kept under: sessions, questions, intents, spending. Never a secret. */
  id: string;
  /** The accounts they may use, by id; absent: all. Others answer like accounts that do not exist. */
  connections?: readonly string[];
  /** What these do not cover is refused, though the account grants it; absent: whatever the account grants. */
  scopes?: readonly string[];
  /** What the token at hand was issued for, where it says so in the same words; it counts as `scopes` do. */
  token?: readonly string[];
  /** The tools they are offered, of those that this server offers; absent: all of these. */
  toolset?: 'core' | 'authoring' | 'all';
  readOnly?: boolean;
  noSpend?: boolean;
  /** Whose questions they may answer: ids of principals, `all` (everybody else's) and `self` (their own); absent: nobody's. */
  approves?: readonly string[];
}

/** Whoever started the program: over stdio, and over loopback where nobody has to say who they are. They answer on page and terminal. */
export const local: Principal = { id: 'local' };

/**
 * What a token is worth: whose it is; or why it opens nothing. `token`: it is unknown, wrong, expired or revoked; `subject`: it is good, and
 * stands for nobody here; `scope`: it is good, and was issued for less; `issuer`: whoever issued it cannot be asked now.
 */
export type Recognised = { principal: Principal } | { refused: 'token' | 'subject' | 'scope' | 'issuer' };
