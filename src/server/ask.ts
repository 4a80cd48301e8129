// The ladder of ways to ask a person: a form in the client, then page and terminal, then a refusal. One stored question behind all.
import { type InputRequiredResult, SdkError, SdkErrorCode } from '@modelcontextprotocol/server';
import {
  type Approver,
  answerQuestion,
  host,
  isYes,
  mayApprove,
  newQuestion,
  oneself,
  status,
  waitForAnswer,
} from '../approvals/approvals.ts';
import { allChanges, shownText } from '../approvals/shown.ts';
import { Failure } from '../errors.ts';
import { budgetLines } from '../policy/budget-words.ts';
import type { IntentRow, QuestionRow } from '../store/store.ts';
import type { Caller } from './call.ts';
import type { Clock } from './clock.ts';
import { callOf, type Gathered, type Write } from './gather.ts';
import type { House } from './house.ts';
import { masked } from './masked.ts';
import { hasPage, nobody, unanswered, waysFor } from './ways.ts';

/** How the client of one call can be asked. */
export type Asking =
  | { way: 'none' }
  /** 2026-07-28: the question is a result, and the answer comes back with the same call, carrying the question's sealed id. */
  | {
      way: 'round_trip';
      pose(id: string, shown: string): Promise<InputRequiredResult>;
      answer?: { id: string; action: string; content: unknown };
    }
  /** Older clients: a request of ours while the call is open; the promise may settle after the call has answered. */
  | {
      way: 'live';
      elicit(shown: string, timeout: number, question: string): Promise<{ action: string; content?: unknown }>;
    };

/** Where a form of an older client says which stored question it asks; a transport that can answer for it takes it out. */
export const QUESTION = 'automations-mcp/question';

/** What a yes covers besides the digest: a later look that is dearer, wider, or no longer covered asks anew. */
interface Terms {
  high: number;
  unknown: number;
  people: number;
  covered: boolean;
  /** The earlier intents of the same call that the question warns of. */
  warned: string[];
}

function terms({ draft, handle, earlier }: Gathered): Terms {
  const balance = handle.credits()?.credits;
  return {
    high: draft.quote.high,
    unknown: draft.quote.unknown.length,
    people: draft.audience?.people ?? 0,
    covered: balance === undefined || balance >= draft.quote.high,
    warned: [earlier.unsettled, earlier.lastDone].flatMap(intent => intent?.id ?? []),
  };
}

const within = (now: Terms, then: Terms): boolean =>
  now.high <= then.high &&
  now.unknown <= then.unknown &&
  now.people <= then.people &&
  (now.covered || !then.covered) &&
  now.warned.every(id => then.warned.includes(id));

/**
 * The stored question for exactly this call: joined where one is open or approved, else recorded. Or the intent of an identical call that
 * was faster: then there is nothing to ask.
 */
export async function pose(
  house: House,
  gathered: Gathered,
  { asking }: Pick<Caller, 'asking'>,
): Promise<{ question: QuestionRow; raced?: IntentRow | undefined }> {
  const { draft, verdict, earlier, connection, handle } = gathered;
  const now = house.now();
  const mine = terms(gathered);
  const inClient = verdict.verdict === 'ask';
  const expires_at = now + (inClient && asking.way !== 'none' ? house.times.askInClient : house.times.askElsewhere);
  // Every front end shows the row as it is stored, and a terminal knows no keys: what an agent, a client or a vendor put into it is masked
  // here, before anything is cut.
  const { redact } = house;
  const facts = masked(
    {
      connection: { id: connection.id, vendor: connection.vendor, environment: connection.environment },
      tool: gathered.tool.name,
      summary: draft.summary,
      target: draft.target && { id: draft.target.id, name: draft.target.name },
      changes: draft.changes,
      quote: draft.quote,
      balance: handle.credits()?.credits,
      budgets: budgetLines(gathered.facts),
      audience: draft.audience,
      undo: gathered.tool.undo(gathered.input),
      rule: verdict.rule,
      reason: verdict.reason,
      another: verdict.approver && gathered.principal,
      unsettled: earlier.unsettled && { id: earlier.unsettled.id, created_at: earlier.unsettled.created_at },
      lastDone: earlier.lastDone && { settled_at: earlier.lastDone.settled_at },
      now,
      expires_at,
    },
    redact,
  );
  const row = newQuestion({
    now,
    expires_at,
    digest: gathered.digest,
    call: gathered.call,
    tool: gathered.tool.name,
    connection: connection.id,
    principal: gathered.principal,
    client: redact(gathered.client),
    arguments: masked(gathered.input, redact),
    target_version: gathered.version,
    policy_version: house.policyVersion,
    quote: { ...facts.quote, terms: mine },
    verdict: inClient ? 'ask' : 'ask_human',
    approver: verdict.approver ?? 'anyone',
    rule: verdict.rule,
    shown: shownText(facts),
    changes: allChanges(facts.changes),
  });
  const { question, raced } = await house.store.ask(row, undefined, undefined, earlier.seen);
  if (raced || question.state !== 'approved') return { question, raced };
  const then = (JSON.parse(question.quote) as { terms: Terms }).terms;
  if (within(mine, then) && mayApprove(row, await whoSaid(house, question), question.channel ?? ''))
    return { question };
  // A yes to less does not cover more, nor one of somebody who may not: it is void, and the call is a question of its own.
  return house.store.ask(row, question.id, undefined, earlier.seen);
}

/** Who said yes, with what they may answer as things stand now. */
async function whoSaid({ team }: House, { channel, decided_by, principal }: QuestionRow): Promise<Approver> {
  if (channel === 'client') return oneself(principal);
  if (decided_by === null || decided_by === host.principal) return host;
  if (!team) return { principal: decided_by, approves: ['all'] };
  const all = await team.approvers();
  return all.find(one => one.principal === decided_by) ?? { principal: decided_by, approves: [] };
}

