// The way to a vendor and back: slow, cut, refused or garbled, before or after the request took effect.
import { type Code, Failure } from '../../src/errors.ts';
import type { VendorHandle } from '../../src/server/house.ts';
import { classify } from '../../src/vendors/classify.ts';
import type { VendorHttp } from '../../src/vendors/http.ts';
import { scripReader } from '../../src/vendors/scrip/reader.ts';
import { trustpagerReader } from '../../src/vendors/trustpager/reader.ts';
import type { Sent, VendorName, VendorReply, VendorRequest } from '../../src/vendors/types.ts';
import type { Chance } from './chance.ts';
import type { Time } from './time.ts';
import type { TrustpagerModel } from './trustpager.ts';
import type { Answered, Done, Model, Theme } from './vendor.ts';

/** What becomes of one write on its way. `before` and `after`: the request took effect, or it did not. */
const fates = {
  fine: 60,
  late: 3,
  lost_before: 5,
  lost_after: 5,
  cut_before: 5,
  cut_after: 5,
  unreachable: 3,
  refused: 4,
  throttled: 2,
  broken_before: 3,
  broken_after: 3,
  gave_up_before: 1,
  gave_up_after: 1,
  garbage_before: 2,
  garbage_after: 2,
  error_in_success_before: 1,
  error_in_success_after: 1,
  empty: 2,
  held: 4,
  bug_before: 1,
  bug_after: 1,
};
export type Fate = keyof typeof fates;

export interface Network {
  time: Time;
  chance: Chance;
  /** How much goes wrong, from 0, nothing, to 1. */
  trouble(): number;
  theme: Theme;
  deadlines: { read: number; write: number; run: number };
  trace(text: string): void;
}

/** One write under way; what judges it is told when its bytes leave and when it takes effect. */
export interface Sending {
  left(fate: Fate): void;
  effect(charged: number | undefined): void;
}

function fateOf({ chance, trouble, theme }: Network, vendor: VendorName): Fate {
  if (!chance.maybe(trouble())) return 'fine';
  const fate = chance.weighted(fates);
  if ((theme === 'schedules' || theme === 'others') && fate === 'fine') return 'lost_before';
  const holds = fate === 'held' || (theme === 'budgets' && fate === 'fine' && chance.maybe(0.3));
  return holds ? (vendor === 'scrip' ? 'fine' : 'held') : fate;
}

async function write(
  on: Network,
  model: Model,
  vendor: VendorName,
  request: VendorRequest,
  { signal, stopped }: { signal?: AbortSignal; stopped?: () => Promise<boolean> },
  sending: Sending,
): Promise<Sent> {
  const { time, chance } = on;
  const fate = fateOf(on, vendor);
  const allowed = on.deadlines[request.pace];
  const never = (): Promise<Sent> => time.sleep(allowed).then(() => ({ kind: 'unknown', reason: 'No answer came' }));
  await time.sleep(chance.between(1, chance.maybe(0.1) ? 1_500 : 40));
  if (signal?.aborted) return { kind: 'not_sent', reason: 'The call was cancelled; nothing was sent.' };
  if (fate === 'unreachable') return { kind: 'not_sent', reason: 'Connection refused; nothing was sent.' };
  if (await stopped?.()) return { kind: 'not_sent', reason: 'The operator stopped everything; nothing was sent.' };
  sending.left(fate);
  const begun = time.now();
  await time.sleep(chance.between(1, 60));
  const answer = (said: Answered): Sent => ({ kind: 'answered', reply: { status: said.status, body: said.body } });
  const carry = (): Done => {
    const said = model.write(request);
    if (said.status < 300) sending.effect(said.charged);
    return said;
  };
  const unknown = (reason: string): Sent => ({ kind: 'unknown', reason });
  if (fate === 'late') {
    time.at(chance.between(allowed / 2, allowed * 2), carry);
    return never();
  }
  if (fate === 'refused')
    return answer({ status: chance.pick([400, 401, 402, 403, 404, 409, 422]), body: { code: 'NO', message: 'no' } });
  if (fate === 'throttled') return { ...answer({ status: 429 }), retry_after_s: 3 } as Sent;
  if (fate === 'held') return answer((model as TrustpagerModel).hold(() => carry()));
  const said = /_before$/.test(fate) ? undefined : carry();
  // A run answers when it is over; the connection may break long before that.
  const work = (said?.ends ?? 0) + chance.between(1, 400);
  const cut = fate === 'cut_after' ? work * chance.next() : work;
  if (fate === 'lost_before' || fate === 'lost_after' || time.now() - begun + cut > allowed) return never();
  await time.sleep(cut);
  if (fate.startsWith('cut')) return unknown('The connection broke');
  if (fate.startsWith('broken'))
    return answer({ status: chance.pick([500, 502, 503, 504]), body: { code: 'OOPS', message: 'oops' } });
  if (fate.startsWith('gave_up')) return answer({ status: chance.pick([408, 499]) });
  if (fate.startsWith('garbage')) return unknown('It answered something that is not JSON');
  if (fate.startsWith('error_in')) return answer({ status: 200, body: { error: { code: 'ODD', message: 'odd' } } });
  if (fate.startsWith('bug')) throw new TypeError('planted: something in the client broke');
  if (fate === 'empty' && said && said.status < 300) return answer({ status: 204 });
  return answer(said ?? { status: 500 });
}

