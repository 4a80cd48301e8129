// insecure_auto_approve from the outside: at the account it is set for nobody is asked, everything says so, and nothing but the operator's file sets it.
import { describe, expect, test } from 'vitest';
import { doorsOf } from '../../src/cli/identity.ts';
import type { Operator } from '../../src/cli/operator.ts';
import { inspect } from '../../src/cli/operator-file.ts';
import { ConfigError, readConfig } from '../../src/config.ts';
import { type Sandbox, startSandbox, TRUSTPAGER_AUTOMATIONS, TRUSTPAGER_CONTACTS } from '../../src/sandbox/index.ts';
import { settings } from '../../src/settings.ts';
import { serveOverHttp } from '../../src/transports/http.ts';
import { catalogue } from '../../tools/index.ts';
import { connect, type Fixture, fastTwins } from '../fixtures.ts';
import { accept, answering, fault, firings } from './twin.ts';

/** Two accounts at one twin; the first one asks nobody. */
async function operator(sandbox: Sandbox, more = ''): Promise<Operator> {
  const { found, mistakes } = await inspect(`
connections:
  - { id: open, vendor: trustpager, key_env: AUTO_APPROVE_TEST_KEY, base_url: "${sandbox.trustpager.baseUrl}", insecure_auto_approve: true }
  - { id: asking, vendor: trustpager, key_env: AUTO_APPROVE_TEST_KEY, base_url: "${sandbox.trustpager.baseUrl}" }
${more}`);
  if (!found) throw new Error(JSON.stringify(mistakes));
  process.env.AUTO_APPROVE_TEST_KEY = sandbox.trustpager.key;
  return found;
}

async function opened(more = '', env: Record<string, string> = {}): Promise<Fixture & { person: { shown: string[] } }> {
  const sandbox = await startSandbox(fastTwins);
  const person = answering(accept);
  const f = await connect({ sandbox, person, env, operator: await operator(sandbox, more) });
  const close = async () => {
    await f.close();
    await sandbox.close();
  };
  return { ...f, person, close, [Symbol.asyncDispose]: close };
}

const fire = (connection: string, contact_id: string = TRUSTPAGER_CONTACTS.priya) => ({
  connection,
  automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms,
  trigger_data: { contact_id },
});
const tool = 'trustpager_trigger_automation';
const named = { insecure_auto_approve: true, connection: 'open' };
const words = 'insecure_auto_approve is on: calls go through without a person’s yes there.';

