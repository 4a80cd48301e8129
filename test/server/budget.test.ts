// Budgets from the outside: every window and scope over the real transport and the twins, and what each fate of a call counts for.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { describe, expect, test } from 'vitest';
import type { Operator } from '../../src/cli/operator.ts';
import { readConfig } from '../../src/config.ts';
import {
  TRUSTPAGER_CONTACTS as CONTACTS,
  SCRIP_AUTOMATIONS as SCRIP,
  startSandbox,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
  TRUSTPAGER_KEYS,
} from '../../src/sandbox/index.ts';
import { serveOverHttp } from '../../src/transports/http.ts';
import { connect, type Fixture, fastTwins, said, settingsFor, yes } from '../fixtures.ts';
import { accept, answering, clearFaults, fault } from './twin.ts';

type Budgets = NonNullable<Operator['budgets']>;
const only = (budget: Budgets[number], more: Partial<Operator> = {}): Operator => ({ budgets: [budget], ...more });

/** One text to Priya: 12 credits by the list, up to 120 before this account was seen to be charged. */
const text = (contact_id: string = CONTACTS.priya) => ({
  automation_id: TRUSTPAGER.welcomeSms,
  trigger_data: { contact_id },
});
const run = (f: Fixture, args: object = text()) => f.call('trustpager_trigger_automation', args as never);
/** Asks for one review: 5 credits, up to 50. */
const review = (contact_id: string = CONTACTS.priya) => ({
  automation_id: TRUSTPAGER.reviewRequest,
  trigger_data: { contact_id },
});
const outcome = ({ structured }: Awaited<ReturnType<typeof run>>) => structured.outcome;
const refusal = { outcome: 'denied', code: 'budget_exceeded', rule: 'budget' };

/** Sets the server's clock forward. */
const later = (f: Fixture, minutes: number): void => {
  if (f.house) f.house.now = () => Date.now() + minutes * 60_000;
};
const intents = async (f: Fixture) => (await f.house?.store.intents({})) ?? [];
/** What the latest call counts for. */
const counted = async (f: Fixture) => {
  const [row] = await intents(f);
  return [row?.credits, row?.calls, row?.people];
};

describe('C8: a window', () => {
  test.each([
    ['hour', 61],
    ['day', 24 * 60 + 1],
  ] as const)('of %s rolls: what is older makes room', async (per, minutes) => {
    const person = answering(accept);
    await using f = await connect({ person, operator: only({ name: 'one', per, calls: { hard: 1 } }) });
    expect(outcome(await run(f))).toBe('done');
    const second = await run(f, review());
    expect(second.structured).toMatchObject(refusal);
    expect(second.text).toMatch(
      new RegExp(`Budget "one" allows 1 call an? ${per}; 1 are used, and this call is one more`),
    );
    expect(second.text).toContain(
      per === 'hour' ? 'There is room for it in 1 h 0 min' : 'There is room for it in 24 h 0 min',
    );
    expect(person.shown).toHaveLength(1);
    later(f, minutes);
    expect(outcome(await run(f, review()))).toBe('done');
    expect(await f.writes()).toHaveLength(2);
  });

  test('of a call looks at that call alone', async () => {
    await using f = await connect({ person: yes, operator: only({ name: 'big', per: 'call', credits: { hard: 50 } }) });
    expect(outcome(await run(f, review()))).toBe('done');
    expect(outcome(await run(f, review(CONTACTS.tom)))).toBe('done');
    const dear = await run(f, { automation_id: TRUSTPAGER.callReminder, trigger_data: { contact_id: CONTACTS.priya } });
    expect(dear.structured).toMatchObject(refusal);
    expect(dear.text).toMatch(/Budget "big" allows 50 credits a call; this call may need \d+\./);
  });
});

