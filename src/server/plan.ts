// The plan of a call: the facts, the exact request that would be sent, and the verdict, without sending.

import { Failure } from '../errors.ts';
import { canonical } from '../ledger/canonical.ts';
import { budgetLines } from '../policy/budget-words.ts';
import type { Verdict } from '../policy/policy.ts';
import type { Answer, Tool } from '../tool.ts';
import type { Quote } from '../vendors/trustpager/prices.ts';
import type { Caller } from './call.ts';
import { type AnyWrite, aimed, gather, knownTo, outgoing } from './gather.ts';
import type { House } from './house.ts';
import { parseInput } from './input.ts';
import { asked, nearestTool } from './nearest.ts';
import { accountLine } from './result.ts';
import { reversal } from './undo.ts';

const verdicts: Record<Verdict['verdict'], string> = {
  allow: 'It would go through without asking anybody',
  ask: 'A person would be asked first',
  ask_human: 'A person would be asked first, outside this client',
  deny: 'It would be refused',
};

/** Of a rule that wants two people. */
const another = 'Another person than its caller would have to approve it first, outside this client';

export async function plan(house: House, name: string, args: unknown, caller: Caller): Promise<Answer> {
  const tool = house.tools.get(name);
  if (!tool)
    throw new Failure('not_sent', 'invalid_input', `There is no tool ${JSON.stringify(name.slice(0, 64))}.`, {
      next: `Did you mean ${asked(nearestTool(house.tools, name, args, knownTo(house, caller.principal)))}?`,
    });
  const free = { tool: name, verdict: 'allow', rule: 'defaults', reason: 'Reading is free.', effect: 'read' } as const;
  if (tool.vendor === 'common') {
    await planned(name, async () => parseInput(tool, args, knownTo(house, caller.principal)));
    return { headline: `${verdicts.allow}: ${name} only reads.`, fields: { ...free, connection: 'all' } };
  }
  const { connection, input, refused } = await planned(name, () => aimed(house, tool, args, caller, true));
  if (refused)
    return {
      headline: `${verdicts.deny}: ${refused.reason}`,
      fields: {
        tool: name,
        ...refused,
        effect: tool.kind === 'write' ? tool.effects.join(' or ') : 'read',
        connection: connection.id,
      },
      lines: [accountLine(connection), `rule: ${refused.rule}`],
    };
  if (tool.kind === 'read')
    return {
      headline: `${verdicts.allow}: ${name} only reads.`,
      fields: { ...free, connection: connection.id },
      lines: [accountLine(connection)],
    };

  const { principal, client } = caller;
  const gathered = await gather(house, { tool: tool as AnyWrite, input, connection, principal, client }, true);
  const { draft, facts, verdict, handle, earlier } = gathered;
  // Where the intent's id will stand.
  const out = outgoing(gathered, '{intent}');
  const request = handle.literal(out.request, out.headers);
  const wait = handle.ready();
  const budgets = budgetLines(facts);
  const undo = gathered.tool.undo(input);
  const back = reversal(house, gathered, draft.target?.configuration);
  return {
    headline: `${verdict.approver ? another : verdicts[verdict.verdict]}: ${verdict.reason}`,
    fields: {
      tool: name,
      verdict: verdict.verdict,
      rule: verdict.rule,
      reason: verdict.reason,
      effect: draft.effect,
      connection: connection.id,
      request,
      preconditions: draft.checks,
      reaches: draft.audience && { people: draft.audience.people, who: draft.audience.note },
      credits: draft.quote,
      ...(budgets.length > 0 ? { budgets } : {}),
      undo,
      ...(back ? { reversal: back } : {}),
    },
    lines: [
      accountLine(connection),
      `what: ${draft.summary}`,
      ...(draft.target ? [`target: ${draft.target.id}, ${draft.target.state}`] : []),
      `effect: ${draft.effect}; rule: ${verdict.rule}`,
      ...draft.checks.map(check => `${check.pass ? 'holds' : 'fails'}: ${check.reason}`),
      ...draft.changes.map(
        ({ field, from, to }) =>
          `${field}: ${from === undefined ? '' : `${canonical(from)} → `}${to === undefined ? 'removed' : canonical(to)}`,
      ),
      `cost: ${cost(draft.quote, handle.credits()?.credits)}`,
      ...draft.quote.lines.map(
        line => `  ${line.what}: ${line.credits ? line.credits.join(' to ') : 'unknown'} (${line.source})`,
      ),
      ...budgets.map(line => `budget: ${line}`),
      ...(draft.audience
        ? [
            `reaches: ${draft.audience.people === undefined ? '' : `${draft.audience.people} people, `}${draft.audience.note}`,
          ]
        : []),
      ...(draft.preview ?? []),
      `undo: ${undo}`,
      ...(back ? [`taken back by: ${back.tool} ${JSON.stringify(back.arguments)}`] : []),
      `request: ${request.method} ${request.url}${request.body === undefined ? '' : ` ${request.body}`}`,
      `headers: ${Object.entries(request.headers)
        .map(([key, value]) => `${key}: ${value}`)
        .join('; ')}`,
      ...(earlier.same
        ? ['The same call is already under way or unknown; it would be answered with that, and nothing sent.']
        : []),
      ...(wait > 0 ? [`The vendor’s rate limit leaves no room for it for ${wait} s.`] : []),
    ],
    next:
      verdict.verdict === 'deny'
        ? []
        : [{ tool: name, arguments: JSON.parse(JSON.stringify(args ?? {})), why: 'to do it' }],
  };
}

/** The closest valid call of a plan is a plan, too. */
async function planned<T>(tool: Tool['name'], aim: () => Promise<T>): Promise<T> {
  try {
    return await aim();
  } catch (error) {
    if (!(error instanceof Failure) || !error.details.closest) throw error;
    const { outcome, code, message, details } = error;
    const closest =
      details.closest?.tool === tool ? { tool: 'plan_call', arguments: details.closest } : details.closest;
    throw new Failure(outcome, code, message, { ...details, ...(closest ? { closest } : {}) });
  }
}

function cost({ low, high, unknown }: Quote, balance: number | undefined): string {
  const known = low === high ? `${high} credits` : `${low} to ${high} credits`;
  const all = unknown.length === 0 ? known : `price unknown (at least ${known}): ${unknown.join('; ')}`;
  return balance === undefined ? all : `${all}; ${balance} left now`;
}
