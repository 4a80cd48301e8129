// What happens in the business outside: every enabled automation whose trigger matches runs, by priority.
import { describe, expect, it } from 'vitest';
import {
  TRUSTPAGER_DEALS as DEAL,
  TRUSTPAGER_AUTOMATIONS as ID,
  TRUSTPAGER_STAGES as STAGE,
  TRUSTPAGER_CONTACTS as WHO,
} from '../../../src/sandbox/index.ts';
import { type Json, useSandbox } from '../fixtures.ts';

const talk = useSandbox();
const happen = (trigger_type: string, data?: Json) =>
  talk().twin('POST', '/trustpager/events', { trigger_type, ...(data && { data }) });
const runsAfter = async (trigger_type: string, data?: Json): Promise<Json[]> =>
  (await happen(trigger_type, data)).body.runs;
const names = (runs: Json[]) => runs.map(run => run.automation_id);

async function make(name: string, more: Json): Promise<string> {
  const asked = { name, trigger_type: 'manual', enabled: true, actions: [{ action_type: 'add_tasks' }], ...more };
  return (await talk().trustpager('POST', '/automations', asked)).body.data.id;
}

describe('an event outside', () => {
  it('runs what it triggers, as any run: listed, billed, with its context', async () => {
    const before = (await talk().trustpager('GET', '/billing/balance')).body.data.credits;
    const [run, ...more] = await runsAfter('contact_created', { contact_id: WHO.priya });
    expect(more).toEqual([]);
    expect(run).toMatchObject({
      automation_id: ID.welcomeSms,
      status: 'completed',
      trigger_type: 'contact_created',
      trigger_data: { contact_id: WHO.priya, _trigger_entity_kind: 'contact', _trigger_entity_id: WHO.priya },
    });
    expect((await talk().trustpager('GET', '/billing/balance')).body.data.credits).toBe(before - 12);
    const listed = (await talk().trustpager('GET', `/automations/${ID.welcomeSms}/runs?limit=1`)).body.data[0];
    expect(listed).toMatchObject({ id: run.run_id, triggered_by_type: 'event', triggered_by_id: null });
  });

  it('knows the stage, the source and the rows of a trigger', async () => {
    expect(names(await runsAfter('stage_changed', { deal_id: DEAL.bathroom, to_stage_id: STAGE.quoteSent }))).toEqual([
      ID.quoteFollowUp,
    ]);
    expect(await runsAfter('stage_changed', { deal_id: DEAL.bathroom, to_stage_id: STAGE.won })).toEqual([]);
    const form = await make('Quote form', {
      trigger_type: 'form_completed',
      triggers: [{ trigger_type: 'form_completed', source_id: 'the-form' }, { trigger_type: 'sms_received' }],
    });
    expect(names(await runsAfter('form_completed', { form_id: 'the-form' }))).toContain(form);
    expect(names(await runsAfter('form_completed', { form_id: 'another' }))).not.toContain(form);
    expect(names(await runsAfter('sms_received', { message: 'Hello' }))).toEqual([form]);
  });

  it('leaves disabled ones alone, and asks the conditions, the window and the ceiling of the rest', async () => {
    const off = await make('Off', { trigger_type: 'zoom_meeting_ended', enabled: false });
    const picky = await make('Picky', {
      trigger_type: 'zoom_meeting_ended',
      conditions: { 'contact.first_name': 'Tom' },
      dedup_enabled: true,
      dedup_window_minutes: 10,
    });
    const rare = await make('Rare', { trigger_type: 'zoom_meeting_ended', max_executions_per_day: 2, priority: -1 });
    const seen: string[][] = [];
    for (const contact_id of [WHO.priya, WHO.tom, WHO.tom])
      seen.push(
        (await runsAfter('zoom_meeting_ended', { contact_id })).map(
          run => `${run.automation_id === rare ? 'rare' : run.automation_id === picky ? 'picky' : 'off'} ${run.status}`,
        ),
      );
    expect(seen).toEqual([
      ['rare completed', 'picky skipped'],
      ['rare completed', 'picky completed'],
      ['rare skipped', 'picky skipped'],
    ]);
    expect((await talk().trustpager('GET', `/automations/${off}/runs`)).body.data).toEqual([]);
  });

  it('says what changed in an update, for conditions to look at', async () => {
    const id = await make('Renamed', {
      trigger_type: 'deal_updated',
      conditions: { _changed_fields: { contains: 'name' } },
    });
    const data = { deal_id: DEAL.gutters };
    expect((await runsAfter('deal_updated', data))[0].status).toBe('skipped');
    const [run] = await runsAfter('deal_updated', { ...data, _changed_fields: ['name'] });
    expect([run.automation_id, run.status]).toEqual([id, 'completed']);
  });

  it.each<Json>([{}, { trigger_type: 'full_moon' }, { trigger_type: 5 }, { trigger_type: 'api', data: 'x' }, [], 'x'])(
    'refuses %j in a sentence',
    async body => {
      const answer = await talk().twin('POST', '/trustpager/events', body);
      expect([answer.status, typeof answer.body.error]).toEqual([400, 'string']);
    },
  );
});
