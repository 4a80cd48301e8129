// A key in a client's name or in what an agent wants sent is in no question: not as it is stored, on the page, or in a terminal.
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { approvals } from '../../src/cli/approvals.ts';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { visit } from '../approvals/page-visitor.ts';
import type { Era } from '../fixtures.ts';
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
    await using d = await desk({ era, person, clientName: keys => `client ${keys.join(' ')}` });
    const payload = Object.fromEntries(forms(d.sandbox.scrip.key).map((form, n) => [`note${n}`, form]));
    const said = await d.call('scrip_update_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest, payload });
    expect(said.structured.outcome).toBe('done');
    expect(person.shown).toHaveLength(1);
    expect(person.shown[0]).toContain('[secret]');
    for (const form of forms(d.sandbox.scrip.key)) expect(person.shown[0]).not.toContain(form.slice(4, -4));
  },
);
