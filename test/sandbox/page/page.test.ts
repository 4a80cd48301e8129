// The page at the twins' root, in a real browser: live, by keyboard, in the dark, and with nothing but text in it.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  TRUSTPAGER_AUTOMATIONS as ID,
  SCRIP_AUTOMATIONS,
  TRUSTPAGER_KEYS,
  TRUSTPAGER_CONTACTS as WHO,
} from '../../../src/sandbox/index.ts';
import { findings } from '../../approvals/axe.ts';
import { AUTOMATIONS, inFuture, newAutomation, send, until, useSandbox } from '../fixtures.ts';
import { executablePath, hasBrowser, mustHaveBrowser, openBrowser } from './browser.ts';

const talk = useSandbox({ fanoutRate: 50, idleAfterMs: 1500 });

describe('the page without a browser', () => {
  it('is small, asks for nothing from elsewhere, and its policy lets nothing else in', async () => {
    const { url } = talk().sandbox;
    let bytes = 0;
    for (const path of ['/', '/_twin/page.css', '/_twin/page.js', '/_twin/page-rows.js']) {
      const answer = await fetch(url + path);
      const text = await answer.text();
      bytes += Buffer.byteLength(text);
      expect(answer.status).toBe(200);
      expect(text).not.toMatch(
        /https?:\/\/|@import|innerHTML =[^=]|insertAdjacentHTML|document\.write|\beval\(|style="|onclick=/,
      );
      expect(answer.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/,
      );
      expect(answer.headers.get('content-security-policy')).not.toMatch(/unsafe|\*/);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
    expect(bytes).toBeLessThan(40 * 1024);
    expect((await fetch(`${url}/`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${url}/`, { method: 'POST' })).status).toBe(404);
  });
});

it.runIf(mustHaveBrowser)('a browser is there', () =>
  expect([hasBrowser, executablePath]).toEqual([true, executablePath]),
);

describe.skipIf(!hasBrowser)('the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  /** The page, once it shows something; at the end nothing may have gone wrong in it, nor out of it. */
  async function onPage(use: (page: Page) => Promise<void>, options: { colorScheme?: 'light' | 'dark' } = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    const wrong: string[] = [];
    const origins = new Set<string>();
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') wrong.push(message.text());
    });
    page.on('pageerror', error => wrong.push(error.message));
    page.on('dialog', dialog => {
      wrong.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', request => {
      const target = new URL(request.url());
      if (target.protocol !== 'data:') origins.add(target.origin);
    });
    await page.goto(`${talk().sandbox.url}/`);
    await page.locator('#scrip tr').first().waitFor();
    await use(page);
    expect(wrong).toEqual([]);
    expect([...origins]).toEqual([talk().sandbox.url]);
    await context.close();
  }
  const rowOf = (page: Page, table: string, text: string) => page.locator(`#${table} tr`, { hasText: text }).first();

  it('shows both vendors, people, credits and the clock', () =>
    onPage(async page => {
      await expectText(rowOf(page, 'scrip', 'Weekly coffee digest'), /cron 0 9 \* \* 1/);
      await expectText(rowOf(page, 'tp', 'Missed-call text back'), /call_voicemail/);
      await expectText(rowOf(page, 'runs', 'Recipient has no phone'), /failed/);
      await expectText(rowOf(page, 'people', 'member-0001'), /vip/);
      await expectText(page.locator('#tiles'), /TrustPager credits\s*4,8/);
      await expectText(page.locator('#time'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    }));

  it('follows a fan-out while it goes on, and what rules credit for it', () =>
    onPage(async page => {
      const row = rowOf(page, 'scrip', 'Weekly coffee digest');
      const points = () => page.locator('#tiles').textContent();
      const before = await points();
      await talk().scrip('POST', `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.weeklyDigest}/trigger`);
      const processed = async () => Number(await row.locator('progress').getAttribute('value'));
      const isBetween = (count: number) => count > 0 && count < 360;
      await expectText(row, /executing/);
      const first = await until(processed, isBetween);
      await until(processed, count => count > first);
      await talk().twin('POST', '/clock', { advance_ms: 60_000 });
      await expectText(row, /360 of 360/);
      await until(points, text => text !== before);
      await expectText(rowOf(page, 'events', 'weekly_digest'), /ago|in/);
    }));

  it('steps the clock by its buttons: a cron fires', () =>
    onPage(async page => {
      const asked = newAutomation('cron', 'program', { trigger: { type: 'cron', cron_expression: '*/10 * * * *' } });
      await talk().scrip('POST', AUTOMATIONS, asked);
      const row = rowOf(page, 'scrip', asked.event_name);
      await expectText(row, /in \d+ (min|s)/);
      const fired = async () => (await talk().twin('GET', '/state')).body.scrip.events_by_name[asked.event_name] ?? 0;
      await page.getByRole('button', { name: 'Freeze' }).click();
      await expectText(page.locator('#frozen'), /frozen/);
      await page.getByRole('button', { name: '+1 hour' }).click();
      await until(fired, count => count === 6);
      await expectText(page.locator('#said'), /firings/);
      await expectText(row, / ago/);
      await page.getByRole('button', { name: 'To next firing' }).click();
      await until(fired, count => count > 6);
      await page.getByRole('button', { name: 'Let it run' }).click();
      await page.locator('#frozen').waitFor({ state: 'hidden' });
    }));

  it('works by keyboard alone', () =>
    onPage(async page => {
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.id')).toBe('freeze');
      await page.keyboard.press('Enter');
      await expectText(page.locator('#said'), /stands still/);
      expect(await page.evaluate('document.activeElement.id')).toBe('freeze');
      await page.keyboard.press('Space');
      await expectText(page.locator('#said'), /clock runs/);
      // Everything that scrolls or can be pressed can be reached, and says what it is.
      const reached = new Set<string>();
      for (let n = 0; n < 40; n++) {
        await page.keyboard.press('Tab');
        reached.add(
          String(
            await page.evaluate(
              'document.activeElement.ariaLabel || document.activeElement.labels?.[0]?.textContent || document.activeElement.textContent',
            ),
          )
            .trim()
            .slice(0, 40),
        );
      }
      for (const name of [
        '+1 day',
        'Scrip automations',
        'TrustPager runs',
        'Participants',
        'Requests',
        'Order',
        'Find automations and participants',
      ])
        expect([...reached]).toContain(name);
    }));

  it('orders faults, finds people, and shows what is asked', () =>
    onPage(async page => {
      await page.locator('#fault').selectOption('500_before');
      await page.locator('[name=vendor]').selectOption('trustpager');
      await page.locator('[name=path]').fill('/billing');
      await page.getByRole('button', { name: 'Order' }).click();
      await expectText(rowOf(page, 'faults', '500_before'), /trustpager \/billing\s*0 of 1/);
      expect((await talk().trustpager('GET', '/billing/balance')).status).toBe(500);
      await expectText(rowOf(page, 'faults', '500_before'), /1 of 1/);
      await expectText(rowOf(page, 'requests', '/billing/balance'), /500.*fault 500_before/);
      await page.locator('#clear-faults').click();
      await expectText(page.locator('#faults'), /No faults ordered/);
      await page.locator('#search').fill('member-0042');
      await expectText(page.locator('#people'), /member-0042/);
      expect(await page.locator('#people tr').count()).toBe(1);
      await talk().trustpager(
        'POST',
        `/automations/${ID.welcomeSms}/trigger`,
        { trigger_data: { contact_id: WHO.tom } },
        TRUSTPAGER_KEYS.approval,
      );
      await expectText(page.locator('#waiting'), /trigger, held for a person\s*pending/);
    }));

  it('writes whatever it is given as text', () =>
    onPage(async page => {
      const evil = '<img src=x onerror="alert(1)"><script>alert(2)</script>" onmouseover="alert(3)';
      const name = `${evil} ${inFuture(0)}`;
      await talk().scrip('POST', AUTOMATIONS, { ...newAutomation('cron', 'program'), name, event_name: evil });
      await talk().trustpager('POST', '/automations', { name, trigger_type: 'manual' });
      await talk().twin('POST', '/faults', { fault: 'latency', vendor: 'scrip', path: evil, action_type: evil });
      await send(`${talk().sandbox.scrip.baseUrl}/${encodeURIComponent(evil)}`, 'GET', {});
      await page.locator('#search').fill('<img');
      for (const table of ['scrip', 'tp', 'faults'])
        await expectText(rowOf(page, table, '<img src=x'), /<script>alert\(2\)<\/script>/);
      expect(await page.locator('main img, main script').count()).toBe(0);
    }));

  it.each(['light', 'dark'] as const)('%s: axe has nothing serious to say', colorScheme =>
    onPage(
      async page => {
        const found = await findings(page);
        expect(found.filter(finding => /\((serious|critical)\)/.test(finding))).toEqual([]);
      },
      { colorScheme },
    ),
  );

  it('follows the reader into the dark', async () => {
    const ground = async (colorScheme: 'light' | 'dark') => {
      let colour = '';
      await onPage(
        async page => {
          colour = String(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
        },
        { colorScheme },
      );
      return Number(/\d+/.exec(colour)?.[0]);
    };
    expect(await ground('light')).toBeGreaterThan(200);
    expect(await ground('dark')).toBeLessThan(60);
  });

  async function expectText(locator: ReturnType<Page['locator']>, pattern: RegExp) {
    await until(
      async () => (await locator.count()) > 0 && ((await locator.innerText().catch(() => '')) ?? ''),
      text => pattern.test(String(text).replace(/\n/g, ' ')),
    );
  }
});