describe('C8: a budget for each', () => {
  test('automation', async () => {
    const operator = only({ name: 'each', per: 'day', each: 'automation', calls: { hard: 1 } });
    await using f = await connect({ person: yes, operator });
    expect(outcome(await run(f))).toBe('done');
    expect((await run(f, text(CONTACTS.tom))).structured).toMatchObject(refusal);
    expect(outcome(await run(f, review()))).toBe('done');
  });

  test('connection, and one for a single connection', async () => {
    const sandbox = await startSandbox(fastTwins);
    await using f = await connect({ sandbox, person: yes });
    const key_file = join(f.stateFolder, 'key');
    writeFileSync(key_file, sandbox.trustpager.key);
    const account = {
      vendor: 'trustpager',
      environment: 'production',
      key_file,
      base_url: sandbox.trustpager.baseUrl,
    } as const;
    const connections = ['north', 'south'].map(id => ({ ...account, id }));
    for (const [budget, south] of [
      [{ each: 'connection' }, 'done'],
      [{ connection: 'north' }, 'done'],
      [{}, 'denied'],
    ] as const) {
      const operator = { connections, ...only({ name: 'b', per: 'day', calls: { hard: 1 }, ...budget }) };
      await using g = await connect({ sandbox, person: yes, operator });
      expect(outcome(await run(g, { ...text(), connection: 'north' }))).toBe('done');
      expect((await run(g, { ...review(), connection: 'north' })).structured).toMatchObject(refusal);
      expect(outcome(await run(g, { ...review(), connection: 'south' }))).toBe(south);
    }
    await f.close();
    await sandbox.close();
  });

  test('principal', async () => {
    const operator = only({ name: 'each', per: 'day', each: 'principal', calls: { hard: 1 } });
    await using f = await connect({ person: yes, operator });
    if (!f.house) throw new Error('no house');
    const config = readConfig({}, settingsFor(f.sandbox, f.stateFolder));
    const server = await serveOverHttp(
      f.house,
      { ...config, port: 0 },
      {
        authenticate: async req => ({ principal: { id: String(req.headers['x-who']) } }),
      },
    );
    const as = async (who: string, args: Record<string, unknown>): Promise<string> => {
      const client = new Client({ name: 'test-client', version: '1.0.0' }, { capabilities: { elicitation: {} } });
      client.setRequestHandler('elicitation/create', async () => accept);
      const headers = { 'x-who': who };
      await client.connect(new StreamableHTTPClientTransport(new URL(server.url), { requestInit: { headers } }));
      const result = said(await client.callTool({ name: 'trustpager_trigger_automation', arguments: args }));
      await client.close();
      return result.structured.code ?? result.structured.outcome;
    };
    expect(await as('ann', text())).toBe('done');
    expect(await as('ann', review())).toBe('budget_exceeded');
    expect(await as('bob', review())).toBe('done');
    await server.close();
  });
});

describe('soft', () => {
  test('asks about what nobody would be asked about, and the question tells of it', async () => {
    const person = answering(accept);
    await using f = await connect({ person, operator: only({ name: 'few', per: 'day', calls: { soft: 1, hard: 9 } }) });
    const rename = (name: string) =>
      f.call('trustpager_update_automation', { automation_id: TRUSTPAGER.winterNewsletter, name });
    expect(outcome(await rename('Frost'))).toBe('done');
    expect(person.shown).toHaveLength(0);
    expect(outcome(await rename('Thaw'))).toBe('done');
    expect(person.shown).toHaveLength(1);
    expect(person.shown[0]).toContain(
      'Budget: "few": calls a day, at most 9, a person is asked above 1; 1 used, this call is one more',
    );
    expect(person.shown[0]).toContain('Asked by rule "budget": Budget "few" asks above 1 call a day');
    const plan = await f.call('plan_call', { tool: 'trustpager_trigger_automation', arguments: text() });
    expect(plan.structured).toMatchObject({ verdict: 'ask', rule: 'budget' });
    expect(plan.structured.budgets).toEqual([
      expect.stringMatching(/^"few": calls a day.* 2 used, this call is one more$/),
    ]);
    expect(plan.text).toContain('budget: "few": calls a day, at most 9, a person is asked above 1; 2 used');
  });
});

describe('stopping', () => {
  test('counts for nothing and is never held back', async () => {
    const operator = only(
      { name: 'none', per: 'day', calls: { hard: 0 }, credits: { hard: 0 }, people: { hard: 0 } },
      { keep_credits: 1e9 },
    );
    await using f = await connect({ operator });
    for (const [tool, args] of [
      ['trustpager_disable_automation', { automation_id: TRUSTPAGER.welcomeSms }],
      ['scrip_update_automation', { automation_id: SCRIP.weeklyDigest, status: 'paused' }],
    ] as const) {
      expect(outcome(await f.call(tool, args)), tool).toBe('done');
      expect(await counted(f)).toEqual([0, 0, 0]);
    }
    expect(
      (await f.call('scrip_update_automation', { automation_id: SCRIP.weeklyDigest, name: 'x' })).structured,
    ).toMatchObject(refusal);
    expect(await f.writes()).toHaveLength(2);
  });
});

