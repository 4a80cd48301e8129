// Tokens that open the server or its approval page over HTTP, as they are kept: by their public part, with a digest of the secret one.
import { all, first, run, type Steps } from './steps.ts';

export interface TokenRow {
  /** The public part, which lists and logs may show. */
  id: string;
  /** Whom it is for: an id of the operator's file. */
  principal: string;
  /** What it opens, and nothing else: `/mcp` for an agent, or the approval page for a person. No agent can answer with what it holds. */
  purpose: 'mcp' | 'approvals';
  /** SHA-256 of the secret part, hexadecimal; the secret itself is kept nowhere. */
  digest: string;
  /** Milliseconds. */
  created_at: number;
  /** From when on it is no longer good; null: never by itself. */
  expires_at: number | null;
  revoked_at: number | null;
}

export interface Tokens {
  addToken(token: TokenRow): Promise<void>;
  token(id: string): Promise<TokenRow | undefined>;
  /** Newest first, whatever became of them. */
  tokens(): Promise<TokenRow[]>;
  /** The token as it then stands, revoked for good; undefined where there is none. Revoking it again changes nothing. */
  revokeToken(id: string, at: number): Promise<TokenRow | undefined>;
}

const columns = 'id, principal, purpose, digest, created_at, expires_at, revoked_at';
const look = (id: string): Steps<TokenRow | undefined> => first(`SELECT ${columns} FROM tokens WHERE id = ?`, id);

export const tokenVerbs = (
  reading: <T>(nothing: T, steps: () => Steps<T>) => Promise<T>,
  writing: <T>(steps: () => Steps<T>) => Promise<T>,
): Tokens => ({
  addToken: ({ id, principal, purpose, digest, created_at, expires_at, revoked_at }) =>
    writing(function* () {
      const sql = `INSERT INTO tokens (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`;
      yield* run(sql, id, principal, purpose, digest, created_at, expires_at, revoked_at);
    }),

  token: id => reading(undefined, () => look(id)),

  tokens: () => reading([], () => all(`SELECT ${columns} FROM tokens ORDER BY created_at DESC, id`)),

  revokeToken: (id, at) =>
    writing(function* () {
      yield* run('UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', at, id);
      return yield* look(id);
    }),
});
