// The control room: the log of requests, the view inside, states on request, the clock.
import { describe, expect, it } from 'vitest';
import {
  TRUSTPAGER_AUTOMATIONS as ID,
  SCRIP_AUTOMATIONS,
  startSandbox,
  TRUSTPAGER_CONTACTS as WHO,
} from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, type Json, newAutomation, send, speakTo, useSandbox } from '../fixtures.ts';

const talk = useSandbox();
const log = async () => (await talk().twin('GET', '/requests')).body.requests;

describe('the log', () => {
  it('tells what arrived, without the secrets', async () => {
    await talk().twin('DELETE', '/requests');
    await talk().scrip('GET', `${AUTOMATIONS}?limit=3&search=a`);
    await talk().trustpager(
      'POST',
      `/automations/${ID.welcomeSms}/trigger`,
      { payload: { contact_id: WHO.tom } },
      undefined,
      { 'idempotency-key': 'abc' },
    );
    const entries = await log();
    expect(entries).toHaveLength(2);
    expect(entries[0]).toMatchObject({
      vendor: 'scrip',
      method: 'GET',
      path: `/scrip/v1${AUTOMATIONS}`,
      query: { limit: '3', search: 'a' },
      headers: { 'x-api-key': '[secret]' },
      connection: expect.any(Number),
      status: 200,
      effect: false,
    });
    expect(entries[1]).toMatchObject({
      vendor: 'trustpager',
      method: 'POST',
      path: `/trustpager/functions/v1/api/v1/automations/${ID.welcomeSms}/trigger`,
      headers: { authorization: '[secret]', 'idempotency-key': 'abc' },
      body: { payload: { contact_id: WHO.tom } },
      status: 200,
      effect: true,
    });
    const text = JSON.stringify(entries);
    expect(text).not.toContain(talk().sandbox.scrip.key);
    expect(text).not.toContain(talk().sandbox.trustpager.key);
  });

  it('knows refusals from effects', async () => {
    await talk().twin('DELETE', '/requests');
    await talk().scrip('POST', AUTOMATIONS, {});
    await talk().scrip('POST', AUTOMATIONS, newAutomation('cron', 'program'));
    await talk().scrip('POST', AUTOMATIONS, newAutomation('cron', 'program'), {});
    await talk().scrip('POST', `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.birthdayTreat}/refresh-subscriptions`);
    await talk().trustpager('POST', `/automations/${ID.winterNewsletter}/trigger`);
    expect((await log()).map((entry: Json) => [entry.status, entry.effect])).toEqual([
      [400, false],
      [201, true],
      [401, false],
      [202, true],
      [400, false],
    ]);
  });

  it('keeps a body that is no JSON as text', async () => {
    await talk().trustpager('POST', '/automations', '{"half":');
    expect((await log()).at(-1).body).toBe('{"half":');
  });
});

describe('the view inside', () => {
  it('counts events, runs and credits', async () => {
    const { body } = await talk().twin('GET', '/state');
    expect(body.scrip.events).toBeGreaterThan(1000);
    expect(body.scrip.events_by_name.weekly_digest).toBe(352);
    expect(body.scrip.automations.find((row: Json) => row.id === SCRIP_AUTOMATIONS.weeklyDigest).fanout).toMatchObject({
      audience: 352,
      processed: 352,
    });
    expect(body.trustpager.workspaces).toHaveLength(3);
    expect(body.trustpager.credits).toBe(body.trustpager.workspaces[0].credits);
  });

  it.each(['pending', 'executing', 'completed', 'failed', 'idle'])(
    'shows a fan-out stopped as %s, for as long as wanted',
    async execution_status => {
      const path = `/scrip/automations/${SCRIP_AUTOMATIONS.cuppingClass}`;
      expect((await talk().twin('PATCH', path, { execution_status })).body.execution_status).toBe(execution_status);
      await talk().twin('POST', '/clock', { advance_ms: 60_000 });
      expect(
        (await talk().scrip('GET', `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.cuppingClass}`)).body.execution_status,
      ).toBe(execution_status);
    },
  );

  it.each<[string, Json]>([
    ['/scrip/automations/nowhere', { status: 'active' }],
    [`/scrip/automations/${SCRIP_AUTOMATIONS.weeklyDigest}`, { status: 'done' }],
    [`/scrip/automations/${SCRIP_AUTOMATIONS.weeklyDigest}`, { execution_status: 'busy' }],
    [`/scrip/automations/${SCRIP_AUTOMATIONS.nightlySweep}`, { execution_status: 'idle' }],
    [`/scrip/automations/${SCRIP_AUTOMATIONS.weeklyDigest}`, 'x'],
    ['/trustpager', { credits: -1 }],
    ['/trustpager', {}],
  ])('refuses to arrange %s %j', async (path, body) => {
    expect((await talk().twin('PATCH', path, body)).status).toBe(400);
  });
});

describe('the clock', () => {
  it('can be read and wound forward', async () => {
    const before = Date.parse((await talk().twin('GET', '/clock')).body.now);
    const { body } = await talk().twin('POST', '/clock', { advance_ms: 3_600_000 });
    expect(Date.parse(body.now) - before).toBeGreaterThanOrEqual(3_600_000);
    for (const wrong of [{}, { advance_ms: -5 }, { advance_ms: 'x' }, '{'])
      expect((await talk().twin('POST', '/clock', wrong)).status).toBe(400);
  });
});

describe('a start', () => {
  it('is the same every time at the same moment', async () => {
    const now = () => Date.parse('2026-03-02T10:00:00Z');
    const look = async () => {
      const sandbox = await startSandbox({ now });
      const { scrip, trustpager } = speakTo(sandbox);
      const seen = [
        (await scrip('GET', AUTOMATIONS)).body,
        (await trustpager('GET', '/automations')).body,
        (await trustpager('GET', `/automations/${ID.welcomeSms}/runs`)).body,
      ];
      await sandbox.close();
      return seen;
    };
    expect(await look()).toEqual(await look());
  });

  it('says where both vendors live, and that nothing lives elsewhere', async () => {
    const { url, scrip, trustpager } = talk().sandbox;
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect([scrip.baseUrl, trustpager.baseUrl]).toEqual([`${url}/scrip/v1`, `${url}/trustpager/functions/v1/api/v1`]);
    expect((await send(`${url}/elsewhere`, 'GET', {})).status).toBe(404);
    expect((await send(`${url}/_twin/elsewhere`, 'GET', {}).catch(() => ({ status: 404 }))).status).toBe(404);
  });

  it('fails in plain words when the port is taken', async () => {
    const port = Number(new URL(talk().sandbox.url).port);
    await expect(startSandbox({ port })).rejects.toThrow(/EADDRINUSE/);
  });
});