describe('P14: credits', () => {
  const hundred = (more: Partial<Operator> = {}) => only({ name: 'daily', per: 'day', credits: { hard: 130 } }, more);

  test('are reserved at the high end, and settled at what the balance says', async () => {
    await using f = await connect({ person: yes, operator: hundred() });
    await fault(f.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'POST', path: '/trigger', ms: 700 });
    const first = run(f);
    await expect.poll(() => counted(f)).toEqual([120, 1, 0]);
    const meanwhile = await run(f, review());
    expect(meanwhile.structured).toMatchObject(refusal);
    expect(meanwhile.text).toContain('120 are used, and this call may need 50');
    expect(outcome(await first)).toBe('done');
    expect(await counted(f)).toEqual([12, 1, 0]);
    expect(outcome(await run(f, review()))).toBe('done');
  });

  test('that the vendor charges beyond its price are recorded, and felt by the next call', async () => {
    await using f = await connect({ person: yes, operator: hundred() });
    await fault(f.sandbox, { fault: 'action_overcharged', factor: 11 });
    expect(outcome(await run(f))).toBe('done');
    expect(await counted(f)).toEqual([132, 1, 0]);
    const next = await run(f, review());
    expect(next.structured).toMatchObject(refusal);
    expect(next.text).toContain('allows 130 credits a day; 132 are used');
  });

  test('that are bought meanwhile are no negative spend: what was reserved stays', async () => {
    await using f = await connect({ person: yes, operator: hundred() });
    await fault(f.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'POST', path: '/trigger', ms: 500 });
    const going = run(f);
    await expect.poll(() => counted(f)).toEqual([120, 1, 0]);
    await fetch(`${f.sandbox.url}/_twin/trustpager`, { method: 'PATCH', body: '{"credits":9000}' });
    expect(outcome(await going)).toBe('done');
    expect(await counted(f)).toEqual([120, 1, 0]);
  });

  test('are never less than the low end, though the run did nothing', async () => {
    await using f = await connect({ person: yes, operator: hundred() });
    // Nadia has no phone: the action fails and is not billed.
    expect((await run(f, text(CONTACTS.nadia))).structured).toMatchObject({ outcome: 'done', status: 'failed' });
    expect(await counted(f)).toEqual([12, 1, 0]);
  });

  test.each([
    ['lost', { fault: 'reset_after', method: 'POST', path: '/trigger' }, 'unknown', true],
    ['refused', { fault: '429', method: 'POST', path: '/trigger' }, 'rejected', false],
  ] as const)('of a call whose answer was %s', async (_, order, fate, kept) => {
    await using f = await connect({ person: yes, operator: hundred() });
    await fault(f.sandbox, { vendor: 'trustpager', ...order });
    expect(outcome(await run(f))).toBe(fate);
    await clearFaults(f.sandbox);
    expect(await counted(f)).toEqual([120, 1, 0]);
    const next = await f.call('plan_call', { tool: 'trustpager_trigger_automation', arguments: review() });
    expect(next.structured.rule).toBe(kept ? 'budget' : 'defaults');
  });

  test('stay reserved while the vendor holds the call', async () => {
    const env = { TRUSTPAGER_API_KEY: TRUSTPAGER_KEYS.approval };
    await using f = await connect({ person: yes, env, operator: hundred({ unknown_counts_as: 20 }) });
    expect(outcome(await run(f))).toBe('pending');
    const [, ...rest] = await counted(f);
    expect(rest).toEqual([1, 0]);
    expect((await run(f, text(CONTACTS.tom))).structured).toMatchObject(refusal);
  });

  test('of an unknown price: denied until the operator says what it counts as', async () => {
    const args = { automation_id: TRUSTPAGER.jobHandover, trigger_data: { contact_id: CONTACTS.priya } };
    await using f = await connect({ person: yes, operator: hundred() });
    const refused = await run(f, args);
    expect(refused.structured).toMatchObject(refusal);
    expect(refused.text).toContain('nothing says what the unknown counts as (unknown_counts_as)');
    await using g = await connect({ person: yes, operator: hundred({ unknown_counts_as: 100 }) });
    await fault(g.sandbox, { fault: 'reset_after', vendor: 'trustpager', method: 'POST', path: '/trigger' });
    expect(outcome(await run(g, args))).toBe('unknown');
    expect(await counted(g)).toEqual([100, 1, 0]);
  });

  test('that an account keeps are not touched, and a balance that nobody knows is none', async () => {
    const operator: Operator = { keep_credits: 100 };
    const left = (f: Fixture, credits: number) =>
      fetch(`${f.sandbox.url}/_twin/trustpager`, { method: 'PATCH', body: JSON.stringify({ credits }) });
    await using f = await connect({ person: yes, operator });
    await left(f, 219);
    const refused = await run(f);
    expect(refused.structured).toMatchObject(refusal);
    expect(refused.text).toContain('119 credits may be spent before the account is down to what it keeps');
    await left(f, 220);
    expect(outcome(await run(f))).toBe('done');
    // From 208 left, 12 are known to be enough now; two calls at once still leave the floor alone.
    await left(f, 112);
    await fault(f.sandbox, {
      fault: 'latency',
      vendor: 'trustpager',
      method: 'POST',
      path: '/trigger',
      ms: 400,
      times: 2,
    });
    const two = await Promise.all([run(f, text(CONTACTS.tom)), run(f, text())]);
    expect(two.map(outcome).sort()).toEqual(['denied', 'done']);
  });
});

