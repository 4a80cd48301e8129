// The views in a real browser: they show what the text says, ask for nothing, approve nothing, and whatever a vendor wrote stays text.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS as SCRIP, TRUSTPAGER_AUTOMATIONS as TRUSTPAGER } from '../../src/sandbox/index.ts';
import { leftOut, openBrowser } from '../approvals/page-chromium.ts';
import { connect, type Fixture, fastTwins, yes } from '../fixtures.ts';
import { arrange, elsewhere, eventually, inRewards } from '../server/twin.ts';
import { hosted } from './host.ts';

describe.skipIf(leftOut)('the views', () => {
  let browser: Browser;
  let f: Fixture;
  beforeAll(async () => {
    browser = await openBrowser();
    f = await connect({ person: yes, sandboxOptions: { ...fastTwins, fanoutRate: 150 } });
  });
  afterAll(async () => {
    await browser?.close();
    await f?.close();
  });
  const plan = (tool: string, args: object) => ({ tool, arguments: args as Record<string, unknown> });
  const sms = plan('trustpager_trigger_automation', { automation_id: TRUSTPAGER.welcomeSms });

  test.each(['light', 'dark'] as const)('the card of a plan, %s', async theme => {
    await using h = await hosted(browser, f, 'plan_call', sms, { theme });
    const { text, structured } = await f.call('plan_call', sms);
    const shown = await h.text();
    expect(shown).toContain('A person is asked first');
    for (const part of [structured.reason, structured.undo, structured.reaches.who, structured.request.url])
      expect(shown).toContain(part);
    // The text says everything the card says: what stands on the card in a vendor’s or a policy’s words is in the text.
    const words = await h.frame.locator('h1, dd, li').allTextContents();
    for (const word of words) expect(text).toContain(word.replace(/^Not so: /, ''));
    expect(await h.findings()).toEqual([]);
    expect(h.complaints).toEqual([]);
    expect(h.calls).toEqual([]);
    await eventually(() => h.sizes.length > 0);
    expect(h.sizes.at(-1)?.height).toBeGreaterThan(100);
    expect(await h.frame.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
      theme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(27, 27, 31)',
    );
    // There is nothing to press but what folds out, and the keyboard reaches it.
    expect(await h.frame.locator('button, a, input, form').count()).toBe(0);
    await h.frame.locator('summary').first().focus();
    await h.page.keyboard.press('Enter');
    expect(await h.frame.locator('details').first().getAttribute('open')).toBe('');
    await h.page.keyboard.press('Tab');
    expect(await h.frame.evaluate('document.activeElement.tagName')).toBe('PRE');
  });

  test('a schedule: the next times in its zone, and what is to be noted', async () => {
    const args = {
      name: 'A',
      event_name: 'a',
      scope: 'participants',
      trigger_type: 'cron',
      cron_expression: '0 9 * * 1',
      timezone: 'Europe/Berlin',
    };
    await using h = await hosted(browser, f, 'plan_call', plan('scrip_create_automation', args), { theme: 'dark' });
    expect(await h.text()).toMatch(/Fires.*\d\d:\d\d.*\(estimate, Europe\/Berlin\)/);
    expect(await h.frame.locator('li.ask').allTextContents()).toEqual([
      expect.stringContaining('reaches every participant'),
    ]);
    expect(await h.findings()).toEqual([]);
  });

  test('a refused plan tells what fails, and one that cannot be made tells why', async () => {
    await using h = await hosted(
      browser,
      f,
      'plan_call',
      plan('trustpager_trigger_automation', { automation_id: TRUSTPAGER.winterNewsletter }),
    );
    expect(await h.text()).toMatch(/Would be refused.*Not so: /);
    await h.bridge.sendToolResult({
      isError: true,
      content: [{ type: 'text', text: 'No such account.\nNothing was sent.' }],
    });
    await eventually(async () => (await h.text()).includes('No such account. Nothing was sent.'));
    expect(h.complaints).toEqual([]);
  });

  test('a hostile name, and hostile colours of a host, stay what they are', async () => {
    await using own = await connect();
    const name = `</script><img src=x onerror="document.title='pwned'"><a href=javascript:alert(1)>x`;
    await elsewhere(own.sandbox, 'scrip', 'PATCH', inRewards(SCRIP.weeklyDigest), { name });
    const args = plan('scrip_trigger_automation', { automation_id: SCRIP.weeklyDigest });
    const variables = {
      '--color-text-primary': '#123456',
      '--color-background-primary': 'url(https://evil.test/x.png)',
      'background-image': 'url(https://evil.test/y.png)',
    };
    await using h = await hosted(browser, own, 'plan_call', args, { variables });
    expect(await h.text()).toContain('img src=x onerror=');
    expect(await h.frame.locator('img, a, script:not([type])').count()).toBe(0);
    expect(await h.frame.evaluate('document.title')).toBe('Plan of a call');
    expect(await h.frame.evaluate('getComputedStyle(document.body).color')).toBe('rgb(18, 52, 86)');
    // Whatever comes as a result is text, too.
    await h.bridge.sendToolResult({
      content: [{ type: 'text', text: '<b>x</b>' }],
      structuredContent: {
        outcome: 'done',
        verdict: 'allow',
        reason: '<img src=x onerror=alert(1)>',
        budgets: ['<i>'],
        preconditions: [{ pass: false, reason: '<u>' }],
      },
    });
    await eventually(async () => (await h.text()).includes('<img src=x'));
    expect(await h.frame.locator('img, b, i, u').count()).toBe(0);
    expect(h.complaints).toEqual([]);
  });

  test('a fan-out is followed to its end, by watch_run alone', async () => {
    const automation_id = SCRIP.weeklyDigest;
    await f.call('scrip_trigger_automation', { automation_id });
    await using h = await hosted(browser, f, 'watch_run', { automation_id, wait_s: 0 });
    const value = async () => Number(await h.frame.evaluate('document.querySelector("progress")?.value ?? 0'));
    const first = await value();
    await eventually(async () => (await h.text()).startsWith('Ended'));
    expect(await value()).toBeGreaterThanOrEqual(first);
    expect(await h.text()).toMatch(/The fan-out ended: \d+ of \d+ participants/);
    expect(new Set(h.calls.map(({ name }) => name))).toEqual(new Set(['watch_run']));
    for (const call of h.calls) expect(call.arguments).toEqual({ automation_id, wait_s: 5 });
    expect(await h.findings()).toEqual([]);
    expect(h.complaints).toEqual([]);
    expect(await h.frame.locator('button').count()).toBe(0);
  });

  describe('what does not end', () => {
    let slow: Fixture;
    const args = { automation_id: SCRIP.cuppingClass, wait_s: 0 };
    beforeAll(async () => {
      slow = await connect();
      await arrange(slow.sandbox, SCRIP.cuppingClass, {
        execution_status: 'executing',
        execution_started_at: new Date().toISOString(),
        participants_total: 100,
        participants_processed: 40,
      });
    });
    afterAll(() => slow?.close());

    test('is looked at until somebody says stop, by keyboard too', async () => {
      await using h = await hosted(browser, slow, 'watch_run', args, { theme: 'dark' });
      await eventually(() => h.calls.length > 0);
      expect(await h.text()).toMatch(/Under way|Stalled/);
      expect(await h.findings()).toEqual([]);
      await h.frame.locator('button').focus();
      await h.page.keyboard.press('Enter');
      await eventually(async () => (await h.text()).includes('Look again'));
      expect(await h.frame.evaluate('document.activeElement.tagName')).toBe('BUTTON');
      expect(await slow.writes()).toEqual([]);
    });

    test('is not asked after once the view is taken down, nor where the host lets no view ask', async () => {
      await using quiet = await hosted(browser, slow, 'watch_run', args, { without: 'tools' });
      expect(await quiet.text()).toContain('does not let the view look again');
      expect(quiet.calls).toEqual([]);
      expect(await quiet.frame.locator('button').count()).toBe(0);
      await using h = await hosted(browser, slow, 'watch_run', args);
      await eventually(() => h.calls.length > h.answered());
      const before = h.answered();
      expect(await h.bridge.teardownResource({})).toEqual({});
      await arrange(slow.sandbox, SCRIP.cuppingClass, { execution_status: 'completed' });
      await eventually(() => h.answered() > before);
      expect(await h.text()).toMatch(/^(Under way|Stalled)/);
      expect(h.calls).toHaveLength(h.answered());
    });
  });
});
