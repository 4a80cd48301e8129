// Judges a run by what it saw itself: which person said yes to what, which bytes left, what took effect, and what each call claimed.
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Budgets } from '../../src/policy/budget-limits.ts';
import type { IntentRow, Opened, QuestionRow } from '../../src/store/store.ts';
import type { JsonObject, VendorName, VendorRequest } from '../../src/vendors/types.ts';
import type { Fate, Sending } from './network.ts';
import { liveSince, type Op } from './ops.ts';
import type { World } from './process.ts';
import { type Asked, type Call, type Counts, counted, type Intent, plain } from './record.ts';
import { Spending } from './spending.ts';
import type { Time } from './time.ts';

export class Judge {
  readonly intents = new Map<string, Intent>();
  readonly asked = new Map<string, Asked>();
  readonly counts = Object.fromEntries(counted.map(name => [name, 0])) as Counts;
  readonly violations: string[] = [];
  readonly spending: Spending;
  /** Since when the operator's stop stands. */
  stopped: number | undefined;
  /** What was claimed never to have happened; looked at once more at the very end. */
  readonly #never: { intent: Intent; claim: string }[] = [];
  readonly #calls = new Set<Call>();
  readonly #time: Time;
  readonly #models: World['models'];
  readonly #times: { call: number; yes: number };
  readonly #markRuns: boolean;
  readonly #trace: (text: string) => void;

