// What a plan shows is what is later sent: the same method, address, body and headers, the intent's own id excepted.
import { describe, expect, test } from 'vitest';
import {
  TRUSTPAGER_ACTIONS as ACTION,
  SCRIP_AUTOMATIONS as SCRIP,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
  TRUSTPAGER_CONTACTS,
} from '../../src/sandbox/index.ts';
import { connect, yes } from '../fixtures.ts';
import { authoring } from './authoring-table.ts';

const writes: [string, Record<string, unknown>][] = [
  ['scrip_trigger_automation', { automation_id: SCRIP.weeklyDigest }],
  [
    'scrip_create_automation',
    {
      name: 'Zoë’s "café" ☕',
      event_name: 'x',
      scope: 'participants',
      trigger_type: 'cron',
      cron_expression: '0 9 * * 1',
      payload: { b: 1, a: [true, null, 'ü'] },
    },
  ],
  ['scrip_update_automation', { automation_id: SCRIP.nightlySweep, status: 'paused' }],
  [
    'trustpager_create_automation',
    {
      name: 'Planned',
      trigger_type: 'manual',
      actions: [{ action_type: 'apply_tags', sequence: 1, config: { tags: [{ name: 'x' }] } }],
    },
  ],
  ['trustpager_update_automation', { automation_id: TRUSTPAGER.bigJob, description: 'new words' }],
  ['trustpager_enable_automation', { automation_id: TRUSTPAGER.winterNewsletter }],
  ['trustpager_disable_automation', { automation_id: TRUSTPAGER.missedCall }],
  [
    'trustpager_trigger_automation',
    { automation_id: TRUSTPAGER.welcomeSms, trigger_data: { contact_id: TRUSTPAGER_CONTACTS.priya } },
  ],
  [
    'trustpager_execute_action',
    {
      automation_id: TRUSTPAGER.quoteFollowUp,
      action_id: ACTION.quoteTask,
      trigger_data: { contact_id: TRUSTPAGER_CONTACTS.tom },
    },
  ],
  ...Object.entries(authoring).flatMap(([name, row]): [string, Record<string, unknown>][] =>
    'sends' in row && name !== 'scrip_cancel_run' ? [[name, row.args]] : [],
  ),
];

describe('a plan', () => {
  test('is sent as it was shown, for every write', async () => {
    await using f = await connect({ person: yes });
    for (const [name, args] of writes) {
      const plan = await f.call('plan_call', { tool: name, arguments: args });
      expect(plan.structured, `${name}: ${plan.text}`).toMatchObject({ outcome: 'done', tool: name });
      expect(await f.writes(), name).toHaveLength(writes.findIndex(([other]) => other === name));
      const { request } = plan.structured;
      const said = await f.call(name, args);
      expect(said.structured.outcome, `${name}: ${said.text}`).toBe('done');
      const [sent] = (await f.writes()).slice(-1);
      const origin = new URL(request.url).origin;
      expect(`${origin}${sent?.path}`, name).toBe(request.url);
      expect(sent?.method, name).toBe(request.method);
      expect(sent?.body === undefined ? undefined : JSON.stringify(sent.body), name).toBe(request.body);
      const headers = sent?.headers as Record<string, string>;
      for (const [header, value] of Object.entries(request.headers as Record<string, string>)) {
        if (value.includes('[hidden]')) expect(headers[header], `${name} ${header}`).toBe('[secret]');
        else if (value === '{intent}') expect(headers[header], name).toBe(said.structured.intent_id);
        else expect(headers[header], `${name} ${header}`).toBe(value);
      }
      expect(plan.text, name).not.toContain(f.sandbox.scrip.key);
      expect(plan.text, name).not.toContain(f.sandbox.trustpager.key);
    }
  });

  test('names account, target, effect, who is reached, price with its source, what can be undone, verdict and rule', async () => {
    await using f = await connect({ person: yes });
    const { text, structured } = await f.call('plan_call', {
      tool: 'trustpager_trigger_automation',
      arguments: { automation_id: TRUSTPAGER.quoteFollowUp, trigger_data: { contact_id: TRUSTPAGER_CONTACTS.priya } },
    });
    for (const part of [
      'account: trustpager',
      'Quote follow-up',
      'effect: run',
      'rule: defaults',
      '14 to 140 credits',
      'live price list',
      'reaches:',
      'undo:',
      'holds: enabled is true',
    ])
      expect(text).toContain(part);
    expect(structured).toMatchObject({
      verdict: 'ask',
      rule: 'defaults',
      effect: 'run',
      credits: { low: 14, high: 140 },
      preconditions: [{ pass: true }, { pass: true }],
    });
  });

  test('P10: of a refused call names each precondition that fails, and offers no next step', async () => {
    await using f = await connect({ person: yes });
    const { text, structured } = await f.call('plan_call', {
      tool: 'trustpager_trigger_automation',
      arguments: { automation_id: TRUSTPAGER.winterNewsletter },
    });
    expect(structured).toMatchObject({ verdict: 'deny', rule: 'precondition' });
    expect(text).toContain('fails: enabled is false');
    expect(text).not.toContain('Next (');
  });

  test('of a tool that does not exist says which was meant', async () => {
    await using f = await connect();
    const { text, structured } = await f.call('plan_call', { tool: 'scrip_triger_automation' });
    expect(structured.code).toBe('invalid_input');
    expect(text).toContain('Did you mean scrip_trigger_automation?');
  });
});
