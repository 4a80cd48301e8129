// Starts a server as a client does and speaks to it in lines, with as little of its own as there can be.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Speaking {
  ask(method: string, params?: object): Promise<{ result?: { isError?: boolean } }>;
  /** As a client of 2025-11-25 opens, up to the list of tools. */
  open(): Promise<void>;
  /** MiB of the process that the machine holds in memory (Linux). */
  memory(): number;
  end(): Promise<void>;
}

export function speak(args: readonly string[], env: Record<string, string>): Speaking {
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  const asked = new Map<number, (answer: object) => void>();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const answer = JSON.parse(line);
      asked.get(answer.id)?.(answer);
      asked.delete(answer.id);
    }
  });
  let last = 0;
  const send = (message: object): void => void child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const ask: Speaking['ask'] = (method, params = {}) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      asked.set(id, resolve);
      child.once(
        'close',
        () => asked.has(id) && reject(new Error(`${args.at(-1)} ended before it answered ${method}`)),
      );
      send({ id, method, params });
    });
  child.setMaxListeners(0);
  return {
    ask,
    async open() {
      await ask('initialize', {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'bench', version: '1' },
      });
      send({ method: 'notifications/initialized' });
      await ask('tools/list');
    },
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1_024,
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}
