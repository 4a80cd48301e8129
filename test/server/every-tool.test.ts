// Every tool once through a real client, over stdio and HTTP: what it says, what its schema promised, and what reached the vendor.
import { describe, expect, test } from 'vitest';
import {
  SCRIP_AUTOMATIONS as SCRIP,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
  TRUSTPAGER_ACTIONS,
  TRUSTPAGER_CONTACTS,
  TRUSTPAGER_RUNS,
} from '../../src/sandbox/index.ts';
import { connect, type Era, type Request, yes } from '../fixtures.ts';
import { authoring } from './authoring-table.ts';
import { inRewards } from './twin.ts';

interface Once {
  args?: Record<string, unknown>;
  /** What the text must hold, because some frameworks hand over nothing else. */
  says: string[];
  /** What `structuredContent` must hold beside `outcome: done`. */
  holds?: Record<string, unknown>;
  /** The one write that must arrive. */
  sends?: { method: string; path: string; body?: unknown };
  /** A person is asked. */
  asks?: true;
}

const at = (path: string): string => `/trustpager/functions/v1/api/v1/automations${path}`;
const contact = { contact_id: TRUSTPAGER_CONTACTS.priya };

/** In this order: none gets in the way of the next. */
const table: Record<string, Once> = {
  list_connections: {
    says: ['scrip', 'trustpager', 'Harbour', 'credits left', 'form in the client'],
    holds: { connections: [{ vendor: 'scrip' }, { vendor: 'trustpager' }] },
  },
  plan_call: {
    args: { tool: 'scrip_trigger_automation', arguments: { automation_id: SCRIP.weeklyDigest } },
    says: ['A person would be asked first', 'POST', `${SCRIP.weeklyDigest}/trigger`, 'Cannot be undone'],
    holds: { tool: 'scrip_trigger_automation', verdict: 'ask', effect: 'run', request: { method: 'POST' } },
  },
  watch_run: {
    args: { run_id: TRUSTPAGER_RUNS.welcomeCompleted, wait_s: 1 },
    says: ['completed'],
    holds: { state: 'ended', status: 'completed', run_id: TRUSTPAGER_RUNS.welcomeCompleted },
  },
  scrip_list_automations: {
    args: { limit: 50 },
    says: [SCRIP.weeklyDigest.slice(0, 8), 'Weekly coffee digest', SCRIP.happyHour.slice(0, 8)],
    holds: { connection: 'scrip' },
  },
  scrip_get_automation: {
    args: { automation_id: SCRIP.weeklyDigest },
    says: ['Weekly coffee digest', SCRIP.weeklyDigest],
    holds: { automation_id: SCRIP.weeklyDigest, trigger_type: 'cron', scope: 'participants', status: 'active' },
  },
  scrip_list_runs: {
    args: { automation_id: SCRIP.weeklyDigest },
    says: ['pieced together', 'fan-out'],
    holds: { source: expect.stringContaining('pieced together') },
  },
  scrip_create_automation: {
    args: {
      name: 'Rainy day treat',
      event_name: 'rainy_day',
      scope: 'participants',
      trigger_type: 'cron',
      cron_expression: '0 9 * * 1',
      timezone: 'Australia/Sydney',
      participant_filter: '"vip" in participant.tags',
      payload: { cups: 2 },
    },
    asks: true,
    says: ['Rainy day treat', 'live'],
    holds: { name: 'Rainy day treat', automation_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    sends: {
      method: 'POST',
      path: `/scrip/v1${inRewards('').slice(0, -1)}`,
      body: {
        name: 'Rainy day treat',
        event_name: 'rainy_day',
        scope: 'participants',
        participant_filter: '"vip" in participant.tags',
        payload: { cups: 2 },
        trigger: { type: 'cron', cron_expression: '0 9 * * 1', timezone: 'Australia/Sydney' },
      },
    },
  },
  scrip_update_automation: {
    args: { automation_id: SCRIP.nightlySweep, status: 'paused' },
    says: ['paused'],
    holds: { automation_id: SCRIP.nightlySweep, status: 'paused' },
    sends: { method: 'PATCH', path: `/scrip/v1${inRewards(SCRIP.nightlySweep)}`, body: { status: 'paused' } },
  },
  scrip_trigger_automation: {
    args: { automation_id: SCRIP.apologyCredit },
    asks: true,
    says: ['Fired', SCRIP.apologyCredit, 'watch_run'],
    holds: { automation_id: SCRIP.apologyCredit },
    sends: { method: 'POST', path: `/scrip/v1${inRewards(SCRIP.apologyCredit)}/trigger` },
  },
  trustpager_list_automations: {
    args: { limit: 50 },
    says: [TRUSTPAGER.welcomeSms.slice(0, 8), 'Welcome SMS to new leads'],
    holds: { connection: 'trustpager' },
  },
  trustpager_get_automation: {
    args: { automation_id: TRUSTPAGER.quoteFollowUp },
    says: ['Quote follow-up', TRUSTPAGER_ACTIONS.quoteEmail, 'send_sms'],
    holds: { automation_id: TRUSTPAGER.quoteFollowUp, enabled: true },
  },
  trustpager_create_automation: {
    args: {
      name: 'Gutter season',
      trigger_type: 'manual',
      actions: [{ action_type: 'apply_tags', sequence: 1, config: { tags: [{ name: 'gutters' }] } }],
    },
    says: ['Gutter season', 'disabled'],
    holds: { name: 'Gutter season', enabled: false },
    sends: {
      method: 'POST',
      path: at(''),
      body: {
        name: 'Gutter season',
        trigger_type: 'manual',
        actions: [{ action_type: 'apply_tags', sequence: 1, config: { tags: [{ name: 'gutters' }] } }],
      },
    },
  },
  trustpager_update_automation: {
    args: { automation_id: TRUSTPAGER.reviewRequest, name: 'Reviews, please' },
    says: ['Reviews, please'],
    holds: { automation_id: TRUSTPAGER.reviewRequest, name: 'Reviews, please' },
    sends: { method: 'PATCH', path: at(`/${TRUSTPAGER.reviewRequest}`), body: { name: 'Reviews, please' } },
  },
  trustpager_disable_automation: {
    args: { automation_id: TRUSTPAGER.missedCall },
    says: ['Disabled'],
    holds: { automation_id: TRUSTPAGER.missedCall, enabled: false },
    sends: { method: 'POST', path: at(`/${TRUSTPAGER.missedCall}/disable`) },
  },
  trustpager_enable_automation: {
    args: { automation_id: TRUSTPAGER.winterNewsletter },
    asks: true,
    says: ['Enabled'],
    holds: { automation_id: TRUSTPAGER.winterNewsletter, enabled: true },
    sends: { method: 'POST', path: at(`/${TRUSTPAGER.winterNewsletter}/enable`) },
  },
  trustpager_trigger_automation: {
    args: { automation_id: TRUSTPAGER.welcomeSms, trigger_data: contact },
    asks: true,
    says: ['completed', '1 of 1 actions ran'],
    holds: { automation_id: TRUSTPAGER.welcomeSms, status: 'completed', actions_executed: 1 },
    sends: { method: 'POST', path: at(`/${TRUSTPAGER.welcomeSms}/trigger`), body: { trigger_data: contact } },
  },
  trustpager_execute_action: {
    args: {
      automation_id: TRUSTPAGER.quoteFollowUp,
      action_id: TRUSTPAGER_ACTIONS.quoteTask,
      trigger_data: contact,
    },
    asks: true,
    says: ['executed'],
    holds: { automation_id: TRUSTPAGER.quoteFollowUp },
    sends: {
      method: 'POST',
      path: at(`/${TRUSTPAGER.quoteFollowUp}/actions/${TRUSTPAGER_ACTIONS.quoteTask}/execute`),
      body: { trigger_data: contact },
    },
  },
  trustpager_list_runs: {
    args: { automation_id: TRUSTPAGER.bigJob },
    says: ['skipped', TRUSTPAGER_RUNS.bigJobSkipped.slice(0, 8)],
    holds: { runs: [{ run_id: TRUSTPAGER_RUNS.bigJobSkipped, status: 'skipped' }] },
  },
  trustpager_get_run: {
    args: { run_id: TRUSTPAGER_RUNS.welcomeFailed },
    says: ['failed'],
    holds: { run_id: TRUSTPAGER_RUNS.welcomeFailed, status: 'failed' },
  },
  ...(authoring as unknown as Record<string, Once>),
};

const sentBy = ({ method, path, body }: Request) => ({ method, path, ...(body === undefined ? {} : { body }) });

const ways: ['stdio' | 'http', Era][] = [
  ['stdio', 'modern'],
  ['stdio', 'legacy'],
  ['stdio', 'v1'],
  ['http', 'modern'],
  ['http', 'legacy'],
  ['http', 'v1'],
];

describe.concurrent('every tool', () => {
  test.each(ways)(
    'P2: over %s with a %s client, does what it says and sends what it must, once',
    async (transport, era) => {
      let asked = 0;
      const person = (message: string) => {
        asked++;
        return yes(message);
      };
      // Slow enough that the fan-out fired here is still under way when it is cancelled.
      await using f = await connect({ transport, era, person, sandboxOptions: { fanoutRate: 5 } });
      // The official clients hold every result against the published schema once they have seen the list.
      const { tools } = (await f.client.listTools()) as { tools: { name: string }[] };
      expect(tools.map(({ name }) => name)).toEqual(Object.keys(table).sort());
      for (const [name, { args = {}, says, holds = {}, sends, asks }] of Object.entries(table)) {
        const before = (await f.writes()).length;
        asked = 0;
        const said = await f.call(name, args);
        expect(said.structured, `${name}: ${said.text}`).toMatchObject({ outcome: 'done', ...holds });
        expect(said.isError, name).toBe(false);
        for (const part of says) expect(said.text, name).toContain(part);
        expect((await f.writes()).slice(before).map(sentBy), name).toEqual(sends ? [sends] : []);
        expect(asked, name).toBe(asks ? 1 : 0);
        if (sends) expect(said.text, name).toContain(said.structured.intent_id);
        else expect(said.structured.intent_id, name).toBeUndefined();
      }
      expect((await f.writes()).every(({ effect }) => effect)).toBe(true);
      expect(f.stderr()).toBe('');
    },
  );
});
