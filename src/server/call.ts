// The path every call takes: parse, resolve, gather, decide, ask, gather again, record, send once, answer. Nothing else sends.
import type { CallToolResult, InputRequiredResult } from '@modelcontextprotocol/server';
import { Failure } from '../errors.ts';
import { recorded } from '../ledger/ledger.ts';
import type { CallFacts } from '../policy/policy.ts';
import type { Tool } from '../tool.ts';
import { type Asking, ask, pose, takeAnswer } from './ask.ts';
import { type Clock, startClock } from './clock.ts';
import { commonUse } from './common.ts';
import {
  type AnyWrite,
  accountKey,
  aimed,
  callOf,
  type Gathered,
  gather,
  knownTo,
  readerKey,
  refusal,
  useOf,
  type Write,
} from './gather.ts';
import type { Connection, House } from './house.ts';
import { parseInput } from './input.ts';
import { noteFailure, noteRead } from './judge.ts';
import { answered, asFailure, failed, stamped } from './result.ts';
import { busy, send, told } from './send.ts';

/** Who calls, and how that client can be asked. */
export interface Caller {
  principal: string;
  client: string;
  /** Aborted when the client goes away or cancels; it stops a call that has not left yet, and never one that has. */
  signal: AbortSignal;
  asking: Asking;
  /** Tells the client how far it is, where it asked to be told. */
  progress?: (done: number, total: number | undefined, message: string) => void;
}

export type Result = CallToolResult | InputRequiredResult;

export async function callTool(house: House, tool: Tool, args: unknown, caller: Caller): Promise<Result> {
  const { principal, client } = caller;
  const clock = startClock(house.times.call, house.ending);
  let account: Connection | undefined;
  let facts: CallFacts | undefined;
  try {
    if (tool.vendor === 'common') {
      const { connection: named, ...input } = parseInput(tool, args, knownTo(house, principal));
      const answer = await inTime(clock, tool.read(input, commonUse(house, caller, named)));
      noteRead(house, { tool: tool.name, principal, client, arguments: input }, { outcome: 'done' });
      return answered(tool, answer);
    }
    const aim = await aimed(house, tool, args, caller);
    const { connection, input, refused } = aim;
    account = connection;
    facts = aim.facts;
    if (refused) return stamped(house, tool, failed(refusal(refused), account));
    if (tool.kind === 'write') {
      const write = { tool: tool as AnyWrite, input, connection, principal, client };
      const result = await act(house, write, caller, clock);
      return result.resultType === 'input_required' ? result : stamped(house, tool, result as CallToolResult);
    }
    const read = async () => tool.read(input, useOf(house, connection, await connection.open(), principal) as never);
    const answer = await inTime(clock, read());
    if (answer.seen) house.seen.keep(readerKey(caller, connection), answer.seen.id, answer.seen.configuration);
    const { met = [] } = answer;
    house.seen.meet(accountKey(principal, connection), met);
    noteRead(house, aim.facts, { outcome: 'done' });
    return answered(tool, answer, connection);
  } catch (error) {
    if (!(error instanceof Failure)) house.log.error({ err: error, tool: tool.name }, 'a call broke');
    const failure = byName(house, tool, args, principal, asFailure(error));
    const who = { tool: tool.name, principal, client, ...(account ? { connection: account.id } : {}) };
    noteFailure(house, tool, who, failure, facts);
    return stamped(house, tool, failed(failure, account));
  }
}

/** What no automation was found by may be the name of one: then the call with its id is the one that was meant. */
function byName(house: House, tool: Tool, args: unknown, principal: string, failure: Failure): Failure {
  const { outcome, code, message, details } = failure;
  const given = (args as { automation_id?: unknown } | null)?.automation_id;
  if (code !== 'not_found' || typeof given !== 'string' || tool.vendor === 'common') return failure;
  const [id, ...others] = knownTo(house, principal)(tool.vendor, given);
  if (id === undefined || others.length > 0) return failure;
  const closest = { tool: tool.name, arguments: { ...(args as object), automation_id: id } };
  return new Failure(outcome, code, message, { ...details, closest });
}

/** One write, from its first look to its receipt. A yes only marks the question; then everything is read and judged again. */
async function act(house: House, write: Write, caller: Caller, clock: Clock): Promise<Result> {
  const before = await recorded(house.store, callOf(write));
  const { intent, yes } = await takeAnswer(house, write, caller);
  if (intent) return told(house, write, intent, clock);
  let waited = caller.asking.way === 'round_trip' ? caller.asking.answer?.id : undefined;
  /** The question that was approved already when this call began its look: what it sees is then seen after the yes, by no clock (P9). */
  let approved = yes;
  for (;;) {
    const gathered = await inTime(clock, gather(house, write));
    const { earlier, verdict } = gathered;
    const same = earlier.same ?? (gathered.draft.stops ? undefined : await raced(house, gathered, before, waited));
    if (same) return told(house, write, same, clock);
    if (verdict.verdict === 'deny') return failed(refusal(verdict), write.connection);
    if (earlier.busy && !gathered.draft.stops) throw busy(earlier.busy, gathered);
    if (verdict.verdict === 'allow') {
      if (earlier.lastDone && repeats.has(gathered.draft.effect)) return told(house, write, earlier.lastDone, clock);
      const sent = await send(house, gathered, undefined, caller, clock);
      if (sent) return sent;
      continue;
    }
    const wait = gathered.handle.ready();
    if (wait > 0)
      throw new Failure(
        'not_sent',
        'rate_limited',
        'The vendor’s rate limit leaves no room for it now, so nobody was asked.',
        { retry_after_s: wait },
      );
    const { question, raced: faster } = await pose(house, gathered, caller);
    if (faster) return told(house, write, faster, clock);
    if (question.state === 'approved') {
      const sent = approved === question.id ? await send(house, gathered, question, caller, clock) : undefined;
      if (sent) return sent;
      approved = question.id;
      continue;
    }
    waited = question.id;
    const asked = await ask(house, gathered, question, caller, clock);
    if (asked) return asked;
    approved = question.id;
  }
}

/**
 * The intent of an identical call that was faster: it used the very yes this one waited for, or it was recorded while this one went on.
 * Its receipt answers both, so that calls that race share one question and one request.
 */
async function raced(
  house: House,
  { call, earlier }: Gathered,
  before: ReadonlySet<string>,
  waited: string | undefined,
) {
  const question = waited === undefined ? undefined : await house.store.question(waited);
  if (question?.state === 'consumed' && question.call === call && question.intent_id)
    return house.store.intent(question.intent_id);
  const newer = earlier.seen.find(id => !before.has(id));
  return newer === undefined ? undefined : house.store.intent(newer);
}

/** Calls that clients re-issue when their answer was lost; doing them twice is what must not happen (design section 7). */
const repeats = new Set(['run', 'create']);

async function inTime<T>(clock: Clock, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  const value = await clock.race(work.then(result => ({ result })));
  if (value) return value.result;
  throw new Failure('not_sent', 'unavailable', 'The vendor was too slow to answer in the time a call may take.', {
    next: 'Try again in a while.',
  });
}
