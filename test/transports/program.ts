// Starts the program as a client does, and speaks to it by hand: every byte it writes is looked at.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { thisProgram } from '../../src/cli/house.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { compiled } from '../compiled.ts';
import { fastTwins, settingsFor } from '../fixtures.ts';
import { eventually } from '../server/twin.ts';

// biome-ignore lint/suspicious/noExplicitAny: frames are looked at field by field
export type Frame = any;

export interface Program extends AsyncDisposable {
  child: ChildProcess;
  write(text: string | Buffer): void;
  send(frame: object): void;
  /** Everything on stdout so far, and the frames in it. */
  stdout(): string;
  stderr(): string;
  frames(): Frame[];
  /** The answer to one request. */
  reply(id: number | string): Promise<Frame>;
  /** Opens the connection as a client of 2025-11-25 does. */
  open(capabilities?: object): Promise<void>;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export function start(env: Record<string, string>, options: { command?: string[] } = {}): Program {
  const [command = '', ...args] = options.command ?? thisProgram();
  const child = spawn(command, args, { env: { PATH: process.env.PATH ?? '', ...compiled, ...env }, stdio: 'pipe' });
  let out = '';
  let err = '';
  child.stdout.on('data', chunk => {
    out += String(chunk);
  });
  child.stderr.on('data', chunk => {
    err += String(chunk);
  });
  // A program that is gone takes no more input; that is what some tests are about.
  child.stdin.on('error', () => {});
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(resolve =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  const write = (text: string | Buffer): void => void child.stdin.write(text);
  const send = (frame: object): void => write(`${JSON.stringify({ jsonrpc: '2.0', ...frame })}\n`);
  const frames = (): Frame[] =>
    out
      .split('\n')
      .filter(line => line.startsWith('{'))
      .flatMap(line => {
        try {
          return [JSON.parse(line)];
        } catch {
          return [];
        }
      });
  const reply = (id: number | string) =>
    eventually(() => frames().find(frame => frame.id === id && frame.method === undefined));
  return {
    child,
    write,
    send,
    frames,
    reply,
    stdout: () => out,
    stderr: () => err,
    ended,
    async open(capabilities = {}) {
      const clientInfo = { name: 'by-hand', version: '1' };
      send({ id: 'open', method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities, clientInfo } });
      await reply('open');
      send({ method: 'notifications/initialized' });
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Twins and a state folder for programs that are started by hand. */
export async function surroundings(env: Record<string, string> = {}) {
  const sandbox: Sandbox = await startSandbox(fastTwins);
  const folder = await mkdtemp(join(tmpdir(), 'automations-mcp-'));
  const stateFolder = join(folder, 'state');
  return {
    sandbox,
    stateFolder,
    env: { HOME: folder, ...settingsFor(sandbox, stateFolder, env) },
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
