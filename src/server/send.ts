// Records the intent, sends it once, keeps its receipt, and tells what came of it.
import type { CallToolResult } from '@modelcontextprotocol/server';
import { type Code, Failure } from '../errors.ts';
import { intentId, newIntent, standing, timing } from '../ledger/ledger.ts';
import { reservation } from '../policy/budget-limits.ts';
import type { IntentRow, QuestionRow } from '../store/store.ts';
import type { Answer } from '../tool.ts';
import type { Json, JsonObject, Receipt } from '../vendors/types.ts';
import type { Caller } from './call.ts';
import type { Clock } from './clock.ts';
import { type Gathered, outgoing, readerKey, refusal, useOf, type Write } from './gather.ts';
import type { House } from './house.ts';
import { asRecorded, judged } from './judge.ts';
import { masked } from './masked.ts';
import { answered, failed } from './result.ts';
import { keepOffering, keepSettling, settleByReading } from './settling.ts';
import { limitsNow, observed, overBudget } from './spending.ts';
import { planOf, reversal } from './undo.ts';

/** Undefined where another call took what was left of a standing approval: nothing was sent, and the call is to be judged anew. */
export async function send(
  house: House,
  gathered: Gathered,
  approval: QuestionRow | undefined,
  caller: Caller,
  clock: Clock,
): Promise<CallToolResult | undefined> {
  const { draft, handle, connection, earlier } = gathered;
  if (caller.signal.aborted)
    throw new Failure('not_sent', 'unavailable', 'The call was cancelled before anything was sent.');
  const now = house.now();
  const id = intentId();
  const { request, headers } = outgoing(gathered, id);
  const intent = newIntent(
    {
      now,
      deadline_at: now + (request.pace === 'run' ? house.times.run : house.times.write),
      call: gathered.call,
      tool: gathered.tool.name,
      effect: draft.effect,
      connection: connection.id,
      principal: gathered.principal,
      client: house.redact(gathered.client),
      target: draft.target?.id ?? null,
      arguments: masked(gathered.input, house.redact),
      request: masked(request, house.redact),
      approval_id: approval?.id ?? null,
      quote: draft.quote,
      preimage: masked(draft.preimage ?? {}, house.redact),
      before: masked(draft.target?.configuration ?? null, house.redact),
      rule: gathered.verdict.rule,
      ...reservation(gathered.facts),
    },
    id,
  );
  const opened = await house.store.open({
    intent,
    ...(approval ? { approval: { id: approval.id, digest: approval.digest } } : {}),
    stops: draft.stops === true,
    ...(earlier.unsettled ? { passes: earlier.unsettled.id } : {}),
    unknown_answers_for: timing.unknownAnswersFor,
    done_answers_for: approval || (draft.effect !== 'run' && draft.effect !== 'create') ? 0 : timing.doneAnswersFor,
    limits: limitsNow(gathered, now),
  });
  if ('refused' in opened) {
    if (opened.refused === 'stopped') {
      const facts = asRecorded(house, { ...gathered.facts, now, stop: opened.reason });
      return failed(refusal(judged(house, facts, gathered.as_of, gathered.call)), connection);
    }
    if (opened.refused === 'same' || opened.refused === 'consumed') return told(house, gathered, opened.intent, clock);
    if (opened.refused === 'budget' && opened.limit.where.rule !== undefined) return undefined;
    throw opened.refused === 'budget'
      ? await overBudget(house, gathered, opened, now)
      : refusedOpening(opened, gathered);
  }
  const before = handle.credits()?.credits;
  const sending = handle
    .send(request, { signal: caller.signal, stopped: async () => (await house.store.stopped()) !== undefined, headers })
    .catch((error): Receipt => {
      // Whatever broke, it broke after the intent was recorded: nobody may conclude that nothing left.
      house.log.error({ err: error, intent: intent.id }, 'sending broke');
      return {
        outcome: 'unknown',
        code: 'outcome_unknown',
        reason: 'something in this server broke while it was sending',
      };
    })
    .then(receipt => keep(house, intent, receipt, observed(gathered, receipt, before)));
  house.inFlight.add(sending);
  sending.finally(() => house.inFlight.delete(sending)).catch(() => {});
  const row = await clock.race(sending);
  const differs = row?.outcome === 'done' ? await verified(house, gathered, row, clock) : undefined;
  if (row?.outcome === 'done') keepWritten(house, gathered);
  const note = [spent(before, handle.credits()?.credits), differs].filter(Boolean).join(' ');
  return tell(house, gathered, row ?? opened.opened, { note });
}

