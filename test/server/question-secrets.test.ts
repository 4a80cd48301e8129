// A key in a client's name or in what an agent wants sent is in no question: not as it is stored, on the page, or in a terminal.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { approvals } from '../../src/cli/approvals.ts';
import { SCRIP_AUTOMATIONS, SCRIP_PROGRAMS, startSandbox, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { visit } from '../approvals/page-visitor.ts';
import { connect, type Era, fastTwins } from '../fixtures.ts';
import { desk } from './desk.ts';
import { accept, answering } from './twin.ts';

const forms = (key: string): string[] => [
  key,
  encodeURIComponent(key),
  Buffer.from(key).toString('base64'),
  Buffer.from(`Bearer ${key}`).toString('base64'),
  Buffer.from(key).toString('hex'),
  [...key].reverse().join(''),
];

test('P17 C2: not stored, not on the page, not in list, show or watch', async () => {
  await using d = await desk({
    env: { AUTOMATIONS_CALL_TIMEOUT: '1.5' },
    clientName: keys => `client ${keys.join(' ')}`,
  });
  const { store } = d.house;
  const keys = [d.sandbox.scrip.key, d.sandbox.trustpager.key];
  const trigger_data = Object.fromEntries(keys.flatMap(forms).map((form, n) => [`note${n}`, form]));
  const said = await d.call('trustpager_trigger_automation', {
    automation_id: TRUSTPAGER_AUTOMATIONS.reviewRequest,
    trigger_data,
  });
  expect(said.structured).toMatchObject({ outcome: 'pending', code: 'approval_required' });
  const id: string = said.structured.approval_id;
  const here = await visit(await d.file());
  const terminal = async (...args: string[]) => {
    const stdout = new PassThrough();
    const signal = AbortSignal.timeout(200);
    await approvals(args, { store, stdin: new PassThrough(), stdout, now: Date.now, signal, every: 20 });
    return String(stdout.read());
  };
  const seen = {
    answer: said.text + JSON.stringify(said.structured),
    row: JSON.stringify(await store.question(id)),
    page: here.html,
    list: await terminal('list'),
    show: await terminal('show', id),
    watch: await terminal('watch'),
    json: await terminal('watch', '--json'),
  };
  for (const [where, text] of Object.entries(seen)) {
    expect([where, text.includes(id.slice(0, 12))]).toEqual([where, true]);
    for (const form of keys.flatMap(forms)) expect([where, text.includes(form.slice(4, -4))]).toEqual([where, false]);
  }
  for (const where of ['row', 'page', 'show', 'json'] as const) {
    expect(seen[where]).toContain('client [secret] [secret]');
    expect(new Set(seen[where].match(/note\d+/g)).size).toBe(12);
  }
  // Masked or not, it is the same client: its yes is taken, and its call goes through once.
  await here.answer('approve', { phrase: here.phrase });
  const again = await d.call('trustpager_trigger_automation', {
    automation_id: TRUSTPAGER_AUTOMATIONS.reviewRequest,
    trigger_data,
  });
  expect(again.structured.outcome).toBe('done');
});

test.each<Era>(['modern', 'legacy'])(
  'P17 C2: nor in the form that a %s client of that name is shown, and its yes counts',
  async era => {
    const person = answering(accept);
    const sandbox = await startSandbox(fastTwins);
    const { key } = sandbox.scrip;
    {
      await using f = await connect({ transport: 'stdio', era, person, sandbox, clientName: `client ${key}` });
      const payload = Object.fromEntries(forms(key).map((form, n) => [`note${n}`, form]));
      const said = await f.call('scrip_update_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest, payload });
      expect(said.structured.outcome).toBe('done');
    }
    await sandbox.close();
    expect(person.shown).toHaveLength(1);
    expect(person.shown[0]).toContain('[secret]');
    for (const form of forms(key)) expect(person.shown[0]).not.toContain(form.slice(4, -4));
  },
);

describe('a key of odd characters', () => {
  // What is made harmless or cut in the text would not be found in it afterwards.
  const key = 'sk_Pl4nted/"Key"+<odd>](x)=~.20';
  const vendor = createServer((_, res) => {
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(
      JSON.stringify({
        id: SCRIP_AUTOMATIONS.weeklyDigest,
        program_id: SCRIP_PROGRAMS.rewards,
        name: `of ${key}`,
        trigger_type: 'cron',
        scope: 'participants',
        status: 'active',
        execution_status: 'idle',
      }),
    );
  });
  beforeAll(() => new Promise<void>(resolve => vendor.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    vendor.closeAllConnections();
    vendor.close();
  });

  test('P17 C2: whatever the text of a question is cut to, no part of it is left', async () => {
    const person = answering({ action: 'decline' });
    const { port } = vendor.address() as AddressInfo;
    await using f = await connect({
      person,
      env: { SCRIP_BASE_URL: `http://127.0.0.1:${port}`, SCRIP_API_KEY: key },
    });
    const all = [key, Buffer.from(key).toString('base64'), JSON.stringify(key).slice(1, -1)];
    for (const form of all)
      for (const padding of [0, 20, 80, 90, 100, 105, 110, 115, 118, 119]) {
        const padded = 'p'.repeat(padding) + form;
        const payload = { [form]: 1, value: padded, [`${padding}`]: { deep: padded } };
        await f.call('scrip_update_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest, payload });
      }
    expect(person.shown).toHaveLength(30);
    const rows = JSON.stringify(await f.house?.store.questions());
    for (const text of [...person.shown, rows]) {
      expect(text).toContain('[secret]');
      for (const form of all)
        for (let at = 0; at + 10 <= form.length; at++) expect(text).not.toContain(form.slice(at, at + 10));
    }
  });
});
