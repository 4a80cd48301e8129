// A place for a server that is killed and started again: its person says yes to every form, and its calls are answered or cut off by its death.
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Frame, type Program, start } from '../transports/program.ts';

export interface Call {
  tool: string;
  args: Record<string, unknown>;
}

export interface Seat {
  /** Starts the server; the one before must be dead. */
  sit(): Promise<void>;
  /** Its answer, or nothing where the server dies first. */
  call(call: Call): Promise<Frame | undefined>;
  /** Before which of its next steps it kills itself; `trace` writes them down; empty: it lives. */
  plan(what: string): void;
  dead(): Promise<NodeJS.Signals | null>;
  kill(): void;
  /** Ends it as its client would. */
  end(): Promise<void>;
  yeses: number;
}

export function seat(env: Record<string, string>, planFile: string): Seat {
  const killer = new URL('killer.ts', import.meta.url).href;
  let program: Program;
  let waiting = new Map<string, (frame: Frame) => void>();
  let ids = 0;

  const here: Seat = {
    yeses: 0,
    async sit() {
      here.plan('');
      program = start({ ...env, CRASH_PLAN: planFile, NODE_OPTIONS: `--import=${killer}` });
      const answers = new Map<string, (frame: Frame) => void>();
      waiting = answers;
      createInterface({ input: program.child.stdout as NodeJS.ReadableStream }).on('line', line => {
        const frame: Frame = JSON.parse(line);
        if (frame.method === 'elicitation/create') {
          here.yeses++;
          program.send({ id: frame.id, result: { action: 'accept', content: { confirm: true } } });
        } else if (frame.id !== undefined) answers.get(frame.id)?.(frame);
      });
      await program.open({ elicitation: {} });
    },
    call({ tool, args }) {
      const id = `call-${++ids}`;
      const answer = new Promise<Frame>(resolve => waiting.set(id, resolve));
      program.send({ id, method: 'tools/call', params: { name: tool, arguments: args } });
      return Promise.race([answer, program.ended.then(() => undefined)]);
    },
    plan: what => writeFileSync(planFile, what),
    dead: async () => (await program.ended).signal,
    kill: () => void program.child.kill('SIGKILL'),
    async end() {
      program.child.stdin?.end();
      await program.ended;
    },
  };
  return here;
}