describe('P14: people', () => {
  const few = (more: Partial<Operator> = {}) => only({ name: 'reach', per: 'day', people: { hard: 400 } }, more);
  const fire = (f: Fixture, automation_id: string) => f.call('scrip_trigger_automation', { automation_id });

  test('are reserved as last known and settled at the fan-out’s own number', async () => {
    await using f = await connect({ person: yes, operator: few() });
    expect(outcome(await fire(f, SCRIP.weeklyDigest))).toBe('done');
    expect(await counted(f)).toEqual([0, 1, 360]);
    const next = await fire(f, SCRIP.apologyCredit);
    expect(next.structured).toMatchObject(refusal);
    expect(next.text).toContain('allows 400 people a day; 360 were reached, and this call may reach 118');
  });

  test('whose number nobody knows: denied until the operator says what it counts as', async () => {
    await using f = await connect({ person: yes, operator: few() });
    const refused = await fire(f, SCRIP.vipDoublePoints);
    expect(refused.structured).toMatchObject(refusal);
    expect(refused.text).toContain('(unknown_people_count_as)');
    await using g = await connect({ person: yes, operator: few({ unknown_people_count_as: 390 }) });
    await fault(g.sandbox, { fault: 'reset_after', vendor: 'scrip', method: 'POST', path: '/trigger' });
    expect(outcome(await fire(g, SCRIP.vipDoublePoints))).toBe('unknown');
    expect(await counted(g)).toEqual([0, 1, 390]);
  });
});

describe('P14: a budget that another call used up meanwhile', () => {
  const operator = only({ name: 'one', per: 'hour', calls: { hard: 1 } });
  const unspent = async (f: Fixture) => {
    const asked = (await f.house?.store.questions({})) ?? [];
    expect(asked.map(({ state, call }) => [state, call]).sort()).toEqual([
      ['approved', expect.any(String)],
      ['consumed', expect.any(String)],
    ]);
  };

  test('while a person was thinking: refused after the yes, which is not spent', async () => {
    const faster: { call?: () => Promise<unknown> } = {};
    const person = async (shown: string) => {
      if (shown.includes('Welcome SMS')) await faster.call?.();
      return accept;
    };
    await using f = await connect({ person, operator });
    faster.call = () => run(f, review());
    expect((await run(f)).structured).toMatchObject(refusal);
    await unspent(f);
    expect(await f.writes()).toHaveLength(1);
  });

  test('between the last look and the record: refused there, and the yes is not spent', async () => {
    await using f = await connect({ person: yes, operator });
    const store = f.house?.store;
    if (!store) throw new Error('no house');
    const { open } = store;
    store.open = async (opening, audit) => {
      store.open = open;
      expect(outcome(await run(f, review()))).toBe('done');
      return open(opening, audit);
    };
    const refused = await run(f);
    expect(refused.structured).toMatchObject(refusal);
    expect(refused.text).toMatch(/1 are used, and this call is one more\. There is room for it in 1 h [01] min/);
    expect(refused.text).toContain('Another call was faster.');
    await unspent(f);
    expect(await f.writes()).toHaveLength(1);
  });
});

describe('no-spend mode', () => {
  test('refuses before any request what can only fire or arm, and lets the rest go on', async () => {
    await using f = await connect({ person: yes, env: { AUTOMATIONS_NO_SPEND: 'true' } });
    const spends = [
      ['trustpager_trigger_automation', text()],
      ['trustpager_enable_automation', { automation_id: TRUSTPAGER.winterNewsletter }],
      ['scrip_trigger_automation', { automation_id: SCRIP.weeklyDigest }],
    ] as const;
    for (const [tool, args] of spends)
      expect((await f.call(tool, args)).structured).toMatchObject({ outcome: 'denied', rule: 'no-spend' });
    expect(await f.requests()).toEqual([]);
    const rename = { automation_id: SCRIP.weeklyDigest };
    expect((await f.call('scrip_update_automation', { ...rename, event_name: 'x' })).structured.rule).toBe('no-spend');
    for (const [tool, args] of [
      ['scrip_update_automation', { ...rename, name: 'Digest' }],
      ['scrip_update_automation', { ...rename, status: 'paused' }],
      ['trustpager_disable_automation', { automation_id: TRUSTPAGER.welcomeSms }],
      ['trustpager_create_automation', { name: 'Draft', trigger_type: 'manual' }],
    ] as const)
      expect(outcome(await f.call(tool, args)), tool).toBe('done');
    await using g = await connect({ env: { AUTOMATIONS_NO_SPEND: 'true', AUTOMATIONS_READ_ONLY: 'true' } });
    expect((await run(g)).structured.rule).toBe('read-only');
  });
});
