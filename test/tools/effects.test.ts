// What each write is taken for, by its arguments and its target's state: the rows of design section 5.7, seen through plan_call.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  SCRIP_AUTOMATIONS as S,
  type Sandbox,
  startSandbox,
  TRUSTPAGER_AUTOMATIONS as T,
  TRUSTPAGER_ACTIONS,
} from '../../src/sandbox/index.ts';
import { connect, type Fixture, fastTwins } from '../fixtures.ts';

let sandbox: Sandbox;
let fixture: Fixture;
beforeAll(async () => {
  sandbox = await startSandbox(fastTwins);
  fixture = await connect({ sandbox });
});
afterAll(async () => {
  await fixture.close();
  await sandbox.close();
});

interface Plan {
  effect: string;
  verdict: string;
  rule: string;
}
async function plan(tool: string, args: object): Promise<Plan> {
  const { structured, isError, text } = await fixture.call('plan_call', { tool, arguments: args });
  expect([isError, text]).toEqual([false, text]);
  return structured;
}
const arrange = (id: string, status: string) =>
  fetch(`${sandbox.url}/_twin/scrip/automations/${id}`, { method: 'PATCH', body: JSON.stringify({ status }) });

describe('C9: creating at Scrip: there is no "create switched off"', () => {
  const base = { name: 'New', event_name: 'new' };
  test.each([
    [{ trigger_type: 'immediate', scope: 'participants' }, 'run'],
    [{ trigger_type: 'immediate', scope: 'participants', participant_filter: '"vip" in participant.tags' }, 'run'],
    [{ trigger_type: 'cron', scope: 'program', cron_expression: '0 9 * * 1' }, 'arm'],
    [{ trigger_type: 'cron', scope: 'participants', cron_expression: '0 9 * * 1' }, 'arm'],
    [{ trigger_type: 'one_time', scope: 'program', trigger_at: '2099-01-01T00:00:00Z' }, 'arm'],
    [
      {
        trigger_type: 'participant_state',
        scope: 'participants',
        schedule_type: 'INTERVAL',
        schedule_config: { every: '30d' },
      },
      'arm',
    ],
  ])('%j: %s, and a person confirms', async (args, effect) => {
    expect(await plan('scrip_create_automation', { ...base, ...args })).toMatchObject({ effect, verdict: 'ask' });
  });
});

describe('C9: changing at Scrip', () => {
  const words = [{ name: 'Other' }, { description: 'Other' }, { name: 'Other', description: 'Other' }];
  const matter = [
    { event_name: 'other' },
    { payload: { points: 2 } },
    { participant_filter: '"vip" in participant.tags' },
    { guard_condition: 'participant.counters.visits > 2' },
    { cron_expression: '0 9 * * 2' },
    { timezone: 'Europe/Berlin' },
    { name: 'Other', payload: { points: 2 } },
    { status: 'paused', payload: { points: 2 } },
  ];
  const change = async (status: string, fields: object) => {
    await arrange(S.weeklyDigest, status);
    return plan('scrip_update_automation', { automation_id: S.weeklyDigest, ...fields });
  };

  test.each(['active', 'paused', 'completed', 'failed'])('%s: what fires nothing needs nobody', async status => {
    for (const fields of [...words, { status: 'paused' }])
      expect([fields, await change(status, fields)]).toMatchObject([fields, { effect: 'update', verdict: 'allow' }]);
  });

  test.each(['active', 'paused', 'completed', 'failed'])('%s: switching on is asked', async status => {
    for (const fields of [{ status: 'active' }, { status: 'active', name: 'Other' }])
      expect([fields, await change(status, fields)]).toMatchObject([fields, { effect: 'arm', verdict: 'ask' }]);
  });

  test('active: when, whom and what are asked, also together with words or a pause', async () => {
    for (const fields of matter)
      expect([fields, await change('active', fields)]).toMatchObject([fields, { effect: 'arm', verdict: 'ask' }]);
  });

  test('paused: when, whom and what need nobody', async () => {
    for (const fields of matter)
      expect([fields, await change('paused', fields)]).toMatchObject([fields, { effect: 'update', verdict: 'allow' }]);
  });
});

describe('C9: creating at TrustPager', () => {
  const base = { name: 'New', trigger_type: 'api', actions: [{ action_type: 'send_sms' }] };
  test.each([
    [{}, 'create', 'allow'],
    [{ enabled: false }, 'create', 'allow'],
    [{ enabled: true }, 'arm', 'ask'],
  ])('%j: %s, %s', async (fields, effect, verdict) => {
    expect(await plan('trustpager_create_automation', { ...base, ...fields })).toMatchObject({ effect, verdict });
  });
});

describe('C9: changing at TrustPager', () => {
  const words = [{ name: 'Other' }, { description: 'Other' }, { name: 'Other', description: 'Other' }];
  const matter = [
    { trigger_type: 'api' },
    { conditions: { 'deal.value': { gte: 1 } } },
    { clear_fields: ['conditions'] },
    { priority: 3 },
    { dedup_enabled: false },
    { dedup_window_minutes: 5 },
    { max_executions_per_day: 1000 },
    { name: 'Other', priority: 3 },
  ];

  test.each([
    { state: 'enabled', automation_id: T.welcomeSms, effect: 'arm', verdict: 'ask' },
    { state: 'disabled', automation_id: T.winterNewsletter, effect: 'update', verdict: 'allow' },
  ])('$state: words need nobody, the rest is $effect', async ({ automation_id, effect, verdict }) => {
    for (const fields of words)
      expect([fields, await plan('trustpager_update_automation', { automation_id, ...fields })]).toMatchObject([
        fields,
        { effect: 'update', verdict: 'allow' },
      ]);
    for (const fields of matter)
      expect([fields, await plan('trustpager_update_automation', { automation_id, ...fields })]).toMatchObject([
        fields,
        { effect, verdict },
      ]);
  });

  test.each([T.welcomeSms, T.winterNewsletter])('switching %s on is asked, off never', async automation_id => {
    expect(await plan('trustpager_enable_automation', { automation_id })).toMatchObject({
      effect: 'arm',
      verdict: 'ask',
    });
    expect(await plan('trustpager_disable_automation', { automation_id })).toMatchObject({
      effect: 'update',
      verdict: 'allow',
    });
  });
});

describe('running', () => {
  test.each([
    ['scrip_trigger_automation', { automation_id: S.vipDoublePoints }, 'defaults'],
    ['trustpager_trigger_automation', { automation_id: T.welcomeSms }, 'defaults'],
    // A call has a price by the minute; a webhook has none at all.
    ['trustpager_trigger_automation', { automation_id: T.callReminder }, 'quote'],
    ['trustpager_trigger_automation', { automation_id: T.jobHandover }, 'quote'],
    [
      'trustpager_execute_action',
      { automation_id: T.welcomeSms, action_id: TRUSTPAGER_ACTIONS.welcomeSms },
      'defaults',
    ],
    [
      'trustpager_execute_action',
      { automation_id: T.winterNewsletter, action_id: TRUSTPAGER_ACTIONS.newsletterPostcard },
      'quote',
    ],
  ])('%s %j is asked, by the rule %s', async (tool, args, rule) => {
    const found = await plan(tool, args);
    expect(found).toMatchObject({ effect: 'run', rule });
    expect(['ask', 'ask_human']).toContain(found.verdict);
  });
});

test('planning sent nothing', async () => {
  const ours = (await fixture.requests()).filter(({ vendor }) => vendor !== 'control');
  expect(ours.every(({ method }) => method === 'GET')).toBe(true);
});
