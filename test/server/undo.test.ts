// Undo: every reversible write, taken back by the call that its own result names, leaves the twins where they began.
import { describe, expect, test } from 'vitest';
import {
  TRUSTPAGER_ACTIONS as ACTION,
  SCRIP_AUTOMATIONS as SCRIP,
  TRUSTPAGER_TRIGGERS as TRIGGER,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
} from '../../src/sandbox/index.ts';
import { catalogue } from '../../tools/index.ts';
import { connect, type Fixture, type Said, yes } from '../fixtures.ts';
import { elsewhere, type Inside, inRewards } from './twin.ts';

/** The step that a result offers: the plan of what takes it back. */
function offered({ text }: Said): { tool: string; arguments: Record<string, unknown> } | undefined {
  const line = text.split('\n').find(one => one.startsWith('Next (to see what takes it back): plan_call '));
  return line && JSON.parse(line.slice(line.indexOf('{')));
}

/** Times and the ids of parts that were built anew are not what somebody had set up. */
const bare = (value: Inside, rebuilt: boolean): Inside => {
  // Actions go in the order of their `sequence`, wherever the list has them.
  if (Array.isArray(value))
    return value.map(one => bare(one, rebuilt)).toSorted((a, b) => (a?.sequence ?? 0) - (b?.sequence ?? 0));
  if (typeof value !== 'object' || value === null) return value;
  const left = Object.entries(value).filter(
    ([key]) => !/_at$|^meta$|credits/.test(key) && !(rebuilt && /^(id|automation_id)$/.test(key)),
  );
  return Object.fromEntries(left.map(([key, inner]) => [key, bare(inner, rebuilt)]));
};

/** Everything that stands at the vendor: each automation whole. */
async function world({ sandbox }: Fixture, vendor: 'scrip' | 'trustpager', rebuilt: boolean): Promise<Inside[]> {
  const list = await elsewhere(
    sandbox,
    vendor,
    'GET',
    vendor === 'scrip' ? `${inRewards('').slice(0, -1)}?limit=100` : '/automations?limit=100',
  );
  const rows: Inside[] = vendor === 'scrip' ? (list.automations ?? list.data ?? list) : list.data;
  const whole = [];
  for (const { id, status } of rows) {
    if (status === 'archived') continue;
    const path = vendor === 'scrip' ? inRewards(id) : `/automations/${id}`;
    const parts =
      vendor === 'scrip'
        ? []
        : [
            await elsewhere(sandbox, vendor, 'GET', `${path}/triggers`),
            await elsewhere(sandbox, vendor, 'GET', `${path}/actions`),
          ];
    whole.push(bare([await elsewhere(sandbox, vendor, 'GET', path), ...parts], rebuilt));
  }
  const text = whole.map(one => JSON.stringify(one));
  return text.toSorted().map(one => JSON.parse(one));
}

const tp = (tool: string, args: Record<string, unknown>) => [`trustpager_${tool}`, args] as const;
const reversible: (readonly [string, Record<string, unknown>])[] = [
  ['scrip_update_automation', { automation_id: SCRIP.nightlySweep, status: 'paused' }],
  ['scrip_update_automation', { automation_id: SCRIP.happyHour, status: 'active' }],
  [
    'scrip_update_automation',
    { automation_id: SCRIP.weeklyDigest, name: 'Another name', cron_expression: '0 7 * * 2' },
  ],
  [
    'scrip_update_automation',
    { automation_id: SCRIP.vipDoublePoints, participant_filter: '"new" in participant.tags' },
  ],
  [
    'scrip_create_automation',
    {
      name: 'Passing',
      event_name: 'passing',
      scope: 'participants',
      trigger_type: 'cron',
      cron_expression: '0 9 * * 1',
    },
  ],
  tp('create_automation', {
    name: 'Passing',
    trigger_type: 'form_completed',
    triggers: [{ trigger_type: 'checkout_completed' }],
    actions: [{ action_type: 'apply_tags', sequence: 1, config: { tags: [{ name: 'x' }] } }],
  }),
  tp('update_automation', { automation_id: TRUSTPAGER.reviewRequest, name: 'Other', priority: 3 }),
  tp('update_automation', { automation_id: TRUSTPAGER.bigJob, conditions: { 'deal.value': { gte: 1 } } }),
  tp('update_automation', { automation_id: TRUSTPAGER.bigJob, clear_fields: ['conditions'] }),
  tp('update_automation', { automation_id: TRUSTPAGER.missedCall, conditions: { tags: { contains: 'vip' } } }),
  tp('enable_automation', { automation_id: TRUSTPAGER.winterNewsletter }),
  tp('disable_automation', { automation_id: TRUSTPAGER.missedCall }),
  tp('add_trigger', { automation_id: TRUSTPAGER.reviewRequest, trigger_type: 'checkout_completed' }),
  tp('update_trigger', {
    automation_id: TRUSTPAGER.callReminder,
    trigger_id: TRIGGER.booking,
    config: { service: 'bathroom' },
  }),
  tp('delete_trigger', { automation_id: TRUSTPAGER.bigJob, trigger_id: TRIGGER.dealCreated }),
  tp('add_action', { automation_id: TRUSTPAGER.missedCall, action_type: 'apply_tags', sequence: 2, config: {} }),
  tp('update_action', {
    automation_id: TRUSTPAGER.missedCall,
    action_id: ACTION.missedCallSms,
    config: { message_body: 'Other words.' },
  }),
  tp('reorder_actions', {
    automation_id: TRUSTPAGER.quoteFollowUp,
    action_ids: [ACTION.quoteSms, ACTION.quoteEmail, ACTION.quoteTask],
  }),
  tp('delete_action', { automation_id: TRUSTPAGER.quoteFollowUp, action_id: ACTION.quoteSms }),
  tp('delete_automation', { automation_id: TRUSTPAGER.webEnquiry }),
];

