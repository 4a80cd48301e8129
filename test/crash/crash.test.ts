// Kill -9 between any two steps: two real servers on one state folder, real twins, and a person who says yes to both.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { IntentRow, Store } from '../../src/store/store.ts';
import { requestsOf } from '../fixtures.ts';
import { elsewhere, eventually, pause } from '../server/twin.ts';
import { chance as chanceOf } from '../simulation/chance.ts';
import { surroundings } from '../transports/program.ts';
import { type Call, type Seat, seat } from './seat.ts';

const kinds = ['trustpager_trigger_automation', 'trustpager_create_automation'] as const;
/** Kills at random moments, on top of one before every step. */
const kills = Number(process.env.CRASH_KILLS ?? 8);
/** What one server compiled all the others load. */
const compiled = mkdtempSync(join(tmpdir(), 'automations-mcp-compiled-'));
afterAll(() => rmSync(compiled, { recursive: true, force: true }));

async function world(kind: (typeof kinds)[number]) {
  const chance = chanceOf(kinds.indexOf(kind));
  await using around = await surroundings();
  const env = {
    ...around.env,
    NODE_COMPILE_CACHE: compiled,
    AUTOMATIONS_CALL_TIMEOUT: '10',
    AUTOMATIONS_WRITE_TIMEOUT: '2',
    AUTOMATIONS_RUN_TIMEOUT: '2',
  };
  const store = sqliteStore(join(around.stateFolder, 'state.sqlite'));
  await store.key();
  const plans = [0, 1].map(n => `${around.stateFolder}-plan-${n}`);
  const seats = plans.map(plan => seat(env, plan)) as [Seat, Seat];
  const calls: Call[] = [];

  /** An automation of its own for each round, so that no round waits for another's write. */
  async function callOf(mark: string): Promise<Call> {
    if (kind === 'trustpager_create_automation')
      return { tool: kind, args: { name: mark, trigger_type: 'api', enabled: true } };
    const { data } = await elsewhere(around.sandbox, 'trustpager', 'POST', '/automations', {
      name: mark,
      trigger_type: 'manual',
      enabled: true,
      actions: [{ action_type: 'add_tasks', sequence: 1, config: { tasks: [{ title: 'x' }] } }],
    });
    return { tool: kind, args: { automation_id: data.id, trigger_data: { mark } } };
  }

  /** One call undisturbed: how many steps it has, and what they are. */
  async function trace(): Promise<string[]> {
    await seats[0].sit();
    seats[0].plan('trace');
    const answer = await seats[0].call(await callOf('crash-0'));
    expect(answer?.result.structuredContent.outcome).toBe('done');
    await seats[0].end();
    return readFileSync(`${plans[0]}.trace`, 'utf8').trim().split('\n');
  }

  /** Kills one of the two, then the same call comes again, from the one that lives and by turns from the one that was started anew. */
  async function round(strike: (victim: Seat, other: Seat, call: Call) => Promise<void>): Promise<void> {
    const n = calls.length + 1;
    const [victim, other] = n % 2 ? seats : ([seats[1], seats[0]] as const);
    const call = await callOf(`crash-${n}`);
    calls.push(call);
    await strike(victim, other, call);
    expect(await victim.dead()).toBe('SIGKILL');
    const again = [other.call(call)];
    await victim.sit();
    if (n % 4 < 2) again.push(victim.call(call));
    await Promise.race([Promise.all(again), pause(350)]);
  }

  const steps = await trace();
  await Promise.all(seats.map(one => one.sit()));
  for (let step = 1; step <= steps.length; step++)
    await round(async (victim, _, call) => {
      victim.plan(`${step}`);
      expect([step, await victim.call(call)]).toEqual([step, undefined]);
    });
  // After its last step: the answer is out.
  await round(async (victim, _, call) => {
    expect((await victim.call(call))?.result.structuredContent.outcome).toBe('done');
    victim.kill();
  });
  for (let n = 0; n < kills / kinds.length; n++)
    await round(async (victim, other, call) => {
      void other.call(call);
      void victim.call(call);
      await pause(chance.between(0, 250));
      victim.kill();
    });
  await judge(store, seats, around.sandbox);
  // Once more when every deadline is over: what nobody knows the fate of is still not done again.
  await Promise.all(calls.map((call, n) => (seats[n % 2] as Seat).call(call)));
  await judge(store, seats, around.sandbox);
  await Promise.all(seats.map(one => one.end()));
  await store.close();
  return steps;
}

const marked = (text: string): string => /crash-\d+(?!\d)/.exec(text)?.[0] ?? '';

async function judge(store: Store, seats: [Seat, Seat], sandbox: Parameters<typeof requestsOf>[0]): Promise<void> {
  const all = await eventually(async () => {
    const intents = await store.intents({});
    return intents.every(({ deadline_at, outcome }) => outcome !== null || deadline_at < Date.now())
      ? intents
      : undefined;
  });
  const log = (await requestsOf(sandbox)).filter(({ headers }) => {
    const { 'user-agent': agent, 'idempotency-key': key } = headers as Record<string, string>;
    return agent !== 'somebody-else' && key !== undefined;
  });
  const keyOf = ({ headers }: (typeof log)[number]): string =>
    (headers as Record<string, string>)['idempotency-key'] ?? '';
  // Never two requests for one intent, and none without an intent that was recorded.
  expect(new Set(log.map(keyOf)).size).toBe(log.length);
  const intents = new Map(all.map(intent => [intent.id, intent]));
  expect(log.filter(request => !intents.has(keyOf(request)))).toEqual([]);
  // Each intent used up one question of its own, to which somebody said yes.
  const questions = new Map((await store.questions()).map(question => [question.id, question]));
  for (const { id, approval_id } of all)
    expect(questions.get(approval_id ?? '')).toMatchObject({ state: 'consumed', intent_id: id });
  const effects = log.filter(({ effect }) => effect);
  expect(effects.length).toBeLessThanOrEqual(seats[0].yeses + seats[1].yeses);
  // Nothing that may have run was done again: one effect for each call, or one for each `done` that a person knowingly repeated.
  const byMark = Map.groupBy(all, ({ arguments: text }) => marked(text));
  for (const [mark, rows] of byMark) {
    // Newest first: the one before must have been done and known before the next was sent.
    const early = rows
      .slice(1)
      .filter(({ settled_at }, at) => (settled_at ?? Number.POSITIVE_INFINITY) > (rows[at] as IntentRow).created_at);
    expect([mark, early]).toEqual([mark, []]);
  }
  // Nothing is lost: what took effect is found by reading, and what did not is never said to be done.
  const ran = new Set(effects.map(keyOf));
  for (const { id, arguments: text } of all) {
    const watched = await seats[0].call({ tool: 'watch_run', args: { intent_id: id, wait_s: 0 } });
    const alone = byMark.get(marked(text))?.length === 1;
    const outcome = watched?.result.structuredContent.outcome;
    if (!ran.has(id)) expect([id, outcome]).not.toEqual([id, 'done']);
    else if (alone) expect([id, outcome]).toEqual([id, 'done']);
  }
}

describe.concurrent('kill -9', () => {
  test.each(kinds)(
    'P1 P2 P3 C18: two servers on one store, one killed before every step of %s and after the last, and at random moments',
    { timeout: 120_000 + kills * 5_000 },
    async kind => {
      const steps = await world(kind);
      // Question, form, answer, intent, request, receipt and result are among them, in this order.
      expect(steps.join(' ')).toMatch(/^commit frame commit .*commit request .*commit .*frame$/);
    },
  );
});
