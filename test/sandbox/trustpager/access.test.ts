// TrustPager's doors: keys, plans, the table of scopes, rate limits.
import { describe, expect, it } from 'vitest';
import {
  TRUSTPAGER_ACTIONS as ACT,
  TRUSTPAGER_AUTOMATIONS as ID,
  TRUSTPAGER_KEYS as KEY,
  startSandbox,
  TRUSTPAGER_TRIGGERS as TRG,
  TRUSTPAGER_RUNS,
} from '../../../src/sandbox/index.ts';
import { send, speakTo, useSandbox } from '../fixtures.ts';

const talk = useSandbox();

describe('keys', () => {
  it.each<[string, Record<string, string>]>([
    ['no header', {}],
    ['X-API-Key', { 'x-api-key': KEY.full }],
    ['Basic', { authorization: `Basic ${KEY.full}` }],
    ['an unknown key', { authorization: 'Bearer tp_live_unknown_000000000000' }],
  ])('%s is 401, on every route', async (_, headers) => {
    for (const path of [
      '/automations',
      `/automations/${ID.welcomeSms}`,
      '/automations/action-types',
      '/schemas/triggers',
      '/nowhere',
    ]) {
      const answer = await send(talk().sandbox.trustpager.baseUrl + path, 'GET', headers);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="trustpager"');
      expect(answer.headers.get('link')).toContain('rel="help"');
      expect(answer.body).toEqual({
        error: {
          code: 'UNAUTHORIZED',
          message: expect.any(String),
          fix: expect.any(String),
          docs: expect.any(String),
          auth_scheme: 'Bearer',
          status: 401,
        },
      });
    }
  });

  it('shows its manifest to anybody', async () => {
    expect((await send(`${talk().sandbox.trustpager.baseUrl}/`, 'GET', {})).status).toBe(200);
  });

  it('refuses everything on the Free plan', async () => {
    for (const [method, path] of [
      ['GET', '/automations'],
      ['GET', '/automations/action-types'],
      ['POST', `/automations/${ID.welcomeSms}/trigger`],
    ] as const) {
      const { status, body } = await talk().trustpager(method, path, undefined, KEY.freePlan);
      expect([status, body.error.code]).toEqual([403, 'PLAN_REQUIRED']);
      expect(body.error.upgrade_url).toMatch(/^https:/);
    }
  });

  it('reads for nothing without credits, and refuses every write', async () => {
    const ask = (method: string, path: string, body?: unknown) => talk().trustpager(method, path, body, KEY.noCredits);
    const list = await ask('GET', '/automations');
    expect([list.status, list.body.meta.credits_remaining]).toEqual([200, 0]);
    for (const [method, path, body] of [
      ['POST', `/automations/${ID.welcomeSms}/trigger`],
      ['POST', `/automations/${ID.welcomeSms}/actions/${ACT.welcomeSms}/execute`],
      ['POST', '/automations', { name: 'x', trigger_type: 'manual' }],
      ['POST', `/automations/${ID.welcomeSms}/disable`],
      ['DELETE', `/automations/${ID.welcomeSms}`],
    ] as [string, string, unknown?][]) {
      const answer = await ask(method, path, body);
      expect([answer.status, answer.body.error.code]).toEqual([403, 'INSUFFICIENT_CREDITS']);
    }
  });

  it('cannot see what belongs to another workspace', async () => {
    const { body } = await talk().trustpager('POST', '/automations', { name: 'Ours', trigger_type: 'manual' });
    const { status, body: refusal } = await talk().trustpager(
      'GET',
      `/automations/${body.data.id}`,
      undefined,
      KEY.noCredits,
    );
    expect([status, refusal.error.code]).toEqual([404, 'NOT_FOUND']);
  });
});

