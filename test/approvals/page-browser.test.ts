// The approval page in a real browser: by keyboard, in the dark, without scripts, and on a phone.
import { rm, writeFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leftOut, openBrowser, openedIn } from './page-chromium.ts';

/** Texts whose contrast with what is behind them is below 4.5 (WCAG AA). */
const contrasts = `(() => {
  const numbers = colour => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = colour => {
    const [r, g, b] = numbers(colour).map(c => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    const colour = element ? getComputedStyle(element).backgroundColor : 'rgb(255, 255, 255)';
    return element && numbers(colour)[3] === 0 ? behind(element.parentElement) : colour;
  };
  const texts = [...document.querySelectorAll('main *')].filter(element =>
    [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()));
  if (texts.length < 20) return ['there is hardly any text'];
  return texts.map(element => {
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
    return { text: element.textContent.slice(0, 30), contrast: (a + 0.05) / (b + 0.05) };
  }).filter(({ contrast }) => !(contrast >= 4.5));
})()`;

describe.skipIf(leftOut)('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  }, 60_000);
  afterAll(() => browser?.close());

  const focused = (page: Page): Promise<string> => page.evaluate('document.activeElement?.textContent ?? ""');
  async function tabTo(page: Page, text: string): Promise<void> {
    for (let i = 0; i < 10 && (await focused(page)) !== text; i++) await page.keyboard.press('Tab');
    expect(await focused(page)).toBe(text);
  }

  test('the file leads to the question by itself; a yes by keyboard alone; nothing complains, nothing else is fetched', async () => {
    await using w = await openedIn(browser);
    // A key that was meant for another window must not answer.
    for (const key of ['Enter', 'Space', 'y']) await w.page.keyboard.press(key);
    expect(await w.r.state(w.id)).toEqual({ state: 'open', channel: null });
    await tabTo(w.page, 'Approve');
    await w.page.keyboard.press('Enter');
    await w.page.waitForSelector('.approved');
    expect(await w.r.state(w.id)).toEqual({ state: 'approved', channel: 'page' });
    expect(w.complaints).toEqual([]);
    const place = new URL(w.page.url()).pathname;
    expect(w.requests.slice(1)).toEqual([
      `POST ${w.origin}${place}`,
      `GET ${w.origin}${place}`,
      `POST ${w.origin}${place}/answer`,
      `GET ${w.origin}${place}`,
    ]);
    expect(await w.page.evaluate('document.cookie')).toBe('');
    await w.page.reload();
    expect(await w.page.textContent('h1')).toBe('Approved');
  });

  test('a no by keyboard', async () => {
    await using w = await openedIn(browser);
    await tabTo(w.page, 'Reject');
    await w.page.keyboard.press('Space');
    await w.page.waitForSelector('.rejected');
    expect(await w.r.state(w.id)).toEqual({ state: 'rejected', channel: 'page' });
  });

  test('what is dear wants its words typed, and Enter is enough then', async () => {
    await using w = await openedIn(browser, { row: { verdict: 'ask_human' } });
    const words = (await w.page.textContent('kbd')) ?? '';
    await w.page.getByLabel('To approve, type').focus();
    await w.page.keyboard.type('something else');
    await w.page.keyboard.press('Enter');
    await w.page.waitForSelector('.wrong');
    expect(await w.r.state(w.id)).toEqual({ state: 'open', channel: null });
    await w.page.keyboard.type(words);
    await w.page.keyboard.press('Enter');
    await w.page.waitForSelector('.approved');
    expect(await w.r.state(w.id)).toEqual({ state: 'approved', channel: 'page' });
  });

  test('without scripts: a button leads there, and all is the same but the countdown', async () => {
    await using w = await openedIn(browser, { javaScriptEnabled: false });
    expect(await w.page.textContent('#left')).toBe('10:00');
    expect(await w.page.textContent('#at')).toMatch(/^at \d\d:\d\d:\d\d UTC$/);
    await w.page.click('button[value=approve]');
    await w.page.waitForSelector('.approved');
    expect(await w.r.state(w.id)).toEqual({ state: 'approved', channel: 'page' });
  });

  test('it counts down to a time of the person’s own clock, and says by itself that it expired', async () => {
    const expires_at = Date.now() + 3_500;
    await using w = await openedIn(browser, { row: { expires_at }, timezoneId: 'Asia/Tokyo', locale: 'en-GB' });
    const there = new Date(expires_at).toLocaleTimeString('en-GB', { timeZone: 'Asia/Tokyo' });
    expect(await w.page.textContent('#at')).toBe(`at ${there}`);
    const first = await w.page.textContent('#left');
    await expect.poll(() => w.page.textContent('#left'), { timeout: 3_000 }).not.toBe(first);
    w.r.clock.now += 4_000;
    await w.page.waitForSelector('.expired');
    expect(await w.page.textContent('h1')).toBe('Expired');
    expect(await w.page.$('button')).toBeNull();
  });

  test.each(['light', 'dark'] as const)('%s: every text can be read against what is behind it', async colorScheme => {
    const changes = JSON.stringify([{ field: 'payload', from: '"long before"', to: '"long behind"' }]);
    await using w = await openedIn(browser, { colorScheme, row: { verdict: 'ask_human', changes } });
    expect(await w.page.textContent('ins b')).toBe('behind');
    for (const details of await w.page.$$('summary')) await details.click();
    const faint = await w.page.evaluate(contrasts);
    expect(faint).toEqual([]);
    const ground = await w.page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'dark' ? 'rgb(14, 17, 22)' : 'rgb(244, 245, 247)');
  });

  test('on a phone nothing runs off the side', async () => {
    await using w = await openedIn(browser, { viewport: { width: 320, height: 640 } });
    for (const details of await w.page.$$('summary')) await details.click();
    expect(await w.page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  });

  test('C15: markup, scripts and addresses in a row are text: no element, no dialog, no request, no complaint', async () => {
    const evil = [
      '</bdi></h1><script>alert(1)</script>',
      '<img src="https://evil.test/x.png" onerror="alert(2)">',
      '<style>*{display:none}</style><form action="https://evil.test"><button>Approve</button></form>',
      '<a href="javascript:alert(3)">x</a><svg onload=alert(4)>&lt;b&gt;',
      '\u202eevorppa\u202c \u2066x\u200b',
    ];
    const text = evil.join(' ');
    // Straight into the row, past the cleaning that a text gets when it is made.
    const shown = `Confirm: ${text}\nAccount: ${text}\nAutomation: "${text}", id ${text}\nChanges:\n  ${text}: ${text} → ${text}\nCost: ${text}\nReaches: ${text}\nUndo: ${text}\nAsked by rule "${text}": ${text}\nWARNING: ${text}\n${text}`;
    const row = {
      shown,
      client: text,
      arguments: JSON.stringify({ [text]: text }),
      quote: JSON.stringify({ lines: [{ what: text, source: text, credits: [1, 2] }] }),
      verdict: 'ask_human' as const,
    };
    await using w = await openedIn(browser, { row });
    const dialogs: string[] = [];
    w.page.on('dialog', dialog => dialogs.push(dialog.message()) && dialog.dismiss());
    for (const details of await w.page.$$('summary')) await details.click();
    await w.page.waitForTimeout(200);
    const counts = await w.page.evaluate(
      '["img", "svg", "a", "script", "form", "style", "button", "h1"].map(name => document.getElementsByTagName(name).length)',
    );
    expect(counts).toEqual([0, 0, 0, 1, 1, 1, 2, 1]);
    const seen: string = await w.page.evaluate('document.body.innerText');
    const [script = '', img = '', form = '', link = ''] = evil;
    for (const one of [script, img, form, link]) expect(seen.split(one).length).toBeGreaterThan(12);
    expect(seen).not.toMatch(/[\p{Cf}]/u);
    expect([dialogs, w.complaints, w.requests.filter(line => line.includes('evil'))]).toEqual([[], [], []]);
    await w.page.fill('#phrase', (await w.page.textContent('kbd')) ?? '');
    await w.page.click('button[value=approve]');
    await w.page.waitForSelector('.approved');
    expect(await w.page.$$('img, svg, script')).toHaveLength(0);
    expect([dialogs, w.complaints, w.requests.filter(line => line.includes('evil'))]).toEqual([[], [], []]);
  });

  test('a second browser, with neither the secret nor the cookie, finds nothing there', async () => {
    await using w = await openedIn(browser);
    const copy = `${w.r.folder}/copy.html`;
    const place = new URL(w.page.url()).pathname;
    await writeFile(
      copy,
      `<form method="post" action="${w.origin}${place}"><input name="secret" value="whatever"></form><script>document.forms[0].submit()</script>`,
    );
    const other = await browser.newPage();
    const [answer] = await Promise.all([other.waitForResponse(`${w.origin}${place}`), other.goto(`file://${copy}`)]);
    expect(answer.status()).toBe(404);
    expect((await other.goto(`${w.origin}${place}`))?.status()).toBe(404);
    await other.close();
    await rm(copy);
  });
});
