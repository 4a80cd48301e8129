// The team's page in a real browser: from a link in a chat to the yes, by keyboard alone, in the light and in the dark; and what axe says of every page.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { eventually } from '../server/twin.ts';
import { findings } from './axe.ts';
import { leftOut, openBrowser, openedIn } from './page-chromium.ts';
import { agent, team, twoPeople } from './team-visitor.ts';

/** Whose calls wait for a slow browser. */
const patient = () => team({ operator: twoPeople, env: { AUTOMATIONS_CALL_TIMEOUT: '45' } });

/** Where pictures are wanted, to be looked at. */
const pictures = process.env.TEAM_PICTURES;
async function picture(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

describe.skipIf(leftOut)('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  }, 60_000);
  afterAll(() => browser?.close());

  const focused = (page: Page): Promise<string> => page.evaluate('document.activeElement?.textContent ?? ""');
  async function tabTo(page: Page, text: string): Promise<void> {
    for (let i = 0; i < 20 && (await focused(page)) !== text; i++) await page.keyboard.press('Tab');
    expect(await focused(page)).toBe(text);
  }

  test('from a link elsewhere to the sign-in, the question and the yes, by keyboard alone; the waiting call goes on; axe finds nothing, and nothing else is fetched', async () => {
    await using s = await patient();
    await using a = await agent(s, 'ana');
    const { token } = await s.token('bo', { purpose: 'approvals' });
    const call = a.call('scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest });
    const { id } = await eventually(async () => (await s.store.questions())[0]);
    const folder = await mkdtemp(join(tmpdir(), 'automations-mcp-chat-'));
    const chat = join(folder, 'chat.html');
    const url = `http://127.0.0.1:${s.port}/approvals/${id}`;
    await writeFile(chat, `<a href="${url}">${url}</a>`);
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on('console', message => complaints.push(message.text()));
      page.on('pageerror', error => complaints.push(String(error)));
      page.on('request', request => requests.push(new URL(request.url()).host));
      await page.goto(`file://${chat}`);
      requests.splice(0);
      await page.click('a');
      await page.waitForSelector('#token');
      expect(page.url()).toBe(url);
      expect(await findings(page)).toEqual([]);
      await picture(page, `sign-in-light`);
      await page.keyboard.press('Tab');
      for (let i = 0; i < 5 && !(await page.evaluate('document.activeElement?.id === "token"')); i++)
        await page.keyboard.press('Tab');
      await page.keyboard.type('amcp_wrong');
      await page.keyboard.press('Enter');
      await page.waitForSelector('.wrong');
      // What was wrong is focused already.
      await page.keyboard.type(token);
      await page.keyboard.press('Enter');
      await page.waitForSelector('button[value=approve]');
      expect(page.url()).toBe(url);
      expect(await page.evaluate('document.cookie')).toBe('');
      expect(await page.textContent('#left')).toMatch(/^\d+:\d\d$/);
      expect(await findings(page)).toEqual([]);
      await picture(page, `question-light`);

      // Signed in, the same link leads there at once.
      await page.goto(`file://${chat}`);
      await page.click('a');
      await page.waitForSelector('button[value=approve]');
      await tabTo(page, 'Approvals');
      await page.keyboard.press('Enter');
      await page.waitForSelector('.list');
      expect(await findings(page)).toEqual([]);
      await picture(page, `list-light`);
      await tabTo(page, 'Fire "Weekly coffee digest" now.');
      await page.keyboard.press('Enter');
      await page.waitForSelector('button[value=approve]');

      const words = (await page.textContent('kbd')) ?? '';
      for (let i = 0; i < 20 && !(await page.evaluate('document.activeElement?.id === "phrase"')); i++)
        await page.keyboard.press('Tab');
      await page.keyboard.type('something else');
      await page.keyboard.press('Enter');
      await page.waitForSelector('.wrong');
      expect((await s.store.question(id))?.state).toBe('open');
      expect(await findings(page)).toEqual([]);
      await page.keyboard.type(words);
      await page.keyboard.press('Enter');
      await page.waitForSelector('.approved');
      expect((await call).structured).toMatchObject({ outcome: 'done', approved_by: 'bo' });
      await page.reload();
      expect(await page.textContent('.state')).toContain('by bo');
      expect(await findings(page)).toEqual([]);
      await picture(page, `ended-light`);
      await tabTo(page, 'Sign out');
      await page.keyboard.press('Enter');
      await page.waitForSelector('#token');
      expect(complaints.filter(line => !/status of (403|422)/.test(line))).toEqual([]);
      expect(new Set(requests)).toEqual(new Set(['', `127.0.0.1:${s.port}`]));
    } finally {
      await context.close();
      await rm(folder, { recursive: true });
    }
  });

  test('in the dark axe finds nothing either', async () => {
    await using s = await patient();
    await using a = await agent(s, 'ana');
    const { token } = await s.token('bo', { purpose: 'approvals' });
    const call = a.call('scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest });
    const { id } = await eventually(async () => (await s.store.questions())[0]);
    const context = await browser.newContext({ colorScheme: 'dark' });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${s.port}/approvals`);
    await picture(page, 'sign-in-dark');
    await page.fill('#token', token);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.list');
    expect(await findings(page)).toEqual([]);
    await picture(page, 'list-dark');
    await page.goto(`http://127.0.0.1:${s.port}/approvals/${id}`);
    expect(await findings(page)).toEqual([]);
    await picture(page, 'question-dark');
    await page.click('button[value=reject]');
    await page.waitForSelector('.rejected');
    await picture(page, 'ended-dark');
    expect((await call).structured.outcome).toBe('denied');
    await context.close();
  });

  test('on a phone nothing runs off the side, whatever the names', async () => {
    await using s = await patient();
    await using a = await agent(s, 'ana');
    const { token } = await s.token('bo', { purpose: 'approvals' });
    const call = a.call('scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest });
    const { id } = await eventually(async () => (await s.store.questions())[0]);
    const context = await browser.newContext({ viewport: { width: 320, height: 640 } });
    const page = await context.newPage();
    const wide = () => page.evaluate('document.documentElement.scrollWidth');
    await page.goto(`http://127.0.0.1:${s.port}/approvals`);
    expect(await wide()).toBe(320);
    await page.fill('#token', token);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.list');
    expect(await wide()).toBe(320);
    await picture(page, 'list-phone');
    await page.goto(`http://127.0.0.1:${s.port}/approvals/${id}`);
    for (const details of await page.$$('summary')) await details.click();
    expect(await wide()).toBe(320);
    await picture(page, 'question-phone');
    await page.click('button[value=reject]');
    await page.waitForSelector('.rejected');
    expect((await call).structured.outcome).toBe('denied');
    await context.close();
  });

  test.each(['light', 'dark'] as const)('%s: axe finds nothing on this machine’s page either', async colorScheme => {
    await using w = await openedIn(browser, { colorScheme, row: { verdict: 'ask_human' } });
    for (const details of await w.page.$$('summary')) await details.click();
    await w.page.click('button[value=approve]');
    await w.page.waitForSelector('.wrong');
    expect(await findings(w.page)).toEqual([]);
    await w.page.click('button[value=reject]');
    await w.page.waitForSelector('.rejected');
    expect(await findings(w.page)).toEqual([]);
  });
});
