// The approval page on the ladder: when it opens, for whom, how often, and what the agent is told of it.
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { answerQuestion, host } from '../../src/approvals/approvals.ts';
import { approvals } from '../../src/cli/approvals.ts';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { textOf, visit } from '../approvals/page-visitor.ts';
import type { Era } from '../fixtures.ts';
import { desk } from './desk.ts';
import { accept, answering, pause } from './twin.ts';

const tool = 'scrip_trigger_automation';
const digest = { automation_id: SCRIP_AUTOMATIONS.weeklyDigest };
const apology = { automation_id: SCRIP_AUTOMATIONS.apologyCredit };

describe.concurrent.each<Era>(['modern', 'legacy', 'v1'])('a %s client that cannot ask', era => {
  test('P1 P12: the page opens, the yes is given there, and the same call answers done', async () => {
    await using d = await desk({ era });
    const call = d.call(tool, digest);
    const here = await visit(await d.file());
    expect(await d.fired()).toBe(0);
    expect((await here.answer('approve')).status).toBe(303);
    expect((await call).structured.outcome).toBe('done');
    expect(await d.fired()).toBe(1);
    expect(await d.store.questions()).toMatchObject([{ state: 'consumed', channel: 'page', verdict: 'ask' }]);
    expect(textOf((await here.show()).text)).toContain('The yes was used, once');
  });

  test('P12: a no on the page ends the call, and nothing is sent', async () => {
    await using d = await desk({ era });
    const call = d.call(tool, digest);
    await (await visit(await d.file())).answer('reject');
    expect((await call).structured).toMatchObject({ outcome: 'denied', code: 'approval_declined' });
    expect(await d.fired()).toBe(0);
  });

  test('P12 C4: what may only be confirmed outside the client goes to the page, with its words typed', async () => {
    const person = answering(accept);
    await using d = await desk({ era, person, env: { AUTOMATIONS_ASK_ABOVE_PEOPLE: '1' } });
    const call = d.call(tool, digest);
    const here = await visit(await d.file());
    expect((await here.answer('approve')).status).toBe(422);
    expect(await d.fired()).toBe(0);
    await here.answer('approve', { phrase: here.phrase });
    expect((await call).structured.outcome).toBe('done');
    expect(person.shown).toEqual([]);
    expect(await d.fired()).toBe(1);
  });
});