/** What was just written is what this caller has seen, so that its own change is not held against its next one. */
function keepWritten(house: House, { connection, draft, principal, client }: Gathered): void {
  // What a run is given is no part of the automation.
  if (draft.effect === 'run') return;
  const key = readerKey({ principal, client }, connection);
  const before = draft.target && house.seen.kept(key, draft.target.id);
  if (!before || !draft.target) return;
  const written = Object.fromEntries(draft.changes.map(({ field, to }) => [field, (to ?? null) as Json]));
  house.seen.keep(key, draft.target.id, { ...before, ...written });
}

/** One more look at what was done, where the tool knows what to look for; it never turns a `done` into anything else. */
async function verified(house: House, gathered: Gathered, row: IntentRow, clock: Clock): Promise<string | undefined> {
  const { tool, input, connection, handle, principal } = gathered;
  if (!tool.verify || clock.left() < 1_000) return undefined;
  const { status = 200, body } = JSON.parse(row.receipt ?? '{}') as Partial<Receipt>;
  const look = tool.verify({ status, body }, input, useOf(house, connection, handle, principal));
  return clock.race(
    look.catch(error => {
      house.log.warn({ err: error, intent: row.id }, 'a result could not be verified');
      return undefined;
    }),
    4_000,
  );
}

/** The receipt reaches the store; where that fails, the caller still hears what the vendor said. */
async function keep(
  house: House,
  intent: IntentRow,
  receipt: Receipt,
  { charged, ...cost }: ReturnType<typeof observed>,
): Promise<IntentRow> {
  const told = charged === undefined ? receipt : { ...receipt, charged };
  const settled = { outcome: receipt.outcome, receipt: JSON.stringify(told), at: house.now(), ...cost };
  const row = { ...intent, outcome: settled.outcome, receipt: settled.receipt, settled_at: settled.at };
  if (receipt.outcome === 'unknown') keepSettling(house, intent.id);
  try {
    return (await house.store.settle(intent.id, settled)) ?? row;
  } catch (error) {
    house.log.error({ err: error, intent: intent.id }, 'a receipt could not be kept yet');
    keepOffering(house, intent.id, settled);
    return row;
  }
}

/** Which write it is, only its own principal is told (reliability.md C13). */
export const busy = ({ id, tool, principal }: IntentRow, asks: Pick<Write, 'principal'>): Failure => {
  const own = principal === asks.principal;
  const what = `Another write to the same automation is under way${own ? ` (${tool})` : ''}.`;
  const next = own ? `Wait for it with watch_run, intent_id ${id}, then call again.` : 'Call again in a while.';
  return new Failure('denied', 'precondition_failed', what, { next });
};

function refusedOpening(opened: { refused: 'busy' | 'approval' | 'clock'; intent?: IntentRow }, asks: Write): Failure {
  if (opened.refused === 'busy' && opened.intent) return busy(opened.intent, asks);
  if (opened.refused === 'clock')
    return new Failure('not_sent', 'unavailable', 'This machine’s clock stands before what is already recorded.', {
      next: 'Its operator must set the clock right.',
    });
  return new Failure(
    'pending',
    'approval_required',
    'The yes is no longer good: it was used, or its two minutes are over.',
    {
      waiting_for: 'person',
      next: 'The identical call asks again.',
    },
  );
}

/** An earlier intent as the answer to this call: waits for its receipt while it is in flight, and reads where it is unknown. */
export async function told(house: House, write: Write, intent: IntentRow, clock: Clock): Promise<CallToolResult> {
  let row = intent;
  while (standing(row, house.now()) === 'in_flight' && clock.left() > 500) {
    await new Promise(resolve => setTimeout(resolve, 100));
    row = (await house.store.intent(row.id)) ?? row;
  }
  if (['unknown', 'pending'].includes(standing(row, house.now())))
    row = (await clock.race(settleByReading(house, row))) ?? row;
  return tell(house, write, row, { repeat: true });
}

