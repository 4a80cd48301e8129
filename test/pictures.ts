// Takes the pictures of the documents: the approval page, the twins' page and the views, as they are. Run as `npm run pictures`; docs/pictures/ holds what it takes.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS, TRUSTPAGER_CONTACTS } from '../src/sandbox/seed.ts';
import { openBrowser } from './approvals/page-chromium.ts';
import { hosted } from './apps/host.ts';
import { connect, yes } from './fixtures.ts';
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
  await using f = await connect({ person: yes, sandboxOptions: { fanoutRate: 12 } });
  const watched = { automation_id: SCRIP_AUTOMATIONS.weeklyDigest, wait_s: 0 };
  await f.call('scrip_trigger_automation', { automation_id: watched.automation_id });
  for (const theme of ['light', 'dark'] as const)
    for (const [name, tool, args] of [
      ['run-view', 'watch_run', watched],
      ['plan-card', 'plan_call', { tool: 'trustpager_trigger_automation', arguments: fire }],
    ] as const) {
      await using view = await hosted(browser, f, tool, args, { theme });
      // The curve has a second look by then.
      if (tool === 'watch_run') await view.frame.waitForSelector('svg');
      await view.page.setViewportSize({ width: 520, height: Math.ceil(view.sizes.at(-1)?.height ?? 400) + 16 });
      await view.page.screenshot({ path: `${folder}${name}${theme === 'dark' ? '-dark' : ''}.png` });
    }
} finally {
  await browser.close();
}
