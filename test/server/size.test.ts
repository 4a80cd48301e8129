// Bounds: whatever a vendor sends, a result stays small enough for a model to read, and the server lives on.
import { describe, expect, test } from 'vitest';
import {
  SCRIP_AUTOMATIONS as SCRIP,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
  TRUSTPAGER_ACTIONS,
} from '../../src/sandbox/index.ts';
import { connect, type Fixture, yes } from '../fixtures.ts';
import { callsOf, fullVendor } from './full-vendor.ts';
import { elsewhere, inRewards } from './twin.ts';

const MAX_RESULT = 256 * 1024;
const long = 'lorem ipsum '.repeat(4_000);

/** What the client received, whole. */
async function size(f: Fixture, name: string, args: Record<string, unknown>): Promise<number> {
  const result = await f.client.callTool({ name, arguments: args });
  expect(result.structuredContent.outcome, name).toBe('done');
  expect(result.content[0].text.length, name).toBeLessThan(10_000);
  return JSON.stringify(result).length;
}

describe.concurrent('P16: a result', () => {
  test('of an automation that a vendor made huge stays readable', async () => {
    await using f = await connect();
    const payload = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`part${n}`, long]));
    await elsewhere(f.sandbox, 'scrip', 'PATCH', inRewards(SCRIP.weeklyDigest), {
      payload,
      description: 'd'.repeat(900),
    });
    const config = { message_body: long.repeat(8) };
    await elsewhere(
      f.sandbox,
      'trustpager',
      'PATCH',
      `/automations/${TRUSTPAGER.welcomeSms}/actions/${TRUSTPAGER_ACTIONS.welcomeSms}`,
      { config },
    );
    for (const [name, args] of [
      ['scrip_get_automation', { automation_id: SCRIP.weeklyDigest }],
      ['scrip_list_automations', { limit: 50 }],
      ['scrip_list_runs', { automation_id: SCRIP.weeklyDigest }],
      ['trustpager_get_automation', { automation_id: TRUSTPAGER.welcomeSms }],
      ['trustpager_list_automations', { limit: 50 }],
      ['plan_call', { tool: 'trustpager_trigger_automation', arguments: { automation_id: TRUSTPAGER.welcomeSms } }],
    ] as const)
      expect(await size(f, name, args), name).toBeLessThan(MAX_RESULT);
  });

  test('and a question about arguments as large as they may be stay readable', async () => {
    let shown = '';
    await using f = await connect({
      person: message => {
        shown = message;
        return yes(message);
      },
    });
    const trigger_data = { text: 'x'.repeat(60_000) };
    expect(
      await size(f, 'trustpager_trigger_automation', { automation_id: TRUSTPAGER.welcomeSms, trigger_data }),
    ).toBeLessThan(MAX_RESULT);
    expect(shown.length).toBeLessThan(2_500);
    expect(shown).toContain('Cost:');
    expect(await f.writes()).toMatchObject([{ body: { trigger_data } }]);
  });
});

describe.concurrent('P16: a result of a vendor that sends a mebibyte', () => {
  const id = { automation_id: SCRIP.weeklyDigest };

  test.each([5, 500, 20_000])('is whole JSON below 256 KiB, records of %i characters a field', async each => {
    await using vendor = await fullVendor(each);
    await using f = await connect({ person: yes, env: vendor.env });
    const done: string[] = [];
    for (const [name, args] of callsOf(50)) {
      const result = await f.client.callTool({ name, arguments: args });
      expect(Buffer.byteLength(JSON.stringify(result)), `${name} ${JSON.stringify(args)}`).toBeLessThan(MAX_RESULT);
      if (result.structuredContent?.outcome === 'done') done.push(name);
    }
    // Most of it is read all the same, not refused.
    expect(done.length).toBeGreaterThan(10);
  });

  test('and of arguments that a client made huge says what is wrong with them in few words', async () => {
    await using f = await connect();
    const huge = 'k'.repeat(900_000);
    for (const args of [
      { [huge]: 1 },
      { automation_id: huge },
      { automation_id: [huge] },
      { ...id, trigger_data: { [huge]: 1 } },
    ]) {
      const result = await f.client.callTool({ name: 'trustpager_trigger_automation', arguments: args });
      expect(result.isError).toBe(true);
      expect(JSON.stringify(result).length).toBeLessThan(10_000);
    }
    const unknown = await f.client.callTool({ name: huge, arguments: {} }).catch((error: Error) => error.message);
    expect(JSON.stringify(unknown).length).toBeLessThan(1_000);
  });
});
