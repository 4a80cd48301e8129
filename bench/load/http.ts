// The load of bench/http.ts, in a process of its own: opens sessions as an older client does, and calls in them over connections that stay open.
import { Agent, request } from 'node:http';

const [url = '', what = '', amount = '1', inFlight = '64'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(inFlight) });
const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

function post(message: object, session?: string): Promise<{ session: string; text: string }> {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message });
  return new Promise((resolve, reject) => {
    const more = session ? { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' } : {};
    const options = {
      method: 'POST',
      agent,
      headers: { ...headers, ...more, 'content-length': Buffer.byteLength(body) },
    };
    const req = request(url, options, res => {
      let text = '';
      res.on('data', chunk => {
        text += String(chunk);
      });
      res.once('end', () =>
        (res.statusCode ?? 500) < 300
          ? resolve({ session: String(res.headers['mcp-session-id']), text })
          : reject(new Error(`${res.statusCode}: ${text.slice(0, 200)}`)),
      );
    });
    req.once('error', reject);
    req.end(body);
  });
}

async function open(): Promise<string> {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: { elicitation: {} },
    clientInfo: { name: 'bench', version: '1' },
  };
  const { session } = await post({ id: 0, method: 'initialize', params });
  await post({ method: 'notifications/initialized' }, session);
  return session;
}

if (what === 'sessions') {
  let left = Number(amount);
  const one = async (): Promise<void> => {
    while (left-- > 0) await post({ id: 1, method: 'ping' }, await open());
  };
  await Promise.all(Array.from({ length: 16 }, one));
  process.stdout.write('0');
} else {
  const message =
    what === 'tools/list' || what === 'ping'
      ? { method: what }
      : { method: 'tools/call', params: { name: what, arguments: {} } };
  const until = performance.now() + Number(amount) * 1_000;
  let done = 0;
  const one = async (): Promise<void> => {
    const session = await open();
    while (performance.now() < until) {
      const { text } = await post({ id: ++done, ...message }, session);
      if (!text.includes('"result"')) throw new Error(text.slice(0, 200));
    }
  };
  await Promise.all(Array.from({ length: Number(inFlight) }, one));
  process.stdout.write(String(done / Number(amount)));
}
agent.destroy();