const deaf: VendorReply = { status: 503, body: undefined };

async function read(
  on: Network,
  model: Model,
  request: VendorRequest,
  arrives: () => void,
  seen: () => void,
): Promise<VendorReply> {
  const { time, chance } = on;
  const sick = chance.maybe(on.trouble() * 0.15);
  // The answer is of the moment when the vendor made it, not of when it arrives.
  await time.sleep(chance.between(1, 60));
  arrives();
  const said = sick ? deaf : model.read(request);
  if (!sick) seen();
  await time.sleep(sick && chance.maybe(0.4) ? on.deadlines.read : chance.between(1, chance.maybe(0.05) ? 3_000 : 60));
  if (said.status < 300) return { status: said.status, body: structuredClone(said.body) };
  const codes: Record<number, Code> = { 404: 'not_found', 403: 'insufficient_scope' };
  const code = codes[said.status] ?? 'unavailable';
  throw new Failure('not_sent', code, `The model vendor answered ${said.status}; nothing was changed.`);
}

export interface Wires {
  /** Stands between any two steps of a process: it may take time, and a process that died never comes back from it. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** A read is at the vendor, and about to be answered. */
  arrives(vendor: VendorName, request: VendorRequest): void;
  reads(vendor: VendorName, request: VendorRequest): void;
  sends(vendor: VendorName, request: VendorRequest, headers: Record<string, string>): Sending;
}

/** A handle as the call path gets it: the real reader and the real classification over a model vendor. */
export function handleTo(vendor: VendorName, model: Model, on: Network, wires: Wires): VendorHandle {
  const listeners: ((reply: VendorReply) => void)[] = [];
  const heard = (reply: VendorReply): void => {
    for (const listener of listeners) listener(reply);
  };
  const http = {
    read: (request: VendorRequest) =>
      wires.step(`read ${request.path}`, async () => {
        const reply = await read(
          on,
          model,
          request,
          () => wires.arrives(vendor, request),
          () => wires.reads(vendor, request),
        );
        heard(reply);
        return reply;
      }),
    observe: (listener: (reply: VendorReply) => void) => void listeners.push(listener),
  } as VendorHttp;
  const reader = vendor === 'scrip' ? scripReader(http) : trustpagerReader(http);
  return {
    reader,
    literal: ({ method, path }) => ({ method, url: path, headers: {} }),
    ready: () => (on.chance.maybe(on.trouble() * 0.02) ? 3 : 0),
    async send(request, { headers = {}, ...options }) {
      const sending = wires.sends(vendor, request, headers);
      return wires.step(`send ${request.path}`, async () => {
        const sent = await write(on, model, vendor, request, options, sending);
        if (sent.kind === 'answered') heard(sent.reply);
        return classify(vendor, sent, request);
      });
    },
    credits: () => ('creditsRemaining' in reader ? reader.creditsRemaining() : undefined),
    creditsIn: ({ body }) => ('creditsIn' in reader ? reader.creditsIn(body) : undefined),
    close: async () => {},
  };
}
