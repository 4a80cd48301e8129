// What a TrustPager run costs, and the conditions under which it does anything.
import { describe, expect, it } from 'vitest';
import {
  TRUSTPAGER_DEALS as DEAL,
  TRUSTPAGER_AUTOMATIONS as ID,
  TRUSTPAGER_CONTACTS as WHO,
} from '../../../src/sandbox/index.ts';
import { type Json, useSandbox } from '../fixtures.ts';

const talk = useSandbox();
const ask = (method: string, path: string, body?: unknown) => talk().trustpager(method, path, body);
const trigger = (id: string, body?: unknown) => ask('POST', `/automations/${id}/trigger`, body);
const credits = async () => (await ask('GET', '/billing/balance')).body.data.credits;

async function make(more: Json): Promise<string> {
  const { body } = await ask('POST', '/automations', {
    name: 'Made by a test',
    trigger_type: 'manual',
    enabled: true,
    ...more,
  });
  return body.data.id;
}
const sms = { action_type: 'send_sms', config: { message_body: 'Hi {{contact.first_name}}' } };
const task = { action_type: 'add_tasks', config: {} };

describe('credits', () => {
  it.each([
    ['send_custom_email', 2],
    ['send_gmail_email', 2],
    ['send_sms', 12],
    ['send_whatsapp', 9],
    ['send_form', 3],
    ['send_document', 3],
    ['send_for_signing', 10],
    ['send_marketing_email', 4],
    ['request_review', 5],
    ['voice_outbound_call', 240],
    ['trigger_voice_call', 240],
    ['send_postcard', 25],
    ['portant', 6],
    ['call_webhook', 1],
    ['apply_tags', 0],
    ['move_deal', 0],
  ])('%s costs %i, in a run and by itself', async (action_type, cost) => {
    const id = await make({ actions: [{ action_type }] });
    const { automations_actions } = (await ask('GET', `/automations/${id}`)).body.data;
    const body = { trigger_data: { contact_id: WHO.priya } };
    const before = await credits();
    const run = await trigger(id, body);
    expect([run.body.data.status, run.body.meta.credits_remaining]).toEqual(['completed', before - cost]);
    const single = await ask('POST', `/automations/${id}/actions/${automations_actions[0].id}/execute`, body);
    expect([single.body.data.status, single.body.meta.credits_remaining]).toEqual(['success', before - 2 * cost]);
  });

  it('include those of a cascade', async () => {
    const before = await credits();
    const { body } = await trigger(ID.webEnquiry, { trigger_data: { contact_id: WHO.priya } });
    expect(body.data.action_results[1]).toMatchObject({
      action_type: 'trigger_automation',
      status: 'success',
      response: { run_id: expect.any(String), status: 'completed' },
    });
    expect(body.meta.credits_remaining).toBe(before - 12);
    const child = (await ask('GET', `/automations/${ID.welcomeSms}/runs?limit=1`)).body.data[0];
    expect(child).toMatchObject({ triggered_by_type: 'automation', triggered_by_id: ID.webEnquiry });
  });

  it('run out in the middle of a run', async () => {
    const before = await credits();
    await talk().twin('PATCH', '/trustpager', { credits: 20 });
    const id = await make({ actions: [sms, sms, task] });
    const { body } = await trigger(id, { trigger_data: { contact_id: WHO.tom } });
    expect(body.data.action_results.map((result: Json) => result.status)).toEqual(['success', 'failed', 'success']);
    expect(body.data.action_results[1].error).toContain('INSUFFICIENT_CREDITS');
    expect(body.meta.credits_remaining).toBe(6);
    await talk().twin('PATCH', '/trustpager', { credits: 0 });
    expect((await trigger(id)).body.error.code).toBe('INSUFFICIENT_CREDITS');
    await talk().twin('PATCH', '/trustpager', { credits: before });
  });
});

describe('conditions', () => {
  const holds = async (conditions: Json, data: Json) => {
    const id = await make({ conditions, actions: [task] });
    return (await trigger(id, { trigger_data: data })).body.data.status === 'completed';
  };
  const priya = { contact_id: WHO.priya };

  it.each<[boolean, Json, Json]>([
    [true, {}, {}],
    [true, { 'contact.first_name': 'Priya' }, priya],
    [false, { 'contact.first_name': 'Tom' }, priya],
    [true, { lead_source: { eq: 'website' } }, priya],
    [true, { lead_source: { neq: 'facebook' } }, priya],
    [false, { lead_source: { neq: 'website' } }, priya],
    [true, { 'contact.phone': { exists: true } }, priya],
    [false, { 'contact.phone': { exists: true } }, { contact_id: WHO.nadia }],
    [true, { 'contact.phone': { not_exists: true } }, { contact_id: WHO.nadia }],
    [true, { 'deal.value': { gt: 8000, lt: 9000 } }, { deal_id: DEAL.bathroom }],
    [false, { 'deal.value': { gt: 8400 } }, { deal_id: DEAL.bathroom }],
    [true, { 'deal.value': { gte: 8400 } }, { deal_id: DEAL.bathroom }],
    [true, { 'deal.value': { lte: '8400' } }, { deal_id: DEAL.bathroom }],
    [false, { 'deal.value': { lt: 10 } }, {}],
    [true, { tags: { contains: 'residential' } }, priya],
    [false, { tags: { contains: 'commercial' } }, priya],
    [true, { tags: { not_contains: 'commercial' } }, priya],
    [true, { tags: { contains_any: ['commercial', 'repeat'] } }, priya],
    [false, { tags: { contains_any: ['commercial'] } }, priya],
    [true, { 'deal.name': { contains_text: 'BATHROOM' } }, { deal_id: DEAL.bathroom }],
    [true, { lead_source: { in: ['website', 'phone'] } }, priya],
    [false, { lead_source: { in: ['phone'] } }, priya],
    [true, { 'order.lines[0].sku': 'A1' }, { order: { lines: [{ sku: 'A1' }] } }],
    [true, { 'customer.name': 'Raman household' }, priya],
    [
      true,
      { 'contact.email': 'priya@example.test' },
      { _trigger_entity_kind: 'contact', _trigger_entity_id: WHO.priya },
    ],
    [false, { tags: { contains: 'residential' }, lead_source: 'facebook' }, priya],
    [false, { lead_source: { matches: 'web.*' } }, priya],
    [false, { lead_source: { constructor: 'x' } }, priya],
  ])('%s: %j for %j', async (expected, conditions, data) => {
    expect(await holds(conditions, data)).toBe(expected);
  });
});