describe.concurrent('the ladder', () => {
  test('P2 P12: nobody there is pending; it says that a page was opened, and the command; a later yes is for the identical call', async () => {
    await using d = await desk({ env: { AUTOMATIONS_CALL_TIMEOUT: '1.5' } });
    const first = await d.call(tool, digest);
    expect(first.structured).toMatchObject({ outcome: 'pending', code: 'approval_required', waiting_for: 'person' });
    expect(first.text).toMatch(
      /answer on the page that was opened in their browser, or type in a terminal: .*approvals approve [0-9a-f]{12}/,
    );
    const again = await d.call(tool, digest);
    expect(again.structured.approval_id).toBe(first.structured.approval_id);
    expect(d.opened).toHaveLength(1);
    await (await visit(await d.file())).answer('approve');
    expect(await d.fired()).toBe(0);
    expect((await d.call(tool, digest)).structured.outcome).toBe('done');
    expect([await d.fired(), d.opened.length]).toEqual([1, 1]);
  });

  test('P8: identical calls that race share one question, one page and one request', async () => {
    await using d = await desk();
    const calls = Array.from({ length: 5 }, () => d.call(tool, digest));
    await (await visit(await d.file())).answer('approve');
    expect((await Promise.all(calls)).map(({ structured }) => structured.outcome)).toEqual(Array(5).fill('done'));
    expect([await d.fired(), d.opened.length]).toEqual([1, 1]);
  });

  test('P8 P12: the same call from another program on the store: no second page, and it says that one is open, and the command', async () => {
    const env = { AUTOMATIONS_CALL_TIMEOUT: '1.5' };
    await using one = await desk({ env });
    await using other = await desk({ env, beside: one });
    const [first, second] = [await one.call(tool, digest), await other.call(tool, digest)];
    expect(second.structured.approval_id).toBe(first.structured.approval_id);
    for (const { text } of [first, second])
      expect(text).toMatch(/on the page that was opened in their browser, or type in a terminal: .*approvals approve/);
    expect([one.opened.length, other.opened.length]).toEqual([1, 0]);
    await (await visit(await one.file())).answer('approve');
    expect((await other.call(tool, digest)).structured.outcome).toBe('done');
    expect(await one.fired()).toBe(1);
  });

  test('P8 P12: where the program that has the page ends, it opens in another one while its call waits', async () => {
    await using one = await desk({ env: { AUTOMATIONS_CALL_TIMEOUT: '1.5' } });
    await using other = await desk({ beside: one });
    await one.call(tool, digest);
    const call = other.call(tool, digest);
    await pause(500);
    expect(other.opened).toEqual([]);
    await one.close();
    await (await visit(await other.file())).answer('approve');
    expect((await call).structured.outcome).toBe('done');
    expect(await other.fired()).toBe(1);
  });

  test('P12: where the page is lost and cannot be opened anew, the text speaks of the terminal alone', async () => {
    await using one = await desk({ env: { AUTOMATIONS_CALL_TIMEOUT: '1.5' } });
    await using other = await desk({ beside: one, opens: false, env: { AUTOMATIONS_CALL_TIMEOUT: '3' } });
    await one.call(tool, digest);
    const call = other.call(tool, digest);
    await pause(500);
    await one.close();
    const { text } = await call;
    expect(text).toContain('approvals approve');
    expect(text).not.toContain('browser');
  });

  test('P4: two calls, two pages; a yes on one sends that one only', async () => {
    await using d = await desk({ env: { AUTOMATIONS_CALL_TIMEOUT: '4' } });
    const calls = [d.call(tool, digest), d.call(tool, apology)];
    await d.file(1);
    const pages = await Promise.all(d.opened.map(visit));
    await pages.find(({ html }) => html.includes(digest.automation_id))?.answer('approve');
    expect((await Promise.all(calls)).map(({ structured }) => structured.outcome)).toEqual(['done', 'pending']);
    expect(await d.fired()).toBe(1);
  });

  test('a client that can ask is asked; no page opens', async () => {
    await using d = await desk({ person: answering(accept) });
    expect((await d.call(tool, digest)).structured.outcome).toBe('done');
    expect(d.opened).toEqual([]);
  });

  test('a terminal that is faster ends the waiting call, and the page says so', async () => {
    await using d = await desk();
    const call = d.call(tool, digest);
    const here = await visit(await d.file());
    const [question] = await d.store.questions();
    await answerQuestion(d.store, question?.id ?? '', { yes: true, channel: 'terminal', by: host, now: Date.now() });
    expect((await call).structured.outcome).toBe('done');
    const late = await here.answer('reject');
    expect(textOf(late.text)).toContain('Too late: your answer changed nothing. It was answered in a terminal.');
  });

  test('P12: a page that does not open leaves the terminal, and the text speaks of nothing else', async () => {
    await using d = await desk({ opens: false, env: { AUTOMATIONS_CALL_TIMEOUT: '1.5' } });
    const first = await d.call(tool, digest);
    expect(first.structured.outcome).toBe('pending');
    expect(first.text).toContain('approvals approve');
    expect(first.text).not.toContain('browser');
  });

  test('P12: neither page nor terminal: refused at once', async () => {
    await using d = await desk({ opens: false, env: { AUTOMATIONS_STATE_FOLDER: ':memory:' } });
    expect((await d.call(tool, digest)).structured).toMatchObject({ outcome: 'denied', code: 'denied_by_policy' });
  });

  test('P12: a store in memory has no terminal, and a page', async () => {
    await using d = await desk({ env: { AUTOMATIONS_STATE_FOLDER: ':memory:' } });
    const call = d.call(tool, digest);
    await (await visit(await d.file())).answer('approve');
    expect((await call).structured.outcome).toBe('done');
  });

  test.each<Record<string, string>>([{ AUTOMATIONS_NO_BROWSER: 'true' }, { CI: 'true' }])('%j: no page', async env => {
    await using d = await desk({ env: { AUTOMATIONS_CALL_TIMEOUT: '1.5', ...env } });
    expect((await d.call(tool, digest)).structured.outcome).toBe('pending');
    expect(d.opened).toEqual([]);
    expect((await d.call('list_connections', {})).text).not.toContain('browser');
  });

  test('a question for page and terminal stays open for as long as those have, one in the client for as long as that has', async () => {
    const env = {
      AUTOMATIONS_CALL_TIMEOUT: '1.5',
      AUTOMATIONS_TERMINAL_EXPIRY: '300',
      AUTOMATIONS_QUESTION_EXPIRY: '60',
    };
    await using d = await desk({ env });
    await d.call(tool, digest);
    const [question] = await d.store.questions();
    expect((question?.expires_at ?? 0) - (question?.created_at ?? 0)).toBe(300_000);
    await using other = await desk({ env, person: answering(accept) });
    await other.call(tool, digest);
    const [asked] = await other.store.questions();
    expect((asked?.expires_at ?? 0) - (asked?.created_at ?? 0)).toBe(60_000);
  });

  test('C4: a change too long for the question’s text stands whole on the page, and in a terminal', async () => {
    await using d = await desk({ env: { AUTOMATIONS_CALL_TIMEOUT: '1.5' } });
    const payload = { note: 'n'.repeat(800), last: 'the end of it' };
    const said = await d.call('scrip_update_automation', { ...digest, payload });
    const question = await d.store.question(said.structured.approval_id);
    expect(question?.shown).not.toContain('the end of it');
    const { html } = await visit(await d.file());
    expect(textOf(html)).toContain(`${JSON.stringify(payload)} Why you are asked`);
    const stdout = new PassThrough();
    await approvals(['show', question?.id ?? ''], { store: d.store, stdin: new PassThrough(), stdout, now: Date.now });
    expect(String(stdout.read())).toContain(`→ ${JSON.stringify(payload)}\n`);
  });

  test('list_connections says how a person will be asked', async () => {
    await using without = await desk();
    expect((await without.call('list_connections', {})).structured.asking).toBe(
      'on a page that is opened in the browser, or in a terminal (automations-mcp approvals); this client cannot ask its user',
    );
    await using asks = await desk({ person: answering(accept) });
    expect((await asks.call('list_connections', {})).structured.asking).toBe(
      'a form in the client; what is dear or wide on a page that is opened in the browser, or in a terminal (automations-mcp approvals)',
    );
  });
});
