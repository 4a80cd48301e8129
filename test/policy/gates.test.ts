// The order of the gates from outside: what a gate refuses costs no request beyond it, and nobody is asked about it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Sandbox,
  SCRIP_AUTOMATIONS,
  startSandbox,
  TRUSTPAGER_ACTIONS,
  TRUSTPAGER_AUTOMATIONS,
  TRUSTPAGER_TRIGGERS,
} from '../../src/sandbox/index.ts';
import { catalogue } from '../../tools/index.ts';
import { connect, type Fixture, fastTwins } from '../fixtures.ts';

const welcome = { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms };

/** A call of every write, in a state in which nothing but the gate under test is in its way. */
const writes: Record<string, Record<string, unknown>> = {
  scrip_create_automation: {
    name: 'Made',
    event_name: 'made',
    scope: 'participants',
    trigger_type: 'immediate',
    participant_filter: '"vip" in participant.tags',
  },
  scrip_update_automation: { automation_id: SCRIP_AUTOMATIONS.happyHour, status: 'active' },
  scrip_trigger_automation: { automation_id: SCRIP_AUTOMATIONS.weeklyDigest },
  trustpager_create_automation: { name: 'Made', trigger_type: 'api', enabled: true },
  trustpager_update_automation: { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms, priority: 2 },
  trustpager_enable_automation: { automation_id: TRUSTPAGER_AUTOMATIONS.winterNewsletter },
  trustpager_disable_automation: { automation_id: TRUSTPAGER_AUTOMATIONS.bigJob },
  trustpager_trigger_automation: { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms },
  trustpager_execute_action: {
    automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms,
    action_id: TRUSTPAGER_ACTIONS.welcomeSms,
  },
  scrip_cancel_run: { automation_id: SCRIP_AUTOMATIONS.weeklyDigest },
  scrip_archive_automation: { automation_id: SCRIP_AUTOMATIONS.ledgerReport },
  scrip_refresh_subscriptions: { automation_id: SCRIP_AUTOMATIONS.birthdayTreat },
  trustpager_add_trigger: { ...welcome, trigger_type: 'call_voicemail' },
  trustpager_update_trigger: { ...welcome, trigger_id: TRUSTPAGER_TRIGGERS.contactCreated, config: {} },
  trustpager_delete_trigger: { ...welcome, trigger_id: TRUSTPAGER_TRIGGERS.contactCreated },
  trustpager_add_action: { ...welcome, action_type: 'add_tasks', sequence: 2 },
  trustpager_update_action: { ...welcome, action_id: TRUSTPAGER_ACTIONS.welcomeSms, config: {} },
  trustpager_reorder_actions: { ...welcome, action_ids: [TRUSTPAGER_ACTIONS.welcomeSms] },
  trustpager_delete_action: { ...welcome, action_id: TRUSTPAGER_ACTIONS.welcomeSms },
  trustpager_delete_automation: welcome,
};

/** A server and a person who says yes to everything, and remembers having been asked. */
async function house(sandbox: Sandbox, env: Record<string, string> = {}): Promise<Fixture & { asked: string[] }> {
  const asked: string[] = [];
  const fixture = await connect({
    sandbox,
    env: { AUTOMATIONS_TOOLSETS: 'all', ...env },
    person: async message => {
      asked.push(message);
      return { action: 'accept', content: { confirm: true } };
    },
  });
  return Object.assign(fixture, { asked });
}

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox(fastTwins);
});
afterAll(() => sandbox.close());

test('the list above has every write of the catalogue', () => {
  const names = catalogue.filter(({ kind }) => kind === 'write').map(({ name }) => name);
  expect(Object.keys(writes).toSorted()).toEqual(names.toSorted());
});

