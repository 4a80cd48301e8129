// The call's own clock, and clients that give up: every call answers in time, and going away stops only what has not left yet.
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect, type Era, type Fixture, yes } from '../fixtures.ts';
import { accept, answering, eventually, fault, firings, pause } from './twin.ts';
import { fireDigest, post } from './wire.ts';

const trigger = ['trustpager_trigger_automation', { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms }] as const;
const fire = ['scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest }] as const;
const rename = { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms, name: 'Hello' };

const arrived = (f: Fixture, method = 'POST') =>
  eventually(async () => (await f.requests()).find(request => request.method === method));
const intents = async (f: Fixture) => (await f.house?.store.intents({})) ?? [];

/** A call that its client gives up as soon as it is told to. */
function abandoned(f: Fixture, era: Era, name: string, args: Record<string, unknown>) {
  const controller = new AbortController();
  const options = { signal: controller.signal };
  // The v1 package takes a result schema in between.
  const call = f.client.callTool({ name, arguments: args }, ...(era === 'v1' ? [undefined, options] : [options]));
  const ended = call.then(
    () => 'answered',
    () => 'given up',
  );
  return { ended, giveUp: () => controller.abort() };
}

describe.concurrent.each<Era>(['modern', 'legacy', 'v1'])('a %s client', era => {
  test('P2 P16: a vendor slower than the call: the call answers, the receipt comes later, watch_run finds it', async () => {
    await using f = await connect({ era, person: yes, env: { AUTOMATIONS_CALL_TIMEOUT: '1.5' } });
    await fault(f.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'POST', ms: 2_200 });
    const said = await f.call(...trigger);
    expect(said.isError).toBe(true);
    expect(said.structured).toMatchObject({ outcome: 'unknown', code: 'outcome_unknown' });
    expect(said.text).toContain('still under way');
    const { intent_id } = said.structured;
    expect((await intents(f)).map(({ outcome }) => outcome)).toEqual([null]);
    const early = await f.call('watch_run', { intent_id, wait_s: 0 });
    expect(early.structured).toMatchObject({ outcome: 'unknown' });
    await eventually(async () => (await intents(f)).find(({ outcome }) => outcome === 'done'));
    const later = await f.call('watch_run', { intent_id, wait_s: 0 });
    expect(later.structured).toMatchObject({ outcome: 'done', state: 'ended', intent_id });
    expect(await f.writes()).toHaveLength(1);
  });

  test('P16: a read slower than the call ends as not_sent', async () => {
    await using f = await connect({ era, env: { AUTOMATIONS_CALL_TIMEOUT: '1' } });
    await fault(f.sandbox, { fault: 'timeout_before', method: 'GET', times: 0 });
    const said = await f.call('trustpager_get_automation', { automation_id: trigger[1].automation_id });
    expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
  });

  test('P7: a call given up while the target is read sends nothing, then or later', async () => {
    await using f = await connect({ era });
    await fault(f.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'GET', times: 0, ms: 700 });
    const call = abandoned(f, era, 'trustpager_update_automation', rename);
    await arrived(f, 'GET');
    call.giveUp();
    expect(await call.ended).toBe('given up');
    await pause(1_200);
    expect(await f.writes()).toEqual([]);
    expect(await intents(f)).toEqual([]);
  });

  test('P7: a call given up while it waits for a terminal sends nothing; the yes then is for the identical call', async () => {
    await using f = await connect({ era });
    const call = abandoned(f, era, ...fire);
    const store = f.house?.store;
    const question = await eventually(async () => (await store?.questions())?.[0]);
    call.giveUp();
    expect(await call.ended).toBe('given up');
    await pause(300);
    await store?.answer(question.id, {
      state: 'approved',
      channel: 'terminal',
      at: Date.now(),
      by: 'local',
      usable_until: Date.now() + 60_000,
    });
    await pause(500);
    expect(await f.writes()).toEqual([]);
    expect((await f.call(...fire)).structured.outcome).toBe('done');
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('P7: a call given up after its request left goes on to its receipt', async () => {
    const person = answering(accept);
    await using f = await connect({ era, person });
    await fault(f.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'POST', ms: 700 });
    const call = abandoned(f, era, ...trigger);
    await arrived(f);
    call.giveUp();
    expect(await call.ended).toBe('given up');
    const row = await eventually(async () => (await intents(f)).find(({ outcome }) => outcome !== null));
    expect(row.outcome).toBe('done');
    expect(await f.writes()).toMatchObject([{ effect: true }]);
    // Whoever lost the answer may ask for it.
    const found = await f.call('watch_run', { intent_id: row.id, wait_s: 0 });
    expect(found.structured).toMatchObject({ outcome: 'done', intent_id: row.id });
  });

  test('P7: a client that goes away after its request left: the receipt is kept all the same', async () => {
    await using f = await connect({ era, person: yes });
    await fault(f.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'POST', ms: 500 });
    const call = f.call(...trigger).catch(() => undefined);
    await arrived(f);
    await f.client.close();
    await call;
    const row = await eventually(async () => (await intents(f)).find(({ outcome }) => outcome !== null));
    expect(row.outcome).toBe('done');
    expect(await f.writes()).toMatchObject([{ effect: true }]);
  });
});