  constructor(
    time: Time,
    models: World['models'],
    times: { call: number; yes: number },
    markRuns: boolean,
    budgets: Budgets,
    trace: (text: string) => void,
  ) {
    this.spending = new Spending(budgets, text => this.#wrong(text));
    this.#time = time;
    this.#models = models;
    this.#times = times;
    this.#markRuns = markRuns;
    this.#trace = trace;
  }

  #wrong(text: string): void {
    this.#trace(`VIOLATION: ${text}`);
    this.violations.push(text);
  }
  #hold(holds: boolean, text: string): void {
    if (!holds) this.#wrong(text);
  }

  read(call: Call | undefined, vendor: VendorName, { path }: VendorRequest): void {
    const id = path.split('/').find(part => this.#models[vendor].configuration(part) !== undefined);
    const configuration = id && this.#models[vendor].configuration(id);
    const whole = id !== undefined && path.endsWith(`/${id}`);
    if (call && id && path.endsWith('/runs')) call.looked.set(id, this.#models.trustpager.others.length);
    if (call && id && configuration && whole) call.reads.set(id, { configuration, at: this.#time.now() });
  }

  began(call: Call): void {
    this.counts.calls++;
    this.#calls.add(call);
  }

  posed(call: Call, { question, joined }: { question: QuestionRow; joined: boolean }): void {
    call.question = question.id;
    if (joined || !call.op) return;
    const { op, principal, client } = call;
    const missed = [...this.intents.values()]
      .slice(call.knows)
      .some(by => by.op === op && by.call.principal === principal);
    this.#hold(!missed, `a person is asked about ${op.name} though an identical call was recorded after the last look`);
    this.asked.set(question.id, { op, principal, client, configuration: this.#seen(call), row: question, used: 0 });
  }
  #seen = (call: Call): string | undefined =>
    call.op?.target ? call.reads.get(call.op.target)?.configuration : undefined;

  /** What a person said, as it reaches us: only a yes in time, from where it may come, lets anything through. */
  said(id: string, yes: boolean, channel: string): void {
    const asked = this.asked.get(id);
    if (!asked || asked.kept !== undefined || asked.no || asked.used > 0) return;
    const late = this.#time.wall() >= asked.row.expires_at;
    this.counts[late ? 'late' : yes ? 'yes' : 'no']++;
    if (yes && !late && (channel !== 'client' || asked.row.verdict === 'ask'))
      asked.yes = { wall: this.#time.wall(), channel };
  }

  /** An answer is kept: no later one changes it, and after a no nothing may go out on that question any more. */
  kept(said: { question: QuestionRow; won: boolean } | undefined): void {
    const asked = said?.won ? this.asked.get(said.question.id) : undefined;
    if (!asked || !said) return;
    if (said.question.state === 'rejected') asked.no = true;
    else asked.kept = this.#time.now() - (this.#time.wall() - (said.question.decided_at ?? 0));
  }

  opened(call: Call | undefined, said: Opened, stoppedBefore: boolean): void {
    if ('refused' in said && said.refused === 'budget') this.counts.raced_for_budget++;
    if (!('opened' in said)) return;
    const row = said.opened;
    if (!call?.op) return void this.#wrong(`an intent of ${row.tool} was recorded outside of a call`);
    const looked = call.looked.get(call.op.target ?? '') ?? 0;
    const intent: Intent = { id: row.id, row, op: call.op, call, looked, effects: 0 };
    this.#hold(!stoppedBefore, `call ${call.n} recorded an intent though everything was stopped`);
    this.intents.set(row.id, intent);
    call.ready.push(intent);
  }

  /** A request is handed to the network: everything that must be so by then is looked at here. */
  sends(call: Call | undefined, vendor: VendorName, request: VendorRequest, headers: Record<string, string>): Sending {
    const intent = call?.ready.shift();
    const nothing: Sending = {
      left: () => this.#wrong(`bytes left for ${request.path} without an intent`),
      effect: () => {},
    };
    if (!call || !intent) {
      this.#wrong(`${request.method} ${request.path} was sent with no intent recorded before it`);
      return nothing;
    }
    const { op } = intent;
    call.sent.push(intent);
    const same =
      op.request.method === request.method &&
      op.request.path === request.path &&
      plain(this.#body(intent)) === plain(request.body);
    this.#hold(same, `${op.name} sent ${request.method} ${request.path} ${plain(request.body)}`);
    if (vendor === 'trustpager')
      this.#hold(headers['idempotency-key'] === intent.id, `${op.name} carries a key that is not its intent's`);
    this.#approved(call, intent);
    this.#alone(intent);
    return {
      left: fate => this.#left(intent, fate),
      effect: charged => {
        intent.effects++;
        if (charged !== undefined) intent.charged = charged;
        this.counts.effects++;
        this.#trace(`effect of ${intent.id.slice(0, 6)} ${op.name}`);
        this.#hold(intent.effects === 1, `the intent of ${op.name} took effect ${intent.effects} times`);
      },
    };
  }

  /** What must leave for it: of a TrustPager run, marked with the intent's own id where runs are marked. */
  #body({ id, op }: Intent): JsonObject | undefined {
    const { body } = op.request;
    if (!this.#markRuns || op.vendor !== 'trustpager' || op.kind !== 'fire') return body;
    return { trigger_data: { ...(body?.trigger_data as JsonObject | undefined), _automations_mcp: id } };
  }

  #left(intent: Intent, fate: Fate): void {
    this.#trace(`bytes of ${intent.id.slice(0, 6)} ${intent.op.name} leave; ${fate}`);
    this.counts.sent++;
    this.#hold(this.stopped === undefined, `${intent.op.name} left though everything was stopped`);
    this.#hold(intent.left === undefined, `the intent of ${intent.op.name} was sent twice`);
    intent.left = this.#time.now();
  }

  #gated(call: Call, { gate, target, vendor }: Op): boolean {
    if (gate !== 'live' || !target) return gate === 'always';
    return liveSince(this.#models[vendor].past(target), call.began);
  }

  /** No request without an approved, unexpired, matching, unused yes of a person. */
  #approved(call: Call, { row, op }: Intent): void {
    const asked = row.approval_id === null ? undefined : this.asked.get(row.approval_id);
    if (row.approval_id === null)
      return void this.#hold(!this.#gated(call, op), `${op.name} was sent and nobody was asked`);
    if (!asked) return void this.#wrong(`${op.name} was sent on a question that nobody was asked`);
    const { yes } = asked;
    if (!yes) return void this.#wrong(`${op.name} was sent without a person's yes`);
    this.#hold(!asked.no, `${op.name} was sent after a person's no`);
    asked.used++;
    this.#hold(asked.used === 1, `one yes to ${op.name} let ${asked.used} requests through`);
    this.#hold(asked.op === op, `a yes to ${asked.op.name} let ${op.name} through`);
    this.#hold(
      asked.principal === call.principal && asked.client === call.client,
      `a yes given to ${asked.principal} ${asked.client} served ${call.principal} ${call.client}`,
    );
    // The yes is stamped where it is kept, which may be a moment after it was said.
    this.#hold(
      row.created_at < yes.wall + this.#times.yes + 5_000,
      `a yes to ${op.name} was used ${row.created_at - yes.wall} ms after it was given`,
    );
    this.#hold(
      asked.configuration === this.#seen(call),
      `${op.name} was sent though its target is not what the person saw`,
    );
    const looked = op.target === null ? undefined : call.reads.get(op.target)?.at;
    this.#hold(
      looked === undefined || looked >= (asked.kept ?? 0),
      `${op.name} was sent without another look after the yes`,
    );
    const high = (quote: string): number => (JSON.parse(quote) as { high: number }).high;
    this.#hold(high(row.quote) <= high(asked.row.quote), `${op.name} was sent at a higher price than the person saw`);
  }

  /** No identical call while another may still have run, no other write while one is in flight. */
  #alone(intent: Intent): void {
    const { op, row, call } = intent;
    const now = row.created_at;
    for (const other of this.intents.values()) {
      // Only those that were recorded before it.
      if (other === intent) break;
      const flying = other.outcome === undefined && now < other.row.deadline_at;
      if (other.op.target !== null && other.op.vendor === op.vendor && other.op.target === op.target && !op.stops)
        this.#hold(!flying, `${op.name} was sent while ${other.op.name} was in flight`);
      if (other.op !== op || other.call.principal !== call.principal) continue;
      const open = other.outcome === undefined || other.outcome === 'unknown' || other.outcome === 'pending';
      if (other.outcome === 'pending') this.#wrong(`${op.name} was sent again while the vendor holds it`);
      else if (open && !op.stops) {
        const over = now >= other.row.deadline_at + 600_000;
        const channel = row.approval_id === null ? undefined : this.asked.get(row.approval_id)?.yes?.channel;
        this.#hold(over, `${op.name} was sent again while an earlier one may still have run`);
        this.#hold(
          !over || channel === 'terminal',
          `${op.name} passed an unsettled one and no person outside the client said so`,
        );
        this.counts.passed++;
      } else if (other.outcome === 'done' && row.approval_id === null && op.kind !== 'state')
        this.#hold(
          now >= (other.settled ?? 0) + 120_000,
          `${op.name} was done ${now - (other.settled ?? 0)} ms ago and was sent again`,
        );
    }
  }

  /** Whether `done` may be said of it: a firing and a creation are its own, a state has been reached since it was sent. */
  #true(intent: Intent): boolean {
    const { op, effects, left = Number.POSITIVE_INFINITY } = intent;
    if (effects === 1) return true;
    if (op.kind !== 'state' || !op.wanted || !op.target) return false;
    const past = this.#models[op.vendor].past(op.target);
    return past.some(
      ({ row }, n) => (past[n + 1]?.from ?? Number.POSITIVE_INFINITY) >= left && op.wanted?.(row) === true,
    );
  }

  /**
   * Whether somebody else fired the very same after the call's last look and within its time: TrustPager does not say who fired, so
   * without a marker nothing tells the two apart. What was there when it looked never counts as its own.
   */
  #ambiguous({ op, row, looked }: Intent): boolean {
    if (op.tool !== 'trustpager_trigger_automation' || this.#markRuns) return false;
    return this.#models.trustpager.others
      .slice(looked)
      .some(
        ({ id, data, at }) =>
          id === op.target && plain(data) === plain(op.args.trigger_data) && at <= row.deadline_at + 2_000,
      );
  }

  #claims(intent: Intent, outcome: string, by: string): void {
    if (outcome === 'done' && !this.#ambiguous(intent))
      this.#hold(this.#true(intent), `${by}: done, and ${intent.op.name} took no effect`);
    if (outcome === 'rejected' || outcome === 'not_sent') {
      this.#hold(intent.effects === 0, `${by}: ${outcome}, and ${intent.op.name} took effect`);
      this.#never.push({ intent, claim: `${by}: ${outcome}` });
    }
  }

  settled(row: IntentRow | undefined): void {
    const intent = row && this.intents.get(row.id);
    if (!row || !intent || row.outcome === null || intent.outcome === row.outcome) return;
    if (intent.outcome === 'unknown' || intent.outcome === 'pending') this.counts.settled++;
    this.#trace(`${intent.id.slice(0, 6)} ${intent.op.name} stands as ${row.outcome}`);
    intent.outcome = row.outcome;
    intent.settled = row.settled_at ?? 0;
    this.#charged(intent, row);
    this.#claims(intent, row.outcome, 'the store');
  }

  /** What the vendor's own answer told of its charge is what the call counts for, unless somebody bought credits meanwhile. */
  #charged({ call, op, charged }: Intent, row: IntentRow): void {
    if (charged === undefined) return;
    if (charged > (JSON.parse(row.quote) as { high: number }).high) this.counts.overcharged++;
    const told = row.outcome === 'done' && 'charged' in JSON.parse(row.receipt ?? '{}');
    const { bought } = this.#models.trustpager;
    if (told && !op.stops && bought() < call.began) this.spending.charged(row, charged);
  }

  answered(call: Call, result: CallToolResult): void {
    call.over = true;
    const took = this.#time.now() - call.began;
    this.#hold(took <= this.#times.call + 2_500, `call ${call.n} took ${took} ms`);
    const { outcome, intent_id, code, rule, waiting_for } = (result.structuredContent ?? {}) as Record<string, string>;
    this.#trace(`call ${call.n} ${call.tool} says ${outcome} ${code ?? ''} ${intent_id?.slice(0, 6) ?? ''}`);
    if (!outcome) return void this.#wrong(`call ${call.n} has no outcome`);
    this.counts[outcome as keyof Counts]++;
    if (code === 'budget_exceeded') this.counts.over_budget++;
    this.#hold(code !== 'internal_error', `call ${call.n} broke`);
    const intent = intent_id ? this.intents.get(intent_id) : undefined;
    if (intent) this.#claims(intent, outcome, `call ${call.n}`);
    const { op } = call;
    if (!op) return;
    if (outcome === 'done') this.#hold(intent !== undefined, `call ${call.n} is done without an intent`);
    if (intent) {
      this.#hold(
        intent.op === op && intent.call.principal === call.principal,
        `call ${call.n} was told of ${intent.op.name}`,
      );
      if (intent.call !== call) this.counts.repeats++;
    } else if (outcome !== 'unknown') {
      for (const own of call.sent) this.#claims(own, 'not_sent', `call ${call.n} (${outcome})`);
    }
    if (op.stops) this.#stops(call, outcome, code, rule, waiting_for);
  }

  /** Stopping waits for nobody: only the operator, the clock, the vendor, or that there is nothing to stop, may keep it. */
  #stops({ n, op }: Call, outcome: string, code = '', rule = '', waiting = ''): void {
    this.counts.stops++;
    this.#hold(waiting !== 'person', `the stop of call ${n} waits for a person`);
    const past = op?.target ? this.#models[op.vendor].past(op.target) : [];
    const ended = past.at(-1)?.row.status === 'archived' || op?.tool === 'scrip_cancel_run';
    if (outcome === 'denied')
      this.#hold(
        rule === 'stopped' || (code === 'precondition_failed' && ended),
        `the stop of call ${n} (${op?.name}) was denied: ${code} ${rule}`,
      );
  }

  /** Whether it is not known yet of some call of this kind what came of it. */
  open(op: Op): boolean {
    return [...this.intents.values()].some(
      intent => intent.op === op && (intent.outcome === undefined || intent.outcome === 'unknown'),
    );
  }

  /**
   * Whether somebody else may fire this automation at Scrip now, without it being told apart from a firing of ours by nobody: the vendor
   * does not say who fired, so one that falls into the window of a lost firing of ours is excluded here.
   */
  apart(id: string): boolean {
    // What it leaves behind carries the vendor's time, whatever our clock says.
    const now = this.#time.vendorClock();
    const ours = [...this.intents.values()].filter(({ op }) => op.kind === 'fire' && op.target === id);
    if (
      ours.some(
        ({ outcome, row }) => outcome !== 'rejected' && outcome !== 'not_sent' && now <= row.deadline_at + 2_000,
      )
    )
      return false;
    return ![...this.#calls].some(call => !call.over && call.op?.kind === 'fire' && call.op.target === id);
  }

  /** Nothing that was said not to have happened happened later. */
  finish(): void {
    for (const { intent, claim } of this.#never)
      this.#hold(intent.effects === 0, `${claim}, and ${intent.op.name} took effect in the end`);
  }
}
