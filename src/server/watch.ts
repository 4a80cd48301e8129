// Follows a fan-out, a run or an open call to its end, within the wait it was given; it only reads, and needs no memory of its own.
import { Failure } from '../errors.ts';
import { standing } from '../ledger/ledger.ts';
import type { Answer, Watched } from '../tool.ts';
import type { ScripAutomation } from '../vendors/scrip/automation.ts';
import type { JsonObject } from '../vendors/types.ts';
import type { Caller } from './call.ts';
import { type Clock, pause, startClock } from './clock.ts';
import { accountKey, connectionFor, mayRead, useOf } from './gather.ts';
import type { Connection, House, VendorHandle } from './house.ts';
import { accountLine } from './result.ts';
import { fullId } from './seen.ts';
import { tell } from './send.ts';
import { settleByReading } from './settling.ts';

/** Scrip's whole organisation shares ten requests a second, so progress is looked at this often (scrip.md 9.3). */
const EVERY = 1_200;

/** Without a step forward for this long, a fan-out is called stalled. */
const STALLED = 30_000;

interface Watch {
  house: House;
  caller: Caller;
  clock: Clock;
  /** The account the call named, where there are several. */
  named: string | undefined;
}

export async function watch(
  house: House,
  what: Watched,
  wait: number,
  caller: Caller,
  named?: string,
): Promise<Answer> {
  const on: Watch = {
    house,
    caller,
    named,
    clock: startClock(Math.min(wait * 1_000, house.times.call - 4_000), house.ending),
  };
  if ('intent_id' in what) return watchIntent(on, what.intent_id);
  if ('run_id' in what) return watchRun(on, what.run_id);
  return watchFanOut(on, what);
}

async function until<T>(
  { house, clock, caller }: Watch,
  look: () => Promise<T>,
  ended: (seen: T) => boolean,
): Promise<T> {
  for (;;) {
    const seen = await look();
    if (ended(seen) || clock.left() === 0 || house.ending?.told || caller.signal.aborted) return seen;
    await pause(Math.min(EVERY, clock.left()));
  }
}

const again = (on: Watch, what: JsonObject) => ({
  tool: 'watch_run',
  arguments: { ...what, ...(on.named === undefined ? {} : { connection: on.named }) },
  why: 'go on watching',
});

const withAccount = (answer: Answer, connection: Connection): Answer => ({
  ...answer,
  fields: { ...answer.fields, connection: connection.id },
  lines: [...(answer.lines ?? []), accountLine(connection)],
});

/** Where the last watch of the same fan-out left off. It travels through the client, so it is only ever believed about progress. */
interface Mark {
  started: string;
  processed: number;
  /** When `processed` was last seen to move. */
  moved: number;
}

const packed = (mark: Mark): string => Buffer.from(JSON.stringify(mark)).toString('base64url');

function unpacked(mark: string | undefined): Mark | undefined {
  try {
    const { started, processed, moved } = JSON.parse(Buffer.from(mark ?? '', 'base64url').toString()) as Partial<Mark>;
    return typeof started === 'string' && typeof processed === 'number' && typeof moved === 'number'
      ? { started, processed, moved }
      : undefined;
  } catch {
    return undefined;
  }
}

const seconds = (ms: number): string =>
  ms < 90_000 ? `${Math.max(1, Math.round(ms / 1000))} s` : `${Math.round(ms / 60_000)} min`;

async function watchFanOut(
  on: Watch,
  what: { automation_id: string; program_id?: string | undefined; since?: string | undefined },
): Promise<Answer> {
  const { house, caller } = on;
  const connection = connectionFor(house, 'scrip', on.named);
  mayRead(house, 'watch_run', connection, caller);
  const handle = (await connection.open()) as VendorHandle<'scrip'>;
  const program = await useOf(house, connection, handle, caller.principal).program(what.program_id);
  const id = fullId(house.seen, accountKey(caller.principal, connection), what.automation_id);
  let mark = unpacked(what.since);
  const automation = await until(
    on,
    async () => {
      const seen = await handle.reader.getAutomation(program, id);
      const { execution_started_at: started, participants_processed: processed = 0, participants_total: total } = seen;
      if (started && (mark?.started !== started || processed > mark.processed))
        mark = { started, processed, moved: house.now() };
      caller.progress?.(processed, total, `${processed} of ${total ?? '?'} participants`);
      return seen;
    },
    seen => seen.scope === 'program' || !['pending', 'executing'].includes(seen.execution_status ?? ''),
  );
  const told = (answer: Answer): Answer => withAccount(answer, connection);
  if (automation.scope === 'program') return told(toldProgram(automation));
  const { execution_status: status, participants_processed: processed, participants_total: total } = automation;
  const fields = { automation_id: automation.id, status: status ?? automation.status, processed, total };
  const progress = total === undefined ? 'no count given' : `${processed ?? 0} of ${total} participants`;
  if (status === 'pending' || status === 'executing') {
    const { rate, eta } = pace(automation, house.now());
    const stalled = mark !== undefined && house.now() - mark.moved >= STALLED;
    return told({
      headline: `Still under way: ${progress}${rate}${stalled && mark ? `; stalled, no step forward for ${seconds(house.now() - mark.moved)}` : eta}.`,
      fields: { ...fields, state: stalled ? 'stalled' : 'under_way' },
      lines: stalled ? ['It may still go on. scrip_cancel_run stops it; who was processed keeps what they got.'] : [],
      next: [
        again(on, {
          automation_id: automation.id,
          ...(what.program_id ? { program_id: what.program_id } : {}),
          ...(mark ? { since: packed(mark) } : {}),
        }),
      ],
    });
  }
  if (!automation.execution_started_at)
    return told({ headline: 'No fan-out of it is known.', fields: { ...fields, state: 'not_started' }, lines: [] });
  const failed = status === 'failed' || Boolean(automation.execution_error);
  const took = Date.parse(automation.execution_completed_at ?? '') - Date.parse(automation.execution_started_at);
  const duration = Number.isNaN(took) ? '' : `, in ${seconds(took)}`;
  return told({
    headline: `The fan-out ${failed ? 'failed' : 'ended'}: ${progress}${duration}${automation.execution_completed_at ? `, at ${automation.execution_completed_at}` : ''}.`,
    fields: { ...fields, state: failed ? 'failed' : 'ended' },
    lines: [],
  });
}

