// The operator's rules from the outside: refused, asked and covered calls over the real transport, and what a standing approval does when it is used up.
import { describe, expect, test } from 'vitest';
import type { Operator } from '../../src/cli/operator.ts';
import { inspect } from '../../src/cli/operator-file.ts';
import {
  TRUSTPAGER_CONTACTS as CONTACTS,
  SCRIP_AUTOMATIONS as SCRIP,
  startSandbox,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
} from '../../src/sandbox/index.ts';
import { connect, type Fixture, fastTwins, yes } from '../fixtures.ts';
import { accept, answering, fault, firings, promptArguments } from './twin.ts';
import { post } from './wire.ts';

async function operator(text: string): Promise<Operator> {
  const { found, mistakes } = await inspect(text);
  if (!found) throw new Error(JSON.stringify(mistakes));
  return found;
}

/** Covers three texts or 400 credits a day. One text to one contact: 12 credits by the list, up to 120. */
const small = `
rules:
  - name: small-texts
    when: tool == "trustpager_trigger_automation" && credits.high <= 150
    verdict: allow
    ceilings: { credits: 400, calls: 3 }
    reason: One text at a time is fine.
`;
const text = (contact_id: string = CONTACTS.priya) => ({
  automation_id: TRUSTPAGER.welcomeSms,
  trigger_data: { contact_id },
});
const run = (f: Fixture, args: object = text()) => f.call('trustpager_trigger_automation', args as never);

describe('a standing approval', () => {
  test('stands in a person’s place: nobody is asked, and result, plan and record name it', async () => {
    await using f = await connect({ operator: await operator(small) });
    const plan = await f.call('plan_call', { tool: 'trustpager_trigger_automation', arguments: text() });
    expect(plan.structured).toMatchObject({
      verdict: 'allow',
      rule: 'small-texts',
      reason: 'The operator’s standing approval "small-texts" covers it. One text at a time is fine.',
    });
    const said = await run(f);
    expect(said.structured).toMatchObject({ outcome: 'done', rule: 'small-texts' });
    expect(said.text).toContain('The operator’s standing approval "small-texts" covers it; nobody was asked.');
    expect(await f.house?.store.questions()).toEqual([]);
    expect(await f.house?.store.intents({})).toMatchObject([{ rule: 'small-texts', approval_id: null }]);
    // Clients re-issue calls whose answer was lost: one send, and the same approval named.
    const again = await run(f);
    expect(again.structured).toMatchObject({ outcome: 'done', rule: 'small-texts' });
    expect(firings(await f.requests())).toHaveLength(1);
  });

  test('used up, the default decides: a person is asked and told why, and a day later it stands again', async () => {
    const person = answering(accept);
    const one = small.replace('calls: 3', 'calls: 1');
    await using f = await connect({ person, operator: await operator(one) });
    expect((await run(f)).structured).toMatchObject({ outcome: 'done', rule: 'small-texts' });
    const second = await run(f, text(CONTACTS.tom));
    expect(second.structured.outcome).toBe('done');
    expect(second.structured.rule).toBeUndefined();
    expect(person.shown).toHaveLength(1);
    expect(person.shown[0]).toContain(
      'The standing approval "small-texts" does not cover it: with it, 1 calls within 24 hours would be exceeded.',
    );
    // What a person said yes to counts towards no ceiling.
    expect((await f.house?.store.intents({}))?.map(({ rule }) => rule)).toEqual(['defaults', 'small-texts']);
    if (f.house) f.house.now = () => Date.now() + 24 * 3_600_000 + 1_000;
    expect((await run(f)).structured).toMatchObject({ outcome: 'done', rule: 'small-texts' });
    expect(person.shown).toHaveLength(1);
  });

  test('covers no unknown price, no limit of a budget, and nothing that nobody could settle', async () => {
    const person = answering(accept);
    const wide = small.replace('credits.high <= 150', 'true').replace('credits: 400', 'credits: 1000000');
    await using f = await connect({ person, operator: await operator(wide) });
    const unknown = { automation_id: TRUSTPAGER.jobHandover, trigger_data: { contact_id: CONTACTS.priya } };
    const plan = await f.call('plan_call', { tool: 'trustpager_trigger_automation', arguments: unknown });
    expect(plan.structured).toMatchObject({ verdict: 'ask', rule: 'quote' });
    expect(plan.text).toContain('The standing approval "small-texts" does not cover it: its price is not known.');

    await using g = await connect({
      sandbox: f.sandbox,
      operator: await operator(`${wide}budgets: [{ name: none, per: day, credits: 1 }]\n`),
    });
    expect((await run(g)).structured).toMatchObject({ outcome: 'denied', rule: 'budget', code: 'budget_exceeded' });

    await fault(f.sandbox, { fault: 'reset_after', method: 'POST', path: '/trigger' });
    expect((await run(f)).structured).toMatchObject({ outcome: 'unknown', rule: 'small-texts' });
    if (f.house) f.house.now = () => Date.now() + 20 * 60_000;
    const later = await f.call('plan_call', { tool: 'trustpager_trigger_automation', arguments: text() });
    expect(later.structured).toMatchObject({ verdict: 'ask_human', rule: 'unsettled' });
  });

  test('may look at what budgets have used, which is known before it is judged', async () => {
    const early = `
budgets: [{ name: daily, per: day, calls: 100 }]
rules:
  - name: the-first
    when: effect == "run" && has(used.daily) && used.daily.calls < 1
    verdict: allow
    ceilings: { credits: 1000, calls: 10 }
`;
    const person = answering(accept);
    await using f = await connect({ person, operator: await operator(early) });
    expect((await run(f)).structured).toMatchObject({ outcome: 'done', rule: 'the-first' });
    expect((await run(f, text(CONTACTS.tom))).structured.outcome).toBe('done');
    expect(person.shown).toHaveLength(1);
    expect(person.shown[0]).not.toContain('the-first');
  });

  test('P14: what another call took meanwhile is not covered: the call is judged anew, and asks', async () => {
    const sandbox = await startSandbox(fastTwins);
    const file = await operator(small.replace('calls: 3', 'calls: 1'));
    await using one = await connect({ sandbox, operator: file });
    const person = answering(accept);
    await using two = await connect({ sandbox, operator: file, stateFolder: one.stateFolder, person });
    // The second call has looked at what is used when the first one takes it.
    if (!two.house) throw new Error('no house');
    const { store } = two.house;
    let first: Awaited<ReturnType<typeof run>> | undefined;
    two.house.store = {
      ...store,
      async used(measures) {
        const seen = await store.used(measures);
        first ??= await run(one);
        return seen;
      },
    };
    const missed = { automation_id: TRUSTPAGER.missedCall, trigger_data: { contact_id: CONTACTS.tom } };
    const second = await run(two, missed);
    expect(first?.structured).toMatchObject({ outcome: 'done', rule: 'small-texts' });
    expect(second.structured.outcome).toBe('done');
    expect(person.shown).toHaveLength(1);
    expect(person.shown[0]).toContain('The standing approval "small-texts" does not cover it');
    expect((await store.intents({})).map(({ rule }) => rule).toSorted()).toEqual(['defaults', 'small-texts']);
    await sandbox.close();
  });
});

