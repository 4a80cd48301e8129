// A real browser for the tests of the page, or a line that says why there is none.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

export const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
export const hasBrowser = existsSync(executablePath);
/** Where everything is to be tested, leaving out is a failure. */
export const mustHaveBrowser = Boolean(process.env.CI);

if (!hasBrowser && !mustHaveBrowser)
  process.stderr.write(`The tests of the twins' page are left out: there is no browser at ${executablePath}.\n`);

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
