// A page that means harm, in the very browser that holds the cookie, knowing the approval page’s place and token: it approves nothing.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leftOut, openBrowser, openedIn } from './page-chromium.ts';

describe.skipIf(leftOut)('C4 C11: a page that means harm', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  }, 60_000);
  afterAll(() => browser?.close());

  /** Serves the attack at any name on a port of its own. */
  async function harm(html: string, headers: Record<string, string> = {}) {
    const server = createServer((_, res) => res.writeHead(200, { 'content-type': 'text/html', ...headers }).end(html));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return {
      port: (server.address() as AddressInfo).port,
      [Symbol.asyncDispose]: () =>
        new Promise<void>(done => {
          server.closeAllConnections();
          server.close(() => done());
        }),
    };
  }
  const form = (action: string, csrf: string, target = '_self') =>
    `<form method="post" action="${action}" target="${target}"><input name="csrf" value="${csrf}"><input name="answer" value="approve"></form><script>document.forms[0].submit()</script>`;

  // A port of the same address is the same site: its requests carry even a strict cookie.
  describe.each(['127.0.0.1', 'evil.test'])('at %s', name => {
    test.each<[string, (to: string, csrf: string) => string, Record<string, string>?]>([
      ['a form', (to: string, csrf: string) => form(to, csrf)],
      ['a form into a frame', (to: string, csrf: string) => `<iframe name="f"></iframe>${form(to, csrf, 'f')}`],
      [
        'a form of a sandboxed page, whose origin is null',
        (to: string, csrf: string) => form(to, csrf),
        { 'content-security-policy': 'sandbox allow-scripts allow-forms' },
      ],
      [
        'fetch',
        (to: string, csrf: string) =>
          `<script>for (const mode of ['no-cors','cors']) fetch('${to}', { method: 'POST', mode, credentials: 'include', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'csrf=${csrf}&answer=approve' }).catch(() => {})</script>`,
      ],
      [
        'a beacon',
        (to: string, csrf: string) =>
          `<script>navigator.sendBeacon('${to}', new URLSearchParams({ csrf: '${csrf}', answer: 'approve' }))</script>`,
      ],
      [
        'a link followed by GET',
        (to: string, csrf: string) => `<script>location.href='${to}?csrf=${csrf}&answer=approve'</script>`,
      ],
    ])('%s approves nothing', async (_, attack, headers) => {
      await using w = await openedIn(browser);
      const csrf = (await w.page.getAttribute('input[name=csrf]', 'value')) ?? '';
      const to = `${w.page.url()}/answer`;
      await using attacker = await harm(attack(to, csrf), headers);
      const evil = await w.page.context().newPage();
      const statuses: number[] = [];
      const sent: string[] = [];
      evil.on('request', request => request.url().startsWith(to) && sent.push(request.method()));
      evil.on('response', response => response.url().startsWith(to) && statuses.push(response.status()));
      await evil.goto(`http://${name}:${attacker.port}/`).catch(() => {});
      await expect.poll(() => sent.length, { timeout: 10_000 }).toBeGreaterThan(0);
      await evil.waitForTimeout(300);
      expect(statuses.filter(status => status < 400)).toEqual([]);
      expect(await w.r.state(w.id)).toEqual({ state: 'open', channel: null });
    });

    test('neither frames, reads nor steers the page', async () => {
      await using w = await openedIn(browser);
      const url = w.page.url();
      await using attacker = await harm(`<iframe src="${url}"></iframe><object data="${url}"></object><script>
          window.got = [];
          fetch('${url}', { credentials: 'include' }).then(r => r.text()).then(t => got.push(t)).catch(e => got.push('refused'));
          window.w = open('${url}');
        </script>`);
      const evil = await w.page.context().newPage();
      await evil.goto(`http://${name}:${attacker.port}/`);
      await evil.waitForFunction('window.got.length > 0');
      expect(await evil.evaluate('got')).toEqual(['refused']);
      const texts = await Promise.all(
        evil
          .frames()
          .slice(1)
          .map(frame => frame.evaluate('document.body?.innerText ?? ""').catch(() => '')),
      );
      expect(texts.join()).not.toContain('Win back');
      expect(
        await evil.evaluate('(() => { try { return w?.document?.body?.innerText ?? "" } catch { return "" } })()'),
      ).not.toContain('Win back');
      expect(await w.r.state(w.id)).toEqual({ state: 'open', channel: null });
    });
  });

  test('a name that was rebound to this address reaches nothing', async () => {
    await using w = await openedIn(browser);
    const { port, pathname } = new URL(w.page.url());
    const evil = await w.page.context().newPage();
    expect((await evil.goto(`http://evil.test:${port}${pathname}`))?.status()).toBe(403);
    const status = await evil.evaluate(
      path =>
        fetch(path, { method: 'POST', body: new URLSearchParams({ answer: 'approve' }) }).then(
          ({ status }) => status,
          () => 0,
        ),
      `${pathname}/answer`,
    );
    // The policy of our own refusal lets that page fetch nothing at all.
    expect(status).toBe(0);
    expect(await w.r.state(w.id)).toEqual({ state: 'open', channel: null });
  });
});
