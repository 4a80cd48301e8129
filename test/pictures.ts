// Takes the pictures of the documents: the approval page and the twins' page, as they are. Run as `npm run pictures`; docs/pictures/ holds what it takes.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { TRUSTPAGER_AUTOMATIONS, TRUSTPAGER_CONTACTS } from '../src/sandbox/seed.ts';
import { openBrowser } from './approvals/page-chromium.ts';
import { desk } from './server/desk.ts';

const folder = fileURLToPath(new URL('../docs/pictures/', import.meta.url));

async function take(browser: Browser, name: string, url: string, ready: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 940 }, ...options });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForSelector(ready);
  await page.screenshot({ path: `${folder}${name}.png` });
  await context.close();
}

const fire = {
  automation_id: TRUSTPAGER_AUTOMATIONS.missedCall,
  trigger_data: { contact_id: TRUSTPAGER_CONTACTS.priya },
};

mkdirSync(folder, { recursive: true });
const browser = await openBrowser();
try {
  // A page is shown once, so each picture has a question of its own.
  for (const [name, colorScheme] of [
    ['approval-page', 'light'],
    ['approval-page-dark', 'dark'],
  ] as const) {
    await using d = await desk({ clientName: () => 'Your agent', env: { AUTOMATIONS_CALL_TIMEOUT: '10' } });
    const call = d.call('trustpager_trigger_automation', fire);
    await take(browser, name, `file://${await d.file()}`, 'button[value=approve]', { colorScheme });
    if (name === 'approval-page') await take(browser, 'twins-page', d.sandbox.url, 'table tbody tr');
    await call;
  }
} finally {
  await browser.close();
}
