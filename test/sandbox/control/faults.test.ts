// Faults on request, seen from a client: what arrives, and whether the write took effect before it.
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import { TRUSTPAGER_AUTOMATIONS as ID, startSandbox, TRUSTPAGER_CONTACTS as WHO } from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, type Json, newAutomation, pause, speakTo, until, useSandbox } from '../fixtures.ts';

const talk = useSandbox();
afterEach(async () => {
  await talk().twin('DELETE', '/faults');
});

const order = (fault: Json) => talk().twin('POST', '/faults', fault);
const trigger = (signal?: AbortSignal) =>
  fetch(`${talk().sandbox.trustpager.baseUrl}/automations/${ID.welcomeSms}/trigger`, {
    method: 'POST',
    headers: { authorization: `Bearer ${talk().sandbox.trustpager.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ trigger_data: { contact_id: WHO.tom } }),
    redirect: 'manual',
    ...(signal ? { signal } : {}),
  });
const runs = async () => (await talk().twin('GET', '/state')).body.trustpager.runs.length;
const lastEntry = async () => (await talk().twin('GET', '/requests')).body.requests.at(-1);

describe('without an answer', () => {
  it.each([
    ['reset_before', false],
    ['reset_after', true],
    ['reset_mid_body', true],
  ])('%s: effect %s', async (fault, effect) => {
    const before = await runs();
    await order({ fault, vendor: 'trustpager' });
    await expect(trigger().then(response => response.text())).rejects.toThrow();
    expect((await runs()) - before).toBe(effect ? 1 : 0);
    expect(await lastEntry()).toMatchObject({ fault, effect, status: fault === 'reset_mid_body' ? 200 : null });
  });

  it.each([
    ['timeout_before', false],
    ['timeout_after', true],
  ])('%s: effect %s', async (fault, effect) => {
    const before = await runs();
    await order({ fault, path: '/trigger' });
    await expect(trigger(AbortSignal.timeout(150))).rejects.toThrow(/timeout/i);
    expect((await runs()) - before).toBe(effect ? 1 : 0);
    expect(await lastEntry()).toMatchObject({ fault, effect, status: null });
  });

  it('a timeout with ms ends by itself', async () => {
    await order({ fault: 'timeout_after', ms: 30 });
    await expect(trigger()).rejects.toThrow();
  });
});

describe('with another answer', () => {
  it.each([
    ['429', 429, false],
    ['500_before', 500, false],
    ['500_after', 500, true],
    ['503', 503, false],
    ['redirect', 307, false],
  ])('%s: %i, effect %s', async (fault, status, effect) => {
    const before = await runs();
    await order({ fault });
    const response = await trigger();
    expect(response.status).toBe(status);
    if (fault === '429') expect(response.headers.get('retry-after')).toBe('1');
    if (status !== 307) expect(await response.json()).toMatchObject({ error: { code: expect.any(String), status } });
    expect((await runs()) - before).toBe(effect ? 1 : 0);
    expect(await lastEntry()).toMatchObject({ fault, effect, status });
  });

  it('speaks in the envelope of the vendor', async () => {
    await order({ fault: '503', vendor: 'scrip' });
    await order({ fault: '429', vendor: 'scrip', ms: 4000 });
    expect((await talk().scrip('GET', '/programs')).body).toEqual({ code: 'unavailable', message: expect.any(String) });
    const limited = await talk().scrip('GET', '/programs');
    expect([limited.body.code, limited.headers.get('retry-after')]).toEqual(['too_many_requests', '4']);
  });

  it.each([
    ['malformed', 'application/json'],
    ['html', 'text/html'],
  ])('%s cannot be read as JSON, and the write took effect', async (fault, type) => {
    const before = await runs();
    await order({ fault });
    const response = await trigger();
    expect(response.headers.get('content-type')).toContain(type);
    await expect(response.json()).rejects.toThrow();
    expect((await runs()) - before).toBe(1);
  });

  it('oversized is many megabytes of valid JSON', async () => {
    await order({ fault: 'oversized' });
    const text = await (await trigger()).text();
    expect(text.length).toBeGreaterThan(16_000_000);
    expect(JSON.parse(text).data.length).toBeGreaterThan(16_000_000);
  });

  it('oversized may be left half way, and the next request is served', async () => {
    await order({ fault: 'oversized' });
    const response = await trigger();
    await response.body?.cancel();
    expect((await trigger()).status).toBe(200);
  });

  it('drip is the right answer, slowly', async () => {
    await order({ fault: 'drip', ms: 2 });
    const started = performance.now();
    const answer = (await (await trigger()).json()) as Json;
    expect(answer.data.status).toBe('completed');
    expect(performance.now() - started).toBeGreaterThan(40);
  });

  it('latency is the right answer, late', async () => {
    await order({ fault: 'latency', ms: 80 });
    const started = performance.now();
    expect((await trigger()).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(75);
  });

  it('a redirect that is followed is seen, and whether it carried the key', async () => {
    await talk().twin('DELETE', '/requests');
    await order({ fault: 'redirect', vendor: 'scrip' });
    await fetch(`${talk().sandbox.scrip.baseUrl}/programs`, { headers: { 'x-api-key': talk().sandbox.scrip.key } });
    expect(await lastEntry()).toMatchObject({ vendor: 'redirected', headers: { 'x-api-key': '[secret]' } });
  });
});

describe('where a fault strikes', () => {
  it('as often as ordered: once, thrice, always', async () => {
    const statuses = async (n: number) => {
      const seen: number[] = [];
      for (let i = 0; i < n; i++) seen.push((await trigger()).status);
      return seen;
    };
    await order({ fault: '503' });
    expect(await statuses(2)).toEqual([503, 200]);
    await order({ fault: '503', times: 3 });
    expect(await statuses(4)).toEqual([503, 503, 503, 200]);
    await order({ fault: '503', times: 0 });
    expect(await statuses(3)).toEqual([503, 503, 503]);
    expect((await talk().twin('GET', '/faults')).body.faults.at(-1)).toMatchObject({
      fault: '503',
      times: 0,
      struck: 3,
    });
    expect((await talk().twin('DELETE', '/faults')).status).toBe(204);
    expect(await statuses(1)).toEqual([200]);
  });

  it('only where vendor, method and path agree', async () => {
    await order({ fault: '503', vendor: 'scrip', method: 'post', path: 'automations$', times: 0 });
    const { scrip, trustpager } = talk();
    expect((await scrip('GET', AUTOMATIONS)).status).toBe(200);
    expect((await scrip('POST', AUTOMATIONS, newAutomation('cron', 'program'))).status).toBe(503);
    expect((await trustpager('POST', '/automations', { name: 'x', trigger_type: 'manual' })).status).toBe(201);
    expect((await scrip('POST', `${AUTOMATIONS}/nope/trigger`)).status).toBe(400);
  });

  it('comes with Scrip as well: a trigger that fired though its answer was lost', async () => {
    const { body: made } = await talk().scrip(
      'POST',
      AUTOMATIONS,
      newAutomation('cron', 'participants', { participant_filter: '"vip" in participant.tags' }),
    );
    await order({ fault: 'reset_after', vendor: 'scrip', method: 'POST' });
    await expect(talk().scrip('POST', `${AUTOMATIONS}/${made.id}/trigger`)).rejects.toThrow();
    const { body } = await until(
      () => talk().scrip('GET', `${AUTOMATIONS}/${made.id}`),
      answer => answer.body.participants_processed === 108,
    );
    expect(body.last_run_at).toBeDefined();
  });

  it.each<[Json]>([
    [{}],
    [{ fault: 'earthquake' }],
    [{ fault: '503', vendor: 'other' }],
    [{ fault: '503', times: -1 }],
    [{ fault: '503', ms: 'x' }],
    [{ fault: 'action_overcharged', factor: -1 }],
    [{ fault: '503', path: '(' }],
    [{ fault: '503', method: 5 }],
    ['x'],
  ])('refuses %j', async body => {
    const answer = await order(body);
    expect([answer.status, typeof answer.body.error]).toEqual([400, 'string']);
  });
});

describe('close', () => {
  it('is prompt, whatever hangs: a held request, a run, a dripping answer, an idle connection', async () => {
    const sandbox = await startSandbox({ actionMs: 60_000 });
    const { twin, trustpager, scrip } = speakTo(sandbox);
    await twin('POST', '/faults', { fault: 'timeout_before', vendor: 'scrip', path: 'programs$' });
    await twin('POST', '/faults', { fault: 'drip', ms: 60_000, vendor: 'scrip' });
    await twin('POST', '/faults', { fault: 'latency', ms: 60_000, vendor: 'trustpager', method: 'GET' });
    const idle = connect(Number(new URL(sandbox.url).port), '127.0.0.1');
    idle.on('error', () => undefined);
    const hanging = [
      scrip('GET', '/programs'),
      scrip('GET', '/events'),
      trustpager('GET', '/automations'),
      trustpager('POST', `/automations/${ID.welcomeSms}/trigger`, { trigger_data: { contact_id: WHO.tom } }),
    ].map(request =>
      request.then(
        () => 'answered',
        () => 'gone',
      ),
    );
    await pause(60);
    const started = performance.now();
    await sandbox.close();
    expect(performance.now() - started).toBeLessThan(200);
    expect(await Promise.all(hanging)).toEqual(['gone', 'gone', 'gone', 'gone']);
    await expect(fetch(sandbox.url)).rejects.toThrow();
    idle.destroy();
  });

  it('leaves no timer behind that would keep a process alive', async () => {
    const { spawn } = await import('node:child_process');
    const code = `
      const { startSandbox, TRUSTPAGER_AUTOMATIONS, TRUSTPAGER_DEALS } = await import('./src/sandbox/index.ts');
      const sandbox = await startSandbox({ actionMs: 60000 });
      fetch(sandbox.trustpager.baseUrl + '/automations/' + TRUSTPAGER_AUTOMATIONS.bigJob + '/trigger', {
        method: 'POST', headers: { authorization: 'Bearer ' + sandbox.trustpager.key },
        body: JSON.stringify({ trigger_data: { deal_id: TRUSTPAGER_DEALS.bathroom } }),
      }).catch(() => {});
      await new Promise(resolve => setTimeout(resolve, 100));
      await sandbox.close();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', chunk => {
      output += chunk;
    });
    child.stderr.on('data', chunk => {
      output += chunk;
    });
    const exit = await new Promise(resolve => child.once('exit', resolve));
    expect([exit, output]).toEqual([0, '']);
  });
});
