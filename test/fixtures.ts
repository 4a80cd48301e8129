// One call gives a test a connected client, the server in front of it, and the twins behind it; `await using` ends all three.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as ModernClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as OldHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { type Home, openHouse, thisProgram } from '../src/cli/house.ts';
import type { Operator } from '../src/cli/operator.ts';
import { readConfig } from '../src/config.ts';
import { type Sandbox, type SandboxOptions, SCRIP_PROGRAMS, startSandbox } from '../src/sandbox/index.ts';
import { serveOverHttp } from '../src/transports/http.ts';
import { compiled } from './compiled.ts';

/** What the person at the client does with a form. */
export type Person = (
  message: string,
) => Promise<{ action: 'accept' | 'decline' | 'cancel'; content?: Record<string, string | number | boolean> }>;

export const yes: Person = async () => ({ action: 'accept', content: { confirm: true } });
export const no: Person = async () => ({ action: 'decline' });

/** Which client: the v2 package speaking 2026-07-28 or 2025-11-25, or the v1 package. */
export type Era = 'modern' | 'legacy' | 'v1';

export interface Options {
  transport?: 'stdio' | 'http';
  era?: Era;
  /** Absent: the client cannot ask its user. */
  person?: Person;
  clientName?: string;
  /** Settings by their environment names; keys and addresses of the twins are set already. */
  env?: Record<string, string>;
  /** What the operator's file says, for a server in this process; over stdio it is a file that the environment names. */
  operator?: Operator;
  /** Twins to share; else fresh ones are started with `sandboxOptions`. */
  sandbox?: Sandbox;
  sandboxOptions?: SandboxOptions;
  /** A state folder to share; else a fresh one is made and removed. */
  stateFolder?: string;
}

export interface Said {
  isError: boolean;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what came over the wire
  structured: any;
}

export interface Request {
  vendor: string;
  method: string;
  path: string;
  effect: boolean;
  [field: string]: unknown;
}

export interface Fixture extends AsyncDisposable {
  client: ModelClient;
  call(tool: string, args?: Record<string, unknown>): Promise<Said>;
  sandbox: Sandbox;
  stateFolder: string;
  /** What arrived at the twins that was not a read. */
  writes(): Promise<Request[]>;
  requests(): Promise<Request[]>;
  /** The house, where the server runs in this process (HTTP). */
  house?: Home;
  url?: string;
  /** What the server wrote to stderr (stdio). */
  stderr(): string;
  close(): Promise<void>;
}

/** What both official clients have in common, as the tests use them. */
export type ModelClient = Pick<ModernClient, 'close'> & {
  // biome-ignore lint/suspicious/noExplicitAny: two packages, two types
  callTool(params: { name: string; arguments?: Record<string, unknown> }, ...rest: any[]): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  listTools(): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  getPrompt(params: { name: string; arguments?: Record<string, string> }): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  listPrompts(): Promise<any>;
  getInstructions(): string | undefined;
};

export const fastTwins: SandboxOptions = { fanoutRate: 2_000, actionMs: 5, idleAfterMs: 50, rateLimits: false };

export const settingsFor = (
  sandbox: Sandbox,
  stateFolder: string,
  env: Record<string, string> = {},
): Record<string, string> => ({
  SCRIP_BASE_URL: sandbox.scrip.baseUrl,
  SCRIP_API_KEY: sandbox.scrip.key,
  SCRIP_PROGRAM_ID: SCRIP_PROGRAMS.rewards,
  TRUSTPAGER_BASE_URL: sandbox.trustpager.baseUrl,
  TRUSTPAGER_API_KEY: sandbox.trustpager.key,
  SCRIP_PACE: '100000',
  TRUSTPAGER_PACE: '100000',
  AUTOMATIONS_TOOLSETS: 'all',
  // Tests open nothing on the screen of whoever runs them.
  AUTOMATIONS_NO_BROWSER: 'true',
  AUTOMATIONS_STATE_FOLDER: stateFolder,
  AUTOMATIONS_PORT: '0',
  ...env,
});