describe('undo', () => {
  test('every write that says what takes it back is in the table of round trips', () => {
    const can = catalogue.flatMap(tool => (tool.kind === 'write' && tool.reverse ? [tool.name] : []));
    expect([...new Set(reversible.map(([tool]) => tool))].sort()).toEqual(can.sort());
  });

  test.each(reversible)('%s %j: there and back is where it began', async (tool, args) => {
    await using f = await connect({ person: yes });
    const vendor = tool.startsWith('scrip') ? 'scrip' : 'trustpager';
    const rebuilt = /delete|create/.test(tool);
    const before = await world(f, vendor, rebuilt);

    const there = await f.call(tool, args);
    expect(there.structured, there.text).toMatchObject({ outcome: 'done' });
    expect(there.text).toMatch(/^undo: /m);
    expect(await world(f, vendor, rebuilt)).not.toEqual(before);

    const back = offered(there);
    expect(back, there.text).toBeDefined();
    const writes = (await f.writes()).length;
    const planned = await f.call('plan_call', back);
    expect(planned.structured, planned.text).toMatchObject({ outcome: 'done', tool: back?.tool });
    expect(planned.structured.verdict, planned.text).not.toBe('deny');
    expect(await f.writes()).toHaveLength(writes);

    const undone = await f.call(back?.tool ?? '', back?.arguments);
    expect(undone.structured, undone.text).toMatchObject({ outcome: 'done' });
    expect(await world(f, vendor, rebuilt)).toEqual(before);
  });

  test('the plan names what would take it back before anything is sent, where that is known', async () => {
    await using f = await connect({ person: yes });
    const args = { automation_id: TRUSTPAGER.reviewRequest, name: 'Other' };
    const planned = await f.call('plan_call', { tool: 'trustpager_update_automation', arguments: args });
    expect(planned.structured.reversal).toMatchObject({
      tool: 'trustpager_update_automation',
      arguments: { automation_id: TRUSTPAGER.reviewRequest, name: expect.not.stringMatching('Other') },
    });
    expect(planned.text).toContain('taken back by: trustpager_update_automation');
  });

  test('nothing is offered where nothing takes it back, or where there was no value to go back to', async () => {
    await using f = await connect({ person: yes });
    const fired = await f.call('scrip_trigger_automation', { automation_id: SCRIP.weeklyDigest });
    expect(fired.text).toMatch(/^undo: Cannot be undone/m);
    expect(offered(fired)).toBeUndefined();
    const first = await f.call('scrip_update_automation', {
      automation_id: SCRIP.weeklyDigest,
      participant_filter: '"vip" in participant.tags',
    });
    expect(first.structured).toMatchObject({ outcome: 'done' });
    expect(offered(first)).toBeUndefined();
  });

  test('what is not served is not offered', async () => {
    await using f = await connect({ person: yes, env: { AUTOMATIONS_TOOLSETS: 'core' } });
    const made = await f.call('trustpager_create_automation', { name: 'Passing', trigger_type: 'manual' });
    expect(made.text).toMatch(/^undo: Deleting takes it away again/m);
    expect(made.text).not.toContain('trustpager_delete_automation');
    expect(offered(made)).toBeUndefined();
  });
});
