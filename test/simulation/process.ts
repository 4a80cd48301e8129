// A process of ours in a run: a real house over the shared store, which may die at any await and take everything it remembered with it.
import { AsyncLocalStorage } from 'node:async_hooks';
import { answerQuestion, host } from '../../src/approvals/approvals.ts';
import { Failure } from '../../src/errors.ts';
import { audited } from '../../src/ledger/audit.ts';
import { versionOf } from '../../src/ledger/canonical.ts';
import type { Budgets } from '../../src/policy/budget-limits.ts';
import type { Asking } from '../../src/server/ask.ts';
import { callTool, type Result } from '../../src/server/call.ts';
import type { Connection, House } from '../../src/server/house.ts';
import { rememberSeen } from '../../src/server/seen.ts';
import { type Answering, recent, type Store } from '../../src/store/store.ts';
import type { JsonObject } from '../../src/vendors/types.ts';
import { catalogue } from '../../tools/index.ts';
import { suggested } from '../../tools/suggested.ts';
import type { Judge } from './judge.ts';
import { handleTo, type Network } from './network.ts';
import type { Op } from './ops.ts';
import type { Call } from './record.ts';
import { scripProgram } from './scrip.ts';
import type { TrustpagerModel } from './trustpager.ts';
import type { Model } from './vendor.ts';

export const gone = Symbol('gone');

export interface World {
  network: Network;
  models: { scrip: Model; trustpager: TrustpagerModel };
  judge: Judge;
  store: Store;
  times: House['times'];
  humanAbove: { credits: number; people: number };
  budgets: Budgets;
  idle: House['idle'];
  /** Whether TrustPager's runs bear the id of the intent that fired them. */
  markRuns: boolean;
  terminal: boolean;
  calls: number;
}

export interface Request {
  tool: string;
  args: JsonObject;
  op?: Op | undefined;
  principal: string;
  client: string;
  asking(call: Call): Asking;
  signal: AbortSignal;
}

export interface Process {
  readonly alive: boolean;
  call(request: Request): Promise<Result | typeof gone>;
  die(): void;
}

const within = new AsyncLocalStorage<Call>();
const tools = new Map(catalogue.map(tool => [tool.name, tool]));
const never = new Promise<never>(() => {});

