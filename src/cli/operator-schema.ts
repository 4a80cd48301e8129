// The operator's file as a schema: what may stand in it, with a line on each field, for the program and for editors. JSON is YAML, so it may be either.
import * as z from 'zod';
import { spendingFields } from './operator-budgets.ts';
import { principalFields, scope } from './operator-principals.ts';
import { caseSchema } from './policy-case.ts';

const baseUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).refine(
  value => {
    const { protocol, hostname, username, password, search, hash } = new URL(value);
    return (
      !username &&
      !password &&
      !search &&
      !hash &&
      (protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
    );
  },
  { error: 'must be https (http only on loopback), without user, query or fragment' },
);

/** Secrets never stand in the file: it names the variable, or the file, that holds the key. */
export const accountSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,30}$/, 'must be a short name of lower-case letters, digits, - and _')
    .describe('What calls, rules and results call the account.'),
  vendor: z.enum(['scrip', 'trustpager']),
  key_env: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, 'must name an environment variable')
    .optional()
    .describe('The environment variable that holds the key.'),
  key_file: z.string().min(1).optional().describe('The file that holds the key.'),
  base_url: baseUrl.optional().describe('Where the vendor is reached.'),
  environment: z.enum(['production', 'sandbox']).default('production'),
  scopes: z.array(scope).optional().describe('What agents may do; what the list does not cover is refused unsent.'),
  program: z.uuid('must be a UUID').optional().describe('Scrip: the program used where a call names none.'),
  // Its pages show both headers (scrip.md C2).
  auth_header: z.enum(['x-api-key', 'authorization']).optional().describe('Scrip: the header that carries the key.'),
  // Its pages name both keys (trustpager.md C3).
  body_key: z.enum(['trigger_data', 'payload', 'both']).optional().describe('TrustPager: what run data is sent under.'),
  mark_runs: z.boolean().optional().describe('TrustPager: puts each call’s id into its run’s data.'),
  insecure_auto_approve: z
    .boolean()
    .optional()
    .describe(
      'Turns asking off for this account: what a person would only be asked about goes through (docs/policy.md).',
    ),
});

const amount = z.number().min(0);
const count = z.int().min(0);
const verdict = z.enum(['allow', 'ask', 'ask_human', 'deny']);

export const ruleSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}$/, 'must be a short name of lower-case letters, digits and -')
    .describe('Unique; results, questions and the audit name it.'),
  when: z.string().describe('A condition in CEL over the facts of a call (docs/policy.md).'),
  verdict: verdict.describe('deny beats ask_human beats ask beats allow, whatever the order.'),
  reason: z.string().min(1).max(300).optional().describe('What is told where the rule decides: a sentence.'),
  approver: z
    .literal('another')
    .optional()
    .describe('Two people: the yes must be another principal’s than the caller’s. Only an ask_human may say so.'),
  stops: z
    .literal(true)
    .optional()
    .describe('The rule counts for calls that stop something too. Only a deny may say so: stopping never waits.'),
  ceilings: z
    .strictObject({ credits: amount, calls: count, people: count.optional() })
    .optional()
    .describe('What an allow covers within 24 hours; every allow has them.'),
});

export const testSchema = z.strictObject({
  name: z.string().min(1).max(100).optional(),
  call: caseSchema,
  verdict: verdict.describe('What is expected.'),
  approver: z.literal('another').optional().describe('It is expected that two people are wanted.'),
  rule: z.string().optional().describe('The rule that is expected to decide: one of this file, or a built-in one.'),
});

export const operatorSchema = z.strictObject({
  $schema: z.string().optional().describe('This schema, for editors of JSON.'),
  connections: z.array(accountSchema).min(1, 'must name at least one account').optional(),
  limits: z
    .strictObject({
      ask_above_credits: count.optional().describe('From this many credits on only page or terminal may say yes.'),
      ask_above_people: count.optional().describe('From this many people on only page or terminal may say yes.'),
    })
    .optional(),
  ...principalFields,
  ...spendingFields,
  zone: z.string().optional().describe('Time zone of the tz database that conditions are told the time in; UTC.'),
  rules: z.array(ruleSchema).max(100, 'must be at most 100 rules').optional(),
  tests: z
    .array(testSchema)
    .max(1_000, 'must be at most 1000 tests')
    .optional()
    .describe('What `automations-mcp policy test` tries.'),
});

/** The schema as JSON Schema, for editors. */
export function publishedSchema(): object {
  return {
    title: 'The operator’s file of automations-mcp',
    ...z.toJSONSchema(operatorSchema, {
      io: 'input',
      override({ zodSchema, jsonSchema }) {
        // Where a number stands for an object, the object alone is what is left of it.
        if (!(zodSchema instanceof z.ZodPipe)) return;
        const whole = { ...jsonSchema };
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
        jsonSchema.anyOf = [{ type: 'number', minimum: 0 }, whole];
      },
    }),
  };
}
