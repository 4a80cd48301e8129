// Runs the real program in a process of its own, with an environment that holds nothing of ours.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { thisProgram } from '../../src/cli/house.ts';
import { compiled } from '../compiled.ts';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  ended: Promise<Ended>;
  /** Resolves with everything on stdout once it has this in it. */
  said(what: string): Promise<string>;
}

const bare = (env: Record<string, string>) => ({ PATH: process.env.PATH ?? '', ...compiled, ...env });

export function start(args: string[], env: Record<string, string> = {}): Running {
  const [command = '', ...program] = thisProgram();
  const child = spawn(command, [...program, ...args], { cwd: tmpdir(), env: bare(env), stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  const waiting = new Set<() => void>();
  child.stdout.on('data', chunk => {
    stdout += chunk;
    for (const look of waiting) look();
  });
  child.stderr.on('data', chunk => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>(resolve => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const said = (what: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => stdout.includes(what) && resolve(stdout);
      waiting.add(look);
      look();
      ended.then(({ stderr }) => reject(new Error(`It ended before it said so: ${stderr}`)));
    });
  return { child, ended, said };
}

/** Runs it to its end; its stdin is closed from the start. */
export function run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const { child, ended } = start(args, env);
  child.stdin.end();
  return ended;
}

/** A folder of one test's own, removed with it. */
export async function folder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'automations-mcp-cli-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A client of the program as a client's configuration starts it. */
export async function client(
  args: string[],
  env: Record<string, string> = {},
  program: string[] = thisProgram(),
): Promise<AsyncDisposable & { client: Client; names(): Promise<string[]> }> {
  const [command = '', ...rest] = program;
  const client = new Client({ name: 'test-client', version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({ command, args: [...rest, ...args], env: bare(env), cwd: tmpdir(), stderr: 'ignore' }),
  );
  return {
    client,
    names: async () => (await client.listTools()).tools.map(({ name }) => name),
    [Symbol.asyncDispose]: () => client.close(),
  };
}
