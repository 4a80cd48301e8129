// The load of bench/http.ts, in a process of its own: opens sessions as an older client does, and calls in them over connections that stay open.
import { Agent, request } from 'node:http';

/** What is to be done, as the benchmark sends it. */
export interface Order {
  url: string;
  /** A method, or the name of a tool. */
  what: string;
  /** How many call at once. They are opened first, which does not count in the time, and stay open for the next order at that server. */
  sessions: number;
  /** How long each session calls; left out, each calls once, all at the same moment. */
  seconds?: number;
}

export interface Done {
  calls: number;
  /** Calls and sessions that came to nothing. */
  lost: number;
  seconds: number;
}

const methods = ['ping', 'tools/list'];
const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

function send(agent: Agent, url: string, message: object, session?: string) {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message });
  return new Promise<{ session: string; text: string }>((resolve, reject) => {
    const more = session ? { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' } : {};
    const sent = { ...headers, ...more, 'content-length': Buffer.byteLength(body) };
    const req = request(url, { method: 'POST', agent, headers: sent }, res => {
      const chunks: Buffer[] = [];
      res.on('data', chunk => chunks.push(chunk));
      res.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        if ((res.statusCode ?? 500) < 300) resolve({ session: String(res.headers['mcp-session-id']), text });
        else reject(new Error(`${res.statusCode}: ${text.slice(0, 200)}`));
      });
      res.once('error', reject);
    });
    req.once('error', reject);
    req.end(body);
  });
}

/** What was opened at a server: the agent holds its connections. */
interface Opened {
  agent: Agent;
  sessions: string[];
}
const opened = new Map<string, Opened>();

async function open(url: string, { agent, sessions }: Opened): Promise<void> {
  const capabilities = { elicitation: {} };
  const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'bench', version: '1' } };
  const { session } = await send(agent, url, { id: 0, method: 'initialize', params });
  await send(agent, url, { method: 'notifications/initialized' }, session);
  sessions.push(session);
}

let id = 0;

async function work({ url, what, sessions, seconds = 0 }: Order): Promise<Done> {
  const at = opened.get(url) ?? { agent: new Agent({ keepAlive: true }), sessions: [] };
  opened.set(url, at);
  const message = methods.includes(what)
    ? { method: what }
    : { method: 'tools/call', params: { name: what, arguments: {} } };
  let [calls, lost] = [0, 0];
  const lose = (error: unknown): void => {
    if (lost++ === 0) process.stderr.write(`${error}\n`);
  };
  async function call(session: string): Promise<void> {
    const { text } = await send(at.agent, url, { id: ++id, ...message }, session);
    if (!text.includes('"result"') || text.includes('"isError":true')) throw new Error(text.slice(0, 200));
    calls++;
  }

  let missing = sessions - at.sessions.length;
  // Sixteen at a time: how sessions are opened is not what is measured.
  const opening = async (): Promise<void> => {
    while (missing-- > 0) await open(url, at).catch(lose);
  };
  await Promise.all(Array.from({ length: 16 }, opening));
  const began = performance.now();
  const until = began + seconds * 1_000;
  await Promise.all(
    at.sessions.slice(0, sessions).map(async session => {
      do await call(session).catch(lose);
      while (performance.now() < until);
    }),
  );
  return { calls, lost, seconds: (performance.now() - began) / 1_000 };
}

process.on('message', async order => process.send?.(await work(order as Order)));
