// Whatever a network or a vendor does to a write: one request, an outcome that fits the vendor's own record, and reading settles the rest.
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, startSandbox, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect, type Fixture, fastTwins, type Said, yes } from '../fixtures.ts';
import { clearFaults, type FaultOrder, fault, firings, inside } from './twin.ts';

const short = { AUTOMATIONS_WRITE_TIMEOUT: '1', AUTOMATIONS_RUN_TIMEOUT: '1' };

const vendors = {
  scrip: ['scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.apologyCredit }],
  trustpager: ['trustpager_trigger_automation', { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms }],
} as const;

/** What happens, what is told of it, and whether the vendor carried it out. */
const table: [fault: string, outcome: string, code: string, effect: boolean, more?: Partial<FaultOrder>][] = [
  ['timeout_before', 'unknown', 'outcome_unknown', false],
  ['timeout_after', 'unknown', 'outcome_unknown', true],
  ['reset_before', 'unknown', 'outcome_unknown', false],
  ['reset_after', 'unknown', 'outcome_unknown', true],
  ['reset_mid_body', 'unknown', 'outcome_unknown', true],
  ['500_before', 'unknown', 'outcome_unknown', false],
  ['500_after', 'unknown', 'outcome_unknown', true],
  ['503', 'unknown', 'outcome_unknown', false],
  ['malformed', 'unknown', 'outcome_unknown', true],
  ['html', 'unknown', 'outcome_unknown', true],
  ['oversized', 'unknown', 'outcome_unknown', true],
  ['redirect', 'unknown', 'outcome_unknown', false],
  ['drip', 'unknown', 'outcome_unknown', true, { ms: 400 }],
  ['429', 'rejected', 'rate_limited', false],
];

/** Runs or fan-outs that the twin began since the test did. */
async function begun(f: Fixture, vendor: keyof typeof vendors, since: number): Promise<number> {
  const { scrip, trustpager } = await inside(f.sandbox);
  const started: number[] =
    vendor === 'trustpager'
      ? trustpager.runs.map((run: { started_at: number }) => run.started_at)
      : scrip.automations.flatMap(({ fanout }: { fanout?: { started_at: number } }) => fanout?.started_at ?? []);
  return started.filter(at => at >= since).length;
}

const honest = (said: Said, outcome: string): void => {
  expect(said.isError).toBe(true);
  expect(said.structured.intent_id).toMatch(/^[0-9a-f]{32}$/);
  expect(said.text).toContain(said.structured.intent_id);
  if (outcome === 'unknown') {
    expect(said.text).toContain('It may or may not have run');
    expect(said.text).toContain('watch_run');
    expect(said.text).not.toContain('Nothing was sent');
  }
};

describe.concurrent.each(Object.keys(vendors) as (keyof typeof vendors)[])('a trigger at %s', vendor => {
  const [tool, args] = vendors[vendor];

  test.each(table)(
    'P1 P2 P3: %s is told as %s (%s); effect at the vendor: %s',
    async (kind, outcome, code, effect, more) => {
      const since = Date.now();
      await using f = await connect({ person: yes, env: short });
      await fault(f.sandbox, { fault: kind, vendor, method: 'POST', path: '/trigger', ...more });
      const said = await f.call(tool, args);
      expect(said.structured).toMatchObject({ outcome, code });
      honest(said, outcome);
      const writes = await f.writes();
      expect(writes).toHaveLength(1);
      expect(writes[0]).toMatchObject({ fault: kind, effect });
      expect(await begun(f, vendor, since)).toBe(effect ? 1 : 0);
      expect((await f.requests()).filter(({ vendor: where }) => where === 'redirected')).toEqual([]);

      await clearFaults(f.sandbox);
      if (outcome === 'unknown') {
        // Found out by reading where there is something to read, and left unknown where there is not.
        const watched = await f.call('watch_run', { intent_id: said.structured.intent_id, wait_s: 0 });
        expect(watched.structured.outcome).toBe(effect ? 'done' : 'unknown');
        if (effect) expect(watched.structured).toMatchObject({ state: 'ended', intent_id: said.structured.intent_id });
        // The identical call is answered with that intent while nothing is known of it.
        if (!effect) {
          const again = await f.call(tool, args);
          expect(again.structured).toMatchObject({ outcome: 'unknown', intent_id: said.structured.intent_id });
        }
      }
      expect(firings(await f.writes())).toHaveLength(1);
    },
  );

  test('P2: a slow answer within the time for it is done', async () => {
    await using f = await connect({ person: yes, env: short });
    await fault(f.sandbox, { fault: 'latency', vendor, method: 'POST', path: '/trigger', ms: 300 });
    expect((await f.call(tool, args)).structured.outcome).toBe('done');
    expect(await f.writes()).toHaveLength(1);
  });

  test('P2: the vendor gone before the yes is not_sent, and says so', async () => {
    const sandbox = await startSandbox(fastTwins);
    await using f = await connect({
      sandbox,
      person: async message => {
        await sandbox.close();
        return yes(message);
      },
    });
    const said = await f.call(tool, args);
    expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    expect(said.text).toContain('Nothing was sent, nothing was spent.');
    expect(await f.house?.store.intents({})).toEqual([]);
  });
});
