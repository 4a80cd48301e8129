// TrustPager by the clock: windows, limits, expiries, and sends that wait for business hours.
import { describe, expect, it } from 'vitest';
import {
  TRUSTPAGER_ACTIONS as ACT,
  TRUSTPAGER_AUTOMATIONS as ID,
  startSandbox,
  TRUSTPAGER_KEYS,
  TRUSTPAGER_CONTACTS as WHO,
} from '../../../src/sandbox/index.ts';
import { DAY, HOUR, type Json, MINUTE, speakTo, standing } from '../fixtures.ts';

type Standing = Awaited<ReturnType<typeof standing>>;

describe('TrustPager follows the clock', () => {
  const trigger = (at: Standing, id: string, headers = {}, key?: string) =>
    at.trustpager('POST', `/automations/${id}/trigger`, { trigger_data: { contact_id: WHO.tom } }, key, headers);

  it('in its deduplication window and its daily ceiling', async () => {
    await using at = await standing();
    const statuses: string[] = [];
    for (const wait of [0, 29 * MINUTE, 2 * MINUTE, 29 * MINUTE]) {
      await at.step(wait);
      statuses.push((await trigger(at, ID.missedCall)).body.data.status);
    }
    expect(statuses).toEqual(['completed', 'skipped', 'completed', 'skipped']);
    await at.trustpager('PATCH', `/automations/${ID.welcomeSms}`, { max_executions_per_day: 1 });
    // One run of the seeded history is younger than a day.
    expect((await trigger(at, ID.welcomeSms)).body.data.status).toBe('skipped');
    await at.step(DAY);
    expect((await trigger(at, ID.welcomeSms)).body.data.status).toBe('completed');
  });

  it('in what an Idempotency-Key repeats', async () => {
    await using at = await standing();
    const headers = { 'idempotency-key': 'same' };
    const first = (await trigger(at, ID.welcomeSms, headers)).body.data.run_id;
    await at.step(23 * HOUR);
    expect((await trigger(at, ID.welcomeSms, headers)).body.data.run_id).toBe(first);
    await at.step(HOUR);
    expect((await trigger(at, ID.welcomeSms, headers)).body.data.run_id).not.toBe(first);
  });

  it('in its rate limit, and Scrip in its own', async () => {
    await using at = await standing({ rateLimits: true });
    const ask = () => at.trustpager('GET', '/automations');
    for (let n = 0; n < 60; n++) expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(429);
    await at.step(MINUTE);
    expect((await ask()).status).toBe(200);
    for (let n = 0; n < 30; n++) await at.scrip('GET', '/programs');
    expect((await at.scrip('GET', '/programs')).status).toBe(429);
    await at.step(100);
    expect((await at.scrip('GET', '/programs')).status).toBe(200);
  });

  it('in how long an approval stays open', async () => {
    await using at = await standing();
    const held = await trigger(at, ID.welcomeSms, {}, TRUSTPAGER_KEYS.approval);
    expect(held.status).toBe(202);
    const look = async () => (await at.trustpager('GET', `/approvals/${held.body.approval_id}`)).body.data.status;
    await at.step(7 * DAY - 1);
    expect(await look()).toBe('pending');
    expect((await at.step(1)).happened.trustpager).toBe(1);
    expect(await look()).toBe('expired');
  });
});