/** Questions that are being asked in a client right now, by their store; a racing identical call waits on the row instead of asking again. */
const formsOpen = new WeakMap<House['store'], Set<string>>();
const beingAsked = ({ store }: House): Set<string> => {
  const ids = formsOpen.get(store) ?? new Set();
  formsOpen.set(store, ids);
  return ids;
};

/**
 * Asks on the first rung that client and verdict allow. Resolves to a result to hand back at once (a round trip), or to nothing once a
 * person said yes; a no, and no answer in time, are failures. The question stays open until its own expiry, not the call's.
 */
export async function ask(
  house: House,
  gathered: Gathered,
  question: QuestionRow,
  caller: Caller,
  clock: Clock,
): Promise<InputRequiredResult | undefined> {
  const { asking } = caller;
  const inClient = gathered.verdict.verdict === 'ask';
  if (inClient && asking.way === 'round_trip') return asking.pose(question.id, question.shown);
  const live = inClient && asking.way === 'live';
  const ways = await waysFor(house, question);
  const openPage = async (row: QuestionRow): Promise<boolean> => ways.page && ((await house.page?.open(row)) ?? false);
  let page = !live && !caller.signal.aborted && (await clock.race(openPage(question))) === true;
  if (!live && !page && !ways.terminal && ways.team.length === 0) throw nobody(gathered);
  if (live && !beingAsked(house).has(question.id)) askLive(house, question, asking, caller.signal);
  const left = () => (house.ending?.told ? 0 : clock.left() - enoughToSend(house));
  // The process that has the page open may die while this call waits on it; then it opens here.
  const looked = (row: QuestionRow): void => {
    if (!page || hasPage(house, row)) return;
    page = false;
    openPage(row).then(opened => {
      page = opened;
    });
  };
  const row = await waitForAnswer(house.store, question.id, { left, signal: caller.signal, now: house.now, looked });
  const said = row ? status(row, house.now()) : 'expired';
  if (said === 'approved' || said === 'consumed') return undefined;
  if (said === 'rejected') throw declined(question.id);
  throw unanswered(house, row ?? question, ways, { expired: said === 'expired', live });
}

/** Asks in the client. The promise outlives the call: an answer that comes later still reaches the stored question. */
function askLive(
  house: House,
  { id, shown, expires_at, principal }: QuestionRow,
  asking: Extract<Asking, { way: 'live' }>,
  signal: AbortSignal,
): void {
  beingAsked(house).add(id);
  const said = async (): Promise<boolean | undefined> => {
    try {
      const { action, content } = await asking.elicit(shown, Math.max(1, expires_at - house.now()), id);
      return isYes(action, content);
    } catch (error) {
      house.log.warn({ err: error, question: id }, 'the client could not ask');
      // A client that is gone, or that we left, has said nothing; one that answers with an error has said no.
      const gone = error instanceof SdkError && error.code === SdkErrorCode.ConnectionClosed;
      return signal.aborted || gone ? undefined : false;
    }
  };
  said()
    .then(yes => (yes === undefined ? undefined : answer(house, id, yes, principal)))
    .catch(error => house.log.error({ err: error, question: id }, 'an answer could not be kept'))
    .finally(() => beingAsked(house).delete(id));
}

/**
 * What an older client said to a question that another process asked, or this one before it was started anew. The transport vouches that
 * this very session was asked; an error is a no, as it is where the asking process takes it.
 */
export async function takeLateAnswer(house: House, id: string, principal: string, said: object): Promise<void> {
  const question = await house.store.question(id);
  if (question?.principal !== principal) return;
  const { result } = said as { result?: { action?: unknown; content?: unknown } };
  await answer(house, id, isYes(result?.action, result?.content), principal);
}

/** A yes that leaves too little of the call's clock to send is kept for the next identical call. */
const enoughToSend = (house: House): number => Math.min(3_000, house.times.call / 5);

const declined = (id: string): Failure =>
  new Failure('denied', 'approval_declined', 'The person said no.', {
    approval_id: id,
    next: 'Ask them what they want instead; do not simply call again.',
  });

/** What the person said in the client of the principal who asks. */
const answer = (house: House, id: string, yes: boolean, principal: string) =>
  answerQuestion(house.store, id, {
    yes,
    channel: 'client',
    by: oneself(principal),
    now: house.now(),
    usable_for: house.times.yes,
  });

/**
 * What came back with this request: marks the question it names, if that is this very call's. Returns the intent that consumed
 * it, where it was used before: a re-issued call gets the first receipt; or its id, where it stands approved now. A late or foreign answer changes nothing, and the call asks anew.
 */
export async function takeAnswer(
  house: House,
  write: Write,
  caller: Caller,
): Promise<{ intent?: IntentRow | undefined; yes?: string }> {
  const back = caller.asking.way === 'round_trip' ? caller.asking.answer : undefined;
  if (!back) return {};
  const question = await house.store.question(back.id);
  const call = callOf(write);
  const { client, principal } = write;
  if (question?.call !== call || question.client !== house.redact(client) || question.principal !== principal)
    return {};
  if (question.verdict === 'ask') await answer(house, question.id, isYes(back.action, back.content), principal);
  const row = await house.store.question(question.id);
  const said = row ? status(row, house.now()) : 'expired';
  if (said === 'rejected') throw declined(question.id);
  if (said === 'approved') return { yes: question.id };
  return said === 'consumed' && row?.intent_id ? { intent: await house.store.intent(row.intent_id) } : {};
}
