// TrustPager's preconditions and scopes: what plan_call predicts against what the twin answers to the same request made directly.
import { describe, expect, test } from 'vitest';
import {
  TRUSTPAGER_AUTOMATIONS as ID,
  type Sandbox,
  startSandbox,
  TRUSTPAGER_ACTIONS,
  TRUSTPAGER_KEYS,
  TRUSTPAGER_RUNS,
} from '../../src/sandbox/index.ts';
import { connect, type Fixture, fastTwins } from '../fixtures.ts';

/** An action that never ends within a test: a run that has begun goes on. */
const endless = { ...fastTwins, actionMs: 3_600_000 };

async function direct(sandbox: Sandbox, method: string, path: string, body?: object, key = sandbox.trustpager.key) {
  const answer = await fetch(`${sandbox.trustpager.baseUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : undefined };
}

const planned = async (fixture: Fixture, tool: string, args: object) => {
  const { structured, isError, text } = await fixture.call('plan_call', { tool, arguments: args });
  expect([isError, text]).toEqual([false, text]);
  return structured as { verdict: string; rule: string };
};

describe('triggering at TrustPager', () => {
  const states = [true, false].flatMap(enabled => [0, 1, 2].map(running => ({ enabled, running })));
  const automations = [
    ID.welcomeSms,
    ID.quoteFollowUp,
    ID.missedCall,
    ID.reviewRequest,
    ID.callReminder,
    ID.webEnquiry,
  ];

  /** Runs that are going on, of one automation; asking for them is a read. */
  const running = async (sandbox: Sandbox, id: string): Promise<number> =>
    (await direct(sandbox, 'GET', `/automations/${id}/runs?limit=100`)).body.data.filter(
      (run: { status: string }) => run.status === 'running',
    ).length;

  /** Fires without waiting for the end, which never comes: `fires` once the run has begun, `refuses` at an answer. */
  async function fire(sandbox: Sandbox, id: string): Promise<'fires' | 'refuses'> {
    const before = await running(sandbox, id);
    let status: number | undefined;
    direct(sandbox, 'POST', `/automations/${id}/trigger`).then(
      answer => {
        status = answer.status;
      },
      () => {},
    );
    const seen = async () => status ?? ((await running(sandbox, id)) > before ? 'running' : 'not yet');
    await expect.poll(seen, { timeout: 20_000 }).not.toBe('not yet');
    expect([undefined, 400]).toContain(status);
    return status === undefined ? 'fires' : 'refuses';
  }

  test('every state: stricter than the vendor only while a run is going on', async () => {
    const sandbox = await startSandbox(endless);
    await using fixture = await connect({ sandbox });
    try {
      const found = await Promise.all(
        states.map(async (state, at) => {
          const id = automations[at] ?? '';
          for (let run = 0; run < state.running; run++) expect(await fire(sandbox, id)).toBe('fires');
          if (!state.enabled) await direct(sandbox, 'POST', `/automations/${id}/disable`);
          const { verdict, rule } = await planned(fixture, 'trustpager_trigger_automation', { automation_id: id });
          if (verdict === 'deny') expect(rule).toBe('precondition');
          return { ...state, plan: verdict === 'deny' ? 'refuses' : 'fires', vendor: await fire(sandbox, id) };
        }),
      );
      // The vendor has no "busy": that a run must be over before the next is this server's own rule (design 5.3).
      expect(found.filter(({ plan, vendor }) => plan !== vendor)).toEqual([
        { enabled: true, running: 1, plan: 'refuses', vendor: 'fires' },
        { enabled: true, running: 2, plan: 'refuses', vendor: 'fires' },
      ]);
    } finally {
      await sandbox.close();
    }
  });

  test('one action needs neither: it may be executed while disabled, and while a run is going on', async () => {
    await using fixture = await connect();
    const { sandbox } = fixture;
    const args = { automation_id: ID.winterNewsletter, action_id: TRUSTPAGER_ACTIONS.newsletterEmail };
    expect((await planned(fixture, 'trustpager_execute_action', args)).verdict).toBe('ask');
    const path = `/automations/${args.automation_id}/actions/${args.action_id}/execute`;
    expect((await direct(sandbox, 'POST', path)).status).toBe(200);
  });
});

describe('building at TrustPager', () => {
  const made = { name: 'Made', trigger_type: 'contact_created' };
  const stage = '79800000-0000-4000-8000-000000000001';
  const builds: Record<string, object> = {
    plain: made,
    'form_submitted, which the vendor rejects': { ...made, trigger_type: 'form_submitted' },
    'form_submitted in a row': { ...made, triggers: [{ trigger_type: 'form_submitted' }] },
    'stage_changed with its stage': { ...made, trigger_type: 'stage_changed', stage_id: stage },
    'stage_changed without one': { ...made, trigger_type: 'stage_changed' },
    'a row for stage_changed': { ...made, triggers: [{ trigger_type: 'stage_changed' }] },
    'rows that take the automation’s stage_changed': {
      ...made,
      trigger_type: 'stage_changed',
      stage_id: stage,
      triggers: [{}],
    },
    'conditions the vendor knows': { ...made, conditions: { 'deal.value': { gte: 500 } } },
    'rows and actions': {
      ...made,
      triggers: [{ trigger_type: 'call_voicemail' }],
      actions: [{ action_type: 'send_sms', sequence: 1, config: { message_body: 'Hi' } }],
    },
  };

  test.each(Object.entries(builds))('%s: the plan agrees with the vendor', async (_what, args) => {
    await using fixture = await connect();
    const plan = (await planned(fixture, 'trustpager_create_automation', args)).verdict === 'deny';
    const { status } = await direct(fixture.sandbox, 'POST', '/automations', args);
    expect({ refused: plan }).toEqual({ refused: status === 400 });
  });

  test('an operator that no run would ever pass is refused here, and saved by the vendor', async () => {
    await using fixture = await connect();
    const args = { ...made, conditions: { 'deal.value': { more_than: 500 } } };
    expect(await planned(fixture, 'trustpager_create_automation', args)).toMatchObject({
      verdict: 'deny',
      rule: 'precondition',
    });
    expect((await direct(fixture.sandbox, 'POST', '/automations', args)).status).toBe(201);
  });
});

describe('scopes at TrustPager, declared as the key has them', () => {
  /** From trustpager.md 3.1 and the notes beside the seeded keys. */
  const keys: [keyof typeof TRUSTPAGER_KEYS, string][] = [
    ['full', 'admin'],
    ['readOnly', 'automations:read,billing:read'],
    ['writeNoTrigger', 'automations:write,billing:read'],
    ['triggerNew', 'automations:write,automations:delete,automations-trigger:trigger,billing:read'],
    ['triggerOld', 'automations:write,automations:trigger'],
    ['triggerNoWrite', 'automations:read,automations-trigger:trigger'],
    [
      'approval',
      'automations:write-approval,automations:delete-approval,automations-trigger:trigger-approval,billing:read',
    ],
  ];
  const automation_id = ID.welcomeSms;
  const action_id = TRUSTPAGER_ACTIONS.welcomeSms;
  const at = `/automations/${automation_id}`;
  const calls: { tool: string; args: object; request: [method: string, path: string, body?: object] }[] = [
    { tool: 'trustpager_list_automations', args: {}, request: ['GET', '/automations'] },
    { tool: 'trustpager_get_automation', args: { automation_id }, request: ['GET', at] },
    { tool: 'trustpager_list_runs', args: { automation_id }, request: ['GET', `${at}/runs`] },
    {
      tool: 'trustpager_get_run',
      args: { run_id: TRUSTPAGER_RUNS.welcomeCompleted },
      request: ['GET', `/automations/runs/${TRUSTPAGER_RUNS.welcomeCompleted}`],
    },
    {
      tool: 'trustpager_create_automation',
      args: { name: 'Made', trigger_type: 'api' },
      request: ['POST', '/automations', { name: 'Made', trigger_type: 'api' }],
    },
    {
      tool: 'trustpager_update_automation',
      args: { automation_id, name: 'Renamed' },
      request: ['PATCH', at, { name: 'Renamed' }],
    },
    { tool: 'trustpager_disable_automation', args: { automation_id }, request: ['POST', `${at}/disable`] },
    { tool: 'trustpager_enable_automation', args: { automation_id }, request: ['POST', `${at}/enable`] },
    { tool: 'trustpager_trigger_automation', args: { automation_id }, request: ['POST', `${at}/trigger`] },
    {
      tool: 'trustpager_execute_action',
      args: { automation_id, action_id },
      request: ['POST', `${at}/actions/${action_id}/execute`],
    },
  ];

  test.each(keys)('%s: refused here exactly where the vendor answers 403', async (profile, scopes) => {
    const key = TRUSTPAGER_KEYS[profile];
    await using fixture = await connect({ env: { TRUSTPAGER_API_KEY: key, TRUSTPAGER_SCOPES: scopes } });
    for (const { tool, args, request } of calls) {
      const before = (await fixture.requests()).length;
      const { verdict, rule } = await planned(fixture, tool, args);
      const refused = verdict === 'deny' && rule === 'scope';
      if (refused)
        expect([tool, await fixture.requests()]).toEqual([tool, expect.objectContaining({ length: before })]);
      const [method, path, body] = request;
      const { status } = await direct(fixture.sandbox, method, path, body, key);
      expect([200, 201, 202, 403]).toContain(status);
      expect([tool, refused]).toEqual([tool, status === 403]);
    }
  });
});
