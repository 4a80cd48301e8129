// A real browser for the tests of the approval page, as far as the question; or a line that says why there is none.
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type Room, room } from './page-visitor.ts';

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);
/** Where everything is to be tested, leaving out is a failure: then they run, and fail for want of a browser. */
export const leftOut = !hasBrowser && !process.env.CI;
if (leftOut)
  process.stderr.write(`The approval page’s browser tests are left out: there is no browser at ${executablePath}.\n`);

/** With a folder of its own for what it keeps; every `.test` name is this machine, as after a rebinding. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
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
      '--host-resolver-rules=MAP *.test 127.0.0.1',
    ],
  });

export interface Window extends AsyncDisposable {
  r: Room;
  page: Page;
  id: string;
  origin: string;
  complaints: string[];
  requests: string[];
}

type Options = BrowserContextOptions & { row?: Parameters<Room['file']>[1] };

/** As far as the question, the way the opener brings a browser there. */
export async function openedIn(browser: Browser, { row = {}, ...options }: Options = {}): Promise<Window> {
  const r = await room();
  const { question, file } = await r.file({}, row);
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', message => complaints.push(message.text()));
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('request', request => requests.push(`${request.method()} ${request.url()}`));
  await page.goto(`file://${file}`);
  if (options.javaScriptEnabled === false) await page.click('button');
  await page.waitForSelector('button[value=approve]');
  return {
    r,
    page,
    id: question.id,
    origin: new URL(page.url()).origin,
    complaints,
    requests,
    async [Symbol.asyncDispose]() {
      await context.close();
      await r[Symbol.asyncDispose]();
    },
  };
}
