// Follows a fan-out, a run or an open call to its end, within the wait it was given; it only reads.
import { Failure } from '../errors.ts';
import { standing } from '../ledger/ledger.ts';
import type { Answer, Watched } from '../tool.ts';
import type { Caller } from './call.ts';
import { type Clock, pause, startClock } from './clock.ts';
import { connectionFor, useOf } from './gather.ts';
import type { House, VendorHandle } from './house.ts';
import { tell } from './send.ts';
import { settleByReading } from './settling.ts';

/** Scrip's whole organisation shares ten requests a second, so progress is looked at this often (scrip.md 9.3). */
const EVERY = 1_200;

export async function watch(house: House, what: Watched, wait: number, caller: Caller): Promise<Answer> {
  const clock = startClock(Math.min(wait * 1_000, house.times.call - 4_000));
  if ('intent_id' in what) return watchIntent(house, what.intent_id, clock, caller);
  if ('run_id' in what) return watchRun(house, what.run_id, clock, caller);
  return watchFanOut(house, what, clock, caller);
}

async function until<T>(clock: Clock, caller: Caller, look: () => Promise<T>, ended: (seen: T) => boolean): Promise<T> {
  for (;;) {
    const seen = await look();
    if (ended(seen) || clock.left() === 0 || caller.signal.aborted) return seen;
    await pause(Math.min(EVERY, clock.left()));
  }
}

async function watchFanOut(
  house: House,
  what: { automation_id: string; program_id?: string | undefined },
  clock: Clock,
  caller: Caller,
): Promise<Answer> {
  const connection = connectionFor(house, 'scrip');
  const handle = (await connection.open()) as VendorHandle<'scrip'>;
  const program = await useOf(house, connection, handle).program(what.program_id);
  const automation = await until(
    clock,
    caller,
    () => handle.reader.getAutomation(program, what.automation_id),
    seen => seen.scope === 'program' || !['pending', 'executing'].includes(seen.execution_status ?? ''),
  );
  const { execution_status: status, participants_processed: processed, participants_total: total } = automation;
  const progress = total === undefined ? '' : `${processed ?? 0} of ${total} participants`;
  const fields = { automation_id: automation.id, status: status ?? automation.status, processed, total };
  if (automation.scope === 'program')
    return {
      headline: automation.last_run_at
        ? `It fires once for the program, without a fan-out; it last fired at ${automation.last_run_at}${automation.last_error ? ', with an error' : ''}.`
        : 'It fires once for the program, without a fan-out; it has not fired yet.',
      fields: { ...fields, state: automation.last_run_at ? 'ended' : 'not_started' },
      lines: [`next run: ${automation.next_run_at ?? 'none'}`],
    };
  if (status === 'pending' || status === 'executing')
    return {
      headline: `Still under way: ${progress || 'no count yet'}.`,
      fields: { ...fields, state: 'under_way' },
      lines: [],
      next: [
        {
          tool: 'watch_run',
          arguments: { automation_id: automation.id, ...(what.program_id ? { program_id: what.program_id } : {}) },
          why: 'go on watching',
        },
      ],
    };
  if (!automation.execution_started_at)
    return { headline: 'No fan-out of it is known.', fields: { ...fields, state: 'not_started' }, lines: [] };
  const failed = status === 'failed' || automation.execution_error;
  return {
    headline: `The fan-out ${failed ? 'failed' : 'ended'}: ${progress || 'no count given'}${automation.execution_completed_at ? `, at ${automation.execution_completed_at}` : ''}.`,
    fields: { ...fields, state: 'ended' },
    lines: [],
  };
}

async function watchRun(house: House, run_id: string, clock: Clock, caller: Caller): Promise<Answer> {
  const handle = (await connectionFor(house, 'trustpager').open()) as VendorHandle<'trustpager'>;
  const run = await until(
    clock,
    caller,
    () => handle.reader.getRun(run_id),
    seen => seen.status !== 'running',
  );
  const counts = `${run.actions_executed ?? 0} of ${run.actions_total ?? '?'} actions ran, ${run.actions_failed ?? 0} failed`;
  const going = run.status === 'running';
  return {
    headline: going ? `Still running: ${counts}.` : `The run ended, status ${run.status ?? 'missing'}: ${counts}.`,
    fields: {
      state: going ? 'under_way' : 'ended',
      status: run.status,
      run_id,
      processed: run.actions_executed,
      total: run.actions_total,
    },
    lines: [],
    next: [
      going
        ? { tool: 'watch_run', arguments: { run_id }, why: 'go on watching' }
        : { tool: 'trustpager_get_run', arguments: { run_id }, why: 'see what each action did' },
    ],
  };
}

async function watchIntent(house: House, intent_id: string, clock: Clock, caller: Caller): Promise<Answer> {
  const look = async () => {
    const intent = await house.store.intent(intent_id);
    // Somebody else's intent answers like one that does not exist.
    if (!intent || intent.principal !== caller.principal)
      throw new Failure('not_sent', 'not_found', 'No call of yours has this intent_id.', {
        next: 'Take the intent_id from the result of the call.',
      });
    return standing(intent, house.now()) === 'unknown' ? settleByReading(house, intent) : intent;
  };
  const intent = await until(
    clock,
    caller,
    look,
    seen => !['in_flight', 'unknown'].includes(standing(seen, house.now())),
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
  const said = tell(house, { tool: tool as never, input: JSON.parse(intent.arguments), connection }, intent);
  const first = said.content[0];
  return {
    headline: `That call is done. ${first?.type === 'text' ? first.text.split('\n')[0] : ''}`,
    fields: { state: 'ended', status: 'done', intent_id, ...(intent.target ? { automation_id: intent.target } : {}) },
    lines: first?.type === 'text' ? first.text.split('\n').slice(1) : [],
  };
}