export function startProcess(world: World, name: string): Process {
  const { network, judge } = world;
  const { time, chance, trace } = network;
  const death = Promise.withResolvers<typeof gone>();
  let alive = true;
  const die = (): void => {
    if (!alive) return;
    alive = false;
    judge.counts.crashes++;
    trace(`${name} dies`);
    death.resolve(gone);
  };

  /** Every step takes its time, or is the last one. */
  async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
    const trouble = network.trouble();
    const pause = async (): Promise<void> => {
      if (chance.maybe(trouble * 0.004)) die();
      if (alive && chance.maybe(trouble * 0.3)) await time.sleep(chance.between(0, chance.maybe(0.03) ? 900 : 60));
      if (!alive) await never;
    };
    await pause();
    // What is left of a budget is looked at a moment before it is taken.
    if (network.theme === 'budgets' && what === 'open') await time.sleep(chance.between(0, 300));
    if (trouble > 0 && chance.maybe(trouble * 0.002) && !what.startsWith('send') && !what.startsWith('read'))
      throw new Failure(
        what === 'settle' ? 'unknown' : 'not_sent',
        what === 'settle' ? 'outcome_unknown' : 'unavailable',
        'The store could not be used.',
      );
    const result = await work();
    await pause();
    return result;
  }

  const inner = world.store;
  const shared: Store = {
    async ask(row, replaces, audit, seen) {
      const call = within.getStore();
      return step('ask', async () => {
        const said = await inner.ask(row, replaces, audit, seen);
        if (call && !said.raced) judge.posed(call, said);
        return said;
      });
    },
    answer: (id, answering, audit) =>
      step('answer', async () => {
        const said = await inner.answer(id, answering, audit);
        judge.kept(said);
        return said;
      }),
    hold: (id, holding) => step('hold', () => inner.hold(id, holding)),
    question: id => step('question', () => inner.question(id)),
    questions: filter => step('questions', () => inner.questions(filter)),
    async open(opening, audit) {
      const call = within.getStore();
      const stopped = judge.stopped !== undefined;
      return step('open', async () => {
        const said = await inner.open(opening, result => {
          judge.spending.opened(opening, result);
          return audit?.(result) ?? [];
        });
        trace(`${name} call ${call?.n} open ${'opened' in said ? said.opened.id.slice(0, 6) : said.refused}`);
        judge.opened(call, said, stopped);
        return said;
      });
    },
    settle: (id, receipt, audit) =>
      step('settle', async () => {
        const row = await inner.settle(id, receipt, settled => {
          judge.spending.settled(settled);
          return audit?.(settled) ?? [];
        });
        judge.settled(row);
        return row;
      }),
    intent: id => step('intent', () => inner.intent(id)),
    intents(filter) {
      const call = within.getStore();
      return step('intents', async () => {
        if (call && filter.call && filter.limit === recent) call.knows = judge.intents.size;
        return inner.intents(filter);
      });
    },
    used: measures => step('used', () => inner.used(measures)),
    append: entries => step('append', () => inner.append(entries)),
    audit: (after, limit) => inner.audit(after, limit),
    head: () => inner.head(),
    endSession: (session, now) => inner.endSession(session, now),
    sessionEnded: id => inner.sessionEnded(id),
    addToken: token => inner.addToken(token),
    token: id => inner.token(id),
    tokens: () => inner.tokens(),
    revokeToken: (id, at) => inner.revokeToken(id, at),
    key: () => inner.key(),
    stop: reason => inner.stop(reason),
    resume: () => inner.resume(),
    stopped: () => inner.stopped(),
    close: async () => {},
  };

  const connections = (['scrip', 'trustpager'] as const).map((vendor): Connection => {
    const handle = handleTo(vendor, world.models[vendor], network, {
      step,
      // Somebody else fires the same just before this call looks at the runs: it is there before the call is, and is not its own.
      arrives(of, { path }) {
        const op = within.getStore()?.op;
        if (of !== 'trustpager' || op?.kind !== 'fire' || !op.target || !path.endsWith('/runs') || judge.open(op))
          return;
        if (chance.maybe(network.trouble() * (network.theme === 'others' ? 0.4 : 0.1)))
          world.models.trustpager.fire(op.target, op.args.trigger_data as JsonObject | undefined);
      },
      reads: (of, request) => judge.read(within.getStore(), of, request),
      sends: (of, request, headers) => judge.sends(within.getStore(), of, request, headers),
    });
    const program = vendor === 'scrip' ? { program: scripProgram } : {};
    return {
      id: vendor,
      vendor,
      environment: 'sandbox',
      bodyKey: 'trigger_data',
      markRuns: vendor === 'trustpager' && world.markRuns,
      ...program,
      open: async () => handle,
    };
  });

  const settings = {
    readOnly: false,
    noSpend: false,
    ...world.budgets,
    humanAbove: world.humanAbove,
    zone: 'UTC',
    rules: [],
  };
  const policyVersion = versionOf({ settings });
  const { store, note } = audited(shared, {
    json: value => JSON.stringify(value),
    now: time.wall,
    policy: { version: policyVersion, program: '0', policy: { settings } },
    onerror: error => trace(`${name} audit: ${String(error)}`),
  });
  const house: House = {
    version: '0',
    catalogue: [...tools.values()],
    suggested,
    tools,
    connections,
    store,
    note,
    policy: settings,
    policyVersion,
    idle: world.idle,
    times: world.times,
    seen: rememberSeen(),
    ...(world.terminal ? { approveCommand: (id: string) => `approve ${id}` } : {}),
    redact: text => text,
    redactedJson: value => JSON.stringify(value),
    inFlight: new Set(),
    log: {
      info: () => {},
      warn: () => {},
      error: (fields, message) => trace(`${name} log: ${message} ${String((fields as { err?: unknown }).err)}`),
    },
    now: time.wall,
  };

  return {
    get alive() {
      return alive;
    },
    die,
    call({ tool, args, op, principal, client, asking, signal }) {
      const known = tools.get(tool);
      if (!known) throw new Error(`no tool ${tool}`);
      if (!alive) return Promise.resolve(gone);
      const call: Call = {
        n: ++world.calls,
        tool,
        op,
        principal,
        client,
        began: time.now(),
        reads: new Map(),
        knows: 0,
        looked: new Map(),
        ready: [],
        sent: [],
      };
      judge.began(call);
      trace(`${name} call ${call.n} by ${principal} ${client}: ${op?.name ?? `${tool} ${JSON.stringify(args)}`}`);
      const answer = within.run(call, () =>
        callTool(house, known, args, { principal, client, signal, asking: asking(call) }),
      );
      return Promise.race([
        death.promise,
        answer.then(result => {
          if ('content' in result) judge.answered(call, result as never);
          return result;
        }),
      ]);
    },
  };
}

/** A person at a terminal: a program of its own over the same store. */
export async function answerInTerminal(world: World, id: string, yes: boolean): Promise<void> {
  world.judge.said(id, yes, 'terminal');
  const store = {
    question: world.store.question,
    answer: async (of: string, answering: Answering) => {
      const said = await world.store.answer(of, answering);
      world.judge.kept(said);
      return said;
    },
  };
  await answerQuestion(store, id, {
    yes,
    channel: 'terminal',
    by: host,
    now: world.network.time.wall(),
    usable_for: world.times.yes,
  }).catch(() => {});
}