/** How fast it goes and how long it may take, from the vendor's own fields, so that a restart of this server loses nothing. */
function pace(
  { execution_started_at, participants_processed = 0, participants_total }: ScripAutomation,
  now: number,
): { rate: string; eta: string } {
  const elapsed = now - Date.parse(execution_started_at ?? '');
  if (!(elapsed > 0) || participants_processed === 0 || participants_total === undefined) return { rate: '', eta: '' };
  const perSecond = participants_processed / (elapsed / 1000);
  const left = Math.max(0, participants_total - participants_processed);
  const rate = perSecond >= 10 ? Math.round(perSecond) : Number(perSecond.toPrecision(2));
  return { rate: `, ${rate} a second`, eta: `, about ${seconds((left / perSecond) * 1000)} left` };
}

const toldProgram = ({ id, status, last_run_at, last_error, next_run_at }: ScripAutomation): Answer => ({
  headline: last_run_at
    ? `It fires once for the program, without a fan-out; it last fired at ${last_run_at}${last_error ? ', with an error' : ''}.`
    : 'It fires once for the program, without a fan-out; it has not fired yet.',
  fields: { automation_id: id, status, state: last_run_at ? (last_error ? 'failed' : 'ended') : 'not_started' },
  lines: [`next run: ${next_run_at ?? 'none'}`],
});

async function watchRun(on: Watch, given: string): Promise<Answer> {
  const connection = connectionFor(on.house, 'trustpager', on.named);
  mayRead(on.house, 'watch_run', connection, on.caller);
  const handle = (await connection.open()) as VendorHandle<'trustpager'>;
  const run_id = fullId(on.house.seen, accountKey(on.caller.principal, connection), given);
  const run = await until(
    on,
    async () => {
      const seen = await handle.reader.getRun(run_id);
      on.caller.progress?.(seen.actions_executed ?? 0, seen.actions_total, `run ${seen.status ?? '?'}`);
      return seen;
    },
    seen => seen.status !== 'running',
  );
  const counts = `${run.actions_executed ?? 0} of ${run.actions_total ?? '?'} actions ran, ${run.actions_failed ?? 0} failed`;
  const going = run.status === 'running';
  const answer: Answer = {
    headline: going ? `Still running: ${counts}.` : `The run ended, status ${run.status ?? 'missing'}: ${counts}.`,
    fields: {
      state: going ? 'under_way' : run.status === 'failed' ? 'failed' : 'ended',
      status: run.status,
      run_id,
      processed: run.actions_executed,
      total: run.actions_total,
    },
    lines: [],
    next: [
      going
        ? again(on, { run_id })
        : { tool: 'trustpager_get_run', arguments: { run_id }, why: 'see what each action did' },
    ],
  };
  return withAccount(answer, connection);
}

async function watchIntent(on: Watch, intent_id: string): Promise<Answer> {
  const { house, caller } = on;
  const look = async () => {
    const intent = await house.store.intent(intent_id);
    // Somebody else's intent answers like one that does not exist.
    if (!intent || intent.principal !== caller.principal)
      throw new Failure('not_sent', 'not_found', 'No call of yours has this intent_id.', {
        next: 'Take the intent_id from the result of the call.',
      });
    return ['unknown', 'pending'].includes(standing(intent, house.now())) ? settleByReading(house, intent) : intent;
  };
  const intent = await until(
    on,
    look,
    seen => !['in_flight', 'unknown', 'pending'].includes(standing(seen, house.now())),
  );
  const tool = house.tools.get(intent.tool);
  const connection = house.connections.find(({ id }) => id === intent.connection);
  if (tool?.kind !== 'write' || !connection)
    throw new Failure(
      'unknown',
      'outcome_unknown',
      `That call was made by ${intent.tool} on ${intent.connection}, which is not served here now.`,
      { intent_id },
    );
  const said = await tell(house, { tool: tool as never, input: JSON.parse(intent.arguments), connection }, intent);
  const first = said.content[0];
  const lines = first?.type === 'text' ? first.text.split('\n') : [];
  return {
    headline: `That call is done. ${lines[0] ?? ''}`,
    fields: {
      state: 'ended',
      status: 'done',
      intent_id,
      ...(intent.target ? { automation_id: intent.target } : {}),
    },
    lines: lines.slice(1),
  };
}
