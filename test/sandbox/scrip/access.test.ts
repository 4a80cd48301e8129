// Scrip's doors: keys, the shared rate limit, unknown places.
import { describe, expect, it } from 'vitest';
import { SCRIP_AUTOMATIONS, SCRIP_KEYS, SCRIP_PROGRAMS, startSandbox, uuidOf } from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, newAutomation, speakTo, useSandbox } from '../fixtures.ts';

describe('keys', () => {
  const talk = useSandbox();

  it.each([
    ['X-API-Key', { 'x-api-key': SCRIP_KEYS.full }],
    ['Bearer', { authorization: `Bearer ${SCRIP_KEYS.full}` }],
  ])('takes the key as %s', async (_, headers) => {
    expect((await talk().scrip('GET', '/programs', undefined, headers)).status).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ['no key', {}],
    ['a revoked key', { 'x-api-key': SCRIP_KEYS.revoked }],
    ['another scheme', { authorization: `Basic ${SCRIP_KEYS.full}` }],
    ['an empty key', { 'x-api-key': '' }],
  ])('refuses %s on every route', async (_, headers) => {
    for (const path of [
      '/programs',
      AUTOMATIONS,
      `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.weeklyDigest}`,
      '/events',
      '/nowhere',
    ]) {
      const { status, body } = await talk().scrip('GET', path, undefined, headers);
      expect(status).toBe(401);
      expect(body).toEqual({ code: 'unauthorized', message: 'Missing or invalid credentials' });
    }
  });

  it('tells the bucket on every reply, refusals included', async () => {
    for (const headers of [{}, { 'x-api-key': SCRIP_KEYS.full }]) {
      const { headers: seen } = await talk().scrip('GET', '/programs', undefined, headers as Record<string, string>);
      expect(seen.get('x-ratelimit-limit')).toBe('30');
      expect(Number(seen.get('x-ratelimit-remaining'))).toBeLessThanOrEqual(30);
      expect(Number(seen.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000 - 5);
      expect(seen.get('retry-after')).toBeNull();
    }
  });

  it.each([
    ['an unknown program', `/programs/${uuidOf('nobody')}/automations`, 404],
    ['a program id that is no UUID', '/programs/rewards/automations', 400],
    ['an unknown automation', `${AUTOMATIONS}/${uuidOf('nobody')}`, 404],
    ['an automation id that is no UUID', `${AUTOMATIONS}/weekly`, 400],
    [
      "another program's automation",
      `/programs/${SCRIP_PROGRAMS.wholesale}/automations/${SCRIP_AUTOMATIONS.weeklyDigest}`,
      404,
    ],
    ['an unknown route', '/nowhere', 404],
  ])('answers %s in its envelope', async (_, path, expected) => {
    const { status, body } = await talk().scrip('GET', path);
    expect(status).toBe(expected);
    expect(body).toEqual({ code: expected === 404 ? 'not_found' : 'bad_request', message: expect.any(String) });
  });

  it('lets a closed program be read, and refuses to change it', async () => {
    const path = `/programs/${SCRIP_PROGRAMS.closed}/automations`;
    expect((await talk().scrip('GET', `${path}/${SCRIP_AUTOMATIONS.foundersFarewell}`)).status).toBe(200);
    const writes: [string, string, unknown?][] = [
      ['POST', path, newAutomation('cron', 'program')],
      ['PATCH', `${path}/${SCRIP_AUTOMATIONS.foundersFarewell}`, { description: 'x' }],
      ['DELETE', `${path}/${SCRIP_AUTOMATIONS.foundersFarewell}`],
      ['POST', `${path}/${SCRIP_AUTOMATIONS.foundersFarewell}/trigger`],
      ['POST', `${path}/${SCRIP_AUTOMATIONS.foundersFarewell}/cancel`],
      ['POST', `${path}/${SCRIP_AUTOMATIONS.foundersFarewell}/refresh-subscriptions`],
    ];
    for (const [method, url, body] of writes) {
      const answer = await talk().scrip(method, url, body);
      expect([method, url, answer.status, answer.body.code]).toEqual([method, url, 403, 'forbidden']);
    }
  });
});

describe('the rate limit', () => {
  it('gives 30 at once, 10 a second, and says when to come back', async () => {
    let now = Date.parse('2026-03-02T10:00:00Z');
    const sandbox = await startSandbox({ now: () => now });
    const { scrip } = speakTo(sandbox);
    const ask = (n: number) => Promise.all(Array.from({ length: n }, () => scrip('GET', '/programs')));
    const first = await ask(35);
    expect(first.filter(answer => answer.status === 200)).toHaveLength(30);
    const refused = first.filter(answer => answer.status === 429);
    expect(refused).toHaveLength(5);
    for (const { body, headers } of refused) {
      expect(body.code).toBe('too_many_requests');
      expect(headers.get('retry-after')).toBe('1');
      expect(headers.get('x-ratelimit-remaining')).toBe('0');
      expect(headers.get('x-ratelimit-reset')).toBe(String(now / 1000 + 3));
    }
    now += 1000;
    const second = await ask(12);
    expect(second.filter(answer => answer.status === 200)).toHaveLength(10);
    await sandbox.close();
  });
});
