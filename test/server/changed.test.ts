// What changes between the question and the yes: a yes covers what was shown, and nothing dearer, wider or other than that.
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_ACTIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect, type Era, type Fixture, type Person } from '../fixtures.ts';
import { accept, arrange, elsewhere, firings, inRewards } from './twin.ts';

const weekly = SCRIP_AUTOMATIONS.weeklyDigest;
const welcome = TRUSTPAGER_AUTOMATIONS.welcomeSms;
const fire = { automation_id: weekly };
const run = { automation_id: welcome };

/** A person who says yes each time, and something that happens while they think about the first question. */
function meanwhile(happens: (f: Fixture) => Promise<unknown>) {
  const shown: string[] = [];
  let fixture: Fixture | undefined;
  const person: Person = async message => {
    shown.push(message);
    if (shown.length === 1 && fixture) await happens(fixture);
    return accept;
  };
  return {
    shown,
    async connect(era: Era): Promise<Fixture> {
      fixture = await connect({ era, person });
      return fixture;
    },
  };
}

const ours = async (f: Fixture) => firings(await f.writes()).filter(({ headers }) => !isElsewhere(headers));
const isElsewhere = (headers: unknown): boolean =>
  (headers as Record<string, string> | undefined)?.['user-agent'] === 'somebody-else';

describe.concurrent.each<Era>(['modern', 'legacy', 'v1'])('a %s client', era => {
  test('P4 P9 R12: a Scrip automation changed meanwhile: the yes is void, the person is shown the new one, and one request goes out', async () => {
    const times = meanwhile(f =>
      elsewhere(f.sandbox, 'scrip', 'PATCH', inRewards(weekly), {
        payload: { edition: 'daily' },
        name: 'Daily digest',
      }),
    );
    await using f = await times.connect(era);
    const said = await f.call('scrip_trigger_automation', fire);
    expect(said.structured.outcome).toBe('done');
    expect(times.shown).toHaveLength(2);
    expect(times.shown[1]).toContain('Daily digest');
    expect(await ours(f)).toHaveLength(1);
    expect((await f.house?.store.questions())?.map(({ state }) => state)).toEqual(['consumed', 'approved']);
  });

  test('P9: a TrustPager action added meanwhile: asked anew, dearer, and one request goes out', async () => {
    const times = meanwhile(f =>
      elsewhere(f.sandbox, 'trustpager', 'POST', `/automations/${welcome}/actions`, {
        action_type: 'send_sms',
        sequence: 2,
        config: { message_body: 'And once more' },
      }),
    );
    await using f = await times.connect(era);
    const said = await f.call('trustpager_trigger_automation', run);
    expect(said.structured).toMatchObject({ outcome: 'done', actions_total: 2 });
    expect(times.shown).toHaveLength(2);
    expect(await ours(f)).toHaveLength(1);
  });

  test('P9: a Scrip automation paused meanwhile: refused with the state seen, nothing sent', async () => {
    const times = meanwhile(f => arrange(f.sandbox, weekly, { status: 'paused' }));
    await using f = await times.connect(era);
    const said = await f.call('scrip_trigger_automation', fire);
    expect(said.structured).toMatchObject({ outcome: 'denied', code: 'precondition_failed' });
    expect(said.text).toContain('paused');
    expect(times.shown).toHaveLength(1);
    expect(await f.writes()).toEqual([]);
  });

  test('P9 R12: a fan-out begun meanwhile: refused with the state seen, nothing sent', async () => {
    const times = meanwhile(f => arrange(f.sandbox, weekly, { execution_status: 'executing' }));
    await using f = await times.connect(era);
    const said = await f.call('scrip_trigger_automation', fire);
    expect(said.structured).toMatchObject({ outcome: 'denied', code: 'precondition_failed' });
    expect(said.text).toContain('executing');
    expect(await f.writes()).toEqual([]);
  });

  test('P9: a TrustPager automation disabled meanwhile: refused, nothing sent', async () => {
    const times = meanwhile(f => elsewhere(f.sandbox, 'trustpager', 'POST', `/automations/${welcome}/disable`));
    await using f = await times.connect(era);
    const said = await f.call('trustpager_trigger_automation', run);
    expect(said.structured).toMatchObject({ outcome: 'denied', code: 'precondition_failed' });
    expect(await ours(f)).toEqual([]);
  });

  test('P9: an automation archived meanwhile: refused, nothing sent', async () => {
    const times = meanwhile(f => arrange(f.sandbox, weekly, { status: 'archived' }));
    await using f = await times.connect(era);
    const said = await f.call('scrip_trigger_automation', fire);
    expect(said.isError).toBe(true);
    expect(['denied', 'not_sent']).toContain(said.structured.outcome);
    expect(await f.writes()).toEqual([]);
  });

  test('P4: changed arguments after the yes are a call of their own: asked anew, the old yes does not cover them', async () => {
    const times = meanwhile(async () => undefined);
    await using f = await times.connect(era);
    const execute = { automation_id: welcome, action_id: TRUSTPAGER_ACTIONS.welcomeSms };
    for (const trigger_data of [{ contact: { phone: '+61400000001' } }, { contact: { phone: '+61400000002' } }])
      expect((await f.call('trustpager_execute_action', { ...execute, trigger_data })).structured.outcome).toBe('done');
    expect(times.shown).toHaveLength(2);
    expect(times.shown[1]).toContain('+61400000002');
    expect((await ours(f)).map(({ body }) => body)).toEqual([
      { trigger_data: { contact: { phone: '+61400000001' } } },
      { trigger_data: { contact: { phone: '+61400000002' } } },
    ]);
  });

  test('P9: a balance that no longer covers it: asked anew, and told so; one that still does is not asked about', async () => {
    const balance = (credits: number) => (f: Fixture) =>
      fetch(`${f.sandbox.url}/_twin/trustpager`, { method: 'PATCH', body: JSON.stringify({ credits }) });
    const poor = meanwhile(balance(1));
    await using f = await poor.connect(era);
    await f.call('trustpager_trigger_automation', run);
    expect(poor.shown).toHaveLength(2);
    expect(poor.shown[1]).toContain('only 1 ');
    expect(await ours(f)).toHaveLength(1);
    const enough = meanwhile(balance(1_000));
    await using g = await enough.connect(era);
    await g.call('trustpager_trigger_automation', run);
    expect(enough.shown).toHaveLength(1);
    expect(await ours(g)).toHaveLength(1);
  });

  test('P9 P13: what cannot be read after the yes is a no: nothing is sent', async () => {
    const times = meanwhile(f =>
      fetch(`${f.sandbox.url}/_twin/faults`, {
        method: 'POST',
        body: JSON.stringify({ fault: 'malformed', vendor: 'scrip', method: 'GET', times: 0 }),
      }),
    );
    await using f = await times.connect(era);
    const said = await f.call('scrip_trigger_automation', fire);
    expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    expect(await f.writes()).toEqual([]);
  });
});