describe('P11 C4: insecure_auto_approve', () => {
  test('asks nobody at its account and everybody elsewhere; instructions, accounts, plans, results and records name it', async () => {
    await using f = await opened();
    expect(f.client.getInstructions()).toContain('insecure_auto_approve is on for open: ');
    expect(f.client.getInstructions()).not.toContain('asking');
    const accounts = await f.call('list_connections');
    expect(accounts.structured.connections).toMatchObject([
      { id: 'open', insecure_auto_approve: true },
      { id: 'asking' },
    ]);
    expect(accounts.structured.connections[1]).not.toHaveProperty('insecure_auto_approve');
    expect(accounts.text).toContain('open: insecure_auto_approve is on');

    const plan = await f.call('plan_call', { tool, arguments: fire('open') });
    expect(plan.structured).toMatchObject({ verdict: 'allow', rule: 'insecure_auto_approve' });
    expect(plan.text).toContain('(production; insecure_auto_approve is on');

    const said = await f.call(tool, fire('open'));
    expect(said.structured).toMatchObject({ outcome: 'done', rule: 'insecure_auto_approve', ...named });
    for (const part of ['Nobody was asked: insecure_auto_approve was on for open.', words])
      expect(said.text).toContain(part);
    expect(f.person.shown).toEqual([]);
    expect(await f.house?.store.intents({})).toMatchObject([{ rule: 'insecure_auto_approve', approval_id: null }]);
    // Whoever repeats it gets what came of it, and it is not sent again.
    const again = await f.call(tool, fire('open'));
    expect(again.structured).toMatchObject({ outcome: 'done', intent_id: said.structured.intent_id, ...named });
    expect(firings(await f.writes())).toHaveLength(1);

    const other = await f.call(tool, fire('asking'));
    expect(other.structured).toMatchObject({ outcome: 'done', connection: 'asking' });
    expect(`${JSON.stringify(other.structured)} ${other.text}`).not.toContain('insecure');
    expect(f.person.shown).toHaveLength(1);
    // What only reads says so too.
    const read = await f.call('trustpager_list_automations', { connection: 'open' });
    expect([read.structured.insecure_auto_approve, read.text.includes(words)]).toEqual([true, true]);
  });

  test.each([
    ['rejected', '429', 'rejected'],
    ['lost', 'reset_after', 'unknown'],
  ])('a call it let through that is %s says so', async (_, kind, outcome) => {
    await using f = await opened('', { AUTOMATIONS_CALL_TIMEOUT: '5' });
    await fault(f.sandbox, { fault: kind, method: 'POST', path: '/trigger' });
    const said = await f.call(tool, fire('open'));
    expect(said.structured).toMatchObject({ outcome, rule: 'insecure_auto_approve', ...named });
    expect(said.structured.message).toContain('Nobody was asked: insecure_auto_approve was on for open.');
    expect(said.text).toContain(words);
    expect(f.person.shown).toEqual([]);
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('what is dear, of unknown price, or perhaps a repeat still asks, and a yes in the client is none to what is dear', async () => {
    await using f = await opened('limits: { ask_above_credits: 5 }', { AUTOMATIONS_CALL_TIMEOUT: '1.5' });
    const verdict = async (args: object) => {
      const { structured } = await f.call('plan_call', { tool, arguments: args });
      return `${structured.verdict} by ${structured.rule}`;
    };
    expect(await verdict(fire('open'))).toBe('ask_human by quote');
    expect((await f.call(tool, fire('open'))).structured).toMatchObject({
      outcome: 'pending',
      waiting_for: 'person',
      ...named,
    });
    expect(f.person.shown).toEqual([]);

    await using g = await connect({ sandbox: f.sandbox, operator: await operator(f.sandbox) });
    const plan = async (args: object) => (await g.call('plan_call', { tool, arguments: args })).structured;
    const handover = { ...fire('open'), automation_id: TRUSTPAGER_AUTOMATIONS.jobHandover };
    expect(await plan(handover)).toMatchObject({ verdict: 'ask', rule: 'quote' });
    await fault(f.sandbox, { fault: 'reset_before', method: 'POST', path: '/trigger' });
    expect((await g.call(tool, fire('open'))).structured).toMatchObject({ outcome: 'unknown' });
    if (g.house) g.house.now = () => Date.now() + 20 * 60_000;
    expect(await plan(fire('open'))).toMatchObject({ verdict: 'ask_human', rule: 'unsettled' });
  });

  test('is not served where requests are authenticated', async () => {
    await using f = await opened();
    if (!f.house) throw new Error('no house');
    const authenticate = async () => ({ principal: { id: 'ann' } });
    const config = readConfig({}, { AUTOMATIONS_PORT: '0' });
    const named = await operator(f.sandbox, 'principals: [{ id: ann }]');
    await expect(doorsOf(config, named, f.house)).rejects.toThrow(
      new ConfigError(
        'Connection "open" has insecure_auto_approve, which never counts where several may come: take it out of the operator’s file, or the principals.',
      ),
    );
    await expect(serveOverHttp(f.house, config, { authenticate })).rejects.toThrow(
      /^insecure_auto_approve cannot be set where requests are authenticated/,
    );
  });

  test('P1: a hundred of the same at once are one request, since nobody is asked', async () => {
    await using f = await opened();
    const said = await Promise.all(Array.from({ length: 100 }, () => f.call(tool, fire('open'))));
    expect(said.map(({ structured }) => structured.outcome)).toEqual(said.map(() => 'done'));
    expect(new Set(said.map(({ structured }) => structured.intent_id)).size).toBe(1);
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('no tool takes it as an argument, and no setting is called anything like it', async () => {
    for (const one of catalogue)
      expect(Object.keys(one.input.shape).join(' ')).not.toMatch(/approv|confirm|insecure|yes/i);
    for (const { name, env } of settings) expect(`${name} ${env}`).not.toMatch(/approv|insecure/i);
    await using f = await opened();
    for (const wish of ['insecure_auto_approve', 'insecureAutoApprove'])
      expect((await f.call(tool, { ...fire('asking'), [wish]: true })).structured).toMatchObject({
        outcome: 'not_sent',
        code: 'invalid_input',
      });
    expect(await f.writes()).toEqual([]);
  });
});
