// An update must not undo a change that the agent has not seen: it is refused, and the difference is shown.
import { describe, expect, test } from 'vitest';
import {
  SCRIP_AUTOMATIONS as SCRIP,
  SCRIP_PROGRAMS,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
} from '../../src/sandbox/index.ts';
import { connect, type Fixture, yes } from '../fixtures.ts';

/** Somebody else changes it at the vendor, past this server. */
async function elsewhere(
  { sandbox }: Fixture,
  vendor: 'scrip' | 'trustpager',
  id: string,
  body: object,
): Promise<void> {
  const [url, headers] =
    vendor === 'scrip'
      ? [
          `${sandbox.scrip.baseUrl}/programs/${SCRIP_PROGRAMS.rewards}/automations/${id}`,
          { 'x-api-key': sandbox.scrip.key },
        ]
      : [`${sandbox.trustpager.baseUrl}/automations/${id}`, { authorization: `Bearer ${sandbox.trustpager.key}` }];
  const answer = await fetch(url, {
    method: 'PATCH',
    headers: { ...headers, 'content-type': 'application/json' } as Record<string, string>,
    body: JSON.stringify(body),
  });
  expect(answer.ok).toBe(true);
}

const cases = [
  ['scrip', 'scrip_get_automation', 'scrip_update_automation', SCRIP.happyHour],
  ['trustpager', 'trustpager_get_automation', 'trustpager_update_automation', TRUSTPAGER.winterNewsletter],
] as const;

describe.each(cases)('%s', (vendor, get, update, automation_id) => {
  test('a field that somebody changed since it was read is not overwritten', async () => {
    await using f = await connect({ person: yes });
    await f.call(get, { automation_id });
    await elsewhere(f, vendor, automation_id, { description: 'theirs' });
    const before = (await f.writes()).length;
    const refused = await f.call(update, { automation_id, description: 'ours' });
    expect(refused.structured).toMatchObject({ outcome: 'denied', code: 'precondition_failed' });
    expect(refused.text).toContain('"theirs"');
    expect(refused.text).toContain('Read it again');
    expect(await f.writes()).toHaveLength(before);
    const plan = await f.call('plan_call', { tool: update, arguments: { automation_id, description: 'ours' } });
    expect(plan.structured.verdict).toBe('deny');
    // Seen now, so it may be decided.
    await f.call(get, { automation_id });
    expect((await f.call(update, { automation_id, description: 'ours' })).structured.outcome).toBe('done');
  });

  test('another field may be changed, and so may what was never read', async () => {
    await using f = await connect({ person: yes });
    await elsewhere(f, vendor, automation_id, { description: 'theirs' });
    expect((await f.call(update, { automation_id, description: 'unread' })).structured.outcome).toBe('done');
    await f.call(get, { automation_id });
    await elsewhere(f, vendor, automation_id, { description: 'theirs again' });
    expect((await f.call(update, { automation_id, name: 'Another name' })).structured.outcome).toBe('done');
  });

  test('its own change is not held against the next one', async () => {
    await using f = await connect({ person: yes });
    await f.call(get, { automation_id });
    for (const description of ['first', 'second', 'third'])
      expect((await f.call(update, { automation_id, description })).structured.outcome).toBe('done');
    await elsewhere(f, vendor, automation_id, { description: 'theirs' });
    expect((await f.call(update, { automation_id, description: 'fourth' })).structured.code).toBe(
      'precondition_failed',
    );
  });
});

test('what a run was given is not held against the next run', async () => {
  await using f = await connect({ person: yes });
  const automation_id = TRUSTPAGER.jobHandover;
  await f.call('trustpager_get_automation', { automation_id });
  for (const trigger_data of [{ note: 'one' }, { note: 'two' }, { note: 'two' }])
    expect((await f.call('trustpager_trigger_automation', { automation_id, trigger_data })).structured.outcome).toBe(
      'done',
    );
});
