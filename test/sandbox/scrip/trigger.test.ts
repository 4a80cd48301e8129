// Triggering on Scrip: the whole matrix of trigger, scope, status and execution status.
import { describe, expect, it } from 'vitest';
import { SCRIP_AUTOMATIONS, SCRIP_PROGRAMS } from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, type Json, newAutomation, until, useSandbox } from '../fixtures.ts';

const talk = useSandbox();
const WHOLESALE = `/programs/${SCRIP_PROGRAMS.wholesale}/automations`;
const REFUSAL = 'Automation cannot be triggered (must be active and idle or cron+program)';
const STATUSES = ['active', 'paused', 'completed', 'failed', 'archived'];
const EXECUTION = ['idle', 'pending', 'executing', 'completed', 'failed'];
/** The vendor's table: which pairs the endpoint fires at all (scrip.md 8.1). */
const PAIRS: [string, string, boolean][] = [
  ['cron', 'program', true],
  ['cron', 'participants', true],
  ['one_time', 'program', false],
  ['one_time', 'participants', true],
  ['immediate', 'participants', true],
  ['participant_state', 'participants', false],
];

const cases = PAIRS.flatMap(([type, scope, inMatrix]) =>
  STATUSES.flatMap(status =>
    (scope === 'participants' ? EXECUTION : [undefined]).map(execution => {
      const fires = inMatrix && status === 'active' && (scope === 'program' || execution === 'idle');
      return { type, scope, status, execution, fires };
    }),
  ),
);

describe.concurrent('the matrix', () => {
  it.each(cases)('$type × $scope, $status, $execution: $fires', async ({ type, scope, status, execution, fires }) => {
    const { scrip, twin } = talk();
    const nobody = scope === 'participants' ? { participant_filter: '"quiet" in participant.tags' } : {};
    const made = await scrip('POST', WHOLESALE, newAutomation(type, scope, nobody));
    expect(made.status).toBe(201);
    const path = `${WHOLESALE}/${made.body.id}`;
    const arranged = await twin('PATCH', `/scrip/automations/${made.body.id}`, { status, execution_status: execution });
    expect(arranged.status).toBe(200);
    const before = await scrip('GET', path);
    expect([before.body.status, before.body.execution_status]).toEqual([status, execution]);
    const answer = await scrip('POST', `${path}/trigger`);
    if (!fires) {
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({ code: 'bad_request', message: REFUSAL });
      expect((await scrip('GET', path)).body).toEqual(before.body);
      return;
    }
    expect(answer.status).toBe(200);
    expect(answer.body.id).toBe(made.body.id);
    if (scope === 'participants') expect(['pending', 'executing', 'completed']).toContain(answer.body.execution_status);
    else expect(Date.parse(answer.body.next_run_at)).toBeLessThanOrEqual(Date.now());
  });
});

describe('cron in program scope', () => {
  it('is due at once, runs moments later, and is then due as planned again', async () => {
    const { scrip } = talk();
    const { body: made } = await scrip('POST', AUTOMATIONS, newAutomation('cron', 'program'));
    const path = `${AUTOMATIONS}/${made.id}`;
    const { body: triggered } = await scrip('POST', `${path}/trigger`);
    expect(triggered).not.toHaveProperty('last_run_at');
    expect(Date.parse(triggered.next_run_at)).toBeLessThan(Date.parse(made.next_run_at));
    // A second call before the pickup is the same run.
    await scrip('POST', `${path}/trigger`);
    const after = await until(
      () => scrip('GET', path),
      answer => answer.body.last_run_at !== undefined,
    );
    expect(after.body.next_run_at).toBe(made.next_run_at);
    expect(Date.parse(after.body.last_run_at)).toBeGreaterThan(Date.parse(made.created_at));
    const events = await scrip('GET', `/events?program_id=${made.program_id}&limit=200`);
    const ours = events.body.data.filter((event: Json) => event.event_data.type === made.event_name);
    expect(ours).toHaveLength(1);
    expect(ours[0]).not.toHaveProperty('participant_id');
  });
});

describe('the seeded automations', () => {
  it.each([
    ['weeklyDigest', 200],
    ['vipDoublePoints', 200],
    ['nightlySweep', 200],
    ['tastingInvitation', 200],
    ['apologyCredit', 200],
    ['cuppingClass', 200],
    ['happyHour', 400],
    ['ledgerReport', 400],
    ['newBlendLaunch', 400],
    ['openingWeek', 400],
    ['refundFollowUp', 400],
    ['welcomeBonus', 400],
    ['birthdayTreat', 400],
    ['winBack', 400],
    ['hundredPoints', 400],
    ['stampCard', 400],
    ['tierFollowUp', 400],
  ] as const)('%s: %i', async (name, expected) => {
    expect((await talk().scrip('POST', `${AUTOMATIONS}/${SCRIP_AUTOMATIONS[name]}/trigger`)).status).toBe(expected);
  });

  it('ignores a body: the payload cannot be overridden', async () => {
    const { scrip } = talk();
    const { body: made } = await scrip('POST', AUTOMATIONS, newAutomation('cron', 'program', { payload: { a: 1 } }));
    const answer = await scrip('POST', `${AUTOMATIONS}/${made.id}/trigger`, { payload: { a: 2 } });
    expect(answer.status).toBe(200);
    expect(answer.body.payload).toEqual({ a: 1 });
  });
});