describe('rules that refuse and ask', () => {
  const rules = `
zone: Australia/Sydney
rules:
  - name: only-drafts
    when: effect == "delete" && target.state != "disabled"
    verdict: deny
    reason: Switch it off first.
  - name: vips-by-hand
    when: target.name.contains("Welcome")
    verdict: ask_human
  - name: not-this-one
    when: has(arguments.automation_id) && arguments.automation_id == "${TRUSTPAGER.callReminder}"
    verdict: deny
    stops: true
`;

  test('a refusal names the rule and the operator’s reason, before anybody is asked', async () => {
    const person = answering(accept);
    await using f = await connect({ person, operator: await operator(rules) });
    const said = await f.call('trustpager_delete_automation', { automation_id: TRUSTPAGER.missedCall });
    expect(said.structured).toMatchObject({
      outcome: 'denied',
      code: 'denied_by_policy',
      rule: 'only-drafts',
      message: 'Switch it off first.',
    });
    expect(person.shown).toEqual([]);
    expect(await f.writes()).toEqual([]);
  });

  test('ask_human is not asked in the client', async () => {
    const person = answering(accept);
    await using f = await connect({ person, operator: await operator(rules), env: { AUTOMATIONS_CALL_TIMEOUT: '2' } });
    const said = await f.call('trustpager_update_automation', { automation_id: TRUSTPAGER.welcomeSms, name: 'Hello' });
    expect(said.structured).toMatchObject({ outcome: 'pending', waiting_for: 'person', rule: 'vips-by-hand' });
    expect(person.shown).toEqual([]);
  });

  test('stopping goes through unless a deny says stops', async () => {
    await using f = await connect({ operator: await operator(rules) });
    const stop = (automation_id: string) => f.call('trustpager_disable_automation', { automation_id });
    expect((await stop(TRUSTPAGER.welcomeSms)).structured.outcome).toBe('done');
    expect((await stop(TRUSTPAGER.callReminder)).structured).toMatchObject({ outcome: 'denied', rule: 'not-this-one' });
  });

  test('of a read a deny counts, in plans and while following too, and nothing is read', async () => {
    await using f = await connect({ operator: await operator(rules) });
    const read = { automation_id: TRUSTPAGER.callReminder };
    expect((await f.call('trustpager_get_automation', read)).structured).toMatchObject({ rule: 'not-this-one' });
    expect((await f.call('trustpager_list_runs', read)).structured).toMatchObject({ rule: 'not-this-one' });
    const plan = await f.call('plan_call', { tool: 'trustpager_get_automation', arguments: read });
    expect(plan.structured).toMatchObject({ verdict: 'deny', rule: 'not-this-one' });
    expect(await f.requests()).toEqual([]);
    expect((await f.call('trustpager_get_automation', { automation_id: TRUSTPAGER.bigJob })).isError).toBe(false);
    expect((await f.call('trustpager_list_automations')).isError).toBe(false);
  });

  test('an account whose reading a deny refuses is still named, and not read', async () => {
    const closed = 'rules: [{ name: closed, when: vendor == "trustpager", verdict: deny }]\n';
    await using f = await connect({ operator: await operator(closed) });
    const { structured } = await f.call('list_connections');
    expect(structured.connections).toMatchObject([{ id: 'scrip', programs: expect.any(Array) }, { id: 'trustpager' }]);
    expect(structured.connections[1].credits_left).toBeUndefined();
    expect(new Set((await f.requests()).map(({ vendor }) => vendor))).toEqual(new Set(['scrip']));
  });

  test('a rule that cannot be judged refuses', async () => {
    const heavy = `rules:
  - name: heavy
    when: has(arguments.payload) && arguments.payload.rows.all(a, arguments.payload.rows.all(b, a != b || true))
    verdict: ask
`;
    await using f = await connect({ person: yes, operator: await operator(heavy) });
    const fire = (rows: string[]) =>
      f.call('scrip_update_automation', { automation_id: SCRIP.happyHour, payload: { rows } });
    expect((await fire(['a', 'b'])).structured.outcome).toBe('done');
    expect((await fire(Array.from({ length: 500 }, (_, n) => `row ${n}`))).structured).toMatchObject({
      outcome: 'denied',
      rule: 'heavy',
      message: 'The operator’s rule "heavy" could not judge this call, so it is refused.',
    });
  });
});

