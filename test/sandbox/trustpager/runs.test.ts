// Running on TrustPager: results action by action, credits, conditions, cascades, and both shapes of a run.
import { describe, expect, it } from 'vitest';
import {
  TRUSTPAGER_ACTIONS as ACT,
  TRUSTPAGER_DEALS as DEAL,
  TRUSTPAGER_AUTOMATIONS as ID,
  TRUSTPAGER_RUNS as RUN,
  startSandbox,
  TRUSTPAGER_CONTACTS as WHO,
} from '../../../src/sandbox/index.ts';
import { type Json, pause, speakTo, useSandbox } from '../fixtures.ts';

const talk = useSandbox();
const ask = (method: string, path: string, body?: unknown) => talk().trustpager(method, path, body);
const trigger = (id: string, body?: unknown) => ask('POST', `/automations/${id}/trigger`, body);
const credits = async () => (await ask('GET', '/billing/balance')).body.data.credits;
const stateOf = async (runId: string) =>
  (await talk().twin('GET', '/state')).body.trustpager.runs.find((run: Json) => run.id === runId);

async function make(more: Json): Promise<string> {
  const { body } = await ask('POST', '/automations', {
    name: 'Made by a test',
    trigger_type: 'manual',
    enabled: true,
    ...more,
  });
  return body.data.id;
}
const task = { action_type: 'add_tasks', config: {} };

