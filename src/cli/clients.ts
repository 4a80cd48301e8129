// Where each MCP client keeps its configuration, what an entry for this server looks like there, and whether one is there already.
import { readFileSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import type { ParseError } from 'jsonc-parser';

type Env = Readonly<Record<string, string | undefined>>;

/** The machine as far as clients' files depend on it. */
export interface Machine {
  platform: NodeJS.Platform;
  env: Env;
  home: string;
  /** The current folder: a project's own configuration lives in it. */
  cwd: string;
}

/** How a client starts this server. */
export interface Entry {
  command: string;
  args: string[];
  env?: Record<string, string>;
}

export interface Client {
  name: string;
  title: string;
  /** The field of its file that holds the servers. */
  field: 'mcpServers' | 'servers';
  file(machine: Machine): string;
  /** How it wants the entry, where that is more than command, args and env. */
  wants?: Record<string, string>;
  /** What a person does next. */
  afterwards: string;
}

const under = ({ platform }: Machine, ...steps: string[]): string =>
  (platform === 'win32' ? win32 : posix).join(...steps);

/** Where desktop programs keep what is a user's own, by platform; on Linux as XDG says. */
function programs(machine: Machine): string {
  const { platform, env, home } = machine;
  if (platform === 'win32') return env.APPDATA || under(machine, home, 'AppData', 'Roaming');
  if (platform === 'darwin') return under(machine, home, 'Library', 'Application Support');
  return env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : under(machine, home, '.config');
}

export const clients: readonly Client[] = [
  {
    name: 'claude-desktop',
    title: 'Claude Desktop',
    field: 'mcpServers',
    file: machine => under(machine, programs(machine), 'Claude', 'claude_desktop_config.json'),
    afterwards: 'Quit Claude Desktop wholly and start it again.',
  },
  {
    name: 'claude-code',
    title: 'Claude Code',
    field: 'mcpServers',
    file: machine => under(machine, machine.cwd, '.mcp.json'),
    afterwards: 'Start Claude Code in this folder; it asks once whether the server may be used.',
  },
  {
    name: 'cursor',
    title: 'Cursor',
    field: 'mcpServers',
    file: machine => under(machine, machine.home, '.cursor', 'mcp.json'),
    afterwards: 'Switch the server on under Settings, MCP.',
  },
  {
    name: 'vscode',
    title: 'VS Code',
    field: 'servers',
    file: machine => under(machine, programs(machine), 'Code', 'User', 'mcp.json'),
    wants: { type: 'stdio' },
    afterwards: 'Run the command "MCP: List Servers" and start it.',
  },
];

/** The text of a client's file; `undefined` where there is none. Any other trouble is thrown. */
export function fileText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

type Parser = Pick<typeof import('jsonc-parser'), 'parse' | 'modify' | 'applyEdits' | 'printParseErrorCode'>;

/** Clients take comments and commas at the end in their files, and a change here leaves them alone. */
export async function jsonc(): Promise<Parser> {
  const loaded = (await import('jsonc-parser')) as Parser & { default?: Parser };
  // Node loads its CommonJS build, whose names it cannot see; a bundler takes the other one, which has no default.
  return loaded.default ?? loaded;
}

/** What is wrong with a client's file, with its place; lines and columns count from 1. */
export class Unreadable extends Error {}

export async function parsed(text: string): Promise<Record<string, unknown>> {
  const { parse, printParseErrorCode } = await jsonc();
  const errors: ParseError[] = [];
  const found: unknown = text.trim() === '' ? {} : parse(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first) {
    const before = text.slice(0, first.offset).split('\n');
    throw new Unreadable(
      `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${printParseErrorCode(first.error)}`,
    );
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw new Unreadable('it holds no object');
  return found as Record<string, unknown>;
}

export type Pointing =
  | { at: 'no file' | 'no entry' }
  /** `here`: the very program that asks. `elsewhere`: another copy of it. */
  | { at: 'here' | 'elsewhere'; entries: string[] }
  | { at: 'unreadable'; why: string };

/** Whether a client's file starts this server. `program` is the path of the file that runs now. */
export async function pointing(client: Client, machine: Machine, program: string): Promise<Pointing> {
  try {
    const text = fileText(client.file(machine));
    if (text === undefined) return { at: 'no file' };
    const servers = Object.entries(((await parsed(text))[client.field] ?? {}) as Record<string, Partial<Entry>>);
    const started = ([, entry]: [string, Partial<Entry>]): string[] =>
      [entry?.command, ...(Array.isArray(entry?.args) ? entry.args : [])].map(String);
    const here = servers.filter(server => started(server).includes(program));
    if (here.length > 0) return { at: 'here', entries: here.map(([name]) => name) };
    const other = servers.filter(server => started(server).some(word => /\bautomations-mcp\b/.test(word)));
    return other.length > 0 ? { at: 'elsewhere', entries: other.map(([name]) => name) } : { at: 'no entry' };
  } catch (error) {
    return { at: 'unreadable', why: error instanceof Error ? error.message : String(error) };
  }
}
