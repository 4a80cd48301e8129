// Tells whose a token is: a static one by the store, any other by the authorization server that signed it; and what it leaves its principal.
import { createHash } from 'node:crypto';
import type { Principal, Recognised } from '../principal.ts';
import type { Tokens } from '../store/tokens.ts';
import { IssuerUnreachable, type OAuthSettings, type Vouched, vouching } from './oauth.ts';
import { isStatic, ownerOf } from './tokens.ts';

/** A principal with what its OAuth tokens say. */
export interface Named extends Principal {
  /** `*`: every subject that nobody else names. */
  subject?: string;
  claims?: Readonly<Record<string, string>>;
}

export interface IdentitySettings {
  principals: readonly Named[];
  store: Pick<Tokens, 'token'>;
  now(): number;
  /** Absent: static tokens alone. */
  oauth?: OAuthSettings;
  /** Told when the issuer's keys cannot be read. */
  onerror(error: unknown): void;
}

const bare = ({ subject: _, claims: __, ...principal }: Named): Principal => principal;

const says = (claims: Vouched['claims'], wanted: Named['claims'] = {}): boolean =>
  Object.entries(wanted).every(([name, value]) => [claims[name]].flat().includes(value));

/** Of those whose claims hold: whoever names the subject, else the first that stands for anybody. */
function stands(principals: readonly Named[], { subject, claims }: Vouched): Named | undefined {
  const fit = principals.filter(principal => says(claims, principal.claims));
  return fit.find(named => named.subject === subject) ?? fit.find(named => named.subject === '*');
}

/** An id of their own for a subject that nobody named: nothing is shared by all who come in by the same door. */
const derived = (id: string, issuer: string, subject: string): string =>
  `${id}:${createHash('sha256').update(`${issuer}\0${subject}`).digest('hex').slice(0, 32)}`;

/** What a token was issued for, where it says so in the vendors' words; other words mean something to its issuer alone. */
const ours = (scopes: readonly string[]): string[] => scopes.filter(scope => /^automations(-trigger)?:/.test(scope));

export function recognising({ principals, store, now, oauth, onerror }: IdentitySettings) {
  const vouched = oauth && vouching(oauth);

  async function byStore(token: string): Promise<Recognised> {
    const owner = await ownerOf(store, 'mcp', token, now());
    const found = principals.find(({ id }) => id === owner);
    return found ? { principal: bare(found) } : { refused: 'token' };
  }

  return async (token: string): Promise<Recognised> => {
    if (isStatic(token) || !oauth || !vouched) return byStore(token);
    let said: Vouched | undefined;
    try {
      said = await vouched(token);
    } catch (error) {
      if (!(error instanceof IssuerUnreachable)) throw error;
      onerror(error);
      return { refused: 'issuer' };
    }
    if (!said) return { refused: 'token' };
    const found = stands(principals, said);
    if (!found) return { refused: 'subject' };
    const { scopes, subject } = said;
    if (!oauth.scopes.every(scope => scopes.includes(scope))) return { refused: 'scope' };
    const principal = bare(found);
    const id = found.subject === '*' ? derived(found.id, oauth.issuer, subject) : found.id;
    const granted = ours(scopes);
    return { principal: { ...principal, id, ...(granted.length > 0 ? { token: granted } : {}) } };
  };
}