describe('P11 C7: no request widens a rule', () => {
  const rules = `
rules:
  - name: never-texts
    when: tool == "trustpager_trigger_automation" && principal == "local"
    verdict: deny
  - name: small
    when: tool == "scrip_trigger_automation"
    verdict: allow
    ceilings: { credits: 0, calls: 0 }
`;
  const wishes = {
    rules: [{ name: 'mine', when: 'true', verdict: 'allow', ceilings: { credits: 1e9, calls: 1e9 } }],
    ceilings: { credits: 1e9, calls: 1e9 },
    zone: 'UTC',
    used: {},
    verdict: 'allow',
    standing: true,
    rule: 'small',
    principal: 'operator',
    stops: true,
    effect: 'read',
  };
  const headers = Object.fromEntries(
    Object.entries(wishes).flatMap(([name, value]) => [
      [`x-${name}`, JSON.stringify(value)],
      [`x-automations-${name}`, JSON.stringify(value)],
    ]),
  );
  const fire = { name: 'trustpager_trigger_automation', arguments: text() };
  const digest = { name: 'scrip_trigger_automation', arguments: { automation_id: SCRIP.weeklyDigest } };

  test.each<[string, object, object]>([
    ['headers', {}, { headers }],
    ['_meta', {}, { meta: { ...wishes, 'automations-mcp/rules': wishes.rules } }],
    ['fields beside the arguments', wishes, {}],
    ['the client’s name', {}, { client: 'operator' }],
    ['capabilities', {}, { capabilities: { elicitation: {}, experimental: { wishes } } }],
  ])('%s', async (_where, more, options) => {
    await using f = await connect({ operator: await operator(rules) });
    const denied = await post(f.url ?? '', { ...fire, ...more }, options);
    expect(denied.said.structured).toMatchObject({ outcome: 'denied', rule: 'never-texts' });
    const asked = await post(f.url ?? '', { ...digest, ...more }, options);
    expect(asked.result?.resultType).toBe('input_required');
    expect(asked.shown).toContain('The standing approval "small" does not cover it');
    expect(await f.writes()).toEqual([]);
  });

  test('arguments: what is no argument is refused, what is one is a fact and nothing more', async () => {
    await using f = await connect({ operator: await operator(rules) });
    for (const [name, value] of Object.entries(wishes))
      expect((await run(f, { ...text(), [name]: value })).structured.code).toBe('invalid_input');
    const inside = await run(f, { ...text(), trigger_data: { contact_id: CONTACTS.priya, ...wishes } });
    expect(inside.structured).toMatchObject({ outcome: 'denied', rule: 'never-texts' });
    expect(await f.writes()).toEqual([]);
  });

  test('a prompt', async () => {
    await using f = await connect({ operator: await operator(rules) });
    const { prompts } = await f.client.listPrompts();
    for (const { name, arguments: args = [] } of prompts as { name: string; arguments?: { name: string }[] }[])
      await f.client.getPrompt({ name, arguments: promptArguments(args, JSON.stringify(wishes)) });
    expect((await run(f)).structured).toMatchObject({ outcome: 'denied', rule: 'never-texts' });
  });
});