describe('sends that wait', () => {
  /** One SMS with this config, executed at 08:00 UTC: seven in the evening in Sydney, eight in London. */
  async function send(config: Json, data: Json = { contact_id: WHO.tom }) {
    const at = await standing();
    const path = `/automations/${ID.welcomeSms}/actions/${ACT.welcomeSms}`;
    await at.trustpager('PATCH', path, { config: { message_body: 'Hello', ...config } });
    const { body } = await at.trustpager('POST', `${path}/execute`, { trigger_data: data });
    return { at, response: body.data.response };
  }

  it.each<[string, Json, Json, string | undefined]>([
    ['immediately by default', {}, { contact_id: WHO.tom }, undefined],
    ['immediately when told so', { send_mode: 'immediate', respect_business_hours: true }, {}, undefined],
    [
      'when the contact’s country opens',
      { send_mode: 'business_hours' },
      { contact_id: WHO.tom },
      '2026-03-02T22:00:00.000Z',
    ],
    [
      'when London opens',
      { send_mode: 'business_hours' },
      { contact: { phone: '+44207946000' } },
      '2026-03-02T09:00:00.000Z',
    ],
    [
      'when the contact’s own zone opens',
      { respect_business_hours: true },
      { contact: { phone: '+61400000102', timezone: 'America/New_York' } },
      '2026-03-02T14:00:00.000Z',
    ],
    [
      'when the company opens',
      { respect_business_hours: true },
      { contact: { phone: '0400' } },
      '2026-03-02T22:00:00.000Z',
    ],
    [
      'after a delay',
      { send_mode: 'after_delay', delay_minutes: 90 },
      { contact_id: WHO.tom },
      '2026-03-02T09:30:00.000Z',
    ],
    [
      'at a time',
      { send_mode: 'specific_time', send_at: '2026-03-05T10:00:00Z' },
      { contact_id: WHO.tom },
      '2026-03-05T10:00:00.000Z',
    ],
  ])('%s', async (_, config, data, expected) => {
    const contact = { contact_id: WHO.tom, ...data };
    const { at, response } = await send(config, contact);
    expect(response.scheduled_for).toBe(expected);
    expect(response.queued).toBe(expected === undefined ? undefined : true);
    await at.sandbox.close();
  });

  it('are dispatched by the tick of their minute', async () => {
    const { at, response } = await send({ send_mode: 'after_delay', delay_minutes: 5 });
    const path = `/scheduled-communications/${response.scheduled_communication_id}`;
    const look = async () => (await at.trustpager('GET', path)).body.data;
    expect(await look()).toMatchObject({ status: 'pending', channel: 'sms', to: '+61400000102', dispatched_at: null });
    expect((await at.trustpager('GET', '/scheduled-communications?status=pending')).body.data).toHaveLength(1);
    await at.step(5 * MINUTE);
    expect((await look()).status).toBe('dispatching');
    await at.step(1000);
    expect(await look()).toMatchObject({ status: 'dispatched', dispatched_at: '2026-03-02T08:05:01.000Z' });
    expect((await at.trustpager('DELETE', path)).status).toBe(409);
    await at.sandbox.close();
  });

  it('may be sent at once or called off, once', async () => {
    const { at, response } = await send({ send_mode: 'business_hours' });
    const path = `/scheduled-communications/${response.scheduled_communication_id}`;
    expect((await at.trustpager('DELETE', path)).body.data.status).toBe('cancelled');
    expect((await at.trustpager('POST', `${path}/dispatch-now`)).status).toBe(409);
    await at.step(2 * DAY);
    expect((await at.trustpager('GET', path)).body.data.status).toBe('cancelled');
    await at.sandbox.close();
    const second = await send({ send_mode: 'business_hours' });
    const other = `/scheduled-communications/${second.response.scheduled_communication_id}/dispatch-now`;
    expect((await second.at.trustpager('POST', other)).body.data.status).toBe('dispatched');
    for (const key of [TRUSTPAGER_KEYS.readOnly, TRUSTPAGER_KEYS.writeNoTrigger])
      expect((await second.at.trustpager('GET', '/scheduled-communications', undefined, key)).status).toBe(403);
    expect((await second.at.trustpager('GET', '/scheduled-communications?status=lost')).status).toBe(400);
    expect((await second.at.trustpager('GET', '/scheduled-communications/none')).status).toBe(404);
    await second.at.sandbox.close();
  });

  it('calls wait for business hours where the action asks for it', async () => {
    const config = { respect_business_hours: true };
    for (const [now, queued] of [
      ['2026-03-02T00:30:00Z', false],
      ['2026-03-01T00:30:00Z', true],
      ['2026-03-02T12:00:00Z', true],
    ] as const) {
      const sandbox = await startSandbox({ now: () => Date.parse(now), actionMs: 1 });
      const { trustpager } = speakTo(sandbox);
      await trustpager('PATCH', `/automations/${ID.callReminder}/actions/${ACT.reminderCall}`, { config });
      const { body } = await trustpager('POST', `/automations/${ID.callReminder}/actions/${ACT.reminderCall}/execute`, {
        trigger_data: { contact_id: WHO.tom },
      });
      expect(body.data.response.queued).toBe(queued);
      if (queued) expect(body.data.response.scheduled_for).toMatch(/T22:00:00.000Z$/);
      await sandbox.close();
    }
  });
});