type Profile = keyof typeof KEY;
const PROFILES: Profile[] = [
  'full',
  'readOnly',
  'writeNoTrigger',
  'triggerNew',
  'triggerOld',
  'triggerNoWrite',
  'approval',
];
/** What each profile gets: y carried out, h held with 202, n refused. In the order of PROFILES. */
const TABLE: [string, string, string, string, unknown?][] = [
  ['yyyyyyy', 'list', 'GET', '/automations'],
  ['yyyyyyy', 'get', 'GET', `/automations/${ID.welcomeSms}`],
  ['yyyyyyy', 'triggers', 'GET', `/automations/${ID.welcomeSms}/triggers`],
  ['yyyyyyy', 'actions', 'GET', `/automations/${ID.welcomeSms}/actions`],
  ['yyyyyyy', 'runs', 'GET', `/automations/${ID.welcomeSms}/runs`],
  ['yyyyyyy', 'run', 'GET', `/automations/runs/${TRUSTPAGER_RUNS.welcomeCompleted}`],
  ['yyyyyyy', 'action types', 'GET', '/automations/action-types'],
  ['yyyyyyy', 'an action type', 'GET', '/automations/action-types/send_sms'],
  ['yyyyyyy', 'schemas', 'GET', '/schemas/triggers'],
  ['yyyyyyy', 'a schema', 'GET', '/schemas/triggers/contact_created'],
  ['ynyyynh', 'create', 'POST', '/automations', { name: 'x', trigger_type: 'manual' }],
  ['ynyyynh', 'update', 'PATCH', `/automations/${ID.welcomeSms}`, { priority: 1 }],
  ['ynyyynh', 'enable', 'POST', `/automations/${ID.welcomeSms}/enable`],
  ['ynyyynh', 'disable', 'POST', `/automations/${ID.reviewRequest}/disable`],
  ['ynyyynh', 'add trigger', 'POST', `/automations/${ID.welcomeSms}/triggers`, {}],
  [
    'ynyyynh',
    'update trigger',
    'PATCH',
    `/automations/${ID.welcomeSms}/triggers/${TRG.contactCreated}`,
    { config: {} },
  ],
  [
    'ynyyynh',
    'add action',
    'POST',
    `/automations/${ID.winterNewsletter}/actions`,
    { action_type: 'send_sms', sequence: 9 },
  ],
  ['ynyyynh', 'update action', 'PATCH', `/automations/${ID.welcomeSms}/actions/${ACT.welcomeSms}`, { sequence: 1 }],
  [
    'ynyyynh',
    'reorder',
    'POST',
    `/automations/${ID.bigJob}/actions/reorder`,
    { action_ids: [ACT.bigJobSlack, ACT.bigJobEmail] },
  ],
  ['ynnyyyh', 'trigger', 'POST', `/automations/${ID.welcomeSms}/trigger`],
  ['ynnyynh', 'execute', 'POST', `/automations/${ID.welcomeSms}/actions/${ACT.welcomeSms}/execute`],
  ['yyyynny', 'balance', 'GET', '/billing/balance'],
  ['yyyynny', 'pricing', 'GET', '/billing/pricing'],
  ['ynnnnny', 'approvals', 'GET', '/approvals'],
  ['ynyyynh', 'delete', 'DELETE', '/automations/:made'],
];

describe('the table of scopes', () => {
  const cases = TABLE.flatMap(([row, what, method, path, body]) =>
    PROFILES.map((profile, index) => ({ what, profile, expected: row[index], method, path, body })),
  );

  it.each(cases)('$what as $profile: $expected', async ({ profile, expected, method, path, body }) => {
    let target = path;
    if (path.endsWith(':made')) {
      const made = await talk().trustpager('POST', '/automations', { name: 'To be deleted', trigger_type: 'manual' });
      target = `/automations/${made.body.data.id}`;
    }
    const before = (await talk().twin('GET', '/state')).body.trustpager;
    const answer = await talk().trustpager(method, target, body, KEY[profile]);
    if (expected === 'y') expect(answer.status).toBeLessThan(300);
    if (expected === 'y') expect(answer.status).not.toBe(202);
    if (expected === 'h') {
      expect(answer.status).toBe(202);
      expect(answer.body).toMatchObject({ approval_id: expect.any(String), status: 'pending' });
    }
    if (expected === 'n') {
      expect(answer.status).toBe(403);
      expect(answer.body.error).toMatchObject({
        code: 'INSUFFICIENT_SCOPE',
        status: 403,
        required_scopes: expect.any(Array),
        fix: expect.any(String),
      });
      expect(answer.body.error.required_scopes.length).toBeGreaterThan(0);
    }
    const after = (await talk().twin('GET', '/state')).body.trustpager;
    if (expected !== 'y') expect([after.credits, after.runs.length]).toEqual([before.credits, before.runs.length]);
  });

  it('names both spellings of the trigger scope', async () => {
    const { body } = await talk().trustpager('POST', `/automations/${ID.welcomeSms}/trigger`, {}, KEY.readOnly);
    expect(body.error.required_scopes).toEqual(['automations-trigger:trigger', 'automations:trigger']);
  });
});

describe('rate limits', () => {
  it('gives each key 60 a minute and says when the next is free', async () => {
    let now = Date.parse('2026-03-02T10:00:00Z');
    const sandbox = await startSandbox({ now: () => now });
    const { trustpager } = speakTo(sandbox);
    const ask = (key?: string) => trustpager('GET', '/automations', undefined, key);
    for (let n = 0; n < 30; n++) expect((await ask()).status).toBe(200);
    now += 20_000;
    for (let n = 0; n < 30; n++) expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect([refused.status, refused.body.error.code]).toEqual([429, 'RATE_LIMITED']);
    expect(refused.headers.get('retry-after')).toBe('40');
    expect((await ask(KEY.readOnly)).status).toBe(200);
    now += 40_000;
    expect((await ask()).status).toBe(200);
    await sandbox.close();
  });
});
