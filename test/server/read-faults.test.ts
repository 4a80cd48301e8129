// Whatever a network or a vendor does to a read: it is repeated where that helps, and says why where it does not.
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, SCRIP_KEYS, startSandbox, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect, fastTwins } from '../fixtures.ts';
import { fault } from './twin.ts';

const reads = {
  scrip: ['scrip_get_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest }],
  trustpager: ['trustpager_get_automation', { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms }],
} as const;
const short = { AUTOMATIONS_READ_TIMEOUT: '3' };
const tight = { AUTOMATIONS_READ_TIMEOUT: '1' };

describe.concurrent.each(Object.keys(reads) as (keyof typeof reads)[])('a read at %s', vendor => {
  const [tool, args] = reads[vendor];

  test.each(['reset_before', 'reset_after', 'reset_mid_body', '503', '429'])('recovers from one %s', async kind => {
    await using f = await connect({ env: short });
    await fault(f.sandbox, { fault: kind, vendor, method: 'GET' });
    const said = await f.call(tool, args);
    expect(said.structured).toMatchObject({ outcome: 'done', automation_id: args.automation_id });
    expect((await f.requests()).filter(({ path }) => path.endsWith(args.automation_id))).toHaveLength(2);
  });

  test.each([
    ['timeout_before', /slow|time|did not answer/i],
    ['timeout_after', /slow|time|did not answer/i],
    ['reset_before', /cut|closed|broke|connection/i],
    ['reset_mid_body', /cut|closed|broke|connection/i],
    ['500_before', /internal error \(500\)/],
    ['503', /internal error \(503\)/],
    ['malformed', /JSON|understood|read/i],
    ['html', /JSON|HTML|understood|read/i],
    ['oversized', /large|long|MiB|megabyte|size/i],
    ['redirect', /redirect|307|elsewhere/i],
  ])('P2 P16: %s without end is not_sent, and says why', async (kind, why) => {
    await using f = await connect({ env: tight });
    await fault(f.sandbox, { fault: kind, vendor, method: 'GET', times: 0 });
    const said = await f.call(tool, args);
    expect(said.isError).toBe(true);
    expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    expect(said.text).toMatch(why);
    expect(said.text).toContain('Nothing was sent, nothing was spent.');
    const requests = await f.requests();
    expect(requests.length).toBeLessThanOrEqual(3);
    expect(requests.filter(({ vendor: where }) => where === 'redirected')).toEqual([]);
  });

  test('P2: 429 without end tells when to come back', async () => {
    await using f = await connect({ env: tight });
    await fault(f.sandbox, { fault: '429', vendor, method: 'GET', times: 0, ms: 60_000 });
    const said = await f.call(tool, args);
    expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'rate_limited', retry_after_s: 60 });
    expect(await f.requests()).toHaveLength(1);
  });

  test('an answer that drips in is read whole', async () => {
    await using f = await connect({ env: short });
    await fault(f.sandbox, { fault: 'drip', vendor, method: 'GET', ms: 2 });
    expect((await f.call(tool, args)).structured.outcome).toBe('done');
  });

  test('P2: a vendor that is not there is told as such, and the server lives on', async () => {
    const sandbox = await startSandbox(fastTwins);
    await sandbox.close();
    await using f = await connect({ sandbox, env: tight });
    for (const name of [tool, 'list_connections', tool]) {
      const said = await f.call(name, name === tool ? args : {});
      if (name === tool) expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
      else expect(said.structured.outcome).toBe('done');
    }
  });

  test('a key the vendor does not know is told as unauthenticated, and never shown', async () => {
    const key = vendor === 'scrip' ? SCRIP_KEYS.revoked : 'tp_live_wrong_key_that_nobody_knows';
    await using f = await connect({ env: { SCRIP_API_KEY: key, TRUSTPAGER_API_KEY: key } });
    const said = await f.call(tool, args);
    expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'unauthenticated' });
    expect(JSON.stringify(said)).not.toContain(key);
  });
});