export function makeClient(era: Era, person: Person | undefined, name = 'test-client'): ModelClient {
  const capabilities = person ? { elicitation: {} } : {};
  if (era === 'v1') {
    const client = new OldClient({ name, version: '1.0.0' }, { capabilities });
    if (person) client.setRequestHandler(ElicitRequestSchema, request => person(request.params.message));
    return client as unknown as ModelClient;
  }
  const mode = era === 'modern' ? ({ pin: '2026-07-28' } as const) : 'legacy';
  const client = new ModernClient({ name, version: '1.0.0' }, { capabilities, versionNegotiation: { mode } });
  if (person) client.setRequestHandler('elicitation/create', request => person(request.params.message));
  return client as unknown as ModelClient;
}

export async function connect(options: Options = {}): Promise<Fixture> {
  const { transport = 'http', era = 'modern', person } = options;
  const sandbox = options.sandbox ?? (await startSandbox({ ...fastTwins, ...options.sandboxOptions }));
  const stateFolder = options.stateFolder ?? (await mkdtemp(join(tmpdir(), 'automations-mcp-')));
  const env = settingsFor(sandbox, stateFolder, options.env);
  const client = makeClient(era, person, options.clientName);
  const ends: (() => Promise<unknown>)[] = [() => client.close()];
  let stderr = '';
  let house: Home | undefined;
  let url: string | undefined;

  if (transport === 'stdio') {
    const [command = '', ...args] = thisProgram();
    const parameters = {
      command,
      args,
      env: { PATH: process.env.PATH ?? '', ...compiled, HOME: stateFolder, ...env },
      stderr: 'pipe' as const,
    };
    const pipe = era === 'v1' ? new OldStdio(parameters) : new StdioClientTransport(parameters);
    pipe.stderr?.on('data', chunk => {
      stderr += String(chunk);
    });
    await connectOver(client, pipe);
  } else {
    const config = readConfig({}, { AUTOMATIONS_LOG_LEVEL: 'silent', ...env });
    house = openHouse(config, '0.0.0-test', options.operator);
    const opened = house;
    const server = await serveOverHttp(opened, config);
    url = server.url;
    ends.push(
      () => server.close(),
      () => opened.close(),
    );
    await connectTo(server.url, client, era);
  }
  if (!options.sandbox) ends.push(() => sandbox.close());
  if (!options.stateFolder) ends.push(() => rm(stateFolder, { recursive: true, force: true }));

  const close = async (): Promise<void> => {
    for (const end of ends.splice(0)) await end();
  };
  const requests = async (): Promise<Request[]> => requestsOf(sandbox);
  return {
    client,
    sandbox,
    stateFolder,
    ...(house ? { house } : {}),
    ...(url ? { url } : {}),
    async call(tool, args = {}) {
      return said(await client.callTool({ name: tool, arguments: args }));
    },
    requests,
    writes: async () => (await requests()).filter(({ method }) => method !== 'GET'),
    stderr: () => stderr,
    close,
    [Symbol.asyncDispose]: close,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: two packages, two types
export const said = (result: any): Said => ({
  isError: result.isError === true,
  text: result.content?.[0]?.text ?? '',
  structured: result.structuredContent,
});

export async function requestsOf(sandbox: Sandbox): Promise<Request[]> {
  const answer = (await (await fetch(`${sandbox.url}/_twin/requests`)).json()) as Request[] | { requests: Request[] };
  return Array.isArray(answer) ? answer : answer.requests;
}

// biome-ignore lint/suspicious/noExplicitAny: each client takes its own package's transport
const connectOver = (client: ModelClient, transport: any): Promise<void> => (client as any).connect(transport);

/** Connects one more client to a server that runs already; whoever makes it closes it. */
export function connectTo(url: string, client: ModelClient, era: Era): Promise<void> {
  const address = new URL(url);
  return connectOver(client, era === 'v1' ? new OldHttp(address) : new StreamableHTTPClientTransport(address));
}