describe.concurrent.each<Era>(['modern', 'legacy', 'v1'])('a %s client over stdio', era => {
  test('P7: a call given up while the target is read sends nothing, then or later; the next one does', async () => {
    await using f = await connect({ era, transport: 'stdio' });
    await fault(f.sandbox, { fault: 'latency', vendor: 'trustpager', method: 'GET', ms: 700 });
    const call = abandoned(f, era, 'trustpager_update_automation', rename);
    await arrived(f, 'GET');
    call.giveUp();
    expect(await call.ended).toBe('given up');
    await pause(1_200);
    expect(await f.writes()).toEqual([]);
    expect((await f.call('trustpager_update_automation', rename)).structured.outcome).toBe('done');
    expect(await f.writes()).toHaveLength(1);
  });
});

describe.concurrent('between reading and sending', () => {
  test('P2: no connection for the write is not_sent, recorded as such, and the call may be made again', async () => {
    await using twins = await connect();
    let refuse = true;
    // Stands before the twin: answers reads, and takes no new connection once it has.
    const front = createServer((req, res) => {
      const target = new URL(req.url ?? '/', twins.sandbox.url);
      req.pipe(
        forward(target, { method: req.method, headers: { ...req.headers, host: target.host } }, answer => {
          res.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(res);
          if (refuse) front.close();
        }),
      );
    });
    const listen = (port = 0) => new Promise<void>(resolve => front.listen(port, '127.0.0.1', resolve));
    await listen();
    const { port } = front.address() as AddressInfo;
    const base = twins.sandbox.trustpager.baseUrl.replace(/:\d+/, `:${port}`);
    await using f = await connect({ env: { TRUSTPAGER_BASE_URL: base }, sandbox: twins.sandbox });
    const said = await f.call('trustpager_update_automation', rename);
    expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    expect(said.text).toContain('Nothing was sent, nothing was spent.');
    expect(await intents(f)).toMatchObject([{ outcome: 'not_sent' }]);
    expect(await f.writes()).toEqual([]);
    refuse = false;
    front.closeAllConnections();
    await listen(port);
    expect((await f.call('trustpager_update_automation', rename)).structured.outcome).toBe('done');
    expect(await f.writes()).toHaveLength(1);
    front.closeAllConnections();
    await new Promise(resolve => front.close(resolve));
  });

  test('P7: a round trip cut off by its client after the yes arrived sends at most once, and the re-issued call is told of it', async () => {
    await using f = await connect();
    await fault(f.sandbox, { fault: 'latency', vendor: 'scrip', method: 'POST', ms: 500 });
    const { state } = await post(f.url ?? '', fireDigest);
    const call = { ...fireDigest, requestState: state, inputResponses: { confirm: accept } };
    const controller = new AbortController();
    const lost = post(f.url ?? '', call, { signal: controller.signal }).catch(() => 'lost');
    await arrived(f);
    controller.abort();
    expect(await lost).toBe('lost');
    const again = await post(f.url ?? '', call);
    expect(again.said.structured).toMatchObject({ outcome: 'done', intent_id: (await intents(f))[0]?.id });
    expect(firings(await f.writes())).toHaveLength(1);
  });
});