/** One intent, told as a result: `done` as the tool tells it, everything else as a failure that says what is known. */
export async function tell(
  house: House,
  write: Pick<Write, 'tool' | 'input' | 'connection'>,
  row: IntentRow,
  more: { repeat?: boolean; note?: string } = {},
): Promise<CallToolResult> {
  const now = standing(row, house.now());
  const receipt = row.receipt ? (JSON.parse(row.receipt) as Receipt) : undefined;
  const again = more.repeat ? 'This very call was made before; this is what came of it, nothing was sent again. ' : '';
  const { rule, stood } = unasked(house, row);
  if (now === 'done') {
    const note = [again.trim(), receipt?.reason, more.note, stood].filter(Boolean).join(' ');
    const approved_by = await otherApprover(house, row);
    const extra = {
      intent_id: row.id,
      ...(approved_by === undefined ? {} : { approved_by }),
      undo: write.tool.undo(write.input),
      ...(note ? { note } : {}),
      ...(rule ? { rule } : {}),
    };
    const before = (JSON.parse(row.before) ?? undefined) as JsonObject | undefined;
    const back = reversal(house, write, before, { status: receipt?.status ?? 200, body: receipt?.body });
    const next = back ? [planOf(back)] : [];
    if (receipt?.status === undefined && !receipt?.body)
      return answered(
        write.tool,
        { headline: 'It ran: found out by reading.', fields: {}, lines: [], next },
        write.connection,
        extra,
      );
    const answer = answerOf(house, write, receipt);
    // At most three: what the tool itself advises comes first, and the way back always has its place.
    const steps = [...(answer.next ?? []).slice(0, 3 - next.length), ...next];
    return answered(write.tool, { ...answer, next: steps }, write.connection, extra);
  }
  const ids = { intent_id: row.id, ...(rule ? { rule } : {}) };
  const fail = (outcome: Failure['outcome'], code: Code, why: string, details: Failure['details'] = {}): never => {
    throw new Failure(outcome, code, [again.trim(), why, stood].filter(Boolean).join(' '), { ...ids, ...details });
  };
  const watch = `watch_run with intent_id ${row.id} finds out by reading, and sends nothing.`;
  if (now === 'in_flight')
    return fail(
      'unknown',
      'outcome_unknown',
      'It was sent and the vendor has not answered yet; it is still under way.',
      {
        next: watch,
      },
    );
  if (now === 'unknown') {
    const why = `It was sent, and no answer came back: ${receipt?.reason ?? 'the time for it is over.'}`;
    return fail('unknown', 'outcome_unknown', why, { next: watch });
  }
  if (now === 'pending')
    return fail('pending', 'held_by_vendor', receipt?.reason ?? 'The vendor holds it for its own approval.', {
      waiting_for: 'vendor',
      next: 'A person at the vendor decides. Do not call it again and take no other way.',
    });
  const code = (receipt?.code ?? (now === 'rejected' ? 'rejected' : 'unavailable')) as Code;
  return fail(now, code, receipt?.reason ?? 'Nothing ran.', {
    ...(receipt?.retry_after_s === undefined ? {} : { retry_after_s: receipt.retry_after_s }),
    ...(row.approval_id ? { next: 'The yes for it is used up: the identical call asks a person anew.' } : {}),
  });
}

/** Who said yes, where that is somebody else than whoever asked. By now it was sent, so that nothing found here may turn the result. */
async function otherApprover({ store, log }: House, row: IntentRow): Promise<string | undefined> {
  if (row.approval_id === null) return undefined;
  try {
    const by = (await store.question(row.approval_id))?.decided_by ?? row.principal;
    return by === row.principal ? undefined : by;
  } catch (error) {
    log.warn({ err: error, intent: row.id }, 'who approved it could not be read');
    return undefined;
  }
}

/** What let it through in a person's place, where something did: a rule of the operator's, or the switch that turned asking off. */
function unasked({ policy }: House, { rule, approval_id, connection }: IntentRow): { rule?: string; stood?: string } {
  if (approval_id !== null) return {};
  if (rule === 'insecure_auto_approve')
    return { rule, stood: `Nobody was asked: insecure_auto_approve was on for ${connection}.` };
  return policy.rules.some(({ name, verdict }) => name === rule && verdict === 'allow')
    ? { rule, stood: `The operator’s standing approval "${rule}" covers it; nobody was asked.` }
    : {};
}

/** What the tool makes of the vendor's reply. A reply it cannot read does not turn a call that ran into one that failed. */
function answerOf(house: House, { tool, input }: Pick<Write, 'tool' | 'input'>, receipt: Receipt | undefined): Answer {
  try {
    return tool.answer({ status: receipt?.status ?? 200, body: receipt?.body }, input);
  } catch (error) {
    house.log.error({ err: error, tool: tool.name }, 'a reply could not be told');
    return { headline: 'The vendor accepted it; its reply could not be read further.', fields: {}, lines: [] };
  }
}

const spent = (before: number | undefined, after: number | undefined): string | undefined =>
  before === undefined || after === undefined || before === after
    ? undefined
    : `Credits: ${before} before, ${after} now.`;
