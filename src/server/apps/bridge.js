// What a view says to its host and hears from it: JSON-RPC over postMessage (MCP Apps, 2026-01-26). It asks for nothing from anywhere else.

const waiting = new Map();
let asked = 0;
const post = message => window.parent.postMessage({ jsonrpc: '2.0', ...message }, '*');

export const notify = (method, params = {}) => post({ method, params });

export function request(method, params) {
  asked += 1;
  post({ id: asked, method, params });
  return new Promise((resolve, reject) => waiting.set(asked, { resolve, reject }));
}

/** The host's colours and its choice of light or dark; fonts are not taken, for they would have to be fetched. */
function wear({ theme, styles } = {}) {
  const { style, dataset } = document.documentElement;
  if (theme === 'light' || theme === 'dark') dataset.theme = theme;
  for (const [name, value] of Object.entries(styles?.variables ?? {}))
    if (/^--[a-z0-9-]+$/.test(name) && typeof value === 'string' && !/url\(|image\(/i.test(value))
      style.setProperty(name, value);
}

/**
 * Shakes hands with the host. `hears` has a function for each of `input` (the call's arguments), `result`, `cancelled` and `ending`;
 * resolves with what the host can do.
 */
export async function connect(title, hears) {
  const heard = {
    'ui/notifications/tool-input': ({ arguments: given }) => hears.input?.(given ?? {}),
    'ui/notifications/tool-result': result => hears.result?.(result),
    'ui/notifications/tool-cancelled': () => hears.cancelled?.(),
    'ui/notifications/host-context-changed': wear,
  };
  window.addEventListener('message', ({ source, data }) => {
    if (source !== window.parent || data?.jsonrpc !== '2.0') return;
    const { id, method, params, result, error } = data;
    if (method === undefined) {
      const { resolve, reject } = waiting.get(id) ?? {};
      waiting.delete(id);
      if (error) reject?.(new Error(String(error.message ?? 'the host refused')));
      else resolve?.(result);
    } else if (id === undefined) heard[method]?.(params ?? {});
    else {
      if (method === 'ui/resource-teardown') hears.ending?.();
      const known = method === 'ping' || method === 'ui/resource-teardown';
      post(known ? { id, result: {} } : { id, error: { code: -32601, message: 'Method not found' } });
    }
  });
  const { hostContext, hostCapabilities = {} } = await request('ui/initialize', {
    protocolVersion: '2026-01-26',
    appInfo: { name: 'automations-mcp', title, version: '1.0.0' },
    appCapabilities: { availableDisplayModes: ['inline'] },
  });
  wear(hostContext);
  notify('ui/notifications/initialized');
  const sized = () => {
    const { width, height } = document.documentElement.getBoundingClientRect();
    notify('ui/notifications/size-changed', { width: Math.ceil(width), height: Math.ceil(height) });
  };
  new ResizeObserver(sized).observe(document.documentElement);
  return hostCapabilities;
}

/** An element with its text: whatever a vendor or its customers wrote stays text. */
export function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = String(text);
  if (className) element.className = className;
  return element;
}

/** Terms and what is said of them; what is not known is not there. */
export function terms(rows) {
  const list = make('dl');
  for (const [term, said] of rows)
    if (said !== undefined && said !== '') list.append(make('dt', term), make('dd', said));
  return list;
}

export function folded(summary, text) {
  const details = make('details');
  const pre = make('pre', text);
  // What scrolls must be reachable by the keyboard.
  pre.tabIndex = 0;
  details.append(make('summary', summary), pre);
  return details;
}

/** Puts these in place of what is shown. */
export const show = (...elements) => document.querySelector('main').replaceChildren(...elements);

/** The text of a tool's result. */
export const textOf = result => result?.content?.find(({ type }) => type === 'text')?.text ?? '';