describe('trigger', () => {
  it('answers with the whole run when it is over', async () => {
    const before = await credits();
    const { status, body } = await trigger(ID.quoteFollowUp, { trigger_data: { deal_id: DEAL.bathroom } });
    expect(status).toBe(200);
    expect(body.data).toEqual({
      run_id: expect.any(String),
      automation_id: ID.quoteFollowUp,
      status: 'completed',
      trigger_type: 'api',
      started_at: expect.any(String),
      completed_at: expect.any(String),
      duration_ms: expect.any(Number),
      actions_total: 3,
      actions_executed: 3,
      actions_failed: 0,
      actions_skipped: 0,
      truncated: false,
      action_results: expect.any(Array),
    });
    const [email, text, todo] = body.data.action_results;
    expect(email).toEqual({
      action_id: ACT.quoteEmail,
      action_type: 'send_gmail_email',
      sequence: 1,
      status: 'success',
      duration_ms: expect.any(Number),
      request: {
        to: 'priya@example.test',
        subject: 'Your quote: Bathroom renovation',
        body: 'Hello Priya, your quote comes to 8400 dollars.',
        recipient_target: 'contact',
      },
      response: { message_id: expect.any(String), accepted: true },
      error: null,
    });
    expect([text.sequence, text.request.to, todo.request.tasks[0].title]).toEqual([
      2,
      '+61400000101',
      'Ring Priya about Bathroom renovation',
    ]);
    // One e-mail at 2 and one SMS at 12; the task is free.
    expect(body.meta.credits_remaining).toBe(before - 14);
    expect(body.meta.url).toBe(
      `https://app.trustpager.com/auto/automations/${ID.quoteFollowUp}/runs/${body.data.run_id}`,
    );
  });

  it('is told in two shapes afterwards', async () => {
    const { body } = await trigger(ID.welcomeSms, { trigger_data: { contact_id: WHO.tom, note: 'x' } });
    const { run_id } = body.data;
    const single = await ask('GET', `/automations/runs/${run_id}`);
    expect(single.body.data).toEqual({ ...body.data, trigger_data: { contact_id: WHO.tom, note: 'x' } });
    const listed = (await ask('GET', `/automations/${ID.welcomeSms}/runs`)).body.data[0];
    expect(listed).toEqual({
      id: run_id,
      status: 'completed',
      trigger_type: 'api',
      started_at: body.data.started_at,
      created_at: body.data.started_at,
      error_message: null,
      error_details: [],
      actions_attempted: 1,
      actions_completed: 1,
      actions_failed: 0,
      skipped_action_ids: [],
      triggered_by_type: 'api_key',
      triggered_by_id: expect.any(String),
    });
  });

  it.each<[string, Json, Json, string]>([
    ['trigger_data', { trigger_data: { contact_id: WHO.tom } }, { contact_id: WHO.tom }, 'completed'],
    ['payload', { payload: { contact_id: WHO.tom } }, { contact_id: WHO.tom }, 'completed'],
    [
      'both',
      { trigger_data: { contact_id: WHO.tom }, payload: { contact_id: WHO.nadia } },
      { contact_id: WHO.tom },
      'completed',
    ],
    ['none', { data: { contact_id: WHO.tom } }, {}, 'failed'],
    ['none', undefined, {}, 'failed'],
  ])('takes its context from %s', async (key, body, data, status) => {
    const { data: run } = (await trigger(ID.welcomeSms, body)).body;
    expect(run.status).toBe(status);
    expect((await ask('GET', `/automations/runs/${run.run_id}`)).body.data.trigger_data).toEqual(data);
    expect((await stateOf(run.run_id)).body_key).toBe(key);
  });

  it.each([{ trigger_data: 'x' }, { payload: [] }, { trigger_data: null }])('refuses %j', async body => {
    const answer = await trigger(ID.welcomeSms, body);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('refuses a disabled automation, which leaves no run', async () => {
    const answer = await trigger(ID.winterNewsletter, { trigger_data: { contact_id: WHO.tom } });
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(answer.body.error.fix).toContain('/enable');
    expect((await ask('GET', `/automations/${ID.winterNewsletter}/runs`)).body.data).toEqual([]);
  });

  it('sends blanks for what does not resolve', async () => {
    const id = await make({
      actions: [
        {
          action_type: 'slack_send_message',
          config: { message: '[{{contact.first_name}}|{{deal.nope}}|{{trigger.x.y}}|{{today}}]' },
        },
      ],
    });
    const { data } = (await trigger(id, { trigger_data: { x: { y: 3 } } })).body;
    expect(data.action_results[0].request.message).toMatch(/^\[\|\|3\|\d{4}-\d\d-\d\d\]$/);
  });

  it('goes on in the background when the caller leaves', async () => {
    const sandbox = await startSandbox({ actionMs: 80 });
    const { trustpager } = speakTo(sandbox);
    const leaving = new AbortController();
    const request = fetch(`${sandbox.trustpager.baseUrl}/automations/${ID.quoteFollowUp}/trigger`, {
      method: 'POST',
      headers: { authorization: `Bearer ${sandbox.trustpager.key}` },
      body: JSON.stringify({ trigger_data: { deal_id: DEAL.bathroom } }),
      signal: leaving.signal,
    });
    await pause(40);
    const row = async () => (await trustpager('GET', `/automations/${ID.quoteFollowUp}/runs?limit=1`)).body.data[0];
    const during = await row();
    expect(during.status).toBe('running');
    expect((await trustpager('GET', `/automations/runs/${during.id}`)).body.data).toMatchObject({
      status: 'running',
      completed_at: null,
      duration_ms: null,
    });
    leaving.abort();
    await expect(request).rejects.toThrow();
    await pause(260);
    expect(await row()).toMatchObject({ id: during.id, status: 'completed', actions_completed: 3 });
    await sandbox.close();
  });
});

describe('what can go wrong in a run', () => {
  it('a recipient without a phone: failed, and not billed', async () => {
    const before = await credits();
    const { data } = (await trigger(ID.welcomeSms, { trigger_data: { contact_id: WHO.nadia } })).body;
    expect(data).toMatchObject({ status: 'failed', actions_executed: 0, actions_failed: 1 });
    expect(data.action_results[0]).toMatchObject({ status: 'failed', response: null, error: 'Recipient has no phone' });
    expect(await credits()).toBe(before);
    const listed = (await ask('GET', `/automations/${ID.welcomeSms}/runs?limit=1`)).body.data[0];
    expect(listed).toMatchObject({
      error_message: 'Recipient has no phone',
      error_details: [{ action_id: ACT.welcomeSms, error: 'Recipient has no phone' }],
    });
  });

  it('one of several: completed, with actions_failed above 0, and the rest goes on', async () => {
    const { data } = (
      await trigger(ID.quoteFollowUp, { trigger_data: { deal_id: DEAL.bathroom, contact_id: WHO.nadia } })
    ).body;
    expect(data).toMatchObject({ status: 'completed', actions_total: 3, actions_executed: 2, actions_failed: 1 });
    expect(data.action_results.map((result: Json) => result.status)).toEqual(['success', 'failed', 'success']);
  });

  it('a provider that refuses, on request', async () => {
    await talk().twin('POST', '/faults', { fault: 'action_failed', action_type: 'request_review' });
    const body = { trigger_data: { contact_id: WHO.priya } };
    expect((await trigger(ID.reviewRequest, body)).body.data).toMatchObject({ status: 'completed', actions_failed: 1 });
    expect((await trigger(ID.reviewRequest, body)).body.data).toMatchObject({ status: 'completed', actions_failed: 0 });
  });

  it('a vendor that charges more than its price, on request', async () => {
    const body = { trigger_data: { contact_id: WHO.priya } };
    const costs = async (): Promise<number> => {
      const before = await credits();
      await trigger(ID.reviewRequest, body);
      return before - (await credits());
    };
    const price = await costs();
    await talk().twin('POST', '/faults', { fault: 'action_overcharged', times: 0, factor: 3 });
    expect(await costs()).toBe(3 * price);
    await talk().twin('DELETE', '/faults');
    await talk().twin('POST', '/faults', { fault: 'action_overcharged', action_type: 'send_gmail_email', times: 0 });
    expect(await costs()).toBe(price);
  });

  it('conditions that do not hold: skipped, nothing billed', async () => {
    const before = await credits();
    const { data } = (await trigger(ID.bigJob, { trigger_data: { deal_id: DEAL.gutters } })).body;
    expect(data).toMatchObject({
      status: 'skipped',
      actions_total: 2,
      actions_executed: 0,
      actions_failed: 0,
      actions_skipped: 2,
      action_results: [],
    });
    expect(await credits()).toBe(before);
    expect((await trigger(ID.bigJob, { trigger_data: { deal_id: DEAL.bathroom } })).body.data.status).toBe('completed');
  });

  it('a repeat within the dedup window, and a day that is full: skipped', async () => {
    const body = { trigger_data: { contact_id: WHO.tom } };
    expect((await trigger(ID.missedCall, body)).body.data.status).toBe('completed');
    expect((await trigger(ID.missedCall, body)).body.data.status).toBe('skipped');
    expect((await trigger(ID.missedCall, { trigger_data: { contact_id: WHO.priya } })).body.data.status).toBe(
      'completed',
    );
    await talk().twin('POST', '/clock', { advance_ms: 31 * 60_000 });
    expect((await trigger(ID.missedCall, body)).body.data.status).toBe('completed');
    const capped = await make({ max_executions_per_day: 2, actions: [task] });
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await trigger(capped)).body.data.status);
    expect(statuses).toEqual(['completed', 'completed', 'skipped']);
  });

  it('a cascade that bites its own tail comes to an end', async () => {
    const id = await make({ actions: [task] });
    await ask('POST', `/automations/${id}/actions`, {
      action_type: 'trigger_automation',
      sequence: 2,
      config: { automation_id: id },
    });
    expect((await trigger(id)).body.data.status).toBe('completed');
    expect((await ask('GET', `/automations/${id}/runs`)).body.data).toHaveLength(6);
  });
});

