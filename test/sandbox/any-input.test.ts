// Whatever is sent, both twins answer in the documented envelope, and never with a 500.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  TRUSTPAGER_AUTOMATIONS as ID,
  SCRIP_AUTOMATIONS,
  TRUSTPAGER_ACTIONS,
  TRUSTPAGER_TRIGGERS,
} from '../../src/sandbox/index.ts';
import { type Answer, AUTOMATIONS, inFuture, type Json, useSandbox } from './fixtures.ts';

const talk = useSandbox();

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, '', 0, -1, [], {}, '__proto__', true, 1e308, '\u0000', '💧'),
);

/** Bodies near enough to the right ones to get past the first check. */
const near = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc
    .record(
      Object.fromEntries(
        Object.entries(fields).map(([name, right]) => [
          name,
          fc.oneof({ weight: 4, arbitrary: right }, { weight: 1, arbitrary: anything }),
        ]),
      ),
      { requiredKeys: [] },
    )
    .chain(body => fc.oneof({ weight: 6, arbitrary: fc.constant<unknown>(body) }, { weight: 1, arbitrary: anything }));

const cel = fc.oneof(
  fc.constantFrom(
    '"vip" in participant.tags',
    'participant.counters.visits > 1',
    'participant.x.y.z == 1',
    'true',
    '1/0 == 1',
    'has(participant.tags)',
    'participant.tags[99] == ""',
  ),
  fc.string(),
);
const trigger = near({
  type: fc.constantFrom('cron', 'one_time', 'immediate', 'participant_state'),
  cron_expression: fc.oneof(fc.constantFrom('0 9 * * 1', '*/5 * * * *', '0 0 31 2 *'), fc.string()),
  timezone: fc.oneof(fc.constantFrom('UTC', 'America/Chicago'), fc.string()),
  trigger_at: fc.oneof(
    fc.constant(inFuture(86_400_000)),
    fc.date({ noInvalidDate: true }).map(date => date.toISOString()),
    fc.string(),
  ),
  schedule_type: fc.constantFrom('ATTRIBUTE_DATE', 'INTERVAL', 'CRON', 'THRESHOLD'),
  schedule_config: fc.oneof(
    fc.constantFrom(
      { interval: '1m' },
      { interval: '0d' },
      { attribute: 'birthday' },
      { cron_expression: 'x' },
      { attribute: '__proto__' },
    ),
    anything,
  ),
});
const scripBody = near({
  name: fc.string({ minLength: 1, maxLength: 300 }),
  event_name: fc.string({ minLength: 1, maxLength: 300 }),
  scope: fc.constantFrom('program', 'participants'),
  trigger,
  description: fc.string(),
  participant_filter: cel,
  guard_condition: cel,
  filter_hints: fc.array(fc.dictionary(fc.string(), anything)),
  payload: fc.dictionary(fc.string(), anything),
  status: fc.constantFrom('active', 'paused'),
});

function expectScrip({ status, body }: Answer): void {
  expect(status).toBeLessThan(500);
  if (status >= 400) expect(body).toMatchObject({ code: expect.any(String), message: expect.any(String) });
  if (status === 200 || status === 201) expect(body.id).toEqual(expect.any(String));
}

function expectTrustPager({ status, body }: Answer): void {
  expect(status).toBeLessThan(500);
  if (status >= 400)
    expect(body.error).toMatchObject({ code: expect.any(String), message: expect.any(String), status });
  if (status === 200 || status === 201)
    expect(body).toMatchObject({ data: expect.anything(), meta: { credits_remaining: expect.any(Number) } });
}

const RUNS = { numRuns: 60 };

describe('Scrip', () => {
  it('create', async () => {
    await fc.assert(
      fc.asyncProperty(scripBody, async body =>
        expectScrip(await talk().scrip('POST', AUTOMATIONS, JSON.stringify(body))),
      ),
      RUNS,
    );
  });

  it('update', async () => {
    const names = fc.constantFrom(
      'weeklyDigest',
      'newBlendLaunch',
      'birthdayTreat',
      'nightlySweep',
      'apologyCredit',
      'stampCard',
    ) as fc.Arbitrary<keyof typeof SCRIP_AUTOMATIONS>;
    const flat = near({
      cron_expression: fc.string(),
      timezone: fc.string(),
      trigger_at: fc.string(),
      schedule_config: anything,
      participant_filter: cel,
      guard_condition: cel,
      payload: anything,
      status: fc.constantFrom('active', 'paused'),
    });
    await fc.assert(
      fc.asyncProperty(names, fc.oneof(flat, scripBody), async (name, body) =>
        expectScrip(await talk().scrip('PATCH', `${AUTOMATIONS}/${SCRIP_AUTOMATIONS[name]}`, JSON.stringify(body))),
      ),
      RUNS,
    );
  });

  it('queries and paths', async () => {
    const names = [
      'limit',
      'cursor',
      'status',
      'scope',
      'trigger_type',
      'source',
      'search',
      'from',
      'to',
      'event_from',
      'program_id',
      'sort_by',
      'sort_dir',
      'include_archived',
    ];
    const query = fc.dictionary(fc.constantFrom(...names), fc.string());
    const path = fc.oneof(
      fc.constantFrom(
        AUTOMATIONS,
        '/events',
        '/programs',
        `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.birthdayTreat}/subscriptions`,
      ),
      fc.string().map(text => `/programs/${encodeURIComponent(text)}`),
    );
    await fc.assert(
      fc.asyncProperty(path, query, async (where, what) => {
        const { status, body } = await talk().scrip('GET', `${where}?${new URLSearchParams(what)}`);
        expect(status).toBeLessThan(500);
        if (status >= 400) expect(body).toMatchObject({ code: expect.any(String) });
      }),
      RUNS,
    );
  });

  it('time goes on after all that', async () => {
    for (const ms of [1000, 86_400_000, 86_400_000 * 40]) {
      await talk().twin('POST', '/clock', { advance_ms: ms });
      expect((await talk().scrip('GET', AUTOMATIONS)).status).toBe(200);
    }
  });
});

