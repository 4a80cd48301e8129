// A host of MCP Apps in a real browser: the view in a sandboxed frame under the strictest policy, and behind it the official bridge, which checks every message.
import { AppBridge } from '@modelcontextprotocol/ext-apps/app-bridge';
import axe from 'axe-core';
import type { Browser, Frame, Page } from 'playwright-core';
import type { Fixture } from '../fixtures.ts';

// biome-ignore lint/suspicious/noExplicitAny: messages are looked at field by field
type Any = any;

/** What a host enforces where a view declares nothing (MCP Apps, 2026-01-26). */
const POLICY =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self' data:; connect-src 'none'";

export interface Hosted extends AsyncDisposable {
  page: Page;
  frame: Frame;
  bridge: AppBridge;
  /** Tools that the view called, in order. */
  calls: { name: string; arguments?: Record<string, unknown> }[];
  /** How many of them were answered. */
  answered(): number;
  /** Console messages, errors, and requests to anywhere. */
  complaints: string[];
  sizes: { width?: number; height?: number }[];
  /** All that is shown, folded parts too. */
  text(): Promise<string>;
  /** What axe finds to be serious. */
  findings(): Promise<string[]>;
}

export interface Hosting {
  theme?: 'light' | 'dark';
  /** Absent: the host lets views call tools. */
  without?: 'tools';
  variables?: Record<string, string>;
}

/** Calls the tool, and shows the view that the tool names with the call's arguments and result. */
export async function hosted(
  browser: Browser,
  f: Fixture,
  tool: string,
  args: Record<string, unknown>,
  { theme = 'light', without, variables }: Hosting = {},
): Promise<Hosted> {
  const client = f.client as Any;
  const { tools } = await client.listTools();
  const uri = tools.find(({ name }: Any) => name === tool)._meta.ui.resourceUri as string;
  const [content] = (await client.readResource({ uri })).contents;
  if (content.mimeType !== 'text/html;profile=mcp-app') throw new Error(`no view: ${content.mimeType}`);
  const result = await client.callTool({ name: tool, arguments: args });

  const context = await browser.newContext({ colorScheme: theme, viewport: { width: 520, height: 900 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', message => complaints.push(message.text()));
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('request', request => complaints.push(request.url()));
  const transport: Any = {
    start: async () => {},
    close: async () => {},
    send: (message: unknown) => page.evaluate(`frames[0]?.postMessage(${JSON.stringify(message)}, '*')`),
  };
  await page.exposeFunction('toHost', (message: unknown) => transport.onmessage?.(message));

  const calls: Hosted['calls'] = [];
  let answers = 0;
  const sizes: Hosted['sizes'] = [];
  const bridge = new AppBridge(
    null,
    { name: 'test-host', version: '1' },
    without === 'tools' ? {} : { serverTools: {} },
    {
      hostContext: { theme, ...(variables ? { styles: { variables: variables as Any } } : {}) },
    },
  );
  bridge.oncalltool = async params => {
    calls.push(params as Any);
    return client.callTool(params).finally(() => {
      answers += 1;
    });
  };
  bridge.onsizechange = size => void sizes.push(size);
  const ready = new Promise<void>(done => {
    bridge.oninitialized = () => done();
  });
  await bridge.connect(transport);
  await page.setContent('<title>host</title><main></main>');
  const html = content.text.replace('<head>', `<head><meta http-equiv="Content-Security-Policy" content="${POLICY}">`);
  await page.evaluate(`{
    const frame = document.createElement('iframe');
    frame.title = 'view';
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.style.cssText = 'width:100%;height:860px;border:0';
    window.addEventListener('message', ({ source, data }) => source === frame.contentWindow && toHost(data));
    frame.srcdoc = ${JSON.stringify(html)};
    document.querySelector('main').append(frame);
  }`);
  await ready;
  await bridge.sendToolInput({ arguments: args });
  await bridge.sendToolResult(result);
  const frame = page.frames().find(candidate => candidate !== page.mainFrame()) as Frame;
  await frame.waitForSelector('.mark');
  return {
    page,
    frame,
    bridge,
    calls,
    answered: () => answers,
    complaints,
    sizes,
    text: async () => String(await frame.evaluate('document.querySelector("main").textContent')).trim(),
    async findings() {
      await frame.evaluate(axe.source);
      const { violations } = (await frame.evaluate('axe.run(document)')) as Any;
      return violations
        .filter(({ impact }: Any) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }: Any) => `${id}: ${nodes.map(({ html }: Any) => html).join(' ')}`);
    },
    async [Symbol.asyncDispose]() {
      await bridge.close().catch(() => {});
      await context.close();
    },
  };
}
