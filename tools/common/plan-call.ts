// Shows what any other call would do, without doing it.
import * as z from 'zod';
import { commonTool, unpublished } from '../../src/tool.ts';
import { object } from '../inputs.ts';

export default commonTool({
  name: 'plan_call',
  title: 'Plan a call',
  words: {
    what: 'Show what another call would do, without doing it: exact request, price, who is reached, when it fires, and whether it would go through, ask a person or be refused, and why.',
    when: 'Use it before whatever fires, switches on, changes or removes something, and to have arguments checked.',
    not: 'To see how something under way ends use watch_run.',
    touches: 'Free: asks nobody, changes nothing. A plan is no yes: the call itself is decided anew.',
    next: 'Then make the call with the same arguments.',
  },
  toolset: 'core',
  view: 'plan',
  input: z.strictObject({
    tool: z.string().max(64).describe('Name of the tool.'),
    arguments: object('Its arguments, such as {"automation_id":"5c200000-0000-4000-8000-000000000001"}.').optional(),
  }),
  output: z.object({
    tool: unpublished(z.string()),
    verdict: z.enum(['allow', 'ask', 'ask_human', 'deny']),
    rule: z.string(),
    reason: z.string(),
    effect: z.string(),
    connection: unpublished(z.string()),
    request: unpublished(
      z
        .object({
          method: z.string(),
          url: z.string(),
          headers: z.record(z.string(), z.string()),
          body: z.string().optional(),
        })
        .optional(),
    ),
    preconditions: unpublished(
      z.array(z.object({ name: z.string(), pass: z.boolean(), reason: z.string() })).optional(),
    ),
    reaches: unpublished(z.object({ people: z.number().optional(), who: z.string() }).optional()),
    credits: z
      .object({
        low: z.number(),
        expected: unpublished(z.number()),
        high: z.number(),
        unknown: unpublished(z.array(z.string())),
      })
      .optional(),
    budgets: unpublished(z.array(z.string()).optional()),
    undo: unpublished(z.string().optional()),
    reversal: unpublished(z.object({ tool: z.string(), arguments: z.record(z.string(), z.unknown()) }).optional()),
  }),
  read: ({ tool, arguments: args }, use) => use.plan(tool, args ?? {}),
});
