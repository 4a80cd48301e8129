// Speaks to a session by hand: opens it, posts to it, and reads what comes on a stream.
import { type Answer, json, type Knock, knockAt, opening } from './knock.ts';

// biome-ignore lint/suspicious/noExplicitAny: messages are looked at field by field
type Message = any;

export const within = (id: string) => ({ ...json, 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' });

export async function openSession(port: number, params: object = {}): Promise<string> {
  const { headers, body } = opening('legacy');
  const message = JSON.parse(body);
  Object.assign(message.params, params);
  const { status, headers: answered } = await knockAt(port, { headers, body: JSON.stringify(message) });
  if (status !== 200) throw new Error(`initialize was answered with ${status}`);
  return String(answered['mcp-session-id']);
}

export const post = (port: number, id: string, message: object, more: Knock = {}): Promise<Answer> =>
  knockAt(port, {
    ...more,
    headers: { ...within(id), ...more.headers },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
  });

export const ping = (port: number, id: string): Promise<Answer> => post(port, id, { id: 7, method: 'ping' });

/** A request whose answers are looked at as they come: `seen` resolves to the first message of that method. */
export function stream(port: number, id: string, message: object) {
  const got: Message[] = [];
  const waiting: [(message: Message) => boolean, (message: Message) => void][] = [];
  const abort = new AbortController();
  const over = (async () => {
    const response = await fetch(`http://127.0.0.1:${port}/mcp`, {
      method: 'POST',
      headers: within(id),
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
      signal: abort.signal,
    });
    const take = (text: string): void => {
      const one = JSON.parse(text);
      got.push(one);
      for (const [wanted, found] of waiting) if (wanted(one)) found(one);
    };
    // What has nothing to say before its answer is answered with JSON.
    if (response.headers.get('content-type') === 'application/json') take(await response.text());
    let rest = '';
    for await (const chunk of response.bodyUsed ? [] : (response.body ?? [])) {
      rest += Buffer.from(chunk).toString();
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('data: ')) take(line.slice(6));
    }
    return got;
  })();
  over.catch(() => {});
  return {
    over,
    drop: () => abort.abort(),
    seen: (wanted: (message: Message) => boolean): Promise<Message> =>
      new Promise((resolve, reject) => {
        const already = got.find(wanted);
        if (already) return resolve(already);
        waiting.push([wanted, resolve]);
        over.then(() => reject(new Error('the stream ended without it')), reject);
      }),
  };
}
