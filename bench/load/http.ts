// The load of bench/http.ts, in a process of its own: opens sessions as an older client does, and calls in them over connections that stay open.
import { Agent, request } from 'node:http';

/** What is to be done, as the benchmark sends it. */
export interface Order {
  url: string;
  /** A method, or the name of a tool. */
  what: string;
  /** Each opens its session first, which does not count in the time. */
  sessions: number;
  /** How long each session calls; left out, each calls once, all at the same moment. */
  seconds?: number;
  /** Whether sessions are closed in the end. */
  end?: boolean;
}

export interface Done {
  calls: number;
  /** Calls and sessions that came to nothing. */
  lost: number;
  seconds: number;
}

const methods = ['ping', 'tools/list'];
const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

function send(agent: Agent, url: string, method: string, message: object | undefined, session?: string) {
  const body = message ? JSON.stringify({ jsonrpc: '2.0', ...message }) : '';
  return new Promise<{ session: string; text: string }>((resolve, reject) => {
    const more = session ? { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' } : {};
    const sent = { ...headers, ...more, 'content-length': Buffer.byteLength(body) };
    const req = request(url, { method, agent, headers: sent }, res => {
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

async function work({ url, what, sessions, seconds, end }: Order): Promise<Done> {
  const agent = new Agent({ keepAlive: true, maxSockets: sessions });
  const post = (message: object, session?: string) => send(agent, url, 'POST', message, session);
  const message = methods.includes(what)
    ? { method: what }
    : { method: 'tools/call', params: { name: what, arguments: {} } };
  let [id, calls, lost] = [0, 0, 0];

  async function open(): Promise<string> {
    const capabilities = { elicitation: {} };
    const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'bench', version: '1' } };
    const { session } = await post({ id: 0, method: 'initialize', params });
    await post({ method: 'notifications/initialized' }, session);
    return session;
  }
  async function call(session: string): Promise<void> {
    const { text } = await post({ id: ++id, ...message }, session);
    if (!text.includes('"result"') || text.includes('"isError":true')) throw new Error(text.slice(0, 200));
    calls++;
  }
  const lose = (error: unknown): void => {
    if (lost++ === 0) process.stderr.write(`${error}\n`);
  };

  const opened: string[] = [];
  // Sixteen at a time: how sessions are opened is not what is measured.
  let left = sessions;
  const opening = async (): Promise<void> => {
    while (left-- > 0) opened.push(await open());
  };
  await Promise.all(Array.from({ length: Math.min(16, sessions) }, () => opening().catch(lose)));
  const began = performance.now();
  const until = began + (seconds ?? 0) * 1_000;
  await Promise.all(
    opened.map(async session => {
      do await call(session).catch(lose);
      while (performance.now() < until);
    }),
  );
  const took = (performance.now() - began) / 1_000;
  if (end) for (const session of opened) await send(agent, url, 'DELETE', undefined, session);
  agent.destroy();
  return { calls, lost: lost + sessions - opened.length, seconds: took };
}

process.on('message', async order => process.send?.(await work(order as Order)));
