// One seed, one run: several processes on one store, model vendors, agents and people, under faults, crashes, races and decisions.
import { sqliteStore } from '../../src/store/sqlite.ts';
import { chance as chanceOf } from './chance.ts';
import { Judge } from './judge.ts';
import type { Network } from './network.ts';
import { agents, type Client } from './people.ts';
import { type Process, startProcess, type World } from './process.ts';
import type { Counts } from './record.ts';
import { scripModel } from './scrip.ts';
import { budgetsOf } from './spending.ts';
import { startTime } from './time.ts';
import { trustpagerModel } from './trustpager.ts';
import type { Theme } from './vendor.ts';

export interface Run {
  seed: number;
  violations: string[];
  trace: string[];
  counts: Counts;
}

/** Long enough for every request, question, look and fan-out of a run to come to its end, in virtual milliseconds. */
const aftermath = 15 * 60_000;

export async function simulate(seed: number): Promise<Run> {
  const chance = chanceOf(seed);
  const time = startTime(chance);
  const trace: string[] = [];
  const say = (text: string): void => void trace.push(`${(time.now() / 1000).toFixed(3).padStart(9)}  ${text}`);
  const store = sqliteStore(':memory:');
  try {
    await store.questions();
    const theme = chance.weighted<Theme>({ any: 7, prices: 1, schedules: 1, others: 2, budgets: 1 });
    const setting = { time, chance, trace: say, theme };
    const models = { scrip: scripModel(setting), trustpager: trustpagerModel(setting) };
    const times: World['times'] = {
      call: 8_000,
      askInClient: 12_000,
      askElsewhere: 40_000,
      yes: 10_000,
      write: 5_000,
      run: 12_000,
    };
    let trouble = theme === 'others' ? 1 : chance.pick([0, 0.2, 0.5, 1]);
    const network: Network = {
      time,
      chance,
      trouble: () => trouble,
      theme,
      deadlines: { read: 3_000, write: times.write, run: times.run },
      trace: say,
    };
    const markRuns = chance.maybe(0.4);
    const budgets = budgetsOf(chance, theme);
    say(`budgets ${JSON.stringify(budgets)}`);
    const judge = new Judge(time, models, times, markRuns, budgets, say);
    const world: World = {
      network,
      models,
      judge,
      store,
      times,
      humanAbove: { credits: 500, people: 500 },
      budgets,
      idle: chance.pick(['strict', 'not_busy']),
      markRuns,
      terminal: chance.maybe(0.8),
      calls: 0,
    };
    await live(world, () => {
      trouble = 0;
    });
    judge.finish();
    return { seed, violations: judge.violations, trace, counts: judge.counts };
  } finally {
    time.end();
    await store.close();
  }
}

async function live(world: World, calm: () => void): Promise<void> {
  const { network, models, judge } = world;
  const { time, chance, trace, trouble, theme } = network;
  const processes: Process[] = [];
  const clients: Client[] = [];
  const principals = chance.pick([['local'], ['local'], ['ann', 'bob']]);
  const people = agents(world);
  let over = false;
  /** It counts from when it is on record, and until it is taken back. */
  const stop = async (): Promise<void> => {
    await world.store.stop('for the run');
    judge.stopped = time.now();
  };
  const resume = async (): Promise<void> => {
    judge.stopped = undefined;
    await world.store.resume();
  };

  for (let n = 0; n < chance.between(1, 3); n++) {
    processes[n] = startProcess(world, `process ${n}`);
    for (let m = 0; m < chance.between(1, 2); m++)
      clients.push({
        name: chance.maybe(0.5) ? 'client' : `client ${n}.${m}`,
        principal: chance.pick(principals),
        way: chance.weighted({ round_trip: 4, live: 4, none: 2 }),
        process: () => processes[n] as Process,
      });
  }
  const every = async (low: number, high: number, work: () => void): Promise<void> => {
    for (;;) {
      await time.sleep(chance.between(low, high));
      if (over) return;
      work();
    }
  };
  // A process that died is started again, by its client or by a person.
  void every(50, 2_000, () => {
    for (const [n, process] of processes.entries())
      if (!process.alive) processes[n] = startProcess(world, `process ${n}`);
      else if (chance.maybe(trouble() * (theme === 'prices' ? 0.2 : 0.01))) process.die();
  });
  void every(500, 12_000, () => {
    const vendor = chance.pick(['scrip', 'trustpager'] as const);
    models[vendor].lives(id => judge.apart(id));
  });
  if (chance.maybe(0.3))
    void every(5_000, 60_000, () => {
      const stops = judge.stopped === undefined && chance.maybe(0.5);
      trace(stops ? 'the operator stops everything' : 'no stop stands');
      void (stops ? stop() : resume());
    });
  if (chance.maybe(0.3))
    void every(5_000, 90_000, () => {
      const by = chance.pick([-300_000, -50_000, -2_000, 30_000, 200_000, 800_000]);
      trace(`the clock is set by ${by / 1000} s`);
      time.jump(by);
    });
  if (world.terminal && chance.maybe(0.8)) void people.terminal(() => over);

  const favourites = people.favourites();
  const done = Promise.all(clients.map(client => people.agent(client, favourites, chance.between(1, 3))));
  let finished = false;
  void done.then(() => {
    finished = true;
  });
  const ended = await time.pass(() => finished);
  if (!ended) judge.violations.push('a call never ended');
  over = true;
  calm();
  await resume();
  trace('everything calms down');
  const until = time.now() + aftermath;
  let rest = false;
  time.at(aftermath, () => {
    rest = true;
  });
  await time.pass(() => rest || time.now() > until);
}
