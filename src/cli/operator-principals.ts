// The part of the operator's file that is about people and programs: who may come over HTTP, what is left them, and whose questions they answer.
import * as z from 'zod';
import { meant } from '../closest.ts';

/** Every key of an account's or a principal's scopes: a scope of the vendors'. */
export const scope = z
  .string()
  .regex(/^(admin|[a-z][a-z-]*:[a-z][a-z-]*)$/, 'must be a scope such as automations:trigger');

/** Stands for every subject that no other principal names. */
export const ANYBODY = '*';

const principal = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,40}$/, 'must be a short name of lower-case letters, digits, - and _')
    .describe('What rules, budgets, questions and the audit call them, and what everything of theirs is kept under.'),
  subject: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe(
      'OAuth: the subject (sub) of their tokens. "*" is everybody whom no other principal names: each under an id of their own, made of this one.',
    ),
  claims: z
    .record(z.string().min(1), z.string().min(1))
    .refine(claims => Object.keys(claims).length > 0, 'must name at least one claim')
    .optional()
    .describe('OAuth: what their tokens must say besides, such as groups: ops; in a list one of it.'),
  connections: z
    .array(z.string())
    .min(1, 'must name at least one account')
    .optional()
    .describe('The accounts they may use; all.'),
  scopes: z.array(scope).optional().describe('What they may do at most; the account must be granted it too.'),
  toolset: z
    .enum(['core', 'authoring', 'all'])
    .optional()
    .describe('The tools they are offered, of those that are listed.'),
  read_only: z.boolean().optional().describe('They change nothing.'),
  no_spend: z.boolean().optional().describe('They fire nothing, and arm nothing to fire.'),
  approves: z
    .union([z.literal('all'), z.array(z.string())], { error: 'must be all, or a list of principals' })
    .optional()
    .describe('Whose questions they may answer: principals, all (everybody else’s), self (their own). Nobody’s.'),
});

export const principalFields = {
  principals: z
    .array(principal)
    .min(1, 'must name at least one principal')
    .max(1_000, 'must be at most 1000 principals')
    .optional()
    .describe('Who may come over HTTP. With it every request must say who it is from.'),
};

export type WrittenPrincipal = z.output<typeof principal>;
type Written = z.output<z.ZodObject<typeof principalFields>>;

/** Whoever needs no name, and words that stand for several. */
const reserved = ['local', 'all', 'self'];

/** What is wrong with principals though each part is well formed. `known` are the accounts that may be named. */
export function wrongPrincipals({ principals = [] }: Written, known: readonly string[]) {
  const ids = principals.map(({ id }) => id);
  return principals.flatMap(({ id, subject, claims, connections = [], approves }, n) => {
    const path = ['principals', n];
    const same = principals.findIndex(
      other => subject !== undefined && other.subject === subject && wants(other.claims) === wants(claims),
    );
    return [
      ...(reserved.includes(id) ? [{ path: [...path, 'id'], why: `"${id}" has a meaning of its own` }] : []),
      ...(claims && subject === undefined
        ? [{ path: [...path, 'claims'], why: 'claims are looked at beside a subject; say which, or "*"' }]
        : []),
      ...(same >= 0 && same < n
        ? [{ path: [...path, 'subject'], why: `"${ids[same]}" is recognised by the same` }]
        : []),
      ...connections.flatMap((connection, at) =>
        known.includes(connection)
          ? []
          : [{ path: [...path, 'connections', at], why: `no connection is called ${meant(connection, known)}` }],
      ),
      ...(Array.isArray(approves) ? approves : []).flatMap((name, at) =>
        [...ids, 'all', 'self'].includes(name)
          ? []
          : [{ path: [...path, 'approves', at], why: `no principal is called ${meant(name, ids)}` }],
      ),
    ];
  });
}

const wants = (claims: WrittenPrincipal['claims'] = {}): string =>
  JSON.stringify(Object.entries(claims).sort(([a], [b]) => (a < b ? -1 : 1)));
