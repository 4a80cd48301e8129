// Shows what any other call would do, without doing it.
import * as z from 'zod';
import { commonTool } from '../../src/tool.ts';
import { object } from '../inputs.ts';

export default commonTool({
  name: 'plan_call',
  title: 'Plan a call',
  description:
    'See what another tool call would do, without doing it: validates the arguments, reads the target, and shows the exact request, the price, who is reached, and whether it would go through, ask a person or be refused, and why. Free, asks nobody, changes nothing. A plan is not a yes: the call itself is decided anew.',
  toolset: 'core',
  input: z.strictObject({
    tool: z.string().max(64).describe('Name of the tool, such as "trustpager_trigger_automation".'),
    arguments: object('Its arguments, exactly as you would call it.').optional(),
  }),
  output: z.object({
    tool: z.string(),
    verdict: z.enum(['allow', 'ask', 'ask_human', 'deny']),
    rule: z.string(),
    reason: z.string(),
    effect: z.string(),
    connection: z.string(),
    request: z
      .object({
        method: z.string(),
        url: z.string(),
        headers: z.record(z.string(), z.string()),
        body: z.string().optional(),
      })
      .optional(),
    preconditions: z.array(z.object({ name: z.string(), pass: z.boolean(), reason: z.string() })).optional(),
    reaches: z.object({ people: z.number().optional(), who: z.string() }).optional(),
    credits: z
      .object({ low: z.number(), expected: z.number(), high: z.number(), unknown: z.array(z.string()) })
      .optional(),
    budgets: z.array(z.string()).optional(),
    undo: z.string().optional(),
    reversal: z.object({ tool: z.string(), arguments: z.record(z.string(), z.unknown()) }).optional(),
  }),
  read: ({ tool, arguments: args }, use) => use.plan(tool, args ?? {}),
});
