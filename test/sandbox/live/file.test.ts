// The state in a file: what the twins knew at the stop they know at the next start, and a file that is no such file is refused.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  TRUSTPAGER_AUTOMATIONS as ID,
  type SandboxOptions,
  SCRIP_AUTOMATIONS,
  startSandbox,
  TRUSTPAGER_KEYS,
  TRUSTPAGER_CONTACTS as WHO,
} from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, DAY, type Json, newAutomation, pause, speakTo, until } from '../fixtures.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twins-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(name: string, options: SandboxOptions = {}) {
  const sandbox = await startSandbox({ actionMs: 1, file: join(folder, name), ...options });
  return { ...speakTo(sandbox), close: () => sandbox.close() };
}

describe('a restart', () => {
  it('changes nothing that anybody can see', async () => {
    const now = () => Date.parse('2026-03-02T08:00:00Z');
    const first = await start('all', { now });
    await first.twin('POST', '/clock', { freeze: true });
    const { body: made } = await first.scrip(
      'POST',
      AUTOMATIONS,
      newAutomation('cron', 'program', { payload: { $map: 1 } }),
    );
    await first.scrip('POST', `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.weeklyDigest}/trigger`);
    const headers = { 'idempotency-key': 'once' };
    const trigger = { trigger_data: { contact_id: WHO.tom } };
    const path = `/automations/${ID.welcomeSms}/trigger`;
    const { body: ran } = await first.trustpager('POST', path, trigger, undefined, headers);
    await first.trustpager('POST', path, trigger, TRUSTPAGER_KEYS.approval);
    await first.twin('PATCH', '/readings', { no_credits: '402' });
    await first.twin('POST', '/clock', { advance_ms: 3000 });
    const look = async ({ scrip, trustpager, twin }: typeof first) => [
      (await scrip('GET', AUTOMATIONS)).body,
      (await scrip('GET', `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.birthdayTreat}/subscriptions`)).body,
      (await scrip('GET', '/events?limit=200')).body,
      (await trustpager('GET', '/automations')).body,
      (await trustpager('GET', `/automations/${ID.quoteFollowUp}`)).body,
      (await trustpager('GET', `/automations/${ID.welcomeSms}/runs`)).body,
      (await trustpager('GET', '/approvals')).body,
      (await twin('GET', '/state')).body,
      (await twin('GET', '/readings')).body,
      (await twin('GET', '/clock')).body,
    ];
    const before = await look(first);
    await first.close();

    const second = await start('all', { now });
    expect(await look(second)).toEqual(before);
    // And it goes on from there: the fan-out to its end, the schedule, and the answer that is repeated.
    await second.twin('POST', '/clock', { advance_ms: 8 * DAY });
    const digest = (await second.scrip('GET', `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.weeklyDigest}`)).body;
    expect(digest).toMatchObject({ execution_status: 'idle', participants_processed: 360 });
    expect((await second.twin('GET', '/state')).body.scrip.events_by_name[made.event_name]).toBe(2);
    expect((await second.trustpager('POST', path, trigger)).body.data.run_id).not.toBe(ran.data.run_id);
    await second.close();
  });

  it('repeats an answer that was given before it', async () => {
    const ask = ({ trustpager }: Awaited<ReturnType<typeof start>>) =>
      trustpager('POST', '/automations', { name: 'Once', trigger_type: 'manual' }, undefined, {
        'idempotency-key': 'once',
      });
    const first = await start('kept');
    const { body } = await ask(first);
    await first.close();
    const second = await start('kept');
    expect((await ask(second)).body).toEqual(body);
    await second.close();
  });

  it('leaves a frozen clock where it stood, and lets another run on', async () => {
    const first = await start('clock');
    const { body } = await first.twin('POST', '/clock', { freeze: true, advance_ms: DAY });
    await first.close();
    const second = await start('clock');
    expect((await second.twin('GET', '/clock')).body).toEqual({ now: body.now, frozen: true });
    await second.twin('POST', '/clock', { freeze: false });
    await second.close();
    const third = await start('clock');
    const { now, frozen } = (await third.twin('GET', '/clock')).body;
    expect([Date.parse(now) >= Date.parse(body.now), frozen]).toEqual([true, false]);
    await third.close();
  });

  it('ends a run that was under way', async () => {
    const first = await start('run', { actionMs: 60_000 });
    const body = { trigger_data: { contact_id: WHO.tom } };
    const lost = first.trustpager('POST', `/automations/${ID.missedCall}/trigger`, body).catch(() => 'lost');
    const runs = async ({ trustpager }: typeof first) =>
      (await trustpager('GET', `/automations/${ID.missedCall}/runs`)).body.data;
    await until(
      () => runs(first),
      rows => rows.length > 0,
    );
    await first.close();
    expect(await lost).toBe('lost');
    const second = await start('run');
    expect((await runs(second))[0]).toMatchObject({ status: 'failed', error_message: 'Interrupted by a restart' });
    await second.close();
  });
});

describe('the file', () => {
  it('is written whole after a change, for its owner alone, and leaves nothing beside it', async () => {
    const own = join(folder, 'own');
    const twins = await start('own', { now: () => Date.parse('2026-03-02T08:00:00Z') });
    const read = () => readFile(own, 'utf8');
    expect((await stat(own)).mode & 0o777).toBe(0o600);
    expect(await read()).not.toContain('Written soon');
    await twins.scrip('POST', AUTOMATIONS, { ...newAutomation('cron', 'program'), name: 'Written soon' });
    await until(read, text => text.includes('Written soon'));
    const after = await stat(own);
    await pause(1200);
    // Nothing has changed since, so nothing was written.
    expect((await stat(own)).mtimeMs).toBe(after.mtimeMs);
    await twins.close();
    expect((await readdir(folder)).filter(name => name.startsWith('own'))).toEqual(['own']);
  });

  it.each<[string, (text: string) => string]>([
    ['empty', () => ''],
    ['of somebody else', () => '{"hello": true}\n'],
    ['of another version', text => text.replace('twins 1 ', 'twins 2 ')],
    ['cut off', text => text.slice(0, text.length / 2)],
    ['changed by hand', text => text.replace('Weekly coffee digest', 'Daily coffee digest')],
    ['binary', () => '\u0000\u0001\u0002'],
  ])('that is %s is refused in one line that names it', async (_, spoil) => {
    const twins = await start('spoilt');
    await twins.close();
    const file = join(folder, 'spoilt');
    const text = await readFile(file, 'utf8');
    const spoilt = spoil(text);
    await writeFile(file, spoilt);
    const refusal = await start('spoilt').then(
      () => 'It was taken',
      (error: Json) => error,
    );
    expect(refusal).toMatchObject({
      name: 'StateFileError',
      message: expect.stringMatching(/^The twins' state file ".*spoilt" cannot be used: [^\n]+\.$/),
    });
    // It is left as it was, for whoever wants to look.
    expect(await readFile(file, 'utf8')).toBe(spoilt);
    await writeFile(file, text);
  });

  it('in a folder that is none is refused at the start', async () => {
    await expect(start(join('nowhere', 'file'))).rejects.toThrow(/cannot be written \(ENOENT\)\.$/);
    await expect(start('.')).rejects.toThrow(/cannot be read \(EISDIR\)\.$/);
  });
});