describe.each<{ gate: string; env: Record<string, string>; code: string }>([
  {
    gate: 'read-only',
    env: { AUTOMATIONS_READ_ONLY: 'true' },
    code: 'denied_by_policy',
  },
  {
    gate: 'scope',
    env: { SCRIP_SCOPES: 'automations:read', TRUSTPAGER_SCOPES: 'automations:read' },
    code: 'insufficient_scope',
  },
  {
    gate: 'read-only',
    env: {
      AUTOMATIONS_READ_ONLY: '1',
      SCRIP_SCOPES: 'automations:read',
      TRUSTPAGER_SCOPES: 'automations:read',
    },
    code: 'denied_by_policy',
  },
])('P10 C22: $gate with $env', ({ gate, env, code }) => {
  let fixture: Fixture & { asked: string[] };
  beforeAll(async () => {
    fixture = await house(sandbox, env);
  });
  afterAll(() => fixture.close());

  test.each(Object.keys(writes))('%s: no request, no question, no record', async tool => {
    const before = (await fixture.requests()).length;
    const said = await fixture.call(tool, writes[tool]);
    expect(said.isError).toBe(true);
    expect(said.structured).toMatchObject({ outcome: 'denied', code, rule: gate });
    expect(said.text).toContain('Nothing was sent, nothing was spent.');
    const plan = await fixture.call('plan_call', { tool, arguments: writes[tool] });
    expect(plan.structured).toMatchObject({ verdict: 'deny', rule: gate, reason: said.structured.message });
    expect(await fixture.requests()).toHaveLength(before);
    expect(fixture.asked).toEqual([]);
    expect(await fixture.house?.store.intents({})).toEqual([]);
    expect(await fixture.house?.store.questions({})).toEqual([]);
  });
});

describe('preconditions', () => {
  const refused: { what: string; tool: string; args: Record<string, unknown> }[] = [
    {
      what: 'a paused automation',
      tool: 'scrip_trigger_automation',
      args: { automation_id: SCRIP_AUTOMATIONS.happyHour },
    },
    {
      what: 'a pair that never fires by hand',
      tool: 'scrip_trigger_automation',
      args: { automation_id: SCRIP_AUTOMATIONS.birthdayTreat },
    },
    {
      what: 'an archived automation',
      tool: 'scrip_update_automation',
      args: { automation_id: SCRIP_AUTOMATIONS.stampCard, status: 'active' },
    },
    {
      what: 'a pair that does not exist',
      tool: 'scrip_create_automation',
      args: { ...writes.scrip_create_automation, scope: 'program', participant_filter: undefined },
    },
    {
      what: 'a disabled automation',
      tool: 'trustpager_trigger_automation',
      args: { automation_id: TRUSTPAGER_AUTOMATIONS.winterNewsletter },
    },
    {
      what: 'a trigger type the vendor rejects',
      tool: 'trustpager_create_automation',
      args: { ...writes.trustpager_create_automation, trigger_type: 'form_submitted' },
    },
  ];

  test.each(refused)('P10: $what: read, refused, and nobody is asked', async ({ tool, args }) => {
    // Limits of nothing: were the quote looked at first, a person would be asked.
    await using fixture = await house(sandbox, {
      AUTOMATIONS_ASK_ABOVE_CREDITS: '0',
      AUTOMATIONS_ASK_ABOVE_PEOPLE: '0',
    });
    const before = (await fixture.requests()).length;
    const said = await fixture.call(tool, args);
    expect(said.structured).toMatchObject({ outcome: 'denied', code: 'precondition_failed', rule: 'precondition' });
    expect((await fixture.requests()).slice(before).every(({ method }) => method === 'GET')).toBe(true);
    expect(fixture.asked).toEqual([]);
    expect(await fixture.house?.store.intents({})).toEqual([]);
    expect(await fixture.house?.store.questions({})).toEqual([]);
  });

  test('wrong arguments are refused before any gate, also in read-only mode', async () => {
    await using fixture = await house(sandbox, { AUTOMATIONS_READ_ONLY: 'true' });
    const before = (await fixture.requests()).length;
    const said = await fixture.call('scrip_trigger_automation', { automation_id: 'not-a-uuid', force: true });
    expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'invalid_input' });
    expect(await fixture.requests()).toHaveLength(before);
    expect(fixture.asked).toEqual([]);
  });
});

describe('P11 C5: arguments widen nothing', () => {
  test.each([
    { confirm: true },
    { approved: true },
    { dry_run: false },
    { connection: 'scrip' },
    { scopes: ['admin'] },
    { read_only: false },
    { idle: 'not_busy' },
  ])('%j is no argument of any write', async extra => {
    await using fixture = await house(sandbox);
    const before = (await fixture.requests()).length;
    for (const [tool, args] of Object.entries(writes)) {
      const said = await fixture.call(tool, { ...args, ...extra });
      expect([tool, said.structured.code]).toEqual([tool, 'invalid_input']);
      expect(said.text).toContain(JSON.stringify(Object.keys(extra)[0]));
    }
    expect(await fixture.requests()).toHaveLength(before);
    expect(fixture.asked).toEqual([]);
  });
});