describe('TrustPager', () => {
  const automation = near({
    name: fc.string({ minLength: 1 }),
    trigger_type: fc.oneof(
      fc.constantFrom('manual', 'contact_created', 'stage_changed', 'form_submitted'),
      fc.string(),
    ),
    stage_id: fc.uuid(),
    enabled: fc.boolean(),
    priority: fc.integer(),
    conditions: fc.dictionary(fc.string(), anything),
    dedup_enabled: fc.boolean(),
    dedup_window_minutes: fc.nat(),
    max_executions_per_day: fc.nat(),
    triggers: fc.array(
      near({ trigger_type: fc.constantFrom('manual', 'sms_received'), source_id: fc.string(), config: fc.object() }),
      { maxLength: 3 },
    ),
    actions: fc.array(
      near({
        action_type: fc.constantFrom('send_sms', 'add_tasks', 'trigger_automation'),
        sequence: fc.nat(9),
        config: fc.object(),
      }),
      { maxLength: 3 },
    ),
  });
  const bodies: [string, string, fc.Arbitrary<unknown>][] = [
    ['POST', '/automations', automation],
    ['PATCH', `/automations/${ID.bigJob}`, automation],
    [
      'POST',
      `/automations/${ID.reviewRequest}/triggers`,
      near({ trigger_type: fc.string(), source_type: fc.string(), source_id: fc.string(), config: fc.object() }),
    ],
    [
      'PATCH',
      `/automations/${ID.welcomeSms}/triggers/${TRUSTPAGER_TRIGGERS.contactCreated}`,
      near({ source_type: fc.string(), config: fc.object() }),
    ],
    [
      'POST',
      `/automations/${ID.reviewRequest}/actions`,
      near({ action_type: fc.constantFrom('send_sms', 'send_for_signing'), sequence: fc.nat(), config: fc.object() }),
    ],
    [
      'POST',
      `/automations/${ID.quoteFollowUp}/actions/reorder`,
      near({ action_ids: fc.array(fc.constantFrom(...Object.values(TRUSTPAGER_ACTIONS))) }),
    ],
    ['POST', `/automations/${ID.welcomeSms}/trigger`, near({ trigger_data: fc.object(), payload: fc.object() })],
    [
      'POST',
      `/automations/${ID.quoteFollowUp}/actions/${TRUSTPAGER_ACTIONS.quoteEmail}/execute`,
      near({ trigger_data: near({ contact: anything, deal: anything, contact_id: anything }) }),
    ],
  ];

  it.each(bodies)('%s %s', async (method, path, arbitrary) => {
    await fc.assert(
      fc.asyncProperty(arbitrary, async body =>
        expectTrustPager(await talk().trustpager(method, path, JSON.stringify(body))),
      ),
      { numRuns: 40 },
    );
  });

  it('conditions', async () => {
    const operators = fc.constantFrom(
      'eq',
      'neq',
      'exists',
      'not_exists',
      'gt',
      'lte',
      'contains',
      'not_contains',
      'contains_any',
      'contains_text',
      'in',
      'nonsense',
    );
    const conditions = fc.dictionary(
      fc.oneof(fc.constantFrom('tags', 'deal.value', 'contact.email', '__proto__.x', 'a..b', '[0]'), fc.string()),
      fc.oneof(fc.dictionary(operators, anything), anything),
      { maxKeys: 3 },
    );
    await fc.assert(
      fc.asyncProperty(conditions, fc.object() as fc.Arbitrary<Json>, async (wanted, data) => {
        const made = await talk().trustpager(
          'POST',
          '/automations',
          JSON.stringify({ name: 'x', trigger_type: 'manual', enabled: true, conditions: wanted }),
        );
        const { status, body } = await talk().trustpager(
          'POST',
          `/automations/${made.body.data.id}/trigger`,
          JSON.stringify({ trigger_data: data }),
        );
        expect(status).toBe(200);
        expect(['completed', 'skipped']).toContain(body.data.status);
      }),
      { numRuns: 60 },
    );
  });
});