describe('execute', () => {
  it('does one action of a disabled automation, for real, and leaves no run', async () => {
    const path = `/automations/${ID.winterNewsletter}/actions/${ACT.newsletterEmail}/execute`;
    const before = await credits();
    const { status, body } = await ask('POST', path, {
      trigger_data: { contact: { first_name: 'Jane', email: 'jane@example.test' } },
    });
    expect(status).toBe(200);
    expect(body.data).toMatchObject({
      action_id: ACT.newsletterEmail,
      status: 'success',
      request: { to: 'jane@example.test' },
      error: null,
    });
    expect(body.meta.credits_remaining).toBe(before - 4);
    expect((await ask('GET', `/automations/${ID.winterNewsletter}/runs`)).body.data).toEqual([]);
  });

  it('fails on its own terms with a 200', async () => {
    const { status, body } = await ask('POST', `/automations/${ID.welcomeSms}/actions/${ACT.welcomeSms}/execute`, {
      payload: { contact_id: WHO.nadia },
    });
    expect([status, body.data.status]).toEqual([200, 'failed']);
  });
});

describe('the seeded runs', () => {
  it.each([
    [RUN.welcomeCompleted, { status: 'completed', actions_total: 1, actions_executed: 1 }],
    [RUN.welcomeFailed, { status: 'failed', actions_failed: 1 }],
    [RUN.quoteCompleted, { status: 'completed', actions_executed: 3 }],
    [RUN.bigJobSkipped, { status: 'skipped', actions_skipped: 2, action_results: [] }],
    [RUN.handoverPartly, { status: 'completed', actions_executed: 1, actions_failed: 1 }],
  ])('%s', async (id, expected) => {
    expect((await ask('GET', `/automations/runs/${id}`)).body.data).toMatchObject({
      run_id: id,
      trigger_data: expect.any(Object),
      ...expected,
    });
  });

  it('come newest first, page by page', async () => {
    const first = (await ask('GET', `/automations/${ID.welcomeSms}/runs?limit=2`)).body;
    const second = (
      await ask('GET', `/automations/${ID.welcomeSms}/runs?limit=100&after=${first.pagination.next_cursor}`)
    ).body;
    const times = [...first.data, ...second.data].map((run: Json) => run.started_at);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(second.data.at(-1).id).toBe(RUN.welcomeOlder);
    expect((await ask('GET', '/automations/runs/nowhere')).status).toBe(404);
  });
});
