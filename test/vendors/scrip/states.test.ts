// What may be cancelled, archived and refreshed at Scrip, over every combination of states (scrip.md 9.5, 9.7 and 9.8).
import { describe, expect, test } from 'vitest';
import type { ScripAutomation } from '../../../src/vendors/scrip/automation.ts';
import { archiveChecks, cancelChecks, refreshChecks } from '../../../src/vendors/scrip/rules.ts';

const statuses = [
  'active',
  'paused',
  'completed',
  'failed',
  'archived',
  'Active',
  'active ',
  '',
  undefined,
  'constructor',
];
const states = [
  'idle',
  'pending',
  'executing',
  'completed',
  'failed',
  'Executing',
  'pending ',
  '',
  undefined,
  'toString',
];
const kinds = ['cron', 'one_time', 'immediate', 'participant_state', 'Participant_state', '', undefined, '__proto__'];
const scopes = ['program', 'participants', 'Program', '', undefined];

const made = (fields: object): ScripAutomation => JSON.parse(JSON.stringify({ id: 'x', ...fields })) as ScripAutomation;
const failed = (checks: { name: string; pass: boolean }[]): string[] =>
  checks.filter(check => !check.pass).map(check => check.name);

describe('P13: cancelChecks', () => {
  test('only what is pending or executing, and never for the program', () => {
    for (const scope of scopes)
      for (const status of statuses)
        for (const execution_status of states) {
          const checks = cancelChecks(made({ scope, status, execution_status }));
          // Not the status: pausing lets a fan-out go on, and it can still be stopped then.
          const may = scope !== 'program' && (execution_status === 'pending' || execution_status === 'executing');
          expect(failed(checks), `${scope} ${status} ${execution_status}`).toEqual(may ? [] : ['under_way']);
          for (const { reason } of checks) expect(reason).toMatch(/^\S.*\.$/);
        }
  });

  test('the reason names the state and the way forward', () => {
    expect(cancelChecks(made({ scope: 'participants', execution_status: 'idle' }))[0]?.reason).toMatch(
      /execution_status is "idle".*set its status to paused/,
    );
    expect(cancelChecks(made({ scope: 'participants' }))[0]?.reason).toMatch(/execution_status is missing/);
    expect(cancelChecks(made({ scope: 'program' }))[0]?.reason).toMatch(/no fan-out.*paused/);
  });
});

test('archiveChecks: everything but what is archived', () => {
  for (const status of statuses)
    expect(failed(archiveChecks(made({ status, scope: 'participants', execution_status: 'executing' })))).toEqual(
      status === 'archived' ? ['archived'] : [],
    );
  expect(archiveChecks(made({ status: 'archived' }))[0]?.reason).toMatch(/archived already/);
});

describe('P13: refreshChecks', () => {
  test('participant_state and active, and nothing else', () => {
    for (const trigger_type of kinds)
      for (const status of statuses)
        expect(failed(refreshChecks(made({ trigger_type, status })))).toEqual([
          ...(trigger_type === 'participant_state' ? [] : ['kind']),
          ...(status === 'active' ? [] : ['active']),
        ]);
  });

  test('the reasons name what was seen and a way forward', () => {
    const [kind, active] = refreshChecks(made({ trigger_type: 'cron', status: 'paused' }));
    expect(kind?.reason).toMatch(/trigger_type is "cron", and only participant_state/);
    expect(active?.reason).toMatch(/status is "paused".*set its status to active/);
    expect(refreshChecks(made({ status: 'odd' }))[1]?.reason).toMatch(/read it again/);
  });
});
