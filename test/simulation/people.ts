// Who takes part in a run: agents that call, repeat, race, cancel and replay; people who answer, late, wrongly or never; operators.
import type { Asking } from '../../src/server/ask.ts';
import type { Result } from '../../src/server/call.ts';
import { fires, type Op, ops, unasked } from './ops.ts';
import { answerInTerminal, gone, type Process, type World } from './process.ts';
import type { Call } from './record.ts';
import { single } from './scrip.ts';
import { live } from './trustpager.ts';

export interface Client {
  name: string;
  principal: string;
  way: Asking['way'];
  process(): Process;
}

interface Form {
  id: string;
  action: string;
  content: unknown;
}

const yes = { action: 'accept', content: { confirm: true } };
const wrong = [
  { action: 'accept', content: {} },
  { action: 'accept', content: { confirm: 'true' } },
  { action: 'accept', content: { confirm: true, more: 1 } },
  { action: 'accept', content: { confirm: false } },
  { action: 'cancel', content: undefined },
];

export function agents(world: World) {
  const { network, judge, times } = world;
  const { time, chance, trace } = network;
  /** Forms that somebody filled in once: a client may send them again, with this call or with another. */
  const forms: Form[] = [];

  /** What the person at a client does with a form, and after how long; undefined: nothing, ever. */
  async function person(shown: string): Promise<{ action: string; content: unknown } | undefined> {
    trace(`a person reads: ${shown.split('\n')[0] ?? ''}`);
    const what = chance.weighted({ yes: 60, no: 8, late: 6, never: 6, wrong: 6 });
    await time.sleep(
      what === 'late'
        ? times.askInClient + chance.between(1, 20_000)
        : chance.between(5, chance.maybe(0.2) ? times.askInClient : 3_000),
    );
    if (what === 'never') return undefined;
    if (what === 'no') return { action: 'decline', content: undefined };
    return what === 'wrong' ? chance.pick(wrong) : yes;
  }
  const counts = ({ action, content }: { action: string; content: unknown }): boolean =>
    action === 'accept' && JSON.stringify(content) === '{"confirm":true}';

  const asksLive = (call: Call, signal: AbortSignal): Asking => ({
    way: 'live',
    async elicit(shown, timeout) {
      const id = call.question ?? '';
      const said = await Promise.race([person(shown), time.sleep(timeout + 1).then(() => undefined)]);
      if (signal.aborted) throw new Error('the client is gone');
      if (!said) throw new Error('timed out');
      judge.said(id, counts(said), 'client');
      return said;
    },
  });
  const roundTrip = (form: Form | undefined): Asking => ({
    way: 'round_trip',
    pose: async (id, shown) => ({ resultType: 'input_required', id, shown }) as never,
    ...(form ? { answer: form } : {}),
  });

  async function once(
    client: Client,
    tool: string,
    args: Op['args'],
    op?: Op,
    form?: Form,
  ): Promise<Result | typeof gone | 'dropped'> {
    const controller = new AbortController();
    if (form && client.process().alive) judge.said(form.id, counts(form), 'client');
    const impatient = chance.maybe(network.trouble() * 0.12);
    const called = client.process().call({
      tool,
      args,
      op,
      principal: client.principal,
      client: client.name,
      signal: controller.signal,
      asking: call =>
        client.way === 'live'
          ? asksLive(call, controller.signal)
          : client.way === 'none'
            ? { way: 'none' }
            : roundTrip(form),
    });
    if (!impatient) return called;
    return Promise.race([
      called,
      time.sleep(chance.between(1, chance.maybe(0.5) ? 200 : times.call)).then(() => {
        trace(`${client.name} cancels`);
        controller.abort();
        return 'dropped' as const;
      }),
    ]);
  }

  /** One wish of an agent, followed until it gives up. */
  async function wish(client: Client, op: Op): Promise<void> {
    let form: Form | undefined =
      chance.maybe(network.trouble() * 0.08) && forms.length > 0 ? chance.pick(forms) : undefined;
    for (let tries = 0; tries < 5; tries++) {
      const result = await once(client, op.tool, op.args, op, form);
      form = undefined;
      if (result === gone || result === 'dropped') {
        await time.sleep(chance.between(100, 4_000));
        if (chance.maybe(0.7)) continue;
        return;
      }
      if (!('content' in result)) {
        const { id, shown } = result as unknown as { id: string; shown: string };
        const said = await person(shown);
        if (!said) return;
        form = { id, ...said };
        forms.push(form);
        continue;
      }
      const { outcome, intent_id } = (result as { structuredContent: { outcome: string; intent_id?: string } })
        .structuredContent;
      if (outcome === 'unknown' && intent_id && chance.maybe(0.6))
        await once(client, 'watch_run', { intent_id, wait_s: chance.between(0, 4) });
      else if (outcome === 'done' || outcome === 'denied') {
        if (chance.maybe(0.75)) return;
      }
      // Long enough, now and then, for what nobody could find out to be over.
      const long = outcome === 'unknown' && chance.maybe(0.15) ? 700_000 : 150_000;
      await time.sleep(chance.maybe(0.1) ? long : chance.between(0, 6_000));
    }
  }

  async function look(client: Client): Promise<void> {
    const op = chance.pick(ops);
    if (op.target && chance.maybe(0.7))
      await once(client, op.vendor === 'scrip' ? 'scrip_get_automation' : 'trustpager_get_automation', {
        automation_id: op.target,
      });
    else await once(client, 'plan_call', { tool: op.tool, arguments: op.args });
  }

  return {
    async agent(client: Client, favourites: readonly Op[], wishes: number): Promise<void> {
      for (let n = 0; n < wishes; n++) {
        const op = chance.pick(favourites);
        // Calls that differ meet at nothing but a budget.
        const apart = network.theme === 'budgets';
        const wide = chance.maybe(apart ? 0.9 : 0.35) ? chance.between(2, 5) : 1;
        const others = Array.from({ length: wide - 1 }, () =>
          chance.maybe(apart ? 0.1 : 0.7) ? op : chance.pick(favourites),
        );
        if (chance.maybe(0.25)) await look(client);
        await Promise.all([op, ...others].map(one => wish(client, one)));
        await time.sleep(chance.between(0, 5_000));
      }
    },
    /** A person at a terminal who sees every question, and answers some of them. */
    async terminal(over: () => boolean): Promise<void> {
      const seen = new Set<string>();
      while (!over()) {
        await time.sleep(chance.between(500, 5_000));
        for (const { id } of await world.store.questions({ open_at: time.wall() })) {
          if (seen.has(id) || chance.maybe(0.3)) continue;
          seen.add(id);
          const what = chance.weighted({ yes: 6, no: 1, ignores: 2 });
          const takes = chance.between(10, chance.maybe(0.1) ? times.askElsewhere * 2 : 6_000);
          if (what !== 'ignores') time.at(takes, () => void answerInTerminal(world, id, what === 'yes'));
        }
      }
    },
    /** Some of the calls that a run keeps coming back to, so that they meet; often they are about one automation. */
    favourites(): Op[] {
      const themes = {
        any: chance.maybe(0.4) ? chance.pick(ops).target : undefined,
        prices: live,
        schedules: single,
        others: live,
        budgets: undefined,
      };
      const lists = {
        any: [ops, fires],
        prices: [fires],
        schedules: [fires],
        others: [fires],
        budgets: [unasked, fires],
      };
      const one = themes[network.theme];
      const about = (list: readonly Op[]) => (one === undefined ? list : list.filter(({ target }) => target === one));
      return Array.from({ length: network.theme === 'budgets' ? 8 : chance.between(1, 5) }, () =>
        chance.pick(about(chance.pick(lists[network.theme]))),
      );
    },
  };
}
